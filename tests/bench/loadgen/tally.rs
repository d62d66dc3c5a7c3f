//! What came of the requests.

use std::time::Duration;

/// What came of the requests.
#[derive(Default)]
pub struct Tally {
    /// In microseconds.
    pub latencies: Vec<u32>,
    pub bytes: u64,
    pub failures: u64,
    pub first_failure: Option<String>,
}

impl Tally {
    /// Counts a request without a good answer.
    pub fn fail(&mut self, why: String) {
        self.failures += 1;
        self.first_failure.get_or_insert(why);
    }

    /// Takes in what another thread counted.
    pub fn add(&mut self, other: Self) {
        let Self { latencies, bytes, failures, first_failure } = other;
        self.latencies.extend(latencies);
        self.bytes += bytes;
        self.failures += failures;
        self.first_failure = self.first_failure.take().or(first_failure);
    }

    /// The latency in milliseconds that this share of the requests did not exceed.
    fn quantile(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1) as f64;
        let found = self.latencies.get((last * share).ceil() as usize);
        found.map_or(0.0, |&micros| f64::from(micros) / 1000.0)
    }

    /// One line for whoever started this; `done` requests count for the rate, the sorted latencies
    /// also cover those that were still under way at the end.
    pub fn json(&self, done: u64, took: Duration, cpu: f64) -> String {
        // Debug quotes plain ASCII as JSON does; anything else is not worth a JSON writer.
        let plain = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
        let failure = self.first_failure.as_ref().map_or("null".to_owned(), |text| {
            format!("{:?}", text.chars().take(300).map(plain).collect::<String>())
        });
        let seconds = took.as_secs_f64();
        format!(
            "{{\"requests\":{done},\"seconds\":{seconds:.3},\"rate\":{:.1},\"p50_ms\":{:.3},\
             \"p99_ms\":{:.3},\"max_ms\":{:.3},\"bytes\":{},\"cpu_s\":{cpu:.2},\"failures\":{},\
             \"first_failure\":{failure}}}",
            done as f64 / seconds,
            self.quantile(0.5),
            self.quantile(0.99),
            self.quantile(1.0),
            self.bytes,
            self.failures,
        )
    }
}
