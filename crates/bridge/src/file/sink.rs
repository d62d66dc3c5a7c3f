//! A file that is written beside its place and moved there when it is whole.

use std::cell::RefCell;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use evalstone_core::error::{Error, Kind, Result};

/// A file in the making.
pub struct Sink {
    path: PathBuf,
    part: PathBuf,
    /// The id of its one dataset, once it is begun.
    taken: RefCell<Option<String>>,
}

impl Sink {
    /// A file to come. Nothing is written yet.
    pub fn new(path: &Path) -> Self {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        Self { path: path.to_owned(), part: part.into(), taken: RefCell::default() }
    }

    /// Where it is until it is whole.
    pub fn so_far(&self) -> &Path {
        &self.part
    }

    /// An empty file for the one dataset that it holds; another try of the same begins it anew.
    ///
    /// # Errors
    /// Unsupported where a second one is to go into it, or it is read only.
    pub fn begin(sink: Option<&Self>, dataset: &str) -> Result<BufWriter<File>> {
        let no = |text: &str| Error::new(Kind::Unsupported, text);
        let sink = sink.ok_or_else(|| no("this file is only read"))?;
        let mut taken = sink.taken.borrow_mut();
        if taken.as_deref().is_some_and(|taken| taken != dataset) {
            return Err(no("such a file holds one dataset; an .evalstone.jsonl holds any number"));
        }
        *taken = Some(dataset.to_owned());
        sink.file()
    }

    /// An empty file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self) -> Result<BufWriter<File>> {
        let file = File::create(&self.part);
        let cannot =
            |error| Error::invalid(format!("cannot write {}: {error}", self.part.display()));
        file.map(BufWriter::new).map_err(cannot)
    }

    /// Moves it to its place, if it was begun.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn finish_begun(&self) -> Result<()> {
        if self.taken.borrow().is_none() { Ok(()) } else { self.finish() }
    }

    /// Moves it to its place.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn finish(&self) -> Result<()> {
        let moved = File::open(&self.part)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&self.part, &self.path));
        moved.map_err(|error| {
            Error::invalid(format!("cannot write {}: {error}", self.path.display()))
        })
    }
}
