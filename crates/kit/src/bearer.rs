//! The key in an `Authorization: Bearer` header.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

const SCHEME: &[u8] = b"bearer ";

/// The key of `Authorization: Bearer <key>`. The scheme is taken in any letter case, and the rest
/// as it is, blanks inside included ("My API Key" is a legal key). None for another scheme, for
/// nothing after the scheme, and for bytes that are not UTF-8.
#[must_use]
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked(SCHEME.len())?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return None;
    }
    // A key neither begins nor ends with a blank, so blanks there are the client's padding.
    let key = std::str::from_utf8(key).ok()?.trim();
    (!key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::bearer;

    fn key_of(value: &str) -> Option<String> {
        let request =
            TestRequest::default().insert_header(("authorization", value)).to_http_request();
        bearer(&request).map(str::to_owned)
    }

    #[test]
    fn the_rest_of_the_header_is_the_key() {
        assert_eq!(key_of("Bearer evs_abc").as_deref(), Some("evs_abc"));
        assert_eq!(key_of("bEARER My API Key").as_deref(), Some("My API Key"));
        assert_eq!(key_of("Bearer   padded ").as_deref(), Some("padded"));
        assert_eq!(key_of("Bearer schlüssel").as_deref(), Some("schlüssel"));
    }

    #[test]
    fn anything_else_is_no_key() {
        for value in ["", "Bearer", "Bearer ", "Bearer   ", "Basic dXNlcg==", "Bearerx", "evs_abc"]
        {
            assert_eq!(key_of(value), None, "{value:?}");
        }
        assert_eq!(bearer(&TestRequest::default().to_http_request()), None);
    }
}
