//! Reading an archive.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use evalstone_core::digest::{DatasetDigest, case_digest};
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{FaultKind, MAX_DEPTH, View};
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};
use evalstone_kit::remote::{Fetched, Unreadable, Walk};
use futures_util::{StreamExt as _, stream};

use super::super::text::LINE;
use super::Section;
use super::lines::{Line, case_of};
use super::runs::part_of;

/// How many cases or parts, and about how many bytes of them, are read at a time.
const PIECE: usize = 500;
const PIECE_BYTES: usize = 1 << 20;
/// What stands around a payload: the line, its case, and what tells where it comes from.
const WRAPPING: usize = 3;
/// What stands around a payload of a run: the line, the run, and the levels of settings, in which a metric's
/// arguments, checked by themselves, are kept deeper than they came.
const RUN_WRAPPING: usize = 12;

/// Reads the lines of an archive and knows where each begins.
pub struct Reader {
    file: BufReader<File>,
    name: String,
    line: Vec<u8>,
    number: u64,
    offset: u64,
}

/// A line, and where it stands.
pub struct Read<'a> {
    /// Its text without its end.
    pub text: &'a str,
    /// Where it begins, in bytes from the beginning of the file.
    pub begin: u64,
    /// Where the next line begins.
    pub end: u64,
    file: &'a str,
    number: u64,
}

impl Read<'_> {
    /// What it is.
    ///
    /// # Errors
    /// Invalid when it is none of an archive.
    pub fn line(&self) -> Result<Line<'_>> {
        view(self.text).and_then(Line::of).map_err(|error| self.damaged(error.message()))
    }

    /// The error that it should not be like this.
    pub fn damaged(&self, why: &str) -> Error {
        damaged(self.file, self.number, why)
    }
}

impl Reader {
    /// Reads on from an offset, where a line begins.
    pub fn open(path: &Path, offset: u64) -> Result<Self> {
        let name = path.display().to_string();
        let opened = File::open(path)
            .and_then(|mut file| file.seek(SeekFrom::Start(offset)).map(|_| file))
            .map_err(|error| Error::invalid(format!("cannot read {name}: {error}")))?;
        Ok(Self { file: BufReader::new(opened), name, line: Vec::new(), number: 0, offset })
    }

    /// The next line; none at the end of the file.
    pub fn next(&mut self) -> Result<Option<Read<'_>>> {
        self.line.clear();
        self.number += 1;
        let mut limited = (&mut self.file).take(LINE.bytes + 1);
        let read = limited.read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| self.damaged(&error.to_string()))?;
        if read == 0 {
            return Ok(None);
        }
        let begin = self.offset;
        self.offset += read as u64;
        let line = self.line.strip_suffix(b"\n");
        let line = line.ok_or_else(|| self.damaged("the line is cut off, or over the limit"))?;
        let text = std::str::from_utf8(line).map_err(|_| self.damaged("no UTF-8"))?;
        let (file, number) = (self.name.as_str(), self.number);
        Ok(Some(Read { text, begin, end: self.offset, file, number }))
    }

    /// The error that the line that was read last, or is missing, should not be like this.
    pub fn damaged(&self, why: &str) -> Error {
        damaged(&self.name, self.number, why)
    }

    /// The next line where there must be one.
    fn expected(&mut self) -> Result<Read<'_>> {
        let (file, number) = (self.name.clone(), self.number + 1);
        self.next()?.ok_or_else(|| damaged(&file, number, "it was cut off"))
    }
}

fn damaged(file: &str, number: u64, why: &str) -> Error {
    Error::invalid(format!("{file} is damaged at line {number}: {why}"))
}

fn view(text: &str) -> Result<View<'_>> {
    let parsed = View::parse(text, MAX_DEPTH + WRAPPING).or_else(|fault| match fault.kind {
        FaultKind::TooDeep { .. } => View::parse(text, MAX_DEPTH + RUN_WRAPPING)
            .ok()
            .filter(|view| view.get("case").is_none())
            .ok_or(fault),
        FaultKind::Syntax(_) | FaultKind::NotUtf8 => Err(fault),
    });
    parsed.map_err(|fault| Error::invalid(fault.to_string()))
}

/// What is read piece by piece: the reader, and the digest of what it has read.
type Begun = (Reader, DatasetDigest);

/// The next ones, and whether they are the last.
type Piece<T> = Result<(Vec<T>, bool)>;

/// The cases of a dataset of an archive. That they are what its end says is known at the end.
pub fn section(
    path: &Path,
    section: Option<Section>,
) -> Walk<'static, Result<Fetched, Unreadable>> {
    let begun = section
        .ok_or_else(|| Error::not_found("Dataset"))
        .and_then(|section| Reader::open(path, section.offset));
    walk(begun, cases)
}

/// The run whose line begins there.
pub fn run_at(path: &Path, offset: u64) -> Result<RemoteRun> {
    run_of(&mut Reader::open(path, offset)?)
}

fn run_of(reader: &mut Reader) -> Result<RemoteRun> {
    let read = reader.expected()?;
    match read.line()? {
        Line::Run(run) => Ok(*run),
        _ => Err(read.damaged("a line that has no place here")),
    }
}

/// The parts of the run whose line begins there. That they are what its end says is known at the end.
pub fn run_section(path: &Path, offset: Option<u64>) -> Walk<'static, FetchedPart> {
    let begun = offset.ok_or_else(|| Error::not_found("Run")).and_then(|offset| {
        let mut reader = Reader::open(path, offset)?;
        run_of(&mut reader)?;
        Ok(reader)
    });
    walk(begun, parts)
}

fn walk<T: 'static>(
    begun: Result<Reader>,
    next: fn(&mut Reader, &mut DatasetDigest) -> Piece<T>,
) -> Walk<'static, T> {
    let begun: Result<Begun> = begun.map(|reader| (reader, DatasetDigest::new()));
    stream::try_unfold(Some(begun), move |begun| {
        let piece = begun.map_or(Ok(None), |begun| {
            let (mut reader, mut digest) = begun?;
            let (piece, ended) = next(&mut reader, &mut digest)?;
            let left = (!ended).then_some(Ok((reader, digest)));
            Ok((!piece.is_empty()).then_some((piece, left)))
        });
        std::future::ready(piece)
    })
    .boxed_local()
}

fn cases(reader: &mut Reader, digest: &mut DatasetDigest) -> Piece<Result<Fetched, Unreadable>> {
    let (mut cases, mut bytes) = (Vec::new(), 0);
    while cases.len() < PIECE && bytes < PIECE_BYTES {
        let read = reader.expected()?;
        bytes += read.text.len();
        match read.line()? {
            Line::Case(case) => {
                let case =
                    case_of(case).map_err(|why| Unreadable { text: case.raw().to_owned(), why });
                if let Ok(fetched) = &case {
                    digest.push(&case_digest(&fetched.case));
                }
                cases.push(case);
            }
            Line::End(end) => {
                same(&read, digest, (end.cases, &end.digest))?;
                return Ok((cases, true));
            }
            _ => return Err(read.damaged("a line that has no place here")),
        }
    }
    Ok((cases, false))
}

fn parts(reader: &mut Reader, digest: &mut DatasetDigest) -> Piece<FetchedPart> {
    let (mut parts, mut bytes) = (Vec::new(), 0);
    while parts.len() < PIECE && bytes < PIECE_BYTES {
        let read = reader.expected()?;
        bytes += read.text.len();
        match read.line()? {
            Line::Part(kind, part) => {
                let part = part_of(kind, part).map_err(|error| read.damaged(error.message()))?;
                digest.push(&part.part.digest());
                parts.push(part);
            }
            Line::RunEnd(end) => {
                same(&read, digest, (end.parts, &end.digest))?;
                return Ok((parts, true));
            }
            _ => return Err(read.damaged("a line that has no place here")),
        }
    }
    Ok((parts, false))
}

/// That what was read is what its end says.
fn same(end: &Read<'_>, found: &DatasetDigest, told: (u64, &str)) -> Result<()> {
    if (found.count(), found.clone().finish().to_string().as_str()) == told {
        return Ok(());
    }
    Err(end.damaged("the digest is another"))
}
