//! Rows in JSON: objects of the shape that add-samples takes, with aliases.

use std::io::Read;

use evalstone_core::case::DEFAULT_STAGE;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{self, FaultKind, Kind, MAX_DEPTH, RawJson, View};
use evalstone_kit::limits::Cap;
use evalstone_kit::table::Fault;
use evalstone_kit::table::lines::Lines;

use super::Rows;
use super::fields::{self, LANGUAGE, dict, token, tokens, with_extras};
use super::flaw::Flaw;
use crate::validation::{Rule, members, nullable};
use crate::wire::{ImportedRow, SampleInput};

/// The levels around a row's payloads: the row.
const IN_ROW: usize = 1;
/// And with the array around it.
const IN_ARRAY: usize = 2;

/// The rows of an array, of one object alone, or of one object a line.
///
/// # Errors
/// Invalid when the content is neither.
pub fn rows(content: &[u8], cap: Cap) -> Result<Rows<'_>> {
    let text = std::str::from_utf8(content).map_err(Error::fault)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match View::parse(text, MAX_DEPTH + IN_ARRAY) {
        Ok(value) if value.kind() == Kind::Array => Ok(Box::new(items(value))),
        Ok(value) if value.kind() == Kind::Object => {
            Ok(Box::new([row_at(0, None, value)].into_iter()))
        }
        // More than one object: it can only be one a line.
        Err(_) if text.trim_start().starts_with('{') => lines(content, cap),
        Ok(value) => {
            let kind = value.kind().as_str();
            Err(invalid(&format!("an array of objects is expected, found: {kind}")))
        }
        Err(fault) => Err(invalid(&in_pythons_words(&fault, text))),
    }
}

/// The rows of a file that has one object a line.
///
/// # Errors
/// Only when it cannot be read.
pub fn lines<'a>(file: impl Read + Send + 'a, cap: Cap) -> Result<Rows<'a>> {
    let lines = Lines::new(file, cap)?;
    Ok(Box::new(JsonLines { lines, over: false }))
}

fn items(array: View<'_>) -> impl Iterator<Item = Result<ImportedRow>> + Send {
    array.items().enumerate().map(|(index, value)| row_at(index as u64, None, value))
}

fn row_at(index: u64, line: Option<u64>, value: View<'_>) -> Result<ImportedRow> {
    row(value).map_err(|flaw| flaw.in_row(index, line))
}

struct JsonLines<R> {
    lines: Lines<R>,
    over: bool,
}

impl<R: Read> JsonLines<R> {
    fn next_row(&mut self) -> Result<Option<ImportedRow>> {
        let line = match self.lines.next_line() {
            Ok(Some(line)) => line.to_owned(),
            Ok(None) => return Ok(None),
            Err(Fault::At { place, why }) => {
                return Err(Flaw::whole(why).in_row(place.record - 1, Some(place.line)));
            }
            Err(Fault::Io(error)) => return Err(Error::fault(error)),
        };
        let place = self.lines.place();
        let (index, number) = (place.record - 1, place.line);
        let value = View::parse(&line, MAX_DEPTH + IN_ROW).map_err(|fault| {
            let (why, column) = (reason(&fault), fault.char_offset(&line) + 1);
            invalid(&format!("{why}: line {number} column {column} (row {index})"))
        })?;
        row_at(index, Some(number), value).map(Some)
    }
}

impl<R: Read> Iterator for JsonLines<R> {
    type Item = Result<ImportedRow>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let row = self.next_row().transpose();
        self.over = !matches!(row, Some(Ok(_)));
        row
    }
}

fn invalid(why: &str) -> Error {
    Error::invalid(format!("Invalid JSON content: {why}"))
}

/// As `str()` shows the error of Python's parser.
fn in_pythons_words(fault: &json::Fault, text: &str) -> String {
    let before = &text.as_bytes()[..fault.offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let place = fault.char_offset(text);
    let column = place - chars(&before[..begin]) + 1;
    format!("{}: line {line} column {column} (char {place})", reason(fault))
}

fn reason(fault: &json::Fault) -> String {
    match &fault.kind {
        FaultKind::Syntax(why) => (*why).to_owned(),
        FaultKind::TooDeep { .. } | FaultKind::NotUtf8 => fault.kind.to_string(),
    }
}

fn chars(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// Reads one row: the keys of add-samples, or their aliases, of which the first that has a value
/// counts. Other keys are ignored, as there.
fn row(value: View<'_>) -> Result<ImportedRow, Flaw> {
    const NAMES: [&str; 12] = [
        "input_text",
        "text",
        "prompt",
        "context",
        "expected_decision",
        "expected",
        "label",
        "expected_rule_hits",
        "metadata",
        "language",
        "lang",
        "output_text",
    ];
    if value.kind() != Kind::Object {
        return Err(Flaw::whole(Rule::ModelAttributesType.message()));
    }
    let found = members(value, NAMES);
    let [input_text, _, _, context, _, _, _, rule_hits, metadata, _, _, output_text] = found;
    let any = |names: &[&'static str]| {
        let mut known = names.iter().filter_map(|name| {
            let at = NAMES.iter().position(|known| known == name)?;
            Some((*name, nullable(found[at])?))
        });
        known.next()
    };
    let input_text = match any(&["input_text", "text", "prompt"]) {
        Some((name, value)) => token(name, value)?,
        None if input_text.is_some() => return Err(Flaw::of("input_text", &Rule::StringType)),
        None => return Err(Flaw::of("input_text", &Rule::Missing)),
    };
    let decision = any(&["expected_decision", "expected", "label"]);
    let expected_decision = decision.map(|(name, value)| token(name, value)).transpose()?;
    let context = context.map_or_else(|| Ok(DEFAULT_STAGE.to_owned()), fields::context)?;
    let expected_rule_hits = nullable(rule_hits).map(tokens).transpose()?;
    let metadata = nullable(metadata).map(dict).transpose()?;
    let language = any(&["language", "lang"]).map(|(_, value)| RawJson::from_view(value));
    let extras: Vec<_> = language.iter().map(|value| (LANGUAGE, value)).collect();
    let metadata = with_extras(metadata, &extras)?;
    let output_text = nullable(output_text).map(|value| token("output_text", value)).transpose()?;
    Ok(ImportedRow {
        input: SampleInput { input_text, context, expected_decision, expected_rule_hits, metadata },
        output_text: output_text.filter(|text| text.as_str() != "\"\""),
    })
}
