//! Who looks at a page: the key of the cookie, or of `Authorization: Bearer`, which `curl` sends.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::OrganizationId;
use evalstone_kit::bearer::bearer;
use evalstone_store::Store;

use super::answer::{Failure, nothing_here};
use super::cookie;
use super::sign_in::{Question, Reason};

/// Where a request stands: in an organization, which it names by its slug or its UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The organization, as people read it.
    pub organization: String,
    /// The beginning of its pages' paths, as the request spells it.
    pub root: String,
    /// The path and query of the page itself.
    pub here: String,
}

impl Place {
    /// Where this request stands.
    pub fn of(request: &HttpRequest) -> Self {
        let here = request.uri().path_and_query().map_or("/", |here| here.as_str());
        let segment = request.uri().path().split('/').nth(2).unwrap_or_default();
        Self {
            organization: request.match_info().get("org").unwrap_or(segment).to_owned(),
            root: format!("/t/{segment}"),
            here: here.to_owned(),
        }
    }

    /// Where the form with the key is sent.
    pub fn key_path(&self) -> String {
        format!("{}/key", self.root)
    }

    /// Where a browser is made to forget the key.
    pub fn forget_path(&self) -> String {
        format!("{}/forget", self.root)
    }

    /// Whether `next` is a page of this organization, and so a place to send a browser on to: a
    /// path without anything that browsers read as another host or as a way up.
    pub fn leads_to(&self, next: &str) -> bool {
        let path = next.split('?').next().unwrap_or_default();
        let goes_up = |segment: &str| {
            matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
        };
        next.strip_prefix(&self.root).is_some_and(|rest| rest.starts_with('/'))
            && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && !path.contains("//")
            && !path.split('/').any(goes_up)
    }

    /// Whether the place is in the caller's own organization.
    pub fn belongs_to(&self, caller: &Caller) -> bool {
        self.organization == caller.organization_slug
            || self.organization.parse::<OrganizationId>() == Ok(caller.organization)
    }
}

/// The holder of a good key of any kind, in its own organization.
pub struct Visitor {
    /// Who it is.
    pub caller: Caller,
    /// Where it stands.
    pub place: Place,
}

impl FromRequest for Visitor {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let store = request.app_data::<Data<Store>>().cloned();
        let key = bearer(request).map(str::to_owned).or_else(|| cookie::key(request));
        let place = Place::of(request);
        Box::pin(async move {
            let store =
                store.ok_or_else(|| Error::fault("the pages were mounted without a store"))?;
            let Some(key) = key else {
                return Err(stranger(place, Reason::NoKey));
            };
            let Some(caller) = store.authenticate(&key).await? else {
                return Err(stranger(place, Reason::BadKey));
            };
            if !place.belongs_to(&caller) {
                return Err(nothing_here().into());
            }
            Ok(Self { caller, place })
        })
    }
}

/// The refusal that asks for a key.
pub fn stranger(place: Place, reason: Reason) -> Failure {
    Failure::Stranger(Box::new(Question { place, reason }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_organization_are_led_to() {
        let place = Place {
            organization: "acme".to_owned(),
            root: "/t/acme".to_owned(),
            here: String::new(),
        };
        for good in
            ["/t/acme/", "/t/acme/pipeline/a/experiments/b?page=2&row=//x/../", "/t/acme/a..b"]
        {
            assert!(place.leads_to(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "/t/acme",
            "/t/acme2/x",
            "/t/other/x",
            "//evil.example/t/acme/",
            "https://evil.example/t/acme/",
            "/t/acme//evil.example",
            "/t/acme/../../x",
            "/t/acme/%2e%2E/x",
            "/t/acme/.%2e",
            "/t/acme/\\evil.example",
            "/t/acme/a b",
            "/t/acme/a\r\nset-cookie: a=b",
            "/t/acme/é",
            "javascript:alert(1)",
        ] {
            assert!(!place.leads_to(bad), "{bad}");
        }
    }
}
