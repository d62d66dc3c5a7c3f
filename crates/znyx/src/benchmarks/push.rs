//! The gateway evaluates a benchmark's cases on the configured runtime.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use evalstone_core::benchmark::{Benchmark, Claimed, Lease, NewVerdict, Runner, Verdict};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::StoredCase;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::{Number, OrganizationId, RunId};
use evalstone_core::json::RawJson;
use evalstone_core::run::RunStatus;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::wanted::names;
use super::{Benchmarks, HOOKS};
use crate::mapping;
use crate::runtime::{Evaluated, Runtime, Sample, Unevaluated};
use crate::wire::worker::ERROR;

/// How long a gateway may be silent before another takes its benchmarks over; it tells that it is
/// at work several times in between.
pub const TERM: Duration = Duration::from_secs(20);
const RENEW: Duration = Duration::from_secs(5);

/// How often one looks whether another has done with a benchmark.
const GLANCE: Duration = Duration::from_millis(100);

/// How many cases are evaluated before their verdicts are stored: a gateway that is killed loses no
/// more work than that.
const PIECE: i64 = 32;

/// The pauses before a runtime that cannot be reached is tried again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often a case may run into the timeout before it counts as one that cannot be evaluated.
const TRIES: u32 = 2;

/// What is said of a runtime whose answer does not come.
const TIMED_OUT: &str = "does not answer in time";

/// Why working on a benchmark stops before its end.
enum Stop {
    /// Somebody else works on it now.
    Lost,
    /// It is given up.
    GivenUp(String),
    /// The database failed; another will go on when the lease has lapsed.
    Fault(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl Benchmarks {
    /// Runs this benchmark; false when somebody else does.
    ///
    /// # Errors
    /// When the database fails; the benchmark is taken up again once the lease has lapsed.
    pub async fn run(&self, organization: OrganizationId, id: RunId) -> Result<bool> {
        let worker = uuid::Uuid::new_v4();
        let Some(claimed) = self.store.claim_benchmark(organization, id, worker, TERM).await?
        else {
            return Ok(false);
        };
        self.push(claimed).await?;
        Ok(true)
    }

    /// Returns when nobody works on a benchmark any more.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn watch(&self, caller: &Caller, id: RunId) -> Result<()> {
        let is_running = |run: Benchmark| run.status == RunStatus::Running;
        while self.store.benchmark(caller, id).await?.is_some_and(is_running) {
            tokio::time::sleep(GLANCE).await;
        }
        Ok(())
    }

    /// Evaluates the cases of a claimed benchmark and ends it; one whose policy the runtime does not
    /// run is left to a runtime that asks for work.
    pub(super) async fn push(&self, claimed: Claimed) -> Result<()> {
        let lease = claimed.lease;
        match self.kept(lease, self.evaluate_all(claimed)).await {
            Ok(Some(benchmark)) => tracing::info!(
                run = %benchmark.id,
                completed = benchmark.completed,
                "a benchmark has ended"
            ),
            Ok(None) => tracing::info!(run = %lease.run, "a benchmark waits for a runtime"),
            Err(Stop::Lost) => tracing::info!(run = %lease.run, "another works on a benchmark"),
            Err(Stop::GivenUp(why)) => {
                tracing::warn!(run = %lease.run, why, "a benchmark was given up");
                self.end(lease, Some(why)).await?;
            }
            Err(Stop::Fault(error)) => return Err(error),
        }
        Ok(())
    }

    /// Tells again and again that the lease's holder is at work, until the work is done.
    async fn kept<T>(
        &self,
        lease: Lease,
        work: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(RENEW) => {
                    if !self.store.renew_lease(lease).await? {
                        return Err(Stop::Lost);
                    }
                }
            }
        }
    }

    /// The ended benchmark; none when it was left to a runtime that asks for work.
    async fn evaluate_all(&self, claimed: Claimed) -> Result<Option<Benchmark>, Stop> {
        let Claimed { lease, dataset: _, policy, policy_version, bundle, total: _, attempts: _ } =
            claimed;
        let Some(runtime) = &self.runtime else {
            return self.leave(lease, policy.is_some()).await;
        };
        let run = lease.run.to_string();
        let pusher = Pusher { benchmarks: self, runtime, run: &run, timeouts: AtomicU32::new(0) };
        let version = pusher.policy_version().await?;
        match policy {
            Some(policy) if names(&policy, bundle.as_deref(), &version) => {}
            Some(_) => {
                self.store.hand_over(lease, Runner::Runtime).await?;
                return Ok(None);
            }
            None => self.settle(lease, runtime, policy_version, &version).await?,
        }
        // Whoever worked on it before stored verdicts in the order of the cases.
        let mut after = self.store.last_evaluated(lease).await?;
        loop {
            self.evaluate_after(lease, after, &pusher, &version).await?;
            match self.store.open_count(lease, HOOKS).await? {
                Some(0) => break,
                Some(_) => after = 0,
                None => {
                    let why = "the dataset was deleted while it was evaluated";
                    return Err(Stop::GivenUp(why.to_owned()));
                }
            }
        }
        self.end(lease, None).await?.map(Some).ok_or(Stop::Lost)
    }

    /// Evaluates the cases after the one with the number `after`.
    async fn evaluate_after(
        &self,
        lease: Lease,
        mut after: Number,
        pusher: &Pusher<'_>,
        version: &str,
    ) -> Result<(), Stop> {
        loop {
            let cases = self.store.open_cases(lease, HOOKS, after, PIECE).await?;
            let Some(last) = cases.last() else {
                return Ok(());
            };
            after = last.number;
            let verdicts = pusher.verdicts(cases, version).await?;
            self.report_patiently(lease, verdicts).await?;
        }
    }

    /// Stores verdicts. A database that is busy is asked again as long as the lease can be renewed: to have them
    /// made again would cost the runtime more.
    async fn report_patiently(&self, lease: Lease, verdicts: Vec<NewVerdict>) -> Result<(), Stop> {
        loop {
            let error = match self.store.report_verdicts(lease, verdicts.clone()).await {
                Ok(told) => return told.map(drop).ok_or(Stop::Lost),
                Err(error) => error,
            };
            match error.kind() {
                Kind::Unavailable { retry_after } => tokio::time::sleep(retry_after).await,
                _ => return Err(error.into()),
            }
        }
    }

    /// Leaves a benchmark to a runtime that asks for work, because none is configured any more.
    async fn leave(&self, lease: Lease, has_policy: bool) -> Result<Option<Benchmark>, Stop> {
        if !has_policy {
            let why = "no runtime is configured any more (setting dialects.znyx.runtime.url)";
            return Err(Stop::GivenUp(why.to_owned()));
        }
        self.store.hand_over(lease, Runner::Runtime).await?;
        Ok(None)
    }

    /// Takes the runtime's own policy for a benchmark that names none, or names it.
    async fn settle(
        &self,
        lease: Lease,
        runtime: &Runtime,
        wanted: Option<String>,
        version: &str,
    ) -> Result<(), Stop> {
        match wanted {
            Some(wanted) if wanted != version => {
                let url = runtime.url();
                Err(Stop::GivenUp(format!(
                    "the runtime at {url} runs policy version {version}, not {wanted}"
                )))
            }
            Some(_) => Ok(()),
            None if self.store.name_policy(lease, version.to_owned()).await? => Ok(()),
            None => Err(Stop::Lost),
        }
    }
}

/// Calls the runtime for one benchmark.
struct Pusher<'a> {
    benchmarks: &'a Benchmarks,
    runtime: &'a Runtime,
    run: &'a str,
    /// How many calls ran into the timeout since one did not.
    timeouts: AtomicU32,
}

impl Pusher<'_> {
    /// What the runtime calls the version of its policy. Only evaluating something tells: its own
    /// status page names no version where the policy comes from a file.
    async fn policy_version(&self) -> Result<String, Stop> {
        let text = RawJson::from_text("");
        let sample = Sample { id: "policy-version", run: self.run, stage: "input", text: &text };
        match self.patiently(&sample).await? {
            Ok(Evaluated { policy_version, .. }) => Ok(policy_version),
            Err(why) => Err(self.give_up(&why)),
        }
    }

    /// The verdicts on these cases, in their order, several at a time.
    async fn verdicts(
        &self,
        cases: Vec<StoredCase>,
        version: &str,
    ) -> Result<Vec<NewVerdict>, Stop> {
        let parallel = self.benchmarks.settings.runtime.parallel.max(1) as usize;
        let verdicts = cases.into_iter().map(|case| self.verdict(case, version));
        stream::iter(verdicts).buffered(parallel).try_collect().await
    }

    async fn verdict(&self, case: StoredCase, version: &str) -> Result<NewVerdict, Stop> {
        let input = mapping::read(&case.case);
        let id = case.id.to_string();
        let sample =
            Sample { id: &id, run: self.run, stage: &input.context, text: &input.input_text };
        let began = Instant::now();
        let verdict = match self.patiently(&sample).await? {
            Ok(Evaluated { policy_version, verdict }) if policy_version == version => verdict,
            Ok(Evaluated { policy_version, .. }) => {
                return Err(self.give_up(&format!(
                    "changed its policy from version {version} to {policy_version} in the midst \
                     of the run"
                )));
            }
            Err(_) => unevaluated(began.elapsed()),
        };
        Ok(self.benchmarks.judged(case, verdict))
    }

    /// What the runtime makes of a sample, or why it cannot evaluate it. A runtime that is down or
    /// overloaded is tried again for a while, and then the benchmark is given up.
    async fn patiently(&self, sample: &Sample<'_>) -> Result<Result<Evaluated, String>, Stop> {
        let patience = self.benchmarks.settings.runtime.patience.0;
        let began = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut timeouts = 0;
        loop {
            let (why, wait) = match self.runtime.evaluate(sample).await {
                Ok(evaluated) => {
                    self.timeouts.store(0, Ordering::Relaxed);
                    return Ok(Ok(evaluated));
                }
                Err(Unevaluated::Failed(why)) => return Ok(Err(why)),
                Err(Unevaluated::Refused { status, said }) => {
                    return Err(self.give_up(&format!("answered {status}: {said}")));
                }
                Err(Unevaluated::TimedOut) => {
                    timeouts += 1;
                    if self.is_stuck() {
                        return Err(self.give_up(TIMED_OUT));
                    }
                    if timeouts == TRIES {
                        return Ok(Err(TIMED_OUT.to_owned()));
                    }
                    continue;
                }
                Err(Unevaluated::Unavailable { status, pause, said }) => {
                    (format!("answered {status}: {said}"), pause)
                }
                Err(Unevaluated::Unreachable(cause)) => {
                    let wait = pause;
                    pause = LONGEST_PAUSE.min(pause * 2);
                    (format!("cannot be reached: {cause}"), wait)
                }
            };
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(self.give_up(&format!("{why} (for {} s)", patience.as_secs())));
            }
            tokio::time::sleep(wait.min(left)).await;
        }
    }

    /// Whether so many calls in a row ran into the timeout that it is not for what they asked.
    fn is_stuck(&self) -> bool {
        let parallel = self.benchmarks.settings.runtime.parallel.max(1);
        self.timeouts.fetch_add(1, Ordering::Relaxed) + 1 >= TRIES * parallel
    }

    fn give_up(&self, why: &str) -> Stop {
        Stop::GivenUp(format!("the runtime at {} {why}", self.runtime.url()))
    }
}

/// The verdict on a case that cannot be evaluated.
fn unevaluated(took: Duration) -> Verdict {
    Verdict {
        decision: ERROR.to_owned(),
        score: 0.0,
        rule_hits: RawJson::trusted("[]".to_owned()),
        detectors: None,
        latency_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
    }
}
