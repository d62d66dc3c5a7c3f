//! Judge metrics (Aegis contract §4.4): a model says what it finds, in a form that is checked, and the
//! score is computed from its findings by a formula, never a number that the model makes up.

mod settings;

pub use settings::{Model, Price};

use std::collections::BTreeMap;

use crate::scoring::{Arguments, Failure, Row, Score};

/// The configured models.
#[derive(Clone, Debug, Default)]
pub struct Judges {
    models: BTreeMap<String, Model>,
}

impl Judges {
    /// These models by their slugs.
    #[must_use]
    pub fn new(models: BTreeMap<String, Model>) -> Self {
        Self { models }
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
        let _ = (row, arguments);
        let Some(_) = self.models.get(model) else {
            return Err(Failure(format!(
                "{short_name} needs a judge: no model {model} is configured"
            )));
        };
        Err(Failure(format!("{short_name} is not served")))
    }
}

/// Whether the metric of that short name is a judge metric.
#[must_use]
pub fn is_judge_metric(short_name: &str) -> bool {
    short_name == "ans_corr"
}
