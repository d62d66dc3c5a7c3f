//! Scores rows with structural metrics, for whoever wants to compare them with another program: each
//! line of standard input is `{"metric", "args", "row"}`, each line of standard output
//! `{"score", "explanation"}` or `{"failure"}`.

use std::io::{BufRead as _, Write as _};

use evalstone_core::json::{RawJson, RawObject, View, encode, object};
use evalstone_evals::scoring::{Arguments, Row};
use evalstone_evals::structural;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&line?)?)?;
    }
    Ok(out.flush()?)
}

fn answer(line: &str) -> Result<String, Box<dyn std::error::Error>> {
    let asked = View::parse(line, usize::MAX).map_err(|fault| fault.to_string())?;
    let name = asked.get("metric").and_then(View::as_text).ok_or("no metric")?;
    let evaluate = structural::find(&name).ok_or_else(|| format!("no metric {name}"))?;
    let arguments = asked.get("args").filter(|args| !args.is_null()).map(RawObject::try_from);
    let arguments = arguments.transpose()?;
    let field = |name| asked.get("row").and_then(|row| row.get(name)).map(RawJson::from_view);
    let row = Row {
        prompt: field("prompt"),
        input: field("input"),
        context: field("context"),
        output: field("output"),
        golden_answer: field("golden_answer"),
    };
    Ok(match evaluate(&row, Arguments::of(arguments.as_ref())) {
        Ok(score) => object(|object| {
            object.plain("score", score.value);
            object.text("explanation", &score.explanation);
        }),
        Err(failure) => format!("{{\"failure\":{}}}", encode(&failure.to_string())),
    })
}
