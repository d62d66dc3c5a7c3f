//! What `/metrics` shows.

use std::time::Duration;

use evalstone_kit::observe;
use evalstone_store::Gauges;
use metrics::{describe_gauge, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::failure::Failure;
use crate::upstream;

const BUILD: &str = "evalstone_build_info";
const MEMORY: &str = "process_resident_memory_bytes";
const POOL: &str = "evalstone_database_connections";
const QUEUE: &str = "evalstone_writer_queue_length";

/// Upper bounds of the duration histogram in seconds: a list read from memory takes less than a
/// millisecond, an upload of gigabytes minutes.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0];

/// How often recorded samples are folded into the histograms, so that they do not pile up when
/// nobody reads `/metrics`.
const UPKEEP: Duration = Duration::from_secs(5);

/// The process's metrics.
#[derive(Clone)]
pub struct Numbers(PrometheusHandle);

impl Numbers {
    /// Starts recording, once in a process.
    ///
    /// # Errors
    /// When something else already records.
    pub fn start() -> Result<Self, Failure> {
        let failed = |error| Failure::new(format!("cannot record metrics: {error}"));
        let durations = Matcher::Full(observe::DURATION.to_owned());
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(durations, &BUCKETS)
            .map_err(failed)?
            .install_recorder()
            .map_err(failed)?;
        observe::describe();
        upstream::numbers::describe();
        describe_gauge!(BUILD, "1, labelled with what is running.");
        describe_gauge!(MEMORY, "Resident memory of the process in bytes.");
        describe_gauge!(POOL, "Database connections, by state.");
        describe_gauge!(QUEUE, "Writes that wait to be committed together.");
        gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Self(handle))
    }

    /// Keeps the histograms small for as long as it is polled.
    pub async fn upkeep(self) {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            self.0.run_upkeep();
        }
    }

    /// All metrics in Prometheus' text format.
    #[must_use]
    pub fn render(&self, gauges: &Gauges) -> String {
        record(gauges);
        if let Some(bytes) = resident_memory() {
            gauge!(MEMORY).set(bytes as f64);
        }
        self.0.render()
    }
}

fn record(gauges: &Gauges) {
    let Gauges { pool_size, pool_in_use, queued_writes } = *gauges;
    gauge!(POOL, "state" => "in_use").set(pool_in_use as f64);
    gauge!(POOL, "state" => "idle").set(pool_size.saturating_sub(pool_in_use) as f64);
    gauge!(QUEUE).set(queued_writes as f64);
}

/// Linux tells it in a file; elsewhere the metric is left out.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}
