//! `content_consist`: whether the model, asked again, says the same as the recorded answer.

use std::fmt::Write as _;

use evalstone_core::json::object;
use futures_util::future::join_all;

use super::super::findings::{Finding, judged};
use super::super::material::whole;
use super::super::question::{Block, Question};
use super::super::report::{array, percent, score};
use super::super::session::Session;
use super::Case;
use crate::scoring::{Failure, Field, Score};

const VERDICTS: &[&str] = &["agree", "differ"];

/// How often the model is asked again where nothing else says; the contract's default is unread.
const RERUNS: usize = 3;

/// The most reruns: n of them are n calls and (n + 1) × n / 2 pairs.
const MOST_RERUNS: usize = 10;

/// Agreeing pairs of all pairs among the recorded answer and `n_reruns` new ones.
///
/// # Errors
/// A missing field, a wrong argument, no answer of use to one of the questions.
pub async fn score_case(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    let reruns = whole(case.arguments, "n_reruns", RERUNS, 1..=MOST_RERUNS)?;
    let asked = [Field::Prompt, Field::Input].map(|field| case.row.text(field));
    // A blank one asks nothing, and counts as none: at least one of the two is needed (§4.4).
    let asked: Vec<_> =
        asked.into_iter().flatten().filter(|text| !text.trim().is_empty()).collect();
    if asked.is_empty() {
        return Err(Failure("the row has neither prompt nor input".to_owned()));
    }
    let asked = asked.join("\n\n");
    let mut answers = vec![case.row.required(Field::Output)?.into_owned()];
    let again = join_all((0..reruns).map(|_| session.answer(&asked))).await;
    answers.extend(again.into_iter().collect::<Result<Vec<_>, _>>()?);
    let pairs = pairs(answers.len());
    let findings = if case.arguments.flag("exact_output_match", false) {
        compared(&answers, &pairs)
    } else {
        ask(session, asked, &answers, &pairs).await?
    };
    Ok(told(&pairs, &findings))
}

/// All pairs among so many answers.
fn pairs(answers: usize) -> Vec<(usize, usize)> {
    (0..answers).flat_map(|left| (left + 1..answers).map(move |right| (left, right))).collect()
}

fn named((left, right): (usize, usize)) -> String {
    format!("answers {left} and {right}")
}

/// What is said of the pairs when only equal texts agree; no model is needed.
fn compared(answers: &[String], pairs: &[(usize, usize)]) -> Vec<Finding> {
    let finding = |pair: &(usize, usize)| Finding {
        text: named(*pair),
        verdict: if answers[pair.0] == answers[pair.1] { "agree" } else { "differ" },
        reason: String::new(),
    };
    pairs.iter().map(finding).collect()
}

async fn ask(
    session: &Session<'_>,
    asked: String,
    answers: &[String],
    pairs: &[(usize, usize)],
) -> Result<Vec<Finding>, Failure> {
    let texts: Vec<_> = pairs.iter().map(|pair| named(*pair)).collect();
    let mut listed = String::new();
    for (id, pair) in texts.iter().enumerate() {
        // Writing into a String cannot fail.
        let _ = writeln!(listed, "- id {id}: {pair}");
    }
    let mut shown = vec![Block::new("question", asked)];
    shown.extend(Block::numbered("answer", answers.iter().map(String::as_str)));
    let prompt = include_str!("../../../prompts/metrics/content_consist.md");
    let question = Question::new(prompt, &[("pairs", listed.trim_end())], shown);
    session.ask(&question, |answer, faults| judged(answer, "pairs", VERDICTS, &texts, faults)).await
}

fn told(pairs: &[(usize, usize)], findings: &[Finding]) -> Score {
    let both = pairs.iter().zip(findings);
    let differing: Vec<_> = both.filter(|(_, finding)| finding.verdict == "differ").collect();
    let agreeing = pairs.len() - differing.len();
    let headline = format!("{agreeing} of {} pairs of answers agree", pairs.len());
    let listed: Vec<_> = differing.iter().map(|(_, finding)| finding.told()).collect();
    let details = object(|object| {
        let pairs = differing.iter().map(|((left, right), _)| format!("[{left},{right}]"));
        object.json("disagreeing_pairs", &array(pairs));
    });
    score(percent(agreeing as f64, pairs.len(), 100.0), &headline, "Differing", &listed, details)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_two_answers_are_a_pair_once() {
        assert_eq!(pairs(3), [(0, 1), (0, 2), (1, 2)]);
        assert_eq!(pairs(11).len(), 55);
        assert!(pairs(1).is_empty());
    }

    #[test]
    fn equal_texts_agree() {
        let answers = ["a", "a", "b"].map(str::to_owned);
        let pairs = pairs(3);
        let score = told(&pairs, &compared(&answers, &pairs));
        assert!((score.value - 100.0 / 3.0).abs() < 1e-9);
        let details = score.details.expect("details");
        assert_eq!(details.as_str(), r#"{"disagreeing_pairs":[[0,2],[1,2]]}"#);
    }
}
