//! Reading an archive.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use evalstone_core::digest::{DatasetDigest, case_digest};
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{MAX_DEPTH, View};
use evalstone_kit::remote::{Fetched, Unreadable, Walk};
use futures_util::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};

use super::super::text::LINE;
use super::Section;
use super::lines::{End, Line, case_of};

/// How many cases are read at a time.
const PIECE: usize = 500;
/// What stands around a payload: the line, its case.
const WRAPPING: usize = 3;

/// The datasets of an archive in their order.
pub struct Sections(pub Vec<Section>);

/// Reads the lines of an archive and knows where each begins.
struct Reader {
    file: BufReader<File>,
    name: String,
    line: Vec<u8>,
    number: u64,
    offset: u64,
}

impl Reader {
    fn open(path: &Path, offset: u64) -> Result<Self> {
        let name = path.display().to_string();
        let opened = File::open(path)
            .and_then(|mut file| file.seek(SeekFrom::Start(offset)).map(|_| file))
            .map_err(|error| Error::invalid(format!("cannot read {name}: {error}")))?;
        Ok(Self { file: BufReader::new(opened), name, line: Vec::new(), number: 0, offset })
    }

    /// The next line's text without its end; none at the end of the file.
    fn next(&mut self) -> Result<Option<&str>> {
        self.offset += self.line.len() as u64;
        self.line.clear();
        self.number += 1;
        let mut limited = (&mut self.file).take(LINE.bytes + 1);
        let read = limited.read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| self.damaged(&error.to_string()))?;
        if read == 0 {
            return Ok(None);
        }
        if !self.line.ends_with(b"\n") {
            return Err(self.damaged("the line is cut off, or over the limit"));
        }
        let text = std::str::from_utf8(&self.line[..self.line.len() - 1]);
        match text {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Error::invalid(format!("{} is damaged: no UTF-8", self.name))),
        }
    }

    fn damaged(&self, why: &str) -> Error {
        Error::invalid(format!("{} is damaged at line {}: {why}", self.name, self.number))
    }
}

fn view(text: &str) -> Result<View<'_>> {
    View::parse(text, MAX_DEPTH + WRAPPING).map_err(|fault| Error::invalid(fault.to_string()))
}

impl Sections {
    /// Reads an archive through.
    ///
    /// # Errors
    /// Invalid when it is not whole: its lines are not those of an archive, there is no manifest at its
    /// end, or the manifest says something else.
    pub fn of(path: &Path) -> Result<Self> {
        let mut reader = Reader::open(path, 0)?;
        let (mut sections, mut ends) = (Vec::<Section>::new(), Vec::new());
        let mut hash = Sha256::new();
        let mut manifest = None;
        while let Some(text) = reader.next()? {
            let line = view(text).and_then(Line::of).map(|line| match line {
                Line::Case(_) => Seen::Case,
                Line::Head => Seen::Head,
                Line::Dataset(dataset) => Seen::Dataset(dataset),
                Line::End(end) => Seen::End(end),
                Line::Manifest { ends, sha256 } => Seen::Manifest { ends, sha256 },
            });
            let line = line.map_err(|error| reader.damaged(error.message()))?;
            let open = sections.len() > ends.len();
            match line {
                _ if manifest.is_some() => return Err(reader.damaged("a line behind the manifest")),
                Seen::Head if reader.number == 1 => {}
                Seen::Dataset(dataset) if !open && reader.number > 1 => {
                    let offset = reader.offset + reader.line.len() as u64;
                    sections.push(Section { dataset: *dataset, offset });
                }
                Seen::Case if open => {}
                Seen::End(end) if open => ends.push(end),
                Seen::Manifest { ends, sha256 } if !open => manifest = Some((ends, sha256)),
                _ => return Err(reader.damaged("a line that has no place here")),
            }
            if manifest.is_none() {
                hash.update(&reader.line);
            }
        }
        let Some((told, sha256)) = manifest else {
            return Err(reader.damaged("it was cut off: there is no manifest"));
        };
        let hash =
            hash.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        if hash != sha256 || told != ends {
            return Err(reader.damaged("the manifest says something else"));
        }
        for (section, end) in sections.iter_mut().zip(&ends) {
            section.dataset.case_count = Some(end.cases);
        }
        Ok(Self(sections))
    }
}

/// What a line is, without what it borrows.
enum Seen {
    Head,
    Dataset(Box<evalstone_kit::remote::RemoteDataset>),
    Case,
    End(End),
    Manifest { ends: Vec<End>, sha256: String },
}

/// The cases of a dataset of an archive. That they are what its end says is known at the end.
pub fn section(
    path: &Path,
    section: Option<Section>,
) -> Walk<'static, Result<Fetched, Unreadable>> {
    let opened = section
        .ok_or_else(|| Error::not_found("Dataset"))
        .and_then(|section| Reader::open(path, section.offset));
    let begun = opened.map(|reader| (reader, DatasetDigest::new()));
    stream::try_unfold(Some(begun), |begun| {
        let piece = begun.map_or(Ok(None), |begun| {
            let (mut reader, mut digest) = begun?;
            let (cases, ended) = piece(&mut reader, &mut digest)?;
            let left = (!ended).then_some(Ok((reader, digest)));
            Ok((!cases.is_empty()).then_some((cases, left)))
        });
        std::future::ready(piece)
    })
    .boxed_local()
}

type Cases = Vec<Result<Fetched, Unreadable>>;

/// The next cases, and whether they are the last.
fn piece(reader: &mut Reader, digest: &mut DatasetDigest) -> Result<(Cases, bool)> {
    let mut cases = Vec::new();
    while cases.len() < PIECE {
        let Some(text) = reader.next()? else {
            return Err(reader.damaged("it was cut off"));
        };
        let read = match Line::of(view(text)?)? {
            Line::Case(case) => {
                Ok(case_of(case).map_err(|why| Unreadable { text: case.raw().to_owned(), why }))
            }
            Line::End(end) => Err(end),
            _ => return Err(reader.damaged("a line that has no place here")),
        };
        match read {
            Ok(read) => {
                if let Ok(fetched) = &read {
                    digest.push(&case_digest(&fetched.case));
                }
                cases.push(read);
            }
            Err(end) => {
                let found = (digest.count(), digest.clone().finish().to_string());
                if found != (end.cases, end.digest) {
                    return Err(reader.damaged("the digest is another"));
                }
                return Ok((cases, true));
            }
        }
    }
    Ok((cases, false))
}
