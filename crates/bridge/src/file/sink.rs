//! A file that is written beside its place and moved there when it is whole.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufWriter, Seek as _};
use std::path::{Path, PathBuf};

use evalstone_core::error::{Error, Kind, Result};

/// A file in the making.
pub struct Sink {
    path: PathBuf,
    part: PathBuf,
    /// Whether it has its one dataset.
    taken: Cell<bool>,
}

impl Sink {
    /// Begins a file. What an earlier try left is overwritten.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        Ok(Self { path: path.to_owned(), part: part.into(), taken: Cell::new(false) })
    }

    /// Where it is until it is whole.
    pub fn so_far(&self) -> &Path {
        &self.part
    }

    /// An empty file for the one dataset that it holds.
    ///
    /// # Errors
    /// Unsupported where a second one is to go into it, or it is read only.
    pub async fn begin(sink: Option<&Self>) -> Result<BufWriter<File>> {
        let no = |text: &str| Error::new(Kind::Unsupported, text);
        let sink = sink.ok_or_else(|| no("this file is only read"))?;
        if sink.taken.replace(true) {
            return Err(no("such a file holds one dataset; an .evalstone.jsonl holds any number"));
        }
        sink.file()
    }

    /// An empty file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self) -> Result<BufWriter<File>> {
        let file = File::create(&self.part).and_then(|mut file| file.rewind().map(|()| file));
        let cannot =
            |error| Error::invalid(format!("cannot write {}: {error}", self.part.display()));
        file.map(BufWriter::new).map_err(cannot)
    }

    /// Moves it to its place.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn finish(&self) -> Result<()> {
        if !self.part.exists() {
            return Ok(());
        }
        let moved = File::open(&self.part)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&self.part, &self.path));
        moved.map_err(|error| {
            Error::invalid(format!("cannot write {}: {error}", self.path.display()))
        })
    }
}
