//! Writing an archive.

use std::fs::File;
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use evalstone_core::digest::{DatasetDigest, case_digest};
use evalstone_core::error::{Error, Result};
use evalstone_kit::remote::{Fetched, RemoteDataset};
use sha2::{Digest as _, Sha256};

use super::super::sink::Sink;
use super::lines::{End, case_line, dataset_line, end_line, head_line, manifest_line};

/// Writes an archive line by line.
pub struct Writer {
    sink: Sink,
    file: BufWriter<File>,
    hash: Sha256,
    offset: u64,
    ends: Vec<End>,
    open: Option<Open>,
}

/// The dataset that is being written.
struct Open {
    id: String,
    name: String,
    digest: DatasetDigest,
    /// Where it begins, and the hash of what comes before.
    begin: (u64, Sha256),
}

impl Writer {
    /// Begins one.
    pub fn create(path: &Path) -> Result<Self> {
        let sink = Sink::new(path);
        let file = sink.file()?;
        let hash = Sha256::new();
        let mut this = Self { sink, file, hash, offset: 0, ends: Vec::new(), open: None };
        this.line(&head_line())?;
        Ok(this)
    }

    /// How many bytes it has.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Begins a dataset. One whose cases broke off is taken out again.
    pub fn begin(&mut self, dataset: &RemoteDataset) -> Result<()> {
        if let Some(Open { begin: (offset, hash), .. }) = self.open.take() {
            let cut = |file: &mut BufWriter<File>| {
                file.flush()?;
                file.get_mut().set_len(offset)?;
                file.seek(SeekFrom::Start(offset))
            };
            cut(&mut self.file).map_err(Error::fault)?;
            (self.offset, self.hash) = (offset, hash);
        }
        self.open = Some(Open {
            id: dataset.id.clone(),
            name: dataset.about.name.clone(),
            digest: DatasetDigest::new(),
            begin: (self.offset, self.hash.clone()),
        });
        self.line(&dataset_line(dataset))
    }

    /// Writes a case of the dataset that was begun.
    pub fn case(&mut self, fetched: &Fetched) -> Result<()> {
        if let Some(open) = &mut self.open {
            open.digest.push(&case_digest(&fetched.case));
        }
        self.line(&case_line(fetched))
    }

    /// Ends the dataset.
    pub fn end(&mut self) -> Result<()> {
        let open = self.open.take().ok_or_else(|| Error::fault("no dataset was begun"))?;
        let Open { id, name, digest, begin: _ } = open;
        let end = End { id, name, cases: digest.count(), digest: digest.finish().to_string() };
        self.line(&end_line(&end))?;
        self.ends.push(end);
        // It is read again at once.
        self.file.flush().map_err(Error::fault)
    }

    /// Writes the manifest and moves the archive to its place.
    pub fn finish(&mut self) -> Result<()> {
        let hash = self.hash.clone().finalize();
        let hex = hash.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let manifest = manifest_line(&self.ends, &hex);
        self.line(&manifest)?;
        self.file.flush().map_err(Error::fault)?;
        self.sink.finish()
    }

    fn line(&mut self, text: &str) -> Result<()> {
        let line = format!("{text}\n");
        self.hash.update(line.as_bytes());
        self.offset += line.len() as u64;
        let name = self.sink.so_far().display();
        self.file
            .write_all(line.as_bytes())
            .map_err(|error| Error::invalid(format!("cannot write {name}: {error}")))
    }
}
