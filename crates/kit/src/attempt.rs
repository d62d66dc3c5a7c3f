//! What a request says about being a repetition.
//!
//! Two headers tell. `Idempotency-Key` names a write, for as long as its author likes to repeat it.
//! `X-Stainless-Retry-Count`, which SDKs made with Stainless send by themselves, counts the tries of
//! one call; since it names nothing, what the tries share is their content and where they come from.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, X_FORWARDED_FOR};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::attempt::{Attempt, Fingerprint, Note, Sign};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Result};

const NAME: &str = "idempotency-key";
const COUNT: &str = "x-stainless-retry-count";
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const MAX_NAME_BYTES: usize = 255;

/// The attempt that this request makes; none when it says nothing about repetitions. `content` is
/// the body as it came; none for bodies that are not read whole, which can be repeated by name
/// only.
///
/// # Errors
/// Invalid when the `Idempotency-Key` is empty, too long, or not plain text; unavailable when a
/// client that counts has hung up so early that nobody knows its address: its repetition could not
/// be told to be one, and comes, while an answer would reach nobody.
pub fn attempt(
    request: &HttpRequest,
    caller: &Caller,
    content: Option<&[u8]>,
    note: Note,
) -> Result<Option<Attempt>> {
    if let Some(name) = name(request.headers())? {
        let fingerprint = fingerprint(request, caller, &[b"name", name]);
        let content = content.map(|content| Fingerprint::of(&[content]));
        return Ok(Some(Attempt { fingerprint, sign: Sign::Name { content }, note, hold: None }));
    }
    let (Some(tries), Some(content)) = (tries(request.headers()), content) else {
        return Ok(None);
    };
    let peer = peer(request).ok_or_else(hung_up)?.to_string();
    let origin = origin(request.headers()).map(|origin| origin.to_string()).unwrap_or_default();
    let parts = [b"try".as_slice(), peer.as_bytes(), origin.as_bytes(), content];
    let fingerprint = fingerprint(request, caller, &parts);
    Ok(Some(Attempt { fingerprint, sign: Sign::Try(tries), note, hold: None }))
}

/// Marks an answer that was given before, by the header that other gateways use for it.
#[must_use]
pub fn replayed(mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    answer
}

fn fingerprint(request: &HttpRequest, caller: &Caller, more: &[&[u8]]) -> Fingerprint {
    let key = caller.key.uuid();
    let uri = request.uri();
    let mut parts = vec![
        key.as_bytes().as_slice(),
        request.method().as_str().as_bytes(),
        uri.path().as_bytes(),
        uri.query().unwrap_or_default().as_bytes(),
    ];
    parts.extend_from_slice(more);
    Fingerprint::of(&parts)
}

fn name(headers: &HeaderMap) -> Result<Option<&[u8]>> {
    let mut given = headers.get_all(NAME);
    let Some(name) = given.next() else {
        return Ok(None);
    };
    let name = name.as_bytes();
    let fits = (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    if fits && given.next().is_none() {
        return Ok(Some(name));
    }
    Err(Error::invalid(format!(
        "Idempotency-Key must be one value of 1 to {MAX_NAME_BYTES} ASCII characters"
    )))
}

fn tries(headers: &HeaderMap) -> Option<u32> {
    headers.get(COUNT)?.to_str().ok()?.parse().ok()
}

/// The address of who is connected. Its port is left out: each try may have a new connection.
fn peer(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|peer| peer.ip())
}

fn hung_up() -> Error {
    Error::unavailable(
        "The connection was lost before the request was carried out; try again.",
        Duration::from_secs(1),
    )
}

/// Whom the first proxy names, which tells clients behind one proxy apart. It is no proof of
/// anything, and need not be: a client can only take itself for another.
fn origin(headers: &HeaderMap) -> Option<IpAddr> {
    let first = headers.get(X_FORWARDED_FOR)?.to_str().ok()?.split(',').next()?.trim();
    first.parse().ok().or_else(|| first.parse::<SocketAddr>().map(|origin| origin.ip()).ok())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use evalstone_core::attempt::Made;
    use evalstone_core::error::Kind;

    use super::*;

    fn request(headers: &[(&'static str, &str)]) -> TestRequest {
        let peer = "192.0.2.1:4000".parse().expect("an address");
        let request = TestRequest::post().uri("/things?a=1").peer_addr(peer);
        headers.iter().fold(request, |request, header| request.append_header(*header))
    }

    fn of(request: TestRequest, caller: &Caller, content: Option<&[u8]>) -> Option<Attempt> {
        let request = request.to_http_request();
        attempt(&request, caller, content, |_, _| Ok(String::new())).expect("a valid request")
    }

    #[test]
    fn tries_of_one_call_share_a_fingerprint_that_nothing_else_has() {
        let who = Caller::sample();
        let first = of(request(&[(COUNT, "0")]), &who, Some(b"{}")).expect("an attempt");
        assert_eq!(first.sign, Sign::Try(0));
        let port = "192.0.2.1:4001".parse().expect("an address");
        let again = request(&[(COUNT, "2")]).peer_addr(port);
        let again = of(again, &who, Some(b"{}")).expect("an attempt");
        assert_eq!((again.sign, again.fingerprint), (Sign::Try(2), first.fingerprint));
        let elsewhere = "192.0.2.2:4000".parse().expect("an address");
        for (other, who, content) in [
            (request(&[(COUNT, "1")]), &who, b"[]"),
            (request(&[(COUNT, "1")]), &Caller::sample(), b"{}"),
            (request(&[(COUNT, "1")]).peer_addr(elsewhere), &who, b"{}"),
            (request(&[(COUNT, "1")]).uri("/things?a=2"), &who, b"{}"),
            (request(&[(COUNT, "1")]).uri("/others?a=1"), &who, b"{}"),
            (request(&[(COUNT, "1")]).method(actix_web::http::Method::PUT), &who, b"{}"),
            (request(&[(COUNT, "1"), ("x-forwarded-for", "198.51.100.7")]), &who, b"{}"),
        ] {
            let other = of(other, who, Some(content)).expect("an attempt");
            assert_ne!(other.fingerprint, first.fingerprint);
        }
    }

    #[test]
    fn ports_that_a_proxy_notes_do_not_count() {
        let who = Caller::sample();
        let by = |origin: &str| {
            let request = request(&[(COUNT, "1"), ("x-forwarded-for", origin)]);
            of(request, &who, Some(b"{}")).expect("an attempt").fingerprint
        };
        assert_eq!(by("198.51.100.7:1000, 10.0.0.1"), by("198.51.100.7:2000"));
        assert_ne!(by("198.51.100.7"), by("198.51.100.8"));
    }

    #[test]
    fn a_name_wins_over_a_count_and_stands_for_one_content() {
        let who = Caller::sample();
        let named = |content: Option<&'static [u8]>| {
            let request = request(&[(COUNT, "1"), (NAME, "order 66")]);
            of(request, &who, content).expect("an attempt")
        };
        let first = named(Some(b"{}"));
        assert_eq!(first.fingerprint, named(Some(b"[]")).fingerprint);
        assert_ne!(first.sign, named(Some(b"[]")).sign);
        assert_eq!(named(None).sign, Sign::Name { content: None });
    }

    #[test]
    fn who_says_nothing_makes_no_attempt() {
        let who = Caller::sample();
        for silent in [request(&[]), request(&[(COUNT, "one")]), request(&[(COUNT, "-1")])] {
            assert!(of(silent, &who, Some(b"{}")).is_none());
        }
        assert!(of(request(&[(COUNT, "1")]), &who, None).is_none());
    }

    #[test]
    fn a_client_that_has_hung_up_repeats_what_is_not_carried_out() {
        let unknown = || TestRequest::post().uri("/things");
        let note = |_: &Made<'_>, _: &Caller| Ok(String::new());
        let counted = unknown().append_header((COUNT, "0")).to_http_request();
        let refused =
            attempt(&counted, &Caller::sample(), Some(b"{}"), note).expect_err("nobody there");
        assert!(matches!(refused.kind(), Kind::Unavailable { .. }));
        let named = unknown().append_header((NAME, "n")).to_http_request();
        assert!(attempt(&named, &Caller::sample(), Some(b"{}"), note).expect("valid").is_some());
    }

    #[test]
    fn a_name_must_be_one_plain_value() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for bad in [vec![(NAME, "")], vec![(NAME, &long)], vec![(NAME, "a"), (NAME, "b")]] {
            let request = request(&bad).to_http_request();
            let refused = attempt(&request, &Caller::sample(), None, |_, _| Ok(String::new()));
            assert_eq!(refused.expect_err("no valid name").kind(), Kind::Invalid);
        }
    }
}
