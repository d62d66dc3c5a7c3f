//! The cells of a CSV file, one by one, with the place of each.

use std::cell::Cell;
use std::io::{self, Read};

use csv_core::{ReadFieldResult, Reader};

use super::text::FileText;
use super::{Fault, Place, Result};
use crate::limits::Cap;

/// The room for a cell at first.
const CELL: usize = 4 * 1024;

/// The parser of a file, made or taken over from one before when it is first used.
struct Parser(Option<Box<Reader>>);

thread_local! {
    /// A parser that is done with its file. To make one takes longer than to read a small file with it, and its own
    /// copies (csv-core 0.1.13) lack half of its tables.
    static SPARE: Cell<Option<Box<Reader>>> = const { Cell::new(None) };
}

impl Parser {
    fn reader(&mut self) -> &mut Reader {
        self.0.get_or_insert_with(|| SPARE.take().unwrap_or_else(|| Box::new(Reader::new())))
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        if let Some(mut reader) = self.0.take() {
            reader.reset();
            // A thread that ends has no use for it.
            let _ended = SPARE.try_with(|spare| spare.set(Some(reader)));
        }
    }
}

/// Splits a file into cells: comma, RFC 4180 quotes, LF, CRLF or CR. Blank lines are passed over.
pub struct Cells<R> {
    text: FileText<R>,
    parser: Parser,
    cell: Vec<u8>,
    breaks: Breaks,
    cap: Cap,
    /// How many records have begun; the first is the header.
    records: u64,
    /// The current cell's place in its record, from 1; 0 before the first.
    column: usize,
    /// The line that the current cell begins on.
    line: u64,
    /// How many bytes the current record has so far.
    bytes: u64,
}

impl<R: Read> Cells<R> {
    /// The cells of a file; `cap` limits a single record.
    ///
    /// # Errors
    /// Only when the file cannot be read.
    pub fn new(file: R, cap: Cap) -> Result<Self> {
        Ok(Self {
            text: FileText::open(file)?,
            parser: Parser(None),
            cell: vec![0; CELL],
            breaks: Breaks::default(),
            cap,
            records: 0,
            column: 0,
            line: 1,
            bytes: 0,
        })
    }

    /// Goes to the next record; false at the end of the file.
    ///
    /// # Errors
    /// When the file's encoding is broken there, or it cannot be read.
    pub fn begin(&mut self) -> Result<bool> {
        self.records += 1;
        (self.column, self.bytes) = (0, 0);
        loop {
            self.line = self.breaks.line();
            let text = match self.text.fill() {
                Ok(text) => text,
                Err(broken) => return Err(broken.at(self.place(self.breaks.line(), self.column))),
            };
            let is_break = |byte: &&u8| matches!(byte, b'\r' | b'\n');
            let breaks = text.iter().take_while(is_break).count();
            self.breaks.pass(&text[..breaks]);
            let (ended, more) = (text.is_empty(), breaks == text.len());
            self.text.consume(breaks);
            if ended || !more {
                self.line = self.breaks.line();
                return Ok(!ended);
            }
        }
    }

    /// The next cell of the record, and whether it is the last.
    ///
    /// # Errors
    /// When the file's encoding is broken there, it cannot be read, a quote is never closed, or the
    /// record is over the limit.
    pub fn next_cell(&mut self) -> Result<(&str, bool)> {
        self.column += 1;
        self.line = self.breaks.line();
        let mut length = 0;
        let last = loop {
            let text = match self.text.fill() {
                Ok(text) => text,
                Err(broken) => return Err(broken.at(self.place(self.breaks.line(), self.column))),
            };
            // At the end of the file a line break closes the record, unless a quote is open.
            let ended = text.is_empty();
            let text = if ended { b"\n".as_slice() } else { text };
            let (result, read, written) =
                self.parser.reader().read_field(text, &mut self.cell[length..]);
            length += written;
            if !ended {
                self.breaks.pass(&text[..read]);
                self.text.consume(read);
                self.bytes += read as u64;
            }
            if self.bytes > self.cap.bytes {
                return Err(self.refuse(self.cap.exceeded("the record").message()));
            }
            match result {
                ReadFieldResult::Field { record_end } => break record_end,
                ReadFieldResult::InputEmpty if ended => {
                    return Err(self.refuse("the quote that opens here is never closed"));
                }
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull => self.cell.resize(2 * self.cell.len(), 0),
                ReadFieldResult::End => break true,
            }
        };
        // The text was checked before it was split at ASCII characters.
        let cell = std::str::from_utf8(&self.cell[..length]).map_err(io::Error::other)?;
        Ok((cell, last))
    }

    /// The line that the current cell begins on.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// A fault of the current cell.
    pub fn refuse(&self, why: &str) -> Fault {
        self.refuse_at(self.line, self.column, why)
    }

    /// A fault of a cell of the current record.
    pub fn refuse_at(&self, line: u64, column: usize, why: &str) -> Fault {
        Fault::At { place: self.place(line, column), why: why.to_owned() }
    }

    fn place(&self, line: u64, column: usize) -> Place {
        Place { record: self.records.saturating_sub(1), line, column: column.max(1) }
    }
}

/// Counts the lines that end before a place in the text: at LF, CRLF or CR, of which the splitter
/// itself would count only those with an LF.
#[derive(Debug, Default)]
struct Breaks {
    count: u64,
    /// Whether the last byte was a CR, which an LF may follow.
    after_cr: bool,
}

impl Breaks {
    /// Goes past some text.
    fn pass(&mut self, text: &[u8]) {
        if !text.contains(&b'\r') {
            let closes = self.after_cr && text.first() == Some(&b'\n');
            let feeds = text.iter().filter(|byte| **byte == b'\n').count() as u64;
            self.count += feeds - u64::from(closes);
            self.after_cr &= text.is_empty();
            return;
        }
        for byte in text {
            self.count += u64::from(*byte == b'\r' || (*byte == b'\n' && !self.after_cr));
            self.after_cr = *byte == b'\r';
        }
    }

    /// The line of what follows, from 1.
    const fn line(&self) -> u64 {
        self.count + 1
    }
}
