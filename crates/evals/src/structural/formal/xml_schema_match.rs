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
    let (elements, attributes) = counts(&document);
    let items = if costs.has_lists { output.split_ascii_whitespace().count() } else { 0 };
    costs.allow(elements, elements + attributes + items).map_err(Failure)?;
    drop(document);
    Ok(match fault(output, schema) {
        None => Score::all_or_nothing(true, "the output fits the schema"),
        Some(why) => {
            Score::all_or_nothing(false, format!("the output does not fit the schema: {why}"))
        }
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

/// How many elements and attributes there are.
fn counts(document: &Document<'_>) -> (usize, usize) {
    let nodes = document.descendants(document.root());
    let elements = nodes.into_iter().filter_map(|node| document.element(node));
    elements.fold((0, 0), |(elements, attributes), element| {
        (elements + 1, attributes + element.attributes.len())
    })
}

/// The first rule that the output breaks.
fn fault(output: &str, schema: Schema) -> Option<String> {
    // What this parser refuses and the other does not is not valid either.
    let document = match Parser::from(output).parse() {
        Ok(document) => document,
        Err(error) => return Some(brief(error)),
    };
    match Validator::from(&document).schema(schema).max_errors(1).run() {
        Ok(report) => report.errors().first().map(|error| placed(&error.to_string())),
        Err(error) => Some(brief(error)),
    }
}

/// `[error] 2:5: why` as `why (line 2, column 5)`.
fn placed(error: &str) -> String {
    let error = error.strip_prefix("[error] ").unwrap_or(error);
    let parts = error.split_once(": ").and_then(|(place, why)| Some((place.split_once(':')?, why)));
    match parts {
        Some(((line, column), why)) if line.parse::<usize>().is_ok() => {
            format!("{} (line {line}, column {column})", brief(why))
        }
        _ => brief(error),
    }
}

#[cfg(test)]
#[path = "xml_schema_match_tests.rs"]
mod tests;
