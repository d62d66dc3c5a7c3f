//! Who asks, and whether they may (contract §1.2, §1.3, U11).

use actix_web::HttpRequest;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::OrganizationId;
use evalstone_core::key::KeyKind;
use evalstone_kit::assumed::assumed;
use evalstone_kit::bearer::bearer;
use evalstone_store::Store;

/// The header that wins over `Authorization` when both are there.
const KEY_HEADER: &str = "x-api-key";

/// What an operation asks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Any token of the organization.
    Read,
    /// A CI or Admin token.
    Write,
    /// An Admin token.
    Administer,
}

/// The holder of the request's token, with this right in the organization that the path names.
///
/// # Errors
/// Unauthenticated without a valid token; forbidden in any organization but the token's own,
/// whether it exists or not, and for a token of too low a kind.
pub async fn member(request: &HttpRequest, store: &Store, right: Right) -> Result<Caller> {
    let caller = authenticate(request, store).await?;
    let organization = request.match_info().get("org_id").unwrap_or_default();
    if !is_own(&caller, organization) {
        let message = "Token does not have access to this organization";
        return Err(Error::new(Kind::Forbidden, message));
    }
    require(&caller, right)?;
    Ok(caller)
}

/// The holder of the request's token, with this right, for paths that name no organization.
///
/// # Errors
/// As [`member`], but for the organization.
pub async fn holder(request: &HttpRequest, store: &Store, right: Right) -> Result<Caller> {
    let caller = authenticate(request, store).await?;
    require(&caller, right)?;
    Ok(caller)
}

async fn authenticate(request: &HttpRequest, store: &Store) -> Result<Caller> {
    if let Some(caller) = assumed(request) {
        return Ok(caller);
    }
    let token = token(request)?;
    store.authenticate(token).await?.ok_or_else(unknown_token)
}

/// The request's token.
///
/// # Errors
/// Unauthenticated when there is none, or one that is no text.
pub fn token(request: &HttpRequest) -> Result<&str> {
    let own = request.headers().get(KEY_HEADER).filter(|value| !value.is_empty());
    if let Some(own) = own {
        return std::str::from_utf8(own.as_bytes()).map_err(|_| unknown_token());
    }
    bearer(request).ok_or_else(|| {
        let message = "Authentication required. Set X-API-Key or Authorization: Bearer header.";
        Error::new(Kind::Unauthenticated, message)
    })
}

fn unknown_token() -> Error {
    Error::new(Kind::Unauthenticated, "Invalid authentication token")
}

/// Whether the path's organization, a UUID or a slug, is the token's.
fn is_own(caller: &Caller, organization: &str) -> bool {
    organization == caller.organization_slug
        || organization.parse::<OrganizationId>().is_ok_and(|id| id == caller.organization)
}

fn require(caller: &Caller, right: Right) -> Result<()> {
    let refusal = match (right, caller.kind) {
        (Right::Read, _) | (Right::Write, KeyKind::Ci | KeyKind::Admin) => return Ok(()),
        (Right::Administer, KeyKind::Admin) => return Ok(()),
        (Right::Write, KeyKind::Runtime) => {
            "Runtime tokens cannot change anything; a CI or Admin token is required"
        }
        (Right::Administer, KeyKind::Runtime | KeyKind::Ci) => "An Admin token is required",
    };
    Err(Error::new(Kind::Forbidden, refusal))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    fn token_of(headers: &[(&str, &str)]) -> Result<String, String> {
        let request = headers.iter().fold(TestRequest::default(), |request, (name, value)| {
            request.append_header((*name, *value))
        });
        token(&request.to_http_request()).map(str::to_owned).map_err(|e| e.message().to_owned())
    }

    fn caller(kind: KeyKind) -> Caller {
        Caller {
            organization: "00000000-0000-4000-8000-00000000000a".parse().expect("an id"),
            organization_slug: "home".to_owned(),
            kind,
            ..Caller::sample()
        }
    }

    #[test]
    fn x_api_key_wins_unless_it_is_empty() {
        assert_eq!(token_of(&[("authorization", "Bearer b")]), Ok("b".to_owned()));
        assert_eq!(
            token_of(&[("authorization", "bearer My API Key")]),
            Ok("My API Key".to_owned())
        );
        let both = [("authorization", "Bearer b"), ("x-api-key", "x")];
        assert_eq!(token_of(&both), Ok("x".to_owned()));
        let empty = [("authorization", "Bearer b"), ("x-api-key", "")];
        assert_eq!(token_of(&empty), Ok("b".to_owned()));
    }

    #[test]
    fn no_token_is_told_how_to_send_one() {
        let message = "Authentication required. Set X-API-Key or Authorization: Bearer header.";
        for headers in [&[][..], &[("authorization", "Basic eDp5")], &[("x-api-key", "")]] {
            assert_eq!(token_of(headers), Err(message.to_owned()));
        }
    }

    #[test]
    fn a_key_that_is_no_text_is_unknown() {
        let value = HeaderValue::from_bytes(b"\xff").expect("a header value");
        let request = TestRequest::default().insert_header(("x-api-key", value)).to_http_request();
        let refusal = token(&request).expect_err("refused");
        assert_eq!(refusal.message(), "Invalid authentication token");
    }

    #[test]
    fn an_organization_goes_by_its_id_in_any_letter_case_or_its_slug() {
        let caller = caller(KeyKind::Ci);
        for own in
            ["home", "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000A"]
        {
            assert!(is_own(&caller, own), "{own}");
        }
        for other in [
            "Home",
            "",
            "00000000000040008000-00000000000a",
            "00000000-0000-4000-8000-00000000000b",
        ] {
            assert!(!is_own(&caller, other), "{other}");
        }
    }

    #[test]
    fn kinds_have_their_rights() {
        use KeyKind::{Admin, Ci, Runtime};
        use Right::{Administer, Read, Write};
        for (right, kind, allowed) in [
            (Read, Runtime, true),
            (Read, Ci, true),
            (Read, Admin, true),
            (Write, Runtime, false),
            (Write, Ci, true),
            (Write, Admin, true),
            (Administer, Runtime, false),
            (Administer, Ci, false),
            (Administer, Admin, true),
        ] {
            assert_eq!(require(&caller(kind), right).is_ok(), allowed, "{right:?} {kind:?}");
        }
    }
}
