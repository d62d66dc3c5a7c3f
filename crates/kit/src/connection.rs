//! Connections that must not be kept.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::ConnectionType;
use actix_web::middleware::{Next, from_fn};

use crate::middleware::amend;

const ASYNC_HEADER: &str = "x-stainless-async";

/// Middleware that answers a request whose `X-Stainless-Async` header starts with `async:` with
/// `Connection: close`.
///
/// SDKs made with Stainless share one client between event loops; a connection kept by a loop that
/// has ended is used by the next one, which sends the request, fails, and sends it again.
pub fn close_for_async_clients<S, B>()
-> impl Transform<S, ServiceRequest, Response = ServiceResponse<B>, Error = Error, InitError = ()>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    from_fn(async |request: ServiceRequest, next: Next<B>| {
        let close = is_async(&request);
        let answer = next.call(request).await;
        if close {
            amend(answer, |head| head.set_connection_type(ConnectionType::Close))
        } else {
            answer
        }
    })
}

fn is_async(request: &ServiceRequest) -> bool {
    let header = request.headers().get(ASYNC_HEADER);
    header.is_some_and(|value| value.as_bytes().starts_with(b"async:"))
}
