//! `numeric_match`: whether the output has the golden answer's numbers.

use super::bounds::Noun;
use super::numbers;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

const NUMBERS: Noun = Noun { one: "number", many: "numbers" };

/// How far numbers may be apart.
struct Tolerance {
    absolute: f64,
    relative: f64,
}

/// Compares the numbers of the output with those of the golden answer: there must be as many, one at
/// least, and each must be near the one in its place. Near is what `math.isclose` of Python calls so:
/// not further away than `tolerance` (0), or than `relative_tolerance` (0) times the larger magnitude
/// of the two.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = numbers::all_in(&row.required(Field::Output)?);
    let golden = numbers::all_in(&row.required(Field::GoldenAnswer)?);
    let tolerance = Tolerance {
        absolute: not_negative(arguments, "tolerance")?,
        relative: not_negative(arguments, "relative_tolerance")?,
    };
    let refused = |why: String| Ok(Score::all_or_nothing(false, why));
    if output.is_empty() || golden.is_empty() {
        let whose = if output.is_empty() { "output" } else { "golden answer" };
        return refused(format!("the {whose} has no number"));
    }
    if output.len() != golden.len() {
        let seen = NUMBERS.counted(output.len());
        return refused(format!("the output has {seen}, the golden answer {}", golden.len()));
    }
    let mut pairs = output.iter().zip(&golden);
    match pairs.find(|(seen, expected)| !tolerance.accepts(**seen, **expected)) {
        Some((seen, expected)) => {
            let distance = (seen - expected).abs();
            refused(format!(
                "the output has {seen} where the golden answer has {expected}, {distance} apart"
            ))
        }
        None => Ok(Score::all_or_nothing(true, "the output has the numbers of the golden answer")),
    }
}

impl Tolerance {
    fn accepts(&self, one: f64, other: f64) -> bool {
        let distance = (one - other).abs();
        // Two equal infinities have no distance, and an infinity is near nothing else.
        one == other
            || distance.is_finite()
                && (distance <= self.absolute
                    || distance <= self.relative * one.abs().max(other.abs()))
    }
}

fn not_negative(arguments: Arguments<'_>, name: &str) -> Result<f64, Failure> {
    match arguments.number(name).unwrap_or(0.0) {
        negative if negative < 0.0 => Err(Failure(format!("{name} is below 0: {negative}"))),
        tolerance => Ok(tolerance),
    }
}
