//! Catching the panics of handlers, so that one request's bug costs one answer.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Runs `work`; a panic in it is logged and its text returned.
///
/// Asserting unwind safety is sound here because all that `work` touched is dropped with it, or
/// is shared and guards itself (the store's pools replace a connection that a panic left behind).
pub async fn caught<T>(work: impl Future<Output = T>) -> Result<T, String> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|payload| {
        let text = text(payload.as_ref());
        tracing::error!(panic = %text, "a handler panicked");
        text
    })
}

fn text(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "a panic without text".to_owned(),
    }
}
