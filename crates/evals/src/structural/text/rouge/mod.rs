//! `rouge`: how much of the golden answer and of the output is the same.

mod lcs;
mod porter;

use evalstone_core::json::{Kind, View};

use super::ngrams;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// The most pairs of tokens among which a common subsequence is searched: as many take some seconds.
const MOST_PAIRS: usize = 100_000_000_000;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    /// Runs of that many tokens: ROUGE-1 to ROUGE-9.
    Runs(usize),
    /// The longest common subsequence of tokens: ROUGE-L.
    Longest,
}

/// ROUGE F1 as PyPI's `rouge-score` 0.1.2 has it, 0 to 100: twice what both texts share, by the sum of what
/// each has.
///
/// `rouge_type` (2) is the length of the runs of tokens that are compared, 1 to 9, or `"L"` for the longest
/// common subsequence. Tokens are runs of ASCII letters and digits, all else parts them;
/// `use_stemmer` (false) replaces those of more than three characters by their Porter stems.
/// `case_sensitive` (false) says whether the case of letters counts, for which that package has no
/// option: then tokens, and what the stemmer sees, keep their letters.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let variant = variant(arguments)?;
    let stems = arguments.flag("use_stemmer", false);
    let case_sensitive = arguments.flag("case_sensitive", false);
    let output = tokens(&row.required(Field::Output)?, stems, case_sensitive);
    let golden = tokens(&row.required(Field::GoldenAnswer)?, stems, case_sensitive);
    let (shared, seen, expected, what) = match variant {
        Variant::Runs(n) => (
            ngrams::shared(&golden, &output, n),
            ngrams::count(&output, n),
            ngrams::count(&golden, n),
            format!("{n}-grams"),
        ),
        Variant::Longest => (
            longest(&golden, &output)?,
            output.len(),
            golden.len(),
            "tokens in the same order".to_owned(),
        ),
    };
    let all = seen + expected;
    let value = if all == 0 { 0.0 } else { 200.0 * shared as f64 / all as f64 };
    let why =
        format!("{what}: {shared} shared, {seen} in the output, {expected} in the golden answer");
    Ok(Score::structural(value, why))
}

/// The length of the longest common subsequence.
fn longest(golden: &[String], output: &[String]) -> Result<usize, Failure> {
    if golden.len().saturating_mul(output.len()) > MOST_PAIRS {
        return Err(Failure(format!(
            "ROUGE-L takes too long for an output of {} tokens and a golden answer of {}: their product \
             may be {MOST_PAIRS} at most",
            output.len(),
            golden.len()
        )));
    }
    Ok(lcs::length(golden, output))
}

/// What `rouge_type` names: a number from 1 to 9 or `"L"`, each also as a string, as `rouge1` or as `ROUGE-1`.
fn variant(arguments: Arguments<'_>) -> Result<Variant, Failure> {
    let Some(given) = arguments.get("rouge_type") else { return Ok(Variant::Runs(2)) };
    let named = || given.as_text().and_then(|name| named(&name));
    let known = match given.kind() {
        Kind::Number => arguments.number("rouge_type").and_then(runs),
        _ => named(),
    };
    known.ok_or_else(|| {
        Failure(format!(
            "rouge_type must be a number from 1 to 9 or \"L\", not {}",
            View::raw(given)
        ))
    })
}

fn named(name: &str) -> Option<Variant> {
    let name = name.to_ascii_uppercase();
    let name = name.strip_prefix("ROUGE").unwrap_or(&name);
    match name.strip_prefix('-').unwrap_or(name) {
        "L" => Some(Variant::Longest),
        number => runs(number.parse().ok()?),
    }
}

fn runs(number: f64) -> Option<Variant> {
    ((1.0..=9.0).contains(&number) && number.fract() == 0.0)
        .then_some(Variant::Runs(number as usize))
}

fn tokens(text: &str, stems: bool, case_sensitive: bool) -> Vec<String> {
    let lower = if case_sensitive { text.to_owned() } else { text.to_lowercase() };
    let pieces = lower.split(|character: char| !character.is_ascii_alphanumeric());
    let stem = |token: &str| {
        if stems && token.len() > 3 { porter::stem(token) } else { token.to_owned() }
    };
    pieces.filter(|token| !token.is_empty()).map(stem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded_for_the_longest_subsequence() {
        let many = vec!["a".to_owned(); 400_000];
        let failure = longest(&many, &many).expect_err("a failure");
        assert!(failure.0.starts_with("ROUGE-L takes too long for an output of 400000 tokens"));
        assert_eq!(longest(&many[..300], &many), Ok(300));
    }
}
