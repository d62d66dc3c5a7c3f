//! The cookie that keeps the API key, so that it is asked for once.
//!
//! It holds the key itself, in base64url because a key may have blanks and any letters. It is out
//! of scripts' reach (`HttpOnly`) and goes to the pages of one organization only (`Path`), so that
//! links of two organizations can be open side by side. `SameSite=Lax` and not `Strict`: a link
//! that is clicked in a mail or a chat must open without the key being asked for again; what other
//! sites send in a browser's name is only ever such a look at a page, never a POST.

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const NAME: &str = "evalstone_key";
/// How long a browser keeps it: 30 days.
const MAX_AGE: u32 = 30 * 24 * 60 * 60;

/// The key that a request's cookie holds.
pub fn key(request: &HttpRequest) -> Option<String> {
    let headers = request.headers().get_all(COOKIE);
    let pairs = headers.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == NAME)?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

/// The header that makes a browser keep `key` for the pages below `path`.
pub fn keeping(key: &str, path: &str, request: &HttpRequest) -> String {
    written(&URL_SAFE_NO_PAD.encode(key), path, MAX_AGE, request)
}

/// The header that makes a browser forget the key for the pages below `path`.
pub fn forgetting(path: &str, request: &HttpRequest) -> String {
    written("", path, 0, request)
}

fn written(value: &str, path: &str, max_age: u32, request: &HttpRequest) -> String {
    // What a proxy says of its client's connection: browsers drop a secure cookie that comes in
    // the clear, and must not send this one in the clear when it came encrypted.
    let secure = if request.connection_info().scheme() == "https" { "; Secure" } else { "" };
    format!("{NAME}={value}; Path={path}; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn any_key_comes_back_as_it_was_kept() {
        let plain = TestRequest::default().to_http_request();
        for raw in ["My API Key", "schlüssel; a=\"b\",\\", "k", &"é".repeat(256)] {
            let kept = keeping(raw, "/t/acme", &plain);
            assert!(kept.ends_with("; Path=/t/acme; Max-Age=2592000; HttpOnly; SameSite=Lax"));
            let value = kept.split(';').next().unwrap_or_default().to_owned();
            let request = TestRequest::default()
                .insert_header(("cookie", format!("a=b; {value} ;c=d")))
                .to_http_request();
            assert_eq!(key(&request).as_deref(), Some(raw));
        }
    }

    #[test]
    fn anything_else_is_no_key() {
        for value in ["", "evalstone_key", "evalstone_key=%%", "evalstone_key=_w", "x=TXk"] {
            let request = TestRequest::default().insert_header(("cookie", value)).to_http_request();
            assert_eq!(key(&request), None, "{value}");
        }
    }

    #[test]
    fn what_came_encrypted_stays_so() {
        let request =
            TestRequest::default().insert_header(("x-forwarded-proto", "https")).to_http_request();
        assert!(keeping("k", "/t/a", &request).ends_with("; Secure"));
        assert!(forgetting("/t/a", &request).contains("=; Path=/t/a; Max-Age=0;"));
    }
}
