//! Writing an archive.

use std::fs::File;
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use evalstone_core::digest::{DatasetDigest, Digest, case_digest};
use evalstone_core::error::{Error, Result};
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};
use evalstone_kit::remote::{Fetched, RemoteDataset};
use sha2::{Digest as _, Sha256};

use super::super::line::one_line;
use super::super::sink::Sink;
use super::super::text::LINE;
use super::lines::{
    End, Manifest, RunEnd, case_line, dataset_line, end_line, head_line, manifest_line,
    run_end_line,
};
use super::runs::{PartKind, part_line, run_line};

/// Writes an archive line by line.
pub struct Writer {
    sink: Sink,
    file: BufWriter<File>,
    hash: Sha256,
    offset: u64,
    ends: Vec<End>,
    run_ends: Vec<RunEnd>,
    open: Option<Open>,
}

/// What is being written.
struct Open {
    section: Writing,
    digest: DatasetDigest,
    /// Where it begins, and the hash of what comes before.
    begin: (u64, Sha256),
}

/// A section that is being written.
enum Writing {
    Dataset { id: String, name: String },
    Run { id: String, last: Option<PartKind> },
}

impl Writer {
    /// Begins one.
    pub fn create(path: &Path) -> Result<Self> {
        let sink = Sink::new(path);
        let mut this = Self {
            file: sink.file()?,
            sink,
            hash: Sha256::new(),
            offset: 0,
            ends: Vec::new(),
            run_ends: Vec::new(),
            open: None,
        };
        this.line(&head_line())?;
        Ok(this)
    }

    /// How many bytes it has.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Begins a dataset. What broke off before is taken out again.
    pub fn begin(&mut self, dataset: &RemoteDataset) -> Result<()> {
        if !self.run_ends.is_empty() {
            return Err(Error::fault("datasets are written before runs"));
        }
        let (id, name) = (dataset.id.clone(), dataset.about.name.clone());
        self.section(Writing::Dataset { id, name }, &dataset_line(dataset)).map(drop)
    }

    /// Writes a case of the dataset that was begun.
    pub fn case(&mut self, fetched: &Fetched) -> Result<()> {
        match &mut self.open {
            Some(Open { section: Writing::Dataset { .. }, digest, .. }) => {
                digest.push(&case_digest(&fetched.case));
            }
            _ => return Err(Error::fault("no dataset was begun")),
        }
        self.line(&case_line(fetched))
    }

    /// Begins a run, and says where. What broke off before is taken out again.
    pub fn begin_run(&mut self, run: &RemoteRun) -> Result<u64> {
        self.section(Writing::Run { id: run.id.clone(), last: None }, &run_line(run))
    }

    /// Writes a part of the run that was begun.
    pub fn part(&mut self, fetched: &FetchedPart) -> Result<()> {
        let kind = Some(PartKind::of(&fetched.part));
        match &mut self.open {
            Some(Open { section: Writing::Run { last, .. }, digest, .. }) if *last <= kind => {
                *last = kind;
                digest.push(&fetched.part.digest());
            }
            Some(_) => return Err(Error::fault("parts of a run come out of their order")),
            None => return Err(Error::fault("no run was begun")),
        }
        self.line(&part_line(fetched))
    }

    /// Ends the dataset or the run.
    pub fn end(&mut self) -> Result<()> {
        let open = self.open.take().ok_or_else(|| Error::fault("nothing was begun"))?;
        let Open { section, digest, begin: _ } = open;
        let (count, digest) = (digest.count(), digest.finish().to_string());
        match section {
            Writing::Dataset { id, name } => {
                let end = End { id, name, cases: count, digest };
                self.line(&end_line(&end))?;
                self.ends.push(end);
            }
            Writing::Run { id, last: _ } => {
                let end = RunEnd { id, parts: count, digest };
                self.line(&run_end_line(&end))?;
                self.run_ends.push(end);
            }
        }
        // It is read again at once.
        self.file.flush().map_err(Error::fault)
    }

    /// Writes the manifest and moves the archive to its place.
    pub fn finish(&mut self) -> Result<()> {
        self.cut()?;
        let hash = self.hash.clone().finalize();
        let manifest = Manifest {
            datasets: self.ends.clone(),
            runs: self.run_ends.clone(),
            sha256: Digest::from_bytes(hash.into()).to_string(),
        };
        self.line(&manifest_line(&manifest))?;
        self.file.flush().map_err(Error::fault)?;
        self.sink.finish()
    }

    /// Begins a section, and says where.
    fn section(&mut self, section: Writing, line: &str) -> Result<u64> {
        self.cut()?;
        let offset = self.offset;
        let begin = (offset, self.hash.clone());
        self.open = Some(Open { section, digest: DatasetDigest::new(), begin });
        self.line(line).map(|()| offset)
    }

    /// Takes out again what was begun and not ended.
    fn cut(&mut self) -> Result<()> {
        if let Some(Open { begin: (offset, hash), .. }) = self.open.take() {
            let cut = |file: &mut BufWriter<File>| {
                file.flush()?;
                file.get_mut().set_len(offset)?;
                file.seek(SeekFrom::Start(offset))
            };
            cut(&mut self.file).map_err(Error::fault)?;
            (self.offset, self.hash) = (offset, hash);
        }
        Ok(())
    }

    fn line(&mut self, text: &str) -> Result<()> {
        let line = one_line(text) + "\n";
        if line.len() as u64 > LINE.bytes {
            return Err(Error::invalid("a line would be longer than those of archives may be"));
        }
        self.hash.update(line.as_bytes());
        self.offset += line.len() as u64;
        let name = self.sink.so_far().display();
        self.file
            .write_all(line.as_bytes())
            .map_err(|error| Error::invalid(format!("cannot write {name}: {error}")))
    }
}
