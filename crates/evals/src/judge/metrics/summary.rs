//! `summ`: whether a summary covers what matters and says nothing else.

use evalstone_core::json::{View, object};

use super::super::faults::Faults;
use super::super::findings::{Finding, found};
use super::super::material::{blocks, is_blank, whole};
use super::super::question::Question;
use super::super::report::{percent, score, texts};
use super::super::session::Session;
use super::{Case, LIMIT, MOST};
use crate::scoring::{Failure, Field, Score};

const POINTS: &[&str] = &["covered", "missing"];
const CLAIMS: &[&str] = &["supported", "unsupported"];

/// The most key points where nothing else says: the contract leaves their number to the length of the
/// input, so it is the model's choice up to here.
const MOST_POINTS: usize = 20;

/// The mean of the key points covered and the claims supported.
///
/// # Errors
/// A missing field, a wrong argument, no answer of use.
pub async fn score_case(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    let points = whole(case.arguments, "n_key_points", MOST_POINTS, 1..=LIMIT)?;
    let claims = whole(case.arguments, "max_n_claims", MOST, 1..=LIMIT)?;
    let mut shown = blocks(case.row, Field::Input)?;
    shown.extend(blocks(case.row, Field::Output)?);
    if is_blank(case.row, Field::Output)? {
        if is_blank(case.row, Field::Input)? {
            return Ok(told(&[], &[]));
        }
        let details = object(|object| object.json("missing_details", "[]"));
        return Ok(score(0.0, "There is no summary", "", &[], details));
    }
    let prompt = include_str!("../../../prompts/metrics/summ.md");
    let values = [("points", &*points.to_string()), ("claims", &*claims.to_string())];
    let question = Question::new(prompt, &values, shown);
    let read = |answer: View<'_>, faults: &mut Faults| {
        let points = found(answer, "key_points", POINTS, points, faults);
        (points, found(answer, "claims", CLAIMS, claims, faults))
    };
    let (points, claims) = session.ask(&question, read).await?;
    Ok(told(&points, &claims))
}

fn told(points: &[Finding], claims: &[Finding]) -> Score {
    let failing = |findings: &[Finding], verdict: &str| -> Vec<String> {
        findings.iter().filter(|found| found.verdict == verdict).map(Finding::told).collect()
    };
    let (missing, unsupported) = (failing(points, "missing"), failing(claims, "unsupported"));
    let (covered, supported) = (points.len() - missing.len(), claims.len() - unsupported.len());
    let coverage = percent(covered as f64, points.len(), 100.0);
    // A summary that claims nothing of an input that has something to say supports nothing.
    let empty = if points.is_empty() { 100.0 } else { 0.0 };
    let support = percent(supported as f64, claims.len(), empty);
    let headline = format!(
        "{covered} of {} key points are covered, {supported} of {} claims are supported",
        points.len(),
        claims.len()
    );
    let details = object(|object| {
        object.json("missing_details", &texts(&missing));
        object.json("unsupported_details", &texts(&unsupported));
    });
    let listed: Vec<_> = missing.into_iter().chain(unsupported).collect();
    score(f64::midpoint(coverage, support), &headline, "Missing or unsupported", &listed, details)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(verdicts: &[&'static str]) -> Vec<Finding> {
        let finding = |verdict: &&'static str| Finding {
            text: "x".to_owned(),
            verdict,
            reason: String::new(),
        };
        verdicts.iter().map(finding).collect()
    }

    #[test]
    fn coverage_and_support_count_equally() {
        let points = findings(&["covered", "missing"]);
        assert_eq!(told(&points, &findings(&["supported"])).value, 75.0);
        assert_eq!(told(&points, &findings(&["unsupported"])).value, 25.0);
        assert_eq!(told(&points, &[]).value, 25.0);
        assert_eq!(told(&[], &[]).value, 100.0);
        assert_eq!(told(&[], &findings(&["unsupported"])).value, 50.0);
    }
}
