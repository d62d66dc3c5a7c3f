//! `alpha_perc` and `alphanum_perc`: how much of the output is letters, or letters and digits.

use super::characters::{is_digit, is_letter};
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// The percentage of the output's characters, whitespace included, that are letters; 0 for an empty
/// output.
pub fn letters(row: &Row, _: Arguments<'_>) -> Result<Score, Failure> {
    share(row, "letters", is_letter)
}

/// The percentage of the output's characters, whitespace included, that are letters or decimal digits; 0
/// for an empty output.
pub fn letters_or_digits(row: &Row, _: Arguments<'_>) -> Result<Score, Failure> {
    share(row, "letters or digits", |character| is_letter(character) || is_digit(character))
}

fn share(row: &Row, what: &str, counts: fn(char) -> bool) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let all = output.chars().count();
    if all == 0 {
        return Ok(Score::structural(0.0, "the output is empty"));
    }
    let counted = output.chars().filter(|character| counts(*character)).count();
    let value = 100.0 * counted as f64 / all as f64;
    Ok(Score::structural(value, format!("{counted} of the output's {all} characters are {what}")))
}
