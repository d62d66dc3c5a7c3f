//! `factfulness`: claims of the output about the world, asked several times.

use std::collections::BTreeSet;

use evalstone_core::json::object;
use futures_util::future::join_all;

use super::super::findings::{Finding, found};
use super::super::material::{blocks, is_blank, whole};
use super::super::question::Question;
use super::super::report::{array, counted, percent, score, texts};
use super::super::session::Session;
use super::{Case, MOST};
use crate::scoring::{Failure, Field, Score};

const VERDICTS: &[&str] = &["true", "false", "unknown"];

/// The most runs of one evaluation: each is a call that costs.
const MOST_RUNS: usize = 20;

/// The mean over the runs of (true + unknown × (1 − `idk_penalty_weight`) × 0.5) / all.
///
/// # Errors
/// A missing field, a wrong argument, no answer of use to one of the runs.
pub async fn score_case(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    let runs = whole(case.arguments, "n_runs", 3, 1..=MOST_RUNS)?;
    let weight = case.arguments.number("idk_penalty_weight").unwrap_or(0.25);
    if !(0.0..=1.0).contains(&weight) {
        return Err(Failure("idk_penalty_weight must be a number from 0 to 1".to_owned()));
    }
    let mut shown = blocks(case.row, Field::Input)?;
    shown.extend(blocks(case.row, Field::Output)?);
    if is_blank(case.row, Field::Output)? {
        return Ok(told(&[], weight));
    }
    let prompt = include_str!("../../../prompts/metrics/factfulness.md");
    let question = Question::new(prompt, &[("most", &MOST.to_string())], shown);
    let ask =
        || session.ask(&question, |answer, faults| found(answer, "claims", VERDICTS, MOST, faults));
    let answers = join_all((0..runs).map(|_| ask())).await;
    let findings = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(told(&findings, weight))
}

fn told(runs: &[Vec<Finding>], weight: f64) -> Score {
    let of = |verdict: &str| -> Vec<String> {
        let findings = runs.iter().flatten().filter(|finding| finding.verdict == verdict);
        let mut seen = BTreeSet::new();
        let first = findings.filter(|finding| seen.insert(finding.text.clone()));
        first.map(Finding::told).collect()
    };
    let (wrong, unknown) = (of("false"), of("unknown"));
    let scores: Vec<_> = runs.iter().map(|run| run_score(run, weight)).collect();
    // The scores are percentages already: to make shares of them again would only round once more.
    let value =
        if scores.is_empty() { 100.0 } else { scores.iter().sum::<f64>() / scores.len() as f64 };
    let claims: usize = runs.iter().map(Vec::len).sum();
    let count =
        |verdict: &str| runs.iter().flatten().filter(|finding| finding.verdict == verdict).count();
    let headline = format!(
        "Of {} in {}, {} true, {} false and {} unknown",
        counted(claims, "claim"),
        counted(runs.len(), "run"),
        count("true"),
        count("false"),
        count("unknown")
    );
    let details = object(|object| {
        object.json("false_claims", &texts(&wrong));
        object.json("unknown_claims", &texts(&unknown));
        object.json("run_scores", &array(scores.iter().map(f64::to_string)));
    });
    let listed: Vec<_> = wrong.into_iter().chain(unknown).collect();
    score(value, &headline, "Not known to be true", &listed, details)
}

/// The score of one run; 100 where nothing is claimed.
fn run_score(findings: &[Finding], weight: f64) -> f64 {
    let credit = findings.iter().map(|finding| match finding.verdict {
        "true" => 1.0,
        "unknown" => (1.0 - weight) * 0.5,
        _ => 0.0,
    });
    percent(credit.sum(), findings.len(), 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(verdicts: &[&'static str]) -> Vec<Finding> {
        let finding = |(index, verdict): (usize, &&'static str)| Finding {
            text: format!("claim {index}"),
            verdict,
            reason: String::new(),
        };
        verdicts.iter().enumerate().map(finding).collect()
    }

    #[test]
    fn unknown_counts_less_than_half() {
        assert_eq!(run_score(&run(&["true", "false"]), 0.25), 50.0);
        // (1 + 1 × 0.75 × 0.5) / 2
        assert_eq!(run_score(&run(&["true", "unknown"]), 0.25), 68.75);
        assert_eq!(run_score(&run(&["unknown"]), 1.0), 0.0);
        assert_eq!(run_score(&run(&["unknown"]), 0.0), 50.0);
        assert_eq!(run_score(&[], 0.25), 100.0);
    }

    #[test]
    fn the_mean_of_equal_runs_is_their_score() {
        let mut verdicts = vec!["true"; 29];
        verdicts.resize(50, "false");
        assert_eq!(told(&vec![run(&verdicts); 3], 0.25).value, 58.0);
        assert_eq!(told(&[], 0.25).value, 100.0);
    }

    #[test]
    fn runs_count_equally() {
        let runs = [run(&["true"]), run(&["true", "false", "false", "false"])];
        let score = told(&runs, 0.25);
        assert_eq!(score.value, 62.5);
        assert_eq!(
            score.explanation,
            "Of 5 claims in 2 runs, 2 true, 3 false and 0 unknown. Not known to be true: claim 1; claim 2; claim 3."
        );
    }
}
