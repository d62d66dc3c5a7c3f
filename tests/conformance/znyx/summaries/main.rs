//! Sums up the runs on standard input, one JSON object a line, for the vendor's code to judge: for each
//! run a line with its summary, and one with how it compares to the run before it, of which only
//! the stored summary is known by then.

use std::error::Error;
use std::io::{BufRead as _, Write as _};

use evalstone_core::json::{View, object};
use evalstone_evals::detection::{Classes, Compared, Comparison, Row, Summary, Tally, compare};
use serde::Deserialize;

/// How deep a summary is nested, at the most.
const DEPTH: usize = 3;

/// A run, judged by the class that its setting asks for.
#[derive(Deserialize)]
struct Run {
    lenient: bool,
    rows: Vec<Case>,
}

/// What was expected and decided, the risk score and the latency in milliseconds.
#[derive(Deserialize)]
struct Case(Option<String>, String, f64, i64);

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let mut before = Compared::default();
    for line in std::io::stdin().lock().lines() {
        let summary = sum_up(&serde_json::from_str(&line?)?).to_json();
        let run = Compared::read(View::parse(&summary, DEPTH).map_err(|fault| fault.to_string())?);
        writeln!(out, "{summary}\n{}", comparison_to_json(compare(&before, &run)))?;
        before = run;
    }
    Ok(())
}

fn sum_up(run: &Run) -> Summary {
    let classes = Classes { lenient: run.lenient };
    let mut tally = Tally::new();
    for Case(expected, actual, risk_score, latency_ms) in &run.rows {
        let expected = expected.as_deref();
        let correct = classes.is_correct(expected, actual);
        let (risk_score, latency_ms) = (*risk_score, *latency_ms);
        tally.add(Row { expected, actual, risk_score, correct, latency_ms });
    }
    tally.finish()
}

fn comparison_to_json(comparison: Comparison) -> String {
    let Comparison {
        block_rate_delta,
        accuracy_delta,
        avg_latency_delta_ms,
        p99_latency_delta_ms,
        psi,
    } = comparison;
    object(|json| {
        json.nullable("block_rate_delta", block_rate_delta);
        json.nullable("accuracy_delta", accuracy_delta);
        json.nullable("avg_latency_delta_ms", avg_latency_delta_ms);
        json.nullable("p99_latency_delta_ms", p99_latency_delta_ms);
        json.nullable("psi", psi);
    })
}
