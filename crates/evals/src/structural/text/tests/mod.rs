//! What each metric says of rows whose scores were worked out by hand. `tests/conformance/evals` compares them
//! with other implementations on many more.

mod counts;
mod dates;
mod kinds;
mod matches;
mod readability;
mod rows;
mod wording;

use evalstone_core::json::{RawJson, RawObject, View};

use crate::scoring::{Arguments, Failure, Row, Score};

/// What a metric says of an output, which is JSON, with these arguments, which are a JSON object.
fn of(metric: &str, output: &str, arguments: &str) -> Result<Score, Failure> {
    ask(metric, &format!("{{\"output\":{output}}}"), arguments)
}

/// What a metric says of an output and a golden answer, both JSON.
fn between(metric: &str, output: &str, golden: &str, arguments: &str) -> Result<Score, Failure> {
    ask(metric, &format!("{{\"output\":{output},\"golden_answer\":{golden}}}"), arguments)
}

fn ask(metric: &str, row: &str, arguments: &str) -> Result<Score, Failure> {
    let evaluate = crate::structural::find(metric).expect("a metric");
    let row = View::parse(row, 100).expect("a row");
    let field = |name| row.get(name).map(RawJson::from_view);
    let row =
        Row { output: field("output"), golden_answer: field("golden_answer"), ..Row::default() };
    let arguments =
        RawObject::try_from(View::parse(arguments, 100).expect("JSON")).expect("an object");
    evaluate(&row, Arguments::of(Some(&arguments)))
}

/// The score, to four decimals.
fn value(answer: Result<Score, Failure>) -> f64 {
    (answer.expect("a score").value * 10_000.0).round() / 10_000.0
}

/// The explanation.
fn why(answer: Result<Score, Failure>) -> String {
    answer.expect("a score").explanation
}

/// Whether the score is 100; it must be that or 0.
fn holds(answer: Result<Score, Failure>) -> bool {
    let score = answer.expect("a score");
    assert!(score.value == 0.0 || score.value == 100.0, "{score:?}");
    score.value == 100.0
}

/// What the failure says.
fn failure(answer: Result<Score, Failure>) -> String {
    answer.expect_err("no score").to_string()
}
