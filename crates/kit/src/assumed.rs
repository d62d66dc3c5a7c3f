//! Requests that the gateway makes to itself in somebody's name. Only code of this process can put a caller
//! into a request, so no client can pass for one.

use actix_web::{HttpMessage as _, HttpRequest};
use evalstone_core::caller::Caller;

/// In whose name a request is made that carries no key.
#[derive(Clone, Debug)]
pub struct Assumed(pub Caller);

/// The caller that the gateway has put into this request. A dialect asks for it before it looks for a key.
#[must_use]
pub fn assumed(request: &HttpRequest) -> Option<Caller> {
    request.extensions().get::<Assumed>().map(|Assumed(caller)| caller.clone())
}
