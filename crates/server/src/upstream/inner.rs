//! The gateway as it calls itself: the same dialects, without a connection.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_http::{BoxedPayloadStream, HttpMessage as _, Payload, Request};
use actix_service::{IntoServiceFactory as _, Service as _, ServiceFactory as _};
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{AppConfig, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue,
};
use actix_web::http::{Method, Uri};
use actix_web::middleware::NormalizePath;
use actix_web::{App, web};
use bytes::{Bytes, BytesMut};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Result};
use evalstone_kit::assumed::Assumed;
use evalstone_kit::dialect::Dialect;
use evalstone_kit::errors::guard;
use evalstone_kit::problem;
use futures_util::StreamExt as _;

use super::held::Held;
use crate::own;

type Answering = Pin<Box<dyn Future<Output = Result<ServiceResponse<BoxBody>, actix_web::Error>>>>;

/// The dialects, to be called from one thread.
#[derive(Clone)]
pub struct Inner(Rc<dyn Fn(Request) -> Answering>);

/// A call of the gateway to itself.
pub struct OwnCall<'a> {
    /// The method.
    pub method: &'a str,
    /// The path with its query.
    pub target: &'a str,
    /// The body's content type.
    pub content_type: Option<&'a str>,
    /// How the body is packed.
    pub content_encoding: Option<&'a str>,
    /// The name under which it is carried out once; none for calls that only read.
    pub name: Option<String>,
    /// The body.
    pub body: Held,
}

/// An answer to it.
#[derive(Clone, Debug)]
pub struct OwnAnswer {
    /// The status code.
    pub status: u16,
    /// The body; none when it is too long.
    pub body: Option<Bytes>,
}

impl Inner {
    /// The dialects as they are mounted.
    ///
    /// # Errors
    /// A fault when they cannot be.
    pub async fn new(dialects: &[Dialect]) -> Result<Self> {
        let mut app = App::new();
        for dialect in dialects {
            app = app.configure(|config| (dialect.mount)(config));
        }
        for dialect in dialects {
            app = app.configure(|config| (dialect.fallback)(config));
        }
        let app = app
            .default_service(web::to(own::unknown))
            .wrap(NormalizePath::trim())
            .wrap(guard(problem::render));
        let made = app.into_factory().new_service(AppConfig::default()).await;
        let service = Rc::new(made.map_err(|()| Error::fault("the dialects cannot be mounted"))?);
        Ok(Self(Rc::new(move |request| {
            let service = Rc::clone(&service);
            Box::pin(async move { service.call(request).await })
        })))
    }

    /// Carries out a call in somebody's name. Of the answer's body up to `most` bytes are kept.
    ///
    /// # Errors
    /// A fault when the call is none, or its answer breaks off.
    pub async fn call(&self, caller: Caller, call: OwnCall<'_>, most: u64) -> Result<OwnAnswer> {
        let request = request(caller, call)?;
        let response = match (self.0)(request).await {
            Ok(response) => response.into_parts().1,
            Err(error) => error.error_response(),
        };
        let status = response.status().as_u16();
        let body = whole(response.into_body(), most).await?;
        Ok(OwnAnswer { status, body })
    }
}

fn request(caller: Caller, call: OwnCall<'_>) -> Result<Request> {
    let OwnCall { method, target, content_type, content_encoding, name, body } = call;
    let length = body.len();
    let pieces = body.stream().map(|piece| piece.map_err(PayloadError::Io));
    let payload: BoxedPayloadStream = Box::pin(pieces);
    let mut request = Request::with_payload(Payload::Stream { payload });
    let head = request.head_mut();
    head.method = Method::from_bytes(method.as_bytes()).map_err(Error::fault)?;
    head.uri = target.parse::<Uri>().map_err(Error::fault)?;
    let name_header = HeaderName::from_static("idempotency-key");
    let texts = [
        (CONTENT_TYPE, content_type),
        (CONTENT_ENCODING, content_encoding),
        (name_header, name.as_deref()),
    ];
    for (header, text) in texts {
        if let Some(text) = text {
            head.headers.insert(header, HeaderValue::from_str(text).map_err(Error::fault)?);
        }
    }
    if length > 0 {
        head.headers.insert(CONTENT_LENGTH, length.into());
    }
    request.extensions_mut().insert(Assumed(caller));
    Ok(request)
}

async fn whole(body: BoxBody, most: u64) -> Result<Option<Bytes>> {
    if let BodySize::Sized(length) = body.size()
        && length > most
    {
        return Ok(None);
    }
    let mut body = std::pin::pin!(body);
    let mut whole = BytesMut::new();
    while let Some(piece) = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await {
        let piece = piece.map_err(|error| Error::fault(format!("an answer broke off: {error}")))?;
        if (whole.len() + piece.len()) as u64 > most {
            return Ok(None);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(Some(whole.freeze()))
}
