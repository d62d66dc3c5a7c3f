//! An upload as it comes in: in memory while it is small, else in a temporary file that grows without ever
//! blocking the async thread.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use actix_web::web;
use evalstone_core::error::{Error, Result};

/// How much is gathered before it is written: large enough that the hand-over to the blocking
/// thread does not count, small enough for many uploads at a time.
const PIECE: usize = 1 << 20;
/// How much stays in memory when the upload is complete: so little that as many as may wait do not count.
const IN_MEMORY: usize = 64 << 10;

/// What has come of an upload.
pub struct Spool {
    dir: PathBuf,
    /// None while everything has been gathered.
    file: Option<File>,
    gathered: Vec<u8>,
    bytes: u64,
}

/// A complete upload, to be read from its start. What is in a file blocks.
#[derive(Debug)]
pub enum Spooled {
    /// A small one.
    Memory(Cursor<Vec<u8>>),
    /// A large one, in a file without a name.
    File(File),
}

impl Spool {
    /// Nothing yet. Its file will have no name in `dir`; the system removes it with its last handle, even when
    /// the gateway is killed.
    pub const fn new(dir: PathBuf) -> Self {
        Self { dir, file: None, gathered: Vec::new(), bytes: 0 }
    }

    /// How many bytes it has taken.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends `data`, writing whenever enough has been gathered.
    ///
    /// # Errors
    /// Unavailable when there is no room for it.
    pub async fn push(mut self, data: &[u8]) -> Result<Self> {
        self.bytes += data.len() as u64;
        self.gathered.extend_from_slice(data);
        if self.gathered.len() < PIECE { Ok(self) } else { self.write().await }
    }

    /// The upload, complete.
    ///
    /// # Errors
    /// Those of [`Spool::push`].
    pub async fn finish(self) -> Result<Spooled> {
        if self.file.is_none() && self.gathered.len() <= IN_MEMORY {
            return Ok(Spooled::Memory(Cursor::new(self.gathered)));
        }
        match self.write().await?.file {
            Some(mut file) => blocking(move || file.rewind().map(|()| Spooled::File(file))).await,
            None => Err(Error::fault("an upload was not written")),
        }
    }

    async fn write(self) -> Result<Self> {
        let Self { dir, file, mut gathered, bytes } = self;
        blocking(move || {
            let mut file = file.map_or_else(|| tempfile::tempfile_in(&dir), Ok)?;
            file.write_all(&gathered)?;
            gathered.clear();
            Ok(Self { dir, file: Some(file), gathered, bytes })
        })
        .await
    }
}

impl Read for Spooled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => bytes.read(buffer),
            Self::File(file) => file.read(buffer),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    web::block(work).await.map_err(Error::fault)?.map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::unavailable("the gateway has no room for uploads", Duration::from_secs(30))
                .with_context(error)
        }
        _ => Error::fault(format!("cannot spool an upload: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn small_uploads_touch_no_disk_and_large_ones_are_whole() {
        let here = std::env::temp_dir();
        for (length, dir) in [(IN_MEMORY, PathBuf::from("/nowhere")), (3 * PIECE + 7, here)] {
            let data: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut spool = Spool::new(dir);
            for piece in data.chunks(100_003) {
                spool = spool.push(piece).await.expect("room");
            }
            assert_eq!(spool.bytes(), length as u64);
            let mut spooled = spool.finish().await.expect("complete");
            assert_eq!(matches!(spooled, Spooled::Memory(_)), length == IN_MEMORY);
            let mut read = Vec::new();
            spooled.read_to_end(&mut read).expect("readable");
            assert!(read == data, "{length} bytes");
        }
        let large = Spool::new("/nowhere".into()).push(&[0; IN_MEMORY + 1]).await.expect("room");
        assert!(large.finish().await.is_err(), "there is no such folder");
    }
}
