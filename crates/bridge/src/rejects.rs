//! Cases that could not be read or written: they are put aside, and can be mended and fed back.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write};

use evalstone_core::case::Case;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::object;
use tempfile::SpooledTempFile;

use crate::file::line::{one_line, write_case};

/// How many bytes of rejects are kept in memory.
const IN_MEMORY: usize = 1 << 20;

/// The rejects of one dataset, until it is known that they are the last word.
pub struct Rejects {
    dataset: String,
    spool: SpooledTempFile,
}

impl Rejects {
    /// No rejects yet of the dataset of this name.
    #[must_use]
    pub fn new(dataset: &str) -> Self {
        Self { dataset: dataset.to_owned(), spool: SpooledTempFile::new(IN_MEMORY) }
    }

    /// Puts a case aside that the target cannot write.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn unwritable(&mut self, id: Option<&str>, case: &Case, why: &str) -> Result<()> {
        let text = object(|object| {
            object.text("dataset", &self.dataset);
            object.text("why", why);
            write_case(object, id, case);
        });
        self.put(&text)
    }

    /// Puts something aside that is no case.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn unreadable(&mut self, read: &str, why: &str) -> Result<()> {
        let text = object(|object| {
            object.text("dataset", &self.dataset);
            object.text("why", why);
            object.text("read", read);
        });
        self.put(&text)
    }

    fn put(&mut self, text: &str) -> Result<()> {
        writeln!(self.spool, "{}", one_line(text)).map_err(|error| no_room(&error))
    }

    /// Writes them where they stay.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn pour(mut self, out: &mut dyn Write) -> Result<()> {
        let mut copy = || -> io::Result<()> {
            self.spool.seek(SeekFrom::Start(0))?;
            let mut piece = vec![0; 64 << 10];
            loop {
                let read = self.spool.read(&mut piece)?;
                if read == 0 {
                    return out.flush();
                }
                out.write_all(&piece[..read])?;
            }
        };
        copy().map_err(|error| no_room(&error))
    }
}

fn no_room(error: &io::Error) -> Error {
    Error::invalid(format!("rejects cannot be written: {error}"))
}
