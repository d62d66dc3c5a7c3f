//! The lines of a text file, one by one.

use std::io::{self, Read};

use super::text::FileText;
use super::{Fault, Place, Result};
use crate::limits::Cap;

/// Splits a file into lines, which end with LF or CRLF.
pub struct Lines<R> {
    text: FileText<R>,
    line: Vec<u8>,
    cap: Cap,
    /// The current line's number, from 1; 0 before the first.
    number: u64,
    /// How many lines were given that are not blank.
    records: u64,
}

impl<R: Read> Lines<R> {
    /// The lines of a file; `cap` limits a single one.
    ///
    /// # Errors
    /// Only when the file cannot be read.
    pub fn new(file: R, cap: Cap) -> Result<Self> {
        Ok(Self { text: FileText::open(file)?, line: Vec::new(), cap, number: 0, records: 0 })
    }

    /// The next line that is not blank; none at the end of the file.
    ///
    /// # Errors
    /// When the file's encoding is broken there, it cannot be read, or the line is over the limit.
    pub fn next_line(&mut self) -> Result<Option<&str>> {
        while self.read()? {
            if !self.line.trim_ascii().is_empty() {
                self.records += 1;
                // The text was checked before it was split at ASCII characters.
                let line = std::str::from_utf8(&self.line).map_err(io::Error::other)?;
                return Ok(Some(line.strip_suffix('\r').unwrap_or(line)));
            }
        }
        Ok(None)
    }

    /// Where the line stands that was given last: there is no header, and the first is record 1.
    #[must_use]
    pub const fn place(&self) -> Place {
        Place { record: self.records, line: self.number, column: 1 }
    }

    /// Where the line stands that is being read.
    const fn next_place(&self) -> Place {
        Place { record: self.records + 1, ..self.place() }
    }

    /// Reads a line; false at the end of the file.
    fn read(&mut self) -> Result<bool> {
        self.line.clear();
        self.number += 1;
        loop {
            let text = match self.text.fill() {
                Ok(text) => text,
                Err(broken) => return Err(broken.at(self.next_place())),
            };
            if text.is_empty() {
                return Ok(!self.line.is_empty());
            }
            let feed = text.iter().position(|byte| *byte == b'\n');
            let end = feed.unwrap_or(text.len());
            self.line.extend_from_slice(&text[..end]);
            self.text.consume(end + usize::from(feed.is_some()));
            if self.line.len() as u64 > self.cap.bytes {
                let why = self.cap.exceeded("the line").message().to_owned();
                return Err(Fault::At { place: self.next_place(), why });
            }
            if feed.is_some() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Cap = Cap { bytes: 10, setting: "limits.record" };

    fn lines(bytes: &[u8]) -> Result<Vec<(u64, String)>> {
        let mut lines = Lines::new(bytes, CAP)?;
        let mut all = Vec::new();
        while let Some(line) = lines.next_line()?.map(str::to_owned) {
            all.push((lines.place().line, line));
        }
        Ok(all)
    }

    #[test]
    fn blank_lines_are_counted_and_passed_over() {
        let found = lines("\u{feff}\n a\r\n\n \t\r\n\u{e4} b\n\nc".as_bytes()).expect("good");
        let expected = [(2, " a"), (5, "\u{e4} b"), (7, "c")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
        assert!(lines(b"").expect("good").is_empty());
        assert!(lines(b"\n\n").expect("good").is_empty());
    }

    #[test]
    fn lines_are_limited_and_files_are_not() {
        assert_eq!(lines("0123456789\n".repeat(20_000).as_bytes()).expect("good").len(), 20_000);
        let error = lines(b"a\n01234567890\n").expect_err("too long");
        let Fault::At { place, why } = error else { panic!("it can be read") };
        assert_eq!((place.record, place.line), (2, 2));
        assert_eq!(why, "the line is over 10 bytes (setting limits.record)");
    }

    #[test]
    fn broken_encodings_name_the_line() {
        let error = lines(b"a\n\nb\xff\n").expect_err("no text");
        let Fault::At { place, why } = error else { panic!("it can be read") };
        assert_eq!((place.line, why.as_str()), (3, "the file is not valid UTF-8 at byte offset 4"));
    }
}
