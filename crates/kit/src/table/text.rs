//! A file's bytes as UTF-8 text, checked as it is read.

use std::io::{self, Chain, Cursor, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How much of the file is read at first: all of it, often, and then more room would take longer than all the rest.
const FIRST_PIECE: usize = 4 * 1024;
/// How much of it is read at a time from then on.
const PIECE: usize = 64 * 1024;

use super::{Fault, Place};

/// Why no more text can be had.
#[derive(Debug)]
pub enum Broken {
    /// The bytes are not of the file's encoding; says where.
    Malformed(String),
    /// The file cannot be read.
    Io(io::Error),
}

impl Broken {
    /// The fault that it is to whoever reads a table, who has come this far.
    #[must_use]
    pub fn at(self, place: Place) -> Fault {
        match self {
            Self::Malformed(why) => Fault::At { place, why },
            Self::Io(error) => Fault::Io(error),
        }
    }
}

/// The text of a file: UTF-8, or UTF-16 if a byte order mark says so. Neither is ever repaired.
pub struct FileText<R> {
    source: Chain<Cursor<Vec<u8>>, R>,
    encoding: &'static Encoding,
    decoder: Decoder,
    raw: Vec<u8>,
    /// The part of `raw` that is not decoded yet.
    raw_start: usize,
    raw_end: usize,
    text: Vec<u8>,
    /// The part of `text` that is not consumed yet.
    start: usize,
    end: usize,
    /// How many bytes of the file are decoded.
    decoded: usize,
    ended: bool,
    /// What comes after the text that is still to be consumed.
    malformed: Option<String>,
}

impl<R: Read> FileText<R> {
    /// Looks at the byte order mark, which is no part of the text.
    ///
    /// # Errors
    /// Only when the file cannot be read.
    pub fn open(mut source: R) -> io::Result<Self> {
        let mut beginning = Vec::with_capacity(3);
        source.by_ref().take(3).read_to_end(&mut beginning)?;
        let (encoding, mark) = match beginning.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => (UTF_8, 3),
            [0xFF, 0xFE, ..] => (UTF_16LE, 2),
            [0xFE, 0xFF, ..] => (UTF_16BE, 2),
            _ => (UTF_8, 0),
        };
        beginning.drain(..mark);
        let decoder = encoding.new_decoder_without_bom_handling();
        Ok(Self {
            source: Cursor::new(beginning).chain(source),
            encoding,
            decoder,
            raw: vec![0; FIRST_PIECE],
            raw_start: 0,
            raw_end: 0,
            text: vec![0; FIRST_PIECE],
            start: 0,
            end: 0,
            decoded: mark,
            ended: false,
            malformed: None,
        })
    }

    /// The text that is not consumed yet, more of it being read if there is none; empty at the end
    /// of the file. It may end inside a character.
    ///
    /// # Errors
    /// See [`Broken`]. All good text before the bad bytes is given first.
    pub fn fill(&mut self) -> Result<&[u8], Broken> {
        while self.start == self.end {
            if let Some(malformed) = &self.malformed {
                return Err(Broken::Malformed(malformed.clone()));
            }
            if self.ended {
                break;
            }
            self.read()?;
        }
        Ok(&self.text[self.start..self.end])
    }

    /// Passes over text that [`FileText::fill`] gave.
    pub fn consume(&mut self, bytes: usize) {
        self.start += bytes;
    }

    fn read(&mut self) -> Result<(), Broken> {
        if self.raw_start == self.raw_end {
            if self.raw_end == self.raw.len() {
                self.raw.resize(PIECE, 0);
                self.text.resize(PIECE, 0);
            }
            match self.source.read(&mut self.raw) {
                Ok(count) => (self.raw_start, self.raw_end) = (0, count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
                Err(error) => return Err(Broken::Io(error)),
            }
        }
        let raw = &self.raw[self.raw_start..self.raw_end];
        let last = raw.is_empty();
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, last);
        (self.start, self.end) = (0, written);
        self.raw_start += read;
        self.decoded += read;
        match result {
            DecoderResult::InputEmpty => self.ended = last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(bad, after) => {
                let offset = self.decoded.saturating_sub(usize::from(bad) + usize::from(after));
                let name = self.encoding.name();
                self.malformed =
                    Some(format!("the file is not valid {name} at byte offset {offset}"));
            }
        }
        Ok(())
    }
}
