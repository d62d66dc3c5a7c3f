//! `char_ct_match`: whether the output has as many characters as wanted.

use std::borrow::Cow;

use super::bounds::{self, Noun};
use super::characters::{is_digit, is_punctuation, is_space};
use super::pattern;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

const CHARACTERS: Noun = Noun { one: "character", many: "characters" };
const UPPERCASE: Noun = Noun { one: "uppercase letter", many: "uppercase letters" };

/// Counts the output's characters (code points). What `custom_exclude_pattern` matches is taken out first;
/// `include_whitespace`, `include_punctuation` and `include_digits` (each true) say what counts,
/// `only_uppercase` (false) that nothing but uppercase letters does.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let excluded = pattern::given(arguments, "custom_exclude_pattern", true)?;
    let output = match &excluded {
        Some(pattern) => pattern.replace_all(&output, ""),
        None => Cow::Borrowed(&*output),
    };
    let whitespace = arguments.flag("include_whitespace", true);
    let punctuation = arguments.flag("include_punctuation", true);
    let digits = arguments.flag("include_digits", true);
    let only_uppercase = arguments.flag("only_uppercase", false);
    let counts = |character: &char| {
        (whitespace || !is_space(*character))
            && (punctuation || !is_punctuation(*character))
            && (digits || !is_digit(*character))
            && (!only_uppercase || character.is_uppercase())
    };
    let noun = if only_uppercase { UPPERCASE } else { CHARACTERS };
    Ok(bounds::score(output.chars().filter(counts).count(), &noun, arguments))
}
