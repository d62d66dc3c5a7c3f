//! Rows in CSV: a header of the names that add-samples has, or their aliases, in any letter case.

use std::collections::HashSet;
use std::io::Read;

use evalstone_core::case::DEFAULT_STAGE;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{MAX_DEPTH, RawJson, RawObject, View};
use evalstone_kit::limits::Cap;
use evalstone_kit::table::cells::Cells;
use evalstone_kit::table::{Fault, Place};

use super::Rows;
use super::fields::{LANGUAGE, dict, plain_context, tokens, with_extras};
use super::flaw::Flaw;
use crate::validation::Rule;
use crate::wire::{ImportedRow, SampleInput};

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Text,
    Context,
    Decision,
    RuleHits,
    Metadata,
    Language,
    Output,
}

/// The names of each field's column, of which the first that the header has counts.
const NAMES: [(Field, &[&str]); 7] = [
    (Field::Text, &["input_text", "text", "prompt"]),
    (Field::Context, &["context"]),
    (Field::Decision, &["expected_decision", "expected", "label"]),
    (Field::RuleHits, &["expected_rule_hits"]),
    (Field::Metadata, &["metadata"]),
    (Field::Language, &["language", "lang"]),
    (Field::Output, &["output_text"]),
];

/// A column. One that holds no field is kept in the metadata under its name.
#[derive(Clone, Debug)]
struct Column {
    name: String,
    field: Option<Field>,
}

/// The rows of a file.
///
/// # Errors
/// Invalid when its header cannot be read or used.
pub fn rows<'a>(file: impl Read + Send + 'a, cap: Cap) -> Result<Rows<'a>> {
    let mut cells = Cells::new(file, cap).map_err(|fault| refused(fault, &[]))?;
    let names = header(&mut cells).map_err(|fault| refused(fault, &[]))?;
    let columns = columns(names)?;
    Ok(Box::new(Table { cells, columns, index: 0, over: false }))
}

fn header<R: Read>(cells: &mut Cells<R>) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    let mut more = cells.begin()?;
    while more {
        let (name, last) = cells.next_cell()?;
        names.push(name.trim().to_owned());
        more = !last;
    }
    Ok(names)
}

fn columns(names: Vec<String>) -> Result<Vec<Column>> {
    let invalid = |why: &str| Err(Error::invalid(format!("Invalid CSV content: {why}")));
    if names.is_empty() {
        return invalid("there is no header");
    }
    let folded: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let folded: HashSet<&str> = folded.iter().map(String::as_str).collect();
    let counting = NAMES
        .map(|(field, names)| (field, names.iter().copied().find(|name| folded.contains(name))));
    if let (_, None) = counting[0] {
        return invalid("no column is called input_text, text or prompt");
    }
    let columns = names.into_iter().enumerate().map(|(index, name)| {
        let folded = name.to_lowercase();
        match counting.into_iter().find(|(_, counts)| *counts == Some(folded.as_str())) {
            Some((field, _)) => Column { name: folded, field: Some(field) },
            None if name.is_empty() => {
                Column { name: format!("column {}", index + 1), field: None }
            }
            None => Column { name, field: None },
        }
    });
    let columns: Vec<Column> = columns.collect();
    let mut known = HashSet::new();
    match columns.iter().find(|column| !known.insert(&column.name)) {
        Some(twice) => invalid(&format!("two columns are called {}", twice.name)),
        None => Ok(columns),
    }
}

/// The error for a file that cannot be read on.
fn refused(fault: Fault, columns: &[Column]) -> Error {
    let (Place { record, line, column }, why) = match fault {
        Fault::At { place, why } => (place, why),
        Fault::Io(error) => return Error::fault(error),
    };
    if record == 0 {
        return Error::invalid(format!("Invalid CSV content: line {line}: {why}"));
    }
    let flaw = match columns.get(column - 1) {
        Some(column) => Flaw::at(column.name.clone(), why),
        None => Flaw::whole(why),
    };
    flaw.in_row(record - 1, Some(line))
}

struct Table<R> {
    cells: Cells<R>,
    columns: Vec<Column>,
    /// The index of the next row.
    index: u64,
    over: bool,
}

impl<R: Read> Table<R> {
    fn next_row(&mut self) -> Result<Option<ImportedRow>> {
        let Self { cells, columns, index, over: _ } = self;
        if !cells.begin().map_err(|fault| refused(fault, columns))? {
            return Ok(None);
        }
        let (line, mut row) = (cells.line(), Row::default());
        let (mut count, mut taken) = (0, Ok(()));
        let row = loop {
            let (cell, last) = cells.next_cell().map_err(|fault| refused(fault, columns))?;
            let Some(column) = columns.get(count) else {
                break Err(Flaw::whole(format!("it has more than the header's {count} cells")));
            };
            // A cell too many or too few comes first: it moves all others.
            taken = taken.and_then(|()| row.take(column, cell));
            count += 1;
            if last && count < columns.len() {
                let width = columns.len();
                break Err(Flaw::whole(format!(
                    "it has only {count} of the header's {width} cells"
                )));
            }
            if last {
                break taken.and_then(|()| row.finish());
            }
        };
        let row = row.map_err(|flaw| flaw.in_row(*index, Some(line)))?;
        *index += 1;
        Ok(Some(row))
    }
}

impl<R: Read> Iterator for Table<R> {
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

/// A row as far as it is read. A cell without anything in it is as good as none.
#[derive(Default)]
struct Row {
    text: Option<RawJson>,
    context: Option<String>,
    decision: Option<RawJson>,
    rule_hits: Option<RawJson>,
    metadata: Option<RawObject>,
    output: Option<RawJson>,
    extras: Vec<(String, RawJson)>,
}

impl Row {
    fn take(&mut self, column: &Column, cell: &str) -> Result<(), Flaw> {
        if cell.is_empty() {
            return Ok(());
        }
        let word = cell.trim();
        match column.field {
            Some(Field::Text) => self.text = Some(RawJson::from_text(cell)),
            Some(Field::Output) => self.output = Some(RawJson::from_text(cell)),
            None => self.extras.push((column.name.clone(), RawJson::from_text(cell))),
            Some(_) if word.is_empty() => {}
            Some(Field::Context) => self.context = Some(plain_context(word)?),
            Some(Field::Decision) => self.decision = Some(RawJson::from_text(&word.to_uppercase())),
            Some(Field::RuleHits) => self.rule_hits = Some(rule_hits(word)?),
            Some(Field::Metadata) => self.metadata = Some(dict(json(&column.name, word)?)?),
            Some(Field::Language) => {
                self.extras.push((LANGUAGE.to_owned(), RawJson::from_text(word)));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<ImportedRow, Flaw> {
        let Self { text, context, decision, rule_hits, metadata, output, extras } = self;
        let extras: Vec<_> = extras.iter().map(|(name, value)| (name.as_str(), value)).collect();
        Ok(ImportedRow {
            input: SampleInput {
                input_text: text.ok_or_else(|| Flaw::of("input_text", &Rule::Missing))?,
                context: context.unwrap_or_else(|| DEFAULT_STAGE.to_owned()),
                expected_decision: decision,
                expected_rule_hits: rule_hits,
                metadata: with_extras(metadata, &extras)?,
            },
            output_text: output,
        })
    }
}

/// Rules that are expected to fire: a JSON array, or names with `|`, `;` or `,` between them.
fn rule_hits(cell: &str) -> Result<RawJson, Flaw> {
    if cell.starts_with('[') {
        return tokens(json("expected_rule_hits", cell)?);
    }
    let names = cell.split(['|', ';', ',']).map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<RawJson> = names.map(RawJson::from_text).collect();
    Ok(RawJson::trusted(crate::json::array(names.iter().map(RawJson::as_str))))
}

fn json<'c>(name: &str, cell: &'c str) -> Result<View<'c>, Flaw> {
    View::parse(cell, MAX_DEPTH).map_err(|fault| {
        let (why, place) = (&fault.kind, fault.char_offset(cell) + 1);
        Flaw::at(name.to_owned(), format!("Input should be valid JSON: {why} (character {place})"))
    })
}
