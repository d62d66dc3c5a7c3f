//! Connections that must not be kept, and clients that know no chunks.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::{ConnectionType, Version};
use actix_web::middleware::{Next, from_fn};

use crate::middleware::amend;

const ASYNC_HEADER: &str = "x-stainless-async";

/// Middleware that closes the connection after the answer, saying so by `Connection: close`,
///
/// * when the request's `X-Stainless-Async` header starts with `async:`: SDKs made with Stainless
///   share one client between event loops; a connection kept by a loop that has ended is used by
///   the next one, which sends the request, fails, and sends it again;
/// * when the request is HTTP/1.0: such a client knows no chunks, so that the connection's end is
///   the end of an answer of unknown length.
pub fn adapt_connection<S, B>()
-> impl Transform<S, ServiceRequest, Response = ServiceResponse<B>, Error = Error, InitError = ()>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    from_fn(async |request: ServiceRequest, next: Next<B>| {
        let old = request.version() < Version::HTTP_11;
        let close = old || is_async(&request);
        let answer = next.call(request).await;
        if !close {
            return answer;
        }
        amend(answer, |head| {
            head.set_connection_type(ConnectionType::Close);
            if old {
                head.no_chunking(true);
            }
        })
    })
}

fn is_async(request: &ServiceRequest) -> bool {
    let header = request.headers().get(ASYNC_HEADER);
    header.is_some_and(|value| value.as_bytes().starts_with(b"async:"))
}
