//! Playing metrics in tests.

use evalstone_core::json::{RawJson, RawObject, View};

use super::Evaluate;
use crate::scoring::{Arguments, Failure, Row, Score};

/// What a metric says of this output and golden answer, texts both, with arguments in JSON.
pub fn tried(
    evaluate: Evaluate,
    output: &str,
    golden: &str,
    arguments: &str,
) -> Result<Score, Failure> {
    let row = Row {
        output: Some(RawJson::from_text(output)),
        golden_answer: Some(RawJson::from_text(golden)),
        ..Row::default()
    };
    with_arguments(evaluate, &row, arguments)
}

/// What a metric says of this output and golden answer, JSON both, with arguments in JSON.
pub fn tried_json(
    evaluate: Evaluate,
    output: &str,
    golden: &str,
    arguments: &str,
) -> Result<Score, Failure> {
    let row = Row {
        output: Some(RawJson::parse(output).expect(output)),
        golden_answer: Some(RawJson::parse(golden).expect(golden)),
        ..Row::default()
    };
    with_arguments(evaluate, &row, arguments)
}

/// Whether it scores 100; anything but 0 and 100 is a panic, as is a failure.
pub fn holds(evaluate: Evaluate, output: &str, golden: &str, arguments: &str) -> bool {
    let score = tried(evaluate, output, golden, arguments).expect(output);
    assert!(score.explanation.chars().count() < 900, "too many words: {}", score.explanation);
    assert!(score.value == 0.0 || score.value == 100.0, "{score:?}");
    score.value == 100.0
}

/// The explanation of the score.
pub fn explained(evaluate: Evaluate, output: &str, golden: &str, arguments: &str) -> String {
    tried(evaluate, output, golden, arguments).expect(output).explanation
}

fn with_arguments(evaluate: Evaluate, row: &Row, arguments: &str) -> Result<Score, Failure> {
    let view = View::parse(arguments, usize::MAX).expect(arguments);
    let arguments = RawObject::try_from(view).expect(arguments);
    evaluate(row, Arguments::of(Some(&arguments)))
}
