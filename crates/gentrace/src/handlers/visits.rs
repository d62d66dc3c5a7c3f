//! Keeping the API key in a browser's cookie, and forgetting it.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_kit::limits::Limits;
use evalstone_kit::{body, query};
use evalstone_store::Store;

use crate::pages::answer::{Failure, see_other};
use crate::pages::cookie;
use crate::pages::sign_in::{Reason, is_foreign};
use crate::pages::visitor::{Place, Visitor, stranger};

/// `POST /t/{org}/key`: a good key is kept, and the browser sent on to `next`.
pub async fn keep_key(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let form = Form::read(&request, payload, &limits).await?;
    let place = Place { here: form.next.clone(), ..Place::of(&request) };
    let caller = store.authenticate(&form.key).await?;
    if !caller.is_some_and(|caller| place.belongs_to(&caller)) {
        return Err(stranger(place, Reason::BadKey));
    }
    Ok(see_other(&form.next, cookie::keeping(&form.key, &place.root, &request)))
}

/// `POST /t/{org}/forget`: the key is forgotten, and the browser sent on to `next`, where it will
/// be asked for again.
pub async fn forget_key(
    visitor: Visitor,
    request: HttpRequest,
    payload: Payload,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let form = Form::read(&request, payload, &limits).await?;
    Ok(see_other(&form.next, cookie::forgetting(&visitor.place.root, &request)))
}

/// What both forms send.
struct Form {
    key: String,
    next: String,
}

impl Form {
    async fn read(request: &HttpRequest, payload: Payload, limits: &Limits) -> Result<Self> {
        if is_foreign(request) {
            let text = "This form may only be sent from its own page; open the link again.";
            return Err(Error::new(Kind::Forbidden, text));
        }
        let body = body::read(payload, request, limits.form_field, limits.pace).await?;
        Self::parse(&body, &Place::of(request))
    }

    fn parse(body: &Bytes, place: &Place) -> Result<Self> {
        let pairs = query::parse(&String::from_utf8_lossy(body));
        let field = |name: &str| query::last(&pairs, name).unwrap_or_default();
        let next = field("next");
        if !place.leads_to(next) {
            return Err(Error::invalid("Invalid parameters: 'next' must be a page of this path"));
        }
        // A key neither begins nor ends with a blank; what is pasted often does.
        Ok(Self { key: field("key").trim().to_owned(), next: next.to_owned() })
    }
}
