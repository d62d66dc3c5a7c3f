//! What each kind of run must have in order to be read by those who read such runs: one that lacks it would
//! be a fault in the database for them.

use evalstone_core::benchmark::SCORER;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{Kind, RawJson, RawObject};
use evalstone_core::run::RunKind;
use evalstone_core::run_copy::{EvaluationCopy, NewRunCopy, RunCopy, RunPart};
use evalstone_core::source::is_mappable;
use evalstone_core::text::check_plain;

/// Checks a run without its parts.
pub fn check_run(new: &NewRunCopy) -> Result<()> {
    if new.source_id.as_deref().is_some_and(|id| !is_mappable(id)) {
        return Err(Error::invalid("the run's id cannot be kept in the id map"));
    }
    let RunCopy { kind, name, settings, policy_version, bundle, failure, .. } = &new.run;
    if *kind == RunKind::Scoring && settings.is_none() {
        return Err(Error::invalid("a scoring run without its settings"));
    }
    check_texts([
        ("a run's name", name.as_deref()),
        ("a run's policy version", policy_version.as_deref()),
        ("a run's bundle", bundle.as_deref()),
        ("a run's failure", failure.as_deref()),
    ])
}

/// Checks a part of a run of this kind.
pub fn check_part(kind: RunKind, part: &RunPart) -> Result<()> {
    match part {
        RunPart::Row(row) => check_texts([("a row's stage", row.case.stage.as_deref())]),
        RunPart::Span(span) => check_texts([("a span's name", Some(&*span.span.name))]),
        RunPart::Evaluation(evaluation) => {
            check_evaluation(evaluation)?;
            match kind {
                RunKind::Experiment => check_experiment(evaluation),
                RunKind::Benchmark => check_verdict(evaluation),
                RunKind::Scoring => check_score(evaluation),
            }
        }
    }
}

fn check_evaluation(evaluation: &EvaluationCopy) -> Result<()> {
    let EvaluationCopy { scorer, name, stage, error, decision, model, explanation, score, .. } =
        evaluation;
    // SQLite keeps none that is not, and JSON has no word for it.
    need("has a finite score", score.is_none_or(f64::is_finite))?;
    need("tells when it was reported exactly if it tells who judged", {
        evaluation.reported_at.is_some() == scorer.is_some()
    })?;
    check_texts([
        ("an evaluation's name", Some(name.as_str())),
        ("an evaluation's scorer", scorer.as_deref()),
        ("an evaluation's stage", stage.as_deref()),
        ("an evaluation's error", error.as_deref()),
        ("an evaluation's decision", decision.as_deref()),
        ("an evaluation's model", model.as_deref()),
        ("an evaluation's explanation", explanation.as_deref()),
    ])
}

fn check_experiment(evaluation: &EvaluationCopy) -> Result<()> {
    let EvaluationCopy { trace, span, .. } = evaluation;
    need("of an experiment points at a span of a trace", trace.is_some() && span.is_some())
}

fn check_verdict(evaluation: &EvaluationCopy) -> Result<()> {
    let EvaluationCopy { position, scorer, inputs, expected, decision, .. } = evaluation;
    let EvaluationCopy { rule_hits, score, latency_ms, .. } = evaluation;
    need("of a benchmark has a place in it", position.is_some())?;
    need("of a benchmark is a policy's", scorer.as_deref() == Some(SCORER))?;
    need("of a benchmark has inputs that are an object", inputs.as_ref().is_some_and(is_object))?;
    need("of a benchmark expects an object", expected.as_ref().is_none_or(is_object))?;
    need("of a benchmark has a decision", decision.is_some())?;
    need(
        "of a benchmark has an array of rules that fired",
        rule_hits.as_ref().is_some_and(is_array),
    )?;
    need("of a benchmark has a score", score.is_some())?;
    need("of a benchmark has a latency", latency_ms.is_some())
}

fn check_score(evaluation: &EvaluationCopy) -> Result<()> {
    let EvaluationCopy { row, scorer, model, threshold, error, .. } = evaluation;
    let EvaluationCopy { score, explanation, details, .. } = evaluation;
    need("of a scoring run is of a row", row.is_some())?;
    need("of a scoring run is a metric's", scorer.is_none())?;
    need("of a scoring run has a model", model.is_some())?;
    need("of a scoring run has a threshold", threshold.is_some())?;
    let scored = score.is_some() && explanation.is_some();
    need("of a scoring run has failed or has a score and why", error.is_some() || scored)?;
    need("of a scoring run has details that are an object", details.as_ref().is_none_or(is_object))
}

fn is_array(json: &RawJson) -> bool {
    json.view().kind() == Kind::Array
}

fn is_object(json: &RawJson) -> bool {
    RawObject::try_from(json.clone()).is_ok()
}

fn need(what: &str, is_so: bool) -> Result<()> {
    if is_so { Ok(()) } else { Err(Error::invalid(format!("an evaluation {what}"))) }
}

fn check_texts<const N: usize>(texts: [(&str, Option<&str>); N]) -> Result<()> {
    texts.into_iter().try_for_each(|(field, text)| text.map_or(Ok(()), |t| check_plain(field, t)))
}
