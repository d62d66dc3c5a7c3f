//! A body that is read more than once: in memory while it is small, else in a file without a name.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use evalstone_core::error::{Error, Result};
use evalstone_kit::limits::Cap;
use evalstone_kit::spool::{Spool, Spooled};
use futures_util::{Stream, StreamExt as _, stream};

/// How much is read from a file at a time.
const PIECE: usize = 256 << 10;

/// A body. Clones share it.
#[derive(Clone, Debug)]
pub enum Held {
    /// A small one.
    Memory(Bytes),
    /// A large one, with its length.
    File(Arc<File>, u64),
}

impl Held {
    /// Takes what comes. `explain` says what a piece that does not come means.
    ///
    /// # Errors
    /// `TooLarge` when it is over `cap`; what `explain` says; a fault when there is no room for it.
    pub async fn take<S, E>(
        pieces: S,
        cap: Cap,
        spool_dir: PathBuf,
        explain: impl Fn(E) -> Error,
    ) -> Result<Self>
    where
        S: Stream<Item = Result<Bytes, E>>,
    {
        let mut pieces = std::pin::pin!(pieces);
        let mut spool = Spool::new(spool_dir);
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(&explain)?;
            if spool.bytes() + piece.len() as u64 > cap.bytes {
                return Err(cap.exceeded("the body"));
            }
            spool = spool.push(&piece).await?;
        }
        let bytes = spool.bytes();
        Ok(match spool.finish().await? {
            Spooled::Memory(body) => Self::Memory(body.into_inner().into()),
            Spooled::File(file) => Self::File(Arc::new(file), bytes),
        })
    }

    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, bytes) => *bytes,
        }
    }

    /// Its pieces, for threads that may block.
    pub fn pieces(&self) -> impl Iterator<Item = io::Result<Vec<u8>>> + Send + use<> {
        let (held, mut at) = (self.clone(), 0);
        std::iter::from_fn(move || {
            let piece = held.piece(at).transpose()?;
            at += piece.as_ref().map_or(held.len(), |piece| piece.len() as u64);
            Some(piece.map(Vec::from))
        })
    }

    /// Its pieces as they are wanted.
    pub fn stream(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        stream::try_unfold((self.clone(), 0), |(held, at)| async move {
            let piece = match &held {
                Self::Memory(_) => held.piece(at)?,
                Self::File(..) => {
                    let held = held.clone();
                    let read = tokio::task::spawn_blocking(move || held.piece(at));
                    read.await.map_err(io::Error::other)??
                }
            };
            Ok(piece.map(|piece| {
                let next = at + piece.len() as u64;
                (piece, (held, next))
            }))
        })
    }

    /// The whole, if it is not longer than that.
    pub async fn whole(&self, most: u64) -> Result<Option<Bytes>> {
        if self.len() > most {
            return Ok(None);
        }
        if let Self::Memory(bytes) = self {
            return Ok(Some(bytes.clone()));
        }
        let mut whole = BytesMut::new();
        let mut pieces = std::pin::pin!(self.stream());
        while let Some(piece) = pieces.next().await {
            whole.extend_from_slice(&piece.map_err(Error::fault)?);
        }
        Ok(Some(whole.freeze()))
    }

    /// A reader from its beginning, for threads that may block.
    pub fn reader(&self) -> impl Read + Send + use<> {
        Reader { held: self.clone(), at: 0 }
    }

    fn piece(&self, at: u64) -> io::Result<Option<Bytes>> {
        match self {
            Self::Memory(bytes) if at == 0 && !bytes.is_empty() => Ok(Some(bytes.clone())),
            Self::Memory(_) => Ok(None),
            Self::File(file, length) => {
                let left = usize::try_from(length.saturating_sub(at)).unwrap_or(PIECE);
                let mut piece = vec![0; left.min(PIECE)];
                let read = file.read_at(&mut piece, at)?;
                piece.truncate(read);
                Ok((read > 0).then(|| piece.into()))
            }
        }
    }
}

struct Reader {
    held: Held,
    at: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &self.held {
            Held::Memory(bytes) => {
                let from = usize::try_from(self.at).unwrap_or(usize::MAX).min(bytes.len());
                let read = buffer.len().min(bytes.len() - from);
                buffer[..read].copy_from_slice(&bytes[from..from + read]);
                read
            }
            Held::File(file, _) => file.read_at(buffer, self.at)?,
        };
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAP: Cap = Cap { bytes: 3 << 20, setting: "dialects.test.upstream.body" };

    async fn taken(pieces: usize, length: usize) -> Result<Held> {
        let dir = tempfile::tempdir().expect("a directory");
        let pieces = (0..pieces).map(|n| Ok::<_, Error>(Bytes::from(vec![n as u8; length])));
        Held::take(stream::iter(pieces), CAP, dir.path().into(), |error| error).await
    }

    #[actix_web::test]
    async fn small_and_large_bodies_come_back_however_they_are_read() {
        for (pieces, length, in_memory) in [(0, 0, true), (3, 10, true), (30, 70_000, false)] {
            let held = taken(pieces, length).await.expect("it fits");
            assert_eq!(matches!(held, Held::Memory(_)), in_memory);
            let expected: Vec<u8> =
                (0..pieces).flat_map(|n| std::iter::repeat_n(n as u8, length)).collect();
            assert_eq!(held.len(), expected.len() as u64);
            let whole = held.whole(u64::MAX).await.expect("read").expect("it is short enough");
            assert!(whole == expected);
            let pieces: Vec<Vec<u8>> = held.pieces().map(|piece| piece.expect("read")).collect();
            assert!(pieces.concat() == expected);
            let mut read = Vec::new();
            held.reader().read_to_end(&mut read).expect("read");
            assert!(read == expected);
            if held.len() > 0 {
                assert!(held.whole(held.len() - 1).await.expect("read").is_none());
            }
        }
    }

    #[actix_web::test]
    async fn what_is_too_large_is_refused() {
        let refused = taken(40, 100_000).await.expect_err("over 3 MiB");
        assert!(refused.message().contains("dialects.test.upstream.body"), "{refused}");
    }
}
