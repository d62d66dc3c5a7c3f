//! A temporary file that grows while an upload comes in, without ever blocking the async thread.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use actix_web::web;
use evalstone_core::error::{Error, Result};

/// How much is gathered before it is written: large enough that the hand-over to the blocking
/// thread does not count, small enough for many uploads at a time.
const PIECE: usize = 1 << 20;

/// An unlinked temporary file and what is not written to it yet.
pub struct Spool {
    file: File,
    gathered: Vec<u8>,
    bytes: u64,
}

impl Spool {
    /// A new file without a name in `dir`; the system removes it with its last handle, even when
    /// the gateway is killed.
    pub async fn create(dir: PathBuf) -> Result<Self> {
        let file = blocking(move || tempfile::tempfile_in(dir)).await?;
        Ok(Self { file, gathered: Vec::with_capacity(PIECE), bytes: 0 })
    }

    /// How many bytes it has taken.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends `data`, writing whenever enough has been gathered.
    pub async fn push(mut self, data: &[u8]) -> Result<Self> {
        self.bytes += data.len() as u64;
        self.gathered.extend_from_slice(data);
        if self.gathered.len() < PIECE { Ok(self) } else { self.write().await }
    }

    /// The file, complete and rewound.
    pub async fn finish(self) -> Result<File> {
        let Self { mut file, .. } = self.write().await?;
        blocking(move || file.rewind().map(|()| file)).await
    }

    async fn write(self) -> Result<Self> {
        let Self { mut file, mut gathered, bytes } = self;
        let (file, gathered) = blocking(move || {
            file.write_all(&gathered)?;
            gathered.clear();
            Ok((file, gathered))
        })
        .await?;
        Ok(Self { file, gathered, bytes })
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
