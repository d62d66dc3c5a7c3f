//! The JSON body of a request, within the limits of all such bodies.

use std::future::{Ready, ready};

use actix_web::web::{Data, Payload};
use actix_web::{FromRequest, HttpRequest, dev};
use bytes::Bytes;
use evalstone_core::error::{Error, Result};
use evalstone_kit::body;
use evalstone_kit::limits::Limits;

use crate::errors::Failure;

/// A body that is still to be read: who asks, and for what, is looked at first.
pub struct JsonBody {
    request: HttpRequest,
    payload: Payload,
}

impl FromRequest for JsonBody {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let payload = Payload::from_request(request, payload).into_inner();
        let payload = payload.map_err(|error| Error::fault(error).into());
        ready(payload.map(|payload| Self { request: request.clone(), payload }))
    }
}

impl JsonBody {
    /// Reads it into memory.
    ///
    /// # Errors
    /// Those of [`body::read`], by the setting `limits.json_body`.
    pub async fn read(self) -> Result<Bytes> {
        let Self { request, payload } = self;
        let limits = request.app_data::<Data<Limits>>();
        let limits = limits.ok_or_else(|| Error::fault("the application has no limits"))?;
        let (cap, pace) = (limits.json_body, limits.pace);
        body::read(payload, &request, cap, pace).await
    }
}
