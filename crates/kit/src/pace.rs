//! Bodies that come too slowly are refused, however their pieces are read.

use std::io;
use std::time::{Duration, Instant};

use actix_web::error::PayloadError;
use actix_web::web::Payload;
use bytes::Bytes;
use evalstone_core::error::{Error, Kind};
use futures_util::{Stream, StreamExt as _, stream};

use crate::limits::{Pace, size_text};

/// A request's body that fails, as [`refusal`] recognises, when its client is slower than `pace`
/// allows.
pub fn paced(
    payload: Payload,
    pace: Pace,
) -> impl Stream<Item = Result<Bytes, PayloadError>> + 'static {
    let reader = Reader { payload, pace, waited: Duration::ZERO, bytes: 0, over: false };
    stream::unfold(reader, |mut reader| async move {
        let piece = reader.next().await?;
        Some((piece, reader))
    })
    // Multipart readers poll once more after the end.
    .fuse()
}

struct Reader {
    payload: Payload,
    pace: Pace,
    waited: Duration,
    bytes: u64,
    over: bool,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<Bytes, PayloadError>> {
        if self.over {
            return None;
        }
        let start = Instant::now();
        let piece = tokio::time::timeout(self.pace.chunk_timeout, self.payload.next()).await;
        // Only the client's time counts: what the gateway does between two pieces is not its fault.
        self.waited += start.elapsed();
        let piece = match piece {
            Err(_) => Err(too_slow(format!(
                "no data came for {} s (setting limits.chunk_timeout)",
                self.pace.chunk_timeout.as_secs_f64()
            ))),
            Ok(None) => return None,
            Ok(Some(piece)) => piece.and_then(|piece| self.counted(piece)),
        };
        self.over = piece.is_err();
        Some(piece)
    }

    fn counted(&mut self, piece: Bytes) -> Result<Bytes, PayloadError> {
        self.bytes += piece.len() as u64;
        let Pace { min_rate, min_rate_grace, .. } = self.pace;
        let owed = self.waited.as_secs_f64() * min_rate as f64;
        if self.waited > min_rate_grace && (self.bytes as f64) < owed {
            return Err(too_slow(format!(
                "the body came at less than {} a second (setting limits.min_rate)",
                size_text(min_rate)
            )));
        }
        Ok(piece)
    }
}

/// Slowness travels as an I/O error, the only kind that every reader of bodies passes on.
fn too_slow(text: String) -> PayloadError {
    PayloadError::Io(io::Error::new(io::ErrorKind::TimedOut, text))
}

/// The domain's word for a body that could not be read to its end.
#[must_use]
pub fn refusal(error: &PayloadError) -> Error {
    match error {
        PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            Error::new(Kind::TooSlow, error.to_string())
        }
        PayloadError::Incomplete(_) | PayloadError::UnknownLength => {
            Error::invalid("the body ended before its announced length")
        }
        error => Error::invalid("the body cannot be read").with_context(error),
    }
}
