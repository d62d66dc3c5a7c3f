//! The `Authorization: Bearer` header as a caller. Handlers ask before they read a body.

use actix_web::HttpRequest;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_kit::assumed::assumed;
use evalstone_kit::bearer::bearer;
use evalstone_store::Store;

/// Whoever holds the request's key.
///
/// # Errors
/// Unauthenticated when there is no key, or one that is unknown, expired or revoked.
pub async fn reader(request: &HttpRequest, store: &Store) -> Result<Caller> {
    if let Some(caller) = assumed(request) {
        return Ok(caller);
    }
    let Some(key) = bearer(request) else {
        return Err(Error::new(Kind::Unauthenticated, "Not authenticated"));
    };
    let caller = store.authenticate(key).await?;
    caller.ok_or_else(|| Error::new(Kind::Unauthenticated, "Invalid API key"))
}

/// Whoever holds the request's key, if it may write (design §2.2: the vendor's keys have no kind,
/// and a `runtime` key may only read).
///
/// # Errors
/// Those of [`reader`]; forbidden when the key only reads.
pub async fn writer(request: &HttpRequest, store: &Store) -> Result<Caller> {
    let caller = reader(request, store).await?;
    if caller.may_write() {
        Ok(caller)
    } else {
        Err(Error::new(Kind::Forbidden, "A runtime key may only read"))
    }
}
