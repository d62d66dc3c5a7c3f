//! `bleu`: how much of the output's wording is the golden answer's.

use std::borrow::Cow;

use super::characters::is_space;
use super::ngrams;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Runs of up to this many tokens are compared.
const ORDER: usize = 4;

/// BLEU of one sentence as sacrebleu 2 has it (`effective_order`, tokenizer `13a`), 0 to 100: the geometric
/// mean of how many of the output's runs of 1 to 4 tokens stand in the golden answer, times a penalty
/// for an output that is shorter. Orders for which the output is too short are left out.
///
/// With `smoothing` (true) the first order without a match counts as half a match, the next as a quarter
/// and so on (NIST's, sacrebleu's `exp`), without it an order without a match makes the score 0.
/// `case_sensitive` (false) says whether the case of letters counts. Source of the choice: ours, the
/// contract (§4.4) says BLEU-4 and no more.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let case_sensitive = arguments.flag("case_sensitive", false);
    let output = tokens(&row.required(Field::Output)?, case_sensitive);
    let golden = tokens(&row.required(Field::GoldenAnswer)?, case_sensitive);
    if output.is_empty() || golden.is_empty() {
        let whose = if output.is_empty() { "output" } else { "golden answer" };
        return Ok(Score::structural(0.0, format!("the {whose} has no words")));
    }
    let orders = || (1..=ORDER).filter(|n| ngrams::count(&output, *n) > 0);
    let matches: Vec<usize> = orders().map(|n| ngrams::shared(&golden, &output, n)).collect();
    let totals: Vec<usize> = orders().map(|n| ngrams::count(&output, n)).collect();
    let penalty = (1.0 - golden.len() as f64 / output.len() as f64).min(0.0).exp();
    let mean = mean_precision(&matches, &totals, arguments.flag("smoothing", true));
    let told: Vec<String> = matches
        .iter()
        .zip(&totals)
        .zip(1..)
        .map(|((matched, total), n)| format!("{matched} of {total} {n}-grams"))
        .collect();
    let why = format!(
        "{} stand in the golden answer too; {} tokens against {}, brevity penalty {penalty:.3}",
        told.join(", "),
        output.len(),
        golden.len()
    );
    Ok(Score::structural((100.0 * penalty * mean).min(100.0), why))
}

/// The geometric mean of the precisions, 0 without any match.
fn mean_precision(matches: &[usize], totals: &[usize], smooths: bool) -> f64 {
    if matches.iter().all(|matched| *matched == 0) {
        return 0.0;
    }
    let mut stand_in = 1.0;
    let mut logarithms = 0.0;
    for (matched, total) in matches.iter().zip(totals) {
        let matched = if *matched == 0 && smooths {
            stand_in /= 2.0;
            stand_in
        } else {
            *matched as f64
        };
        logarithms += (matched / *total as f64).ln();
    }
    (logarithms / totals.len() as f64).exp()
}

/// The tokens of mteval-v13a, sacrebleu's `13a`: words, and each ASCII sign by itself but for apostrophes
/// and hyphens within words, and points and commas within numbers.
fn tokens(text: &str, case_sensitive: bool) -> Vec<String> {
    let text = if case_sensitive { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) };
    let text = text.trim_end_matches(is_space).replace("<skipped>", "");
    let text = text.replace("-\n", "").replace('\n', " ");
    let text = text.replace("&quot;", "\"").replace("&amp;", "&");
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let spaced: Vec<char> =
        std::iter::once(' ').chain(text.chars().flat_map(apart)).chain([' ']).collect();
    let is_digit = |character: char| character.is_ascii_digit();
    let is_point = |character: char| matches!(character, '.' | ',');
    let spaced = between(&spaced, |one, other| !is_digit(one) && is_point(other), Space::After);
    let spaced = between(&spaced, |one, other| is_point(one) && !is_digit(other), Space::Before);
    let spaced = between(&spaced, |one, other| is_digit(one) && other == '-', Space::After);
    let spaced: String = spaced.into_iter().collect();
    spaced.split(is_space).filter(|token| !token.is_empty()).map(str::to_owned).collect()
}

/// A sign that is always a token, with space around it; anything else as it is.
fn apart(character: char) -> impl Iterator<Item = char> {
    let always = character.is_ascii_punctuation() && !matches!(character, '\'' | ',' | '-' | '.');
    let space = always.then_some(' ');
    space.into_iter().chain([character]).chain(space)
}

/// Where a pair gets its second space.
#[derive(Clone, Copy, PartialEq)]
enum Space {
    Before,
    After,
}

/// Parts the pairs that are found, from the left and without overlap, and puts a space at one end.
fn between(text: &[char], parts: impl Fn(char, char) -> bool, space: Space) -> Vec<char> {
    let mut spaced = Vec::with_capacity(text.len() * 2);
    let mut rest = text;
    while let [one, after @ ..] = rest {
        match after {
            [other, later @ ..] if parts(*one, *other) => {
                match space {
                    Space::Before => spaced.extend([' ', *one, ' ', *other]),
                    Space::After => spaced.extend([*one, ' ', *other, ' ']),
                }
                rest = later;
            }
            _ => {
                spaced.push(*one);
                rest = after;
            }
        }
    }
    spaced
}
