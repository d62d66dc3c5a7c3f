//! Judge metrics (Aegis contract §4.4): a model says what it finds, in a form that is checked, and the
//! score is computed from its findings by a formula, never a number that the model makes up.
//!
//! Entry point: [`Judges::evaluate`]. A metric (`metrics`) makes a question of a row (`question`),
//! asks it in a session (`session`), reads the answer strictly (`faults`, `findings`), and tells the
//! score (`report`). `endpoint` is what calls out; `detectors` need no model.

mod detectors;
mod endpoint;
mod faults;
mod findings;
mod material;
mod metrics;
mod question;
mod report;
mod session;
mod settings;
mod spans;

pub use settings::{Model, Price};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use evalstone_core::json::encode;

use crate::scoring::{Arguments, Cost, Failure, Row, Score};
use endpoint::{Endpoint, Spent};
use metrics::{Case, METRICS, Metric};
use session::Session;

/// The revision of the prompts and formulas. What a model answered, and what was made of it, may be
/// kept and used again for equal rows and arguments only under the same revision; it is raised whenever
/// a prompt, the questions around it or a formula changes.
pub const REVISION: u32 = 1;

/// The first pause before a call is repeated; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The configured models.
#[derive(Clone, Debug)]
pub struct Judges {
    endpoints: BTreeMap<String, Arc<Endpoint>>,
    setting: String,
    first_pause: Duration,
}

/// What came of an evaluation, and what it cost, also if nothing came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The score, or why there is none.
    pub outcome: Result<Score, Failure>,
    /// What all calls cost together, as far as the endpoint told their usage.
    pub cost: Cost,
}

impl Default for Judges {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

impl Judges {
    /// These models by their slugs. Clones share connections and limits.
    #[must_use]
    pub fn new(models: BTreeMap<String, Model>) -> Self {
        let endpoint = |(slug, model)| (slug, Arc::new(Endpoint::of(model)));
        Self {
            endpoints: models.into_iter().map(endpoint).collect(),
            setting: "models".to_owned(),
            first_pause: FIRST_PAUSE,
        }
    }

    /// Names the setting under which models are configured, such as `judges.models`, for those who read
    /// that one is missing.
    #[must_use]
    pub fn with_setting(mut self, setting: impl Into<String>) -> Self {
        self.setting = setting.into();
        self
    }

    /// Sets the first pause before a call is repeated; each further one is twice as long.
    #[must_use]
    pub fn with_first_pause(mut self, first_pause: Duration) -> Self {
        self.first_pause = first_pause;
        self
    }

    /// What the judge metric of that short name says of a row, asked of the model of that slug.
    ///
    /// # Errors
    /// A failure that says what is missing or went wrong: a field of the row, the model's
    /// configuration, the model's answer.
    pub async fn evaluate(
        &self,
        short_name: &str,
        model: &str,
        row: &Row,
        arguments: Arguments<'_>,
    ) -> Result<Score, Failure> {
        self.judge(short_name, model, row, arguments).await.outcome
    }

    /// As [`Judges::evaluate`], with the cost also of an evaluation that failed.
    pub async fn judge(
        &self,
        short_name: &str,
        model: &str,
        row: &Row,
        arguments: Arguments<'_>,
    ) -> Judgement {
        let spent = Spent::default();
        let outcome = self.outcome(short_name, model, Case { row, arguments }, &spent).await;
        let cost = spent.cost();
        let outcome = outcome.map(|score| Score { cost: Some(cost), ..score });
        Judgement { outcome, cost }
    }

    async fn outcome(
        &self,
        short_name: &str,
        model: &str,
        case: Case<'_>,
        spent: &Spent,
    ) -> Result<Score, Failure> {
        let metric = find(short_name)
            .ok_or_else(|| Failure(format!("{short_name} is no metric that a judge evaluates")))?;
        let endpoint =
            self.endpoints.get(model).ok_or_else(|| self.unconfigured(short_name, model))?;
        metric.score(&Session::new(endpoint, self.first_pause, spent), case).await
    }

    fn unconfigured(&self, short_name: &str, model: &str) -> Failure {
        let is_bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        // As TOML spells it: a slug with a point needs quotes.
        let key = if model.chars().all(is_bare) { model.to_owned() } else { encode(model) };
        Failure(format!(
            "{short_name} needs a judge: no endpoint is configured for the model {model} (setting \
             {}.{key}.url)",
            self.setting
        ))
    }
}

/// The short names of all judge metrics, in the contract's order.
pub fn short_names() -> impl Iterator<Item = &'static str> {
    METRICS.iter().map(|(name, _)| *name)
}

/// Whether a judge evaluates the metric of that short name.
#[must_use]
pub fn is_judge_metric(short_name: &str) -> bool {
    find(short_name).is_some()
}

fn find(short_name: &str) -> Option<Metric> {
    METRICS.iter().find(|(name, _)| *name == short_name).map(|(_, metric)| *metric)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The SHA-256 of all prompts at [`REVISION`].
    const PROMPTS: &str = "c17c6543036e3a83194f548790b14cd1e336dd17d618e73ea88cda8334cc7bd3";

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries =
            fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn prompts_do_not_change_within_a_revision() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
        let files = files(&folder).into_iter().map(|path| {
            let name = path.strip_prefix(&folder).expect("inside").to_string_lossy().into_owned();
            (name, fs::read(path).expect("a file"))
        });
        let mut hash = Sha256::new();
        for (name, content) in files.collect::<BTreeMap<_, _>>() {
            hash.update(name);
            hash.update([0]);
            hash.update((content.len() as u64).to_be_bytes());
            hash.update(content);
        }
        let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            found, PROMPTS,
            "the prompts have changed: raise REVISION, so that no answer to the old ones is used \
             again, then record this hash"
        );
    }

    #[test]
    fn each_metric_has_one_name() {
        let names: std::collections::BTreeSet<_> = short_names().collect();
        assert_eq!(names.len(), METRICS.len());
        assert!(is_judge_metric("ev_obf"));
        assert!(!is_judge_metric("bleu"));
    }

    #[test]
    fn a_missing_setting_is_named_as_it_is_written() {
        let judges = Judges::default().with_setting("dialects.x.models");
        let text = |model: &str| judges.unconfigured("faith", model).to_string();
        assert_eq!(
            text("gpt-4o"),
            "faith needs a judge: no endpoint is configured for the model gpt-4o (setting \
             dialects.x.models.gpt-4o.url)"
        );
        assert!(text("gpt-4.1").contains("dialects.x.models.\"gpt-4.1\".url"));
    }
}
