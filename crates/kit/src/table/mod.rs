//! Files of records, read piece by piece in bounded memory: CSV cell by cell, and text line by line.
//!
//! [`text`] turns a file's bytes into checked text, [`cells`] splits that into cells and knows where
//! each stands, [`lines`] into lines.

pub mod cells;
pub mod lines;
pub mod text;

use std::io;

use evalstone_core::error::Error;

/// The result of reading a table.
pub type Result<T> = std::result::Result<T, Fault>;

/// Where in a table something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The record: 0 is the header where there is one.
    pub record: u64,
    /// The line of the file, from 1.
    pub line: u64,
    /// The cell of the record, from 1.
    pub column: usize,
}

/// Why a table cannot be read on.
#[derive(Debug)]
pub enum Fault {
    /// What stands there breaks a rule.
    At {
        /// Where.
        place: Place,
        /// The rule.
        why: String,
    },
    /// The file cannot be read.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// In words for whoever sent the table. Rows are counted from the first after the header.
impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::At { place: Place { record, line, column }, why } => {
                let record = match record {
                    0 => "the header".to_owned(),
                    row => format!("row {row}"),
                };
                Self::invalid(format!("{record} (line {line}), column {column}: {why}"))
            }
            Fault::Io(error) => Self::fault(error),
        }
    }
}
