//! The `Authorization: Bearer` header → who asks (contract §1, §3.6).
//!
//! A handler reaches no data without one of the two extractors, and both run before the handler
//! reads a path, a query or a body: a bad key is the first thing that is told.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_kit::assumed::assumed;
use evalstone_kit::bearer::bearer;
use evalstone_store::Store;

use crate::errors::Failure;

/// The holder of a good key of any kind.
pub struct Reader(pub Caller);

/// The holder of a good key that may also write.
pub struct Writer(pub Caller);

type Checking<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

impl FromRequest for Reader {
    type Error = Failure;
    type Future = Checking<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = caller(request);
        Box::pin(async { Ok(Self(caller.await?)) })
    }
}

impl FromRequest for Writer {
    type Error = Failure;
    type Future = Checking<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = caller(request);
        Box::pin(async {
            let caller = caller.await?;
            if caller.may_write() { Ok(Self(caller)) } else { Err(read_only().into()) }
        })
    }
}

fn caller(request: &HttpRequest) -> impl Future<Output = Result<Caller>> + use<> {
    let store = request.app_data::<Data<Store>>().cloned();
    let key = bearer(request).map(str::to_owned);
    let assumed = assumed(request);
    async move {
        if let Some(caller) = assumed {
            return Ok(caller);
        }
        let store = store.ok_or_else(|| Error::fault("the routes were mounted without a store"))?;
        let key = key.ok_or_else(unauthenticated)?;
        store.authenticate(&key).await?.ok_or_else(unauthenticated)
    }
}

fn unauthenticated() -> Error {
    Error::new(Kind::Unauthenticated, "Invalid or expired API key")
}

fn read_only() -> Error {
    Error::new(
        Kind::Forbidden,
        "This API key may only read; creating, changing and deleting need a ci or admin key",
    )
}
