//! `xml_schema_match`: whether the output fits an XML Schema.

use fastxml::Parser;
use fastxml::schema::{Schema, Validator};
use uppsala::Document;

use super::parsing::{brief, guarded};
use super::schema_limits;
use super::xml_text::parsed;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Validates against `schema`, the text of an XSD 1.0 schema that is complete in itself. Neither
/// what it nor what the output names as the location of another schema is ever fetched.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let schema = match arguments.get("schema") {
        None => return Err(Failure("there is no schema to validate against".to_owned())),
        Some(given) => given.as_text_lossy().ok_or_else(|| {
            Failure(format!("the schema is no text but {}", given.kind().as_str()))
        })?,
    };
    if schema.trim().is_empty() {
        return Err(Failure("the schema is empty".to_owned()));
    }
    guarded(|| score(&output, &schema))?
}

fn score(output: &str, schema: &str) -> Result<Score, Failure> {
    let (schema, costs) =
        compiled(schema).map_err(|why| Failure(format!("the schema is invalid: {why}")))?;
    let document = match parsed(output) {
        Ok(document) => document,
        Err(why) => {
            return Ok(Score::all_or_nothing(
                false,
                format!("the output is no well-formed XML: {why}"),
            ));
        }
    };
    costs.allow(elements(&document)).map_err(Failure)?;
    drop(document);
    Ok(match fault(output, schema) {
        None => Score::all_or_nothing(true, "the output fits the schema"),
        Some(why) => Score::all_or_nothing(
            false,
            format!("the output does not fit the schema: {}", brief(why)),
        ),
    })
}

/// The schema, and what it costs.
fn compiled(schema: &str) -> Result<(Schema, schema_limits::Costs), String> {
    if schema.len() > schema_limits::LONGEST {
        return Err(format!("it is longer than {} bytes", schema_limits::LONGEST));
    }
    let costs = schema_limits::within_limits(&parsed(schema)?)?;
    let schema = Schema::from_xsd(schema.as_bytes()).map_err(brief)?;
    Ok((schema, costs))
}

fn elements(document: &Document<'_>) -> usize {
    let nodes = document.descendants(document.root());
    nodes.into_iter().filter(|node| document.element(*node).is_some()).count()
}

/// The first rule that the output breaks.
fn fault(output: &str, schema: Schema) -> Option<String> {
    // What this parser refuses and the other does not is not valid either.
    let document = match Parser::from(output).parse() {
        Ok(document) => document,
        Err(error) => return Some(error.to_string()),
    };
    match Validator::from(&document).schema(schema).max_errors(1).run() {
        Ok(report) => report
            .errors()
            .first()
            .map(|error| error.to_string().replacen("[error] ", "line:column ", 1)),
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
#[path = "xml_schema_match_tests.rs"]
mod tests;
