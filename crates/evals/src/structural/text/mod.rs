//! Metrics that measure texts or compare two. What a word, a sentence, a number is here, and where the
//! contract leaves that open, `crates/evals/README.md` says.

mod bleu;
mod bounds;
mod char_ct_match;
mod characters;
mod exact_match;
mod is_boolean;
mod is_date;
mod is_numeric;
mod is_string;
mod ngrams;
mod numbers;
mod numeric_match;
mod par_ct_match;
mod pattern;
mod percentage;
mod rouge;
mod sent_ct_match;
mod sentences;
mod text_readability;
mod word_ct_match;
mod words;

#[cfg(test)]
mod tests;

use super::Evaluate;

/// All of them, by their short names.
pub const ALL: &[(&str, Evaluate)] = &[
    ("alpha_perc", percentage::letters),
    ("alphanum_perc", percentage::letters_or_digits),
    ("bleu", bleu::evaluate),
    ("char_ct_match", char_ct_match::evaluate),
    ("exact_match", exact_match::evaluate),
    ("is_boolean", is_boolean::evaluate),
    ("is_date", is_date::evaluate),
    ("is_numeric", is_numeric::evaluate),
    ("is_string", is_string::evaluate),
    ("numeric_match", numeric_match::evaluate),
    ("par_ct_match", par_ct_match::evaluate),
    ("rouge", rouge::evaluate),
    ("sent_ct_match", sent_ct_match::evaluate),
    ("text_readability", text_readability::evaluate),
    ("word_ct_match", word_ct_match::evaluate),
];
