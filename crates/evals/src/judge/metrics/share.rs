//! Metrics that are the share of statements that hold: the model takes a text apart and says of each
//! statement whether it does.

use evalstone_core::json::object;

use super::super::findings::{Finding, found};
use super::super::material::{blocks, is_blank, whole};
use super::super::question::Question;
use super::super::report::{percent, score, texts};
use super::super::session::Session;
use super::{Case, LIMIT, MOST};
use crate::scoring::{Failure, Field, Score};

/// A metric of this kind.
#[derive(Debug)]
pub struct Share {
    prompt: &'static str,
    /// What is shown if the row has it.
    optional: &'static [Field],
    /// What is shown and must be there.
    needed: &'static [Field],
    /// The field whose statements count: where it is blank there are none, and nothing is asked.
    counted: Field,
    /// The argument that bounds how many statements are asked for.
    most: Option<&'static str>,
    /// What the answer's list is called.
    list: &'static str,
    /// The verdicts: it holds, it does not.
    verdicts: &'static [&'static str; 2],
    /// What is said of those that hold, after `3 of 4 `.
    holds: &'static str,
    /// The score of no statements at all.
    empty: f64,
    /// Under which name programs read those that do not hold.
    details: &'static str,
}

/// `ans_rel`.
pub static ANSWER_RELEVANCY: Share = Share {
    prompt: include_str!("../../../prompts/metrics/ans_rel.md"),
    optional: &[],
    needed: &[Field::Input, Field::Output],
    counted: Field::Output,
    most: Some("max_n_statements"),
    list: "statements",
    verdicts: &["relevant", "irrelevant"],
    holds: "statements of the output are relevant to the input",
    empty: 0.0,
    details: "irrelevant_statements_reasons",
};

/// `faith`.
pub static FAITHFULNESS: Share = Share {
    prompt: include_str!("../../../prompts/metrics/faith.md"),
    optional: &[],
    needed: &[Field::Input, Field::Output],
    counted: Field::Output,
    most: Some("max_n_claims"),
    list: "claims",
    verdicts: &["supported", "unsupported"],
    holds: "claims of the output are supported by the input",
    empty: 100.0,
    details: "unsupported_details",
};

/// `ctx_faith`.
pub static CONTEXT_FAITHFULNESS: Share = Share {
    prompt: include_str!("../../../prompts/metrics/ctx_faith.md"),
    needed: &[Field::Context, Field::Output],
    holds: "claims of the output are supported by the context",
    ..FAITHFULNESS
};

/// `content_gen_faith`.
pub static CONTENT_FAITHFULNESS: Share = Share {
    prompt: include_str!("../../../prompts/metrics/content_gen_faith.md"),
    optional: &[Field::Prompt],
    holds: "claims of the output are supported by prompt and input",
    ..FAITHFULNESS
};

/// `ctx_rel`.
pub static CONTEXT_RELEVANCY: Share = Share {
    prompt: include_str!("../../../prompts/metrics/ctx_rel.md"),
    needed: &[Field::Input, Field::Context],
    counted: Field::Context,
    holds: "statements of the context are relevant to the input",
    ..ANSWER_RELEVANCY
};

/// `ctx_suff`.
pub static CONTEXT_SUFFICIENCY: Share = Share {
    prompt: include_str!("../../../prompts/metrics/ctx_suff.md"),
    optional: &[],
    needed: &[Field::Input, Field::Context],
    counted: Field::Input,
    most: None,
    list: "facts",
    verdicts: &["present", "missing"],
    holds: "facts that an answer needs are present in the context",
    empty: 100.0,
    details: "missing_details",
};

impl Share {
    /// What the metric says of a case.
    ///
    /// # Errors
    /// A missing field, a wrong argument, no answer of use.
    pub async fn score(&self, session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
        let most = match self.most {
            Some(name) => whole(case.arguments, name, MOST, 1..=LIMIT)?,
            None => MOST,
        };
        let mut shown = Vec::new();
        for field in self.optional.iter().filter(|field| case.row.value(**field).is_some()) {
            shown.extend(blocks(case.row, *field)?);
        }
        for field in self.needed {
            shown.extend(blocks(case.row, *field)?);
        }
        if is_blank(case.row, self.counted)? {
            return Ok(self.told(&[]));
        }
        let question = Question::new(self.prompt, &[("most", &most.to_string())], shown);
        let findings = session
            .ask(&question, |answer, faults| found(answer, self.list, self.verdicts, most, faults))
            .await?;
        Ok(self.told(&findings))
    }

    fn told(&self, findings: &[Finding]) -> Score {
        let [_, fails] = self.verdicts;
        let failing: Vec<_> = findings
            .iter()
            .filter(|finding| finding.verdict == *fails)
            .map(Finding::told)
            .collect();
        let (all, holding) = (findings.len(), findings.len() - failing.len());
        let value = percent(holding as f64, all, self.empty);
        let headline = format!("{holding} of {all} {}", self.holds);
        let details = object(|object| object.json(self.details, &texts(&failing)));
        let label = format!("{}{}", fails[..1].to_uppercase(), &fails[1..]);
        score(value, &headline, &label, &failing, details)
    }
}
