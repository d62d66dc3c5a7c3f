//! `min_count` and `max_count`, which every metric that counts takes.

use crate::scoring::{Arguments, Score};

/// A noun for what was counted.
pub(super) struct Noun {
    /// For one of them.
    pub(super) one: &'static str,
    /// For any other number.
    pub(super) many: &'static str,
}

impl Noun {
    /// Such as `1 word` or `2 words`.
    pub(super) fn counted(&self, count: usize) -> String {
        format!("{count} {}", if count == 1 { self.one } else { self.many })
    }
}

/// 100 when the count is at least `min_count` and at most `max_count`, as far as they were given, else
/// 0.
pub(super) fn score(count: usize, noun: &Noun, arguments: Arguments<'_>) -> Score {
    let counted = noun.counted(count);
    let (min, max) = (arguments.number("min_count"), arguments.number("max_count"));
    let said = |holds, verdict: String| {
        Score::all_or_nothing(holds, format!("the output has {counted}{verdict}"))
    };
    let number = count as f64;
    match (min, max) {
        (Some(min), _) if number < min => said(false, format!(", fewer than min_count {min}")),
        (_, Some(max)) if number > max => said(false, format!(", more than max_count {max}")),
        (Some(min), Some(max)) => {
            said(true, format!(", within min_count {min} and max_count {max}"))
        }
        (Some(min), None) => said(true, format!(", at least min_count {min}")),
        (None, Some(max)) => said(true, format!(", at most max_count {max}")),
        (None, None) => said(true, "; no count is asked for".to_owned()),
    }
}
