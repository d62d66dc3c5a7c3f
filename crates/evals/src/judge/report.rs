//! How a score is told: a headline with the counts, the first few findings behind it, and what programs
//! read.

use evalstone_core::json::{RawObject, encode};

use crate::scoring::Score;

/// How many findings an explanation tells.
const TOLD: usize = 3;

/// How much of each, in characters.
const LONGEST: usize = 200;

/// `part` of `whole` in percent; of nothing, `empty`.
pub fn percent(part: f64, whole: usize, empty: f64) -> f64 {
    // No answer holds so many findings that a double could not count them. To multiply first rounds once
    // only: 29 of 50 are 58 then, as thresholds have it, and not 57.99999999999999.
    if whole == 0 { empty } else { part * 100.0 / whole as f64 }
}

/// The harmonic mean of precision and recall of `matches` between two lists; 100 if both are empty.
pub fn f1(matches: usize, left: usize, right: usize) -> f64 {
    percent(2.0 * matches as f64, left + right, 100.0)
}

/// The mean of the precisions at each rank that holds something relevant; 0 if none does.
pub fn average_precision(relevant: &[bool]) -> f64 {
    let (mut hits, mut sum) = (0_usize, 0.0);
    for (index, _) in relevant.iter().enumerate().filter(|(_, relevant)| **relevant) {
        hits += 1;
        sum += hits as f64 / (index + 1) as f64;
    }
    percent(sum, hits, 0.0)
}

/// A score with its explanation: the headline, a sentence without its period, then the first few of
/// `listed` after `label`.
pub fn score(value: f64, headline: &str, label: &str, listed: &[String], details: String) -> Score {
    let mut explanation = format!("{headline}.");
    if !listed.is_empty() {
        let told: Vec<_> = listed.iter().take(TOLD).map(|text| shortened(text)).collect();
        explanation.push_str(&format!(" {label}: {}", told.join("; ")));
        if listed.len() > TOLD {
            explanation.push_str(&format!("; and {} more", listed.len() - TOLD));
        }
        if !explanation.ends_with(['.', '!', '?', '…']) {
            explanation.push('.');
        }
    }
    Score { value, explanation, details: Some(RawObject::trusted(details)), cost: None }
}

/// The beginning of a text on one line.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A JSON array of these strings.
pub fn texts(list: &[String]) -> String {
    array(list.iter().map(|text| encode(text)))
}

/// A JSON array of what is JSON already.
pub fn array(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

/// A number with its noun: `1 claim`, `2 claims`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_something_and_of_nothing() {
        assert_eq!(percent(3.0, 4, 0.0), 75.0);
        assert_eq!(percent(0.0, 0, 100.0), 100.0);
        assert_eq!(percent(0.0, 0, 0.0), 0.0);
    }

    #[test]
    fn shares_that_are_whole_percents_are_exact() {
        for whole in [10, 20, 25, 50, 100_usize] {
            for part in 0..=whole {
                let expected = (part * 100 / whole) as f64;
                assert_eq!(percent(part as f64, whole, 0.0), expected, "{part} of {whole}");
            }
        }
    }

    #[test]
    fn f1_counts_both_sides() {
        // 2 pairs of 3 and 4: precision 2/3, recall 2/4, harmonic mean 4/7.
        assert!((f1(2, 3, 4) - 400.0 / 7.0).abs() < 1e-9);
        assert_eq!((f1(0, 0, 0), f1(0, 0, 3), f1(0, 3, 0), f1(2, 2, 2)), (100.0, 0.0, 0.0, 100.0));
    }

    #[test]
    fn average_precision_rewards_early_ranks() {
        // (1/1 + 2/3) / 2
        assert!((average_precision(&[true, false, true]) - 250.0 / 3.0).abs() < 1e-9);
        assert_eq!(average_precision(&[false, true]), 50.0);
        assert_eq!(average_precision(&[true, true, false]), 100.0);
        assert_eq!((average_precision(&[false]), average_precision(&[])), (0.0, 0.0));
    }

    #[test]
    fn an_explanation_is_bounded() {
        let listed: Vec<_> = (0..5).map(|index| format!("{index}{}", "x".repeat(999))).collect();
        let told = score(0.0, "0 of 5 claims hold", "Not", &listed, "{}".to_owned()).explanation;
        assert!(told.starts_with("0 of 5 claims hold. Not: 0xxx"), "{told}");
        assert!(told.ends_with("…; and 2 more."), "{told}");
        assert!(told.chars().count() < 700);
        let short = score(0.0, "A", "Not", &["b".to_owned(), "c.".to_owned()], "{}".to_owned());
        assert_eq!(short.explanation, "A. Not: b; c.");
    }
}
