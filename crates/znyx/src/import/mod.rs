//! Files of samples (contract §3.7): what an import's body carries, and what an administrator puts
//! into the catalog.
//!
//! [`Format`] says what kind of file it is; `json` and `csv` read its rows, `fields` their
//! fields; `flaw` words what is wrong with one. Whatever is wrong with any row, nothing of the file is taken.

mod csv;
mod fields;
mod flaw;
mod json;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use std::io::Read;

use actix_web::web;
use evalstone_core::case::Case;
use evalstone_core::dataset::NewCase;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_kit::limits::{Cap, CountCap, Limits, size_text};

use crate::{mapping, wire};

/// How many times the largest body the samples of one content may come to: each row of a CSV file
/// repeats the names of its columns.
const GROWTH: u64 = 4;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An array of objects, one object alone, or one object a line.
    Json,
    /// One object a line.
    JsonLines,
    /// A header and rows.
    Csv,
}

impl Format {
    /// The format of this name, in any letter case.
    ///
    /// # Errors
    /// Invalid when there is none.
    pub fn parse(name: &str) -> Result<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "jsonl" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv),
            _ => Err(Error::invalid(format!("Unsupported format: {name}"))),
        }
    }
}

/// Rows as they are read; after an error there are no more.
type Rows<'a> = Box<dyn Iterator<Item = Result<wire::ImportedRow>> + Send + 'a>;

/// The cases of an import, all of them. They are read on a thread that may block.
///
/// # Errors
/// Invalid when the format is unknown or the content is not of it, or for the first bad row, which
/// is named with its field; too large when there are more rows than one call may add.
pub async fn read(import: wire::Import, limits: &Limits) -> Result<Vec<NewCase>> {
    let format = Format::parse(&import.format)?;
    let (most, largest, record) = (limits.samples_per_call, limits.json_body, limits.record);
    let cases = web::block(move || {
        collect(rows(import.content.as_bytes(), format, record)?, most, largest)
    });
    cases.await.map_err(Error::fault)?
}

/// The cases of a file, one after the other, in bounded memory but for a JSON array's. Blocks.
/// `cap` limits a single record.
///
/// # Errors
/// As [`read`].
pub fn stream(
    file: impl Read + Send + 'static,
    format: Format,
    cap: Cap,
) -> Result<impl Iterator<Item = Result<NewCase>> + Send + 'static> {
    let rows = match format {
        Format::Csv => csv::rows(file, cap)?,
        Format::Json | Format::JsonLines => json::lines(file, cap)?,
    };
    Ok(rows.map(|row| row.map(mapping::imported_case)))
}

fn rows(content: &[u8], format: Format, cap: Cap) -> Result<Rows<'_>> {
    match format {
        Format::Csv => csv::rows(content, cap),
        Format::JsonLines => json::lines(content, cap),
        Format::Json => json::rows(content, cap),
    }
}

fn collect(rows: Rows<'_>, most: CountCap, largest: Cap) -> Result<Vec<NewCase>> {
    let room = largest.bytes.saturating_mul(GROWTH);
    let mut taken = 0;
    let mut cases = Vec::new();
    for row in rows {
        let new = mapping::imported_case(row?);
        taken += payload_bytes(&new.case);
        if taken > room {
            let (room, setting) = (size_text(room), largest.setting);
            return Err(Error::new(
                Kind::TooLarge,
                format!("the samples come to over {room} ({GROWTH} times the setting {setting})"),
            ));
        }
        cases.push(new);
        if most.is_over(cases.len()) {
            return Err(most.exceeded("samples"));
        }
    }
    Ok(cases)
}

/// How much memory a case's payloads take.
fn payload_bytes(case: &Case) -> u64 {
    let Case { name: _, stage: _, inputs, output, expected, metadata } = case;
    let objects = [expected, metadata].into_iter().flatten().map(RawObject::as_str);
    let output = output.as_ref().map(RawJson::as_str);
    let texts = objects.chain(output).chain([inputs.as_str()]);
    texts.map(|text| text.len() as u64).sum()
}
