//! The form that asks for the API key.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, ORIGIN};
use maud::{Markup, html};

use super::layout::narrow_page;
use super::visitor::Place;

/// What the form says besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No key was shown.
    NoKey,
    /// The key that was shown opens nothing here.
    BadKey,
}

/// The question for the key.
#[derive(Debug)]
pub struct Question {
    /// Where it is asked, and where to go on.
    pub place: Place,
    /// Why.
    pub reason: Reason,
}

impl Question {
    /// The page with the form.
    pub fn page(&self) -> Markup {
        let Self { place, reason } = self;
        let main = html! {
            h1 { "API key" }
            p {
                "This page belongs to the organization " strong { bdi { (place.organization) } }
                ". Show an API key of it: any kind will do. This browser keeps it for 30 days, "
                "out of reach of scripts, and you can make it forget the key at any time."
            }
            @if *reason == Reason::BadKey {
                p.alert role="alert" {
                    "This key is not valid here: it is unknown, expired, revoked, or of another "
                    "organization."
                }
            }
            form method="post" action=(place.key_path()) {
                label for="key" { "API key" }
                input #key type="password" name="key" required autofocus
                    autocomplete="current-password" spellcheck="false";
                input type="hidden" name="next" value=(place.here);
                button type="submit" { "Open the page" }
            }
        };
        narrow_page("API key", &main)
    }
}

/// Whether a form was sent by a page of another site, as far as the browser says. Pages here send
/// no referrer, so browsers name their origin as `null`.
pub fn is_foreign(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (header(ORIGIN.as_str()), header(HOST.as_str())) {
        (None | Some("null"), _) => false,
        (Some(origin), host) => origin.split_once("://").map(|(_, named)| named) != host,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn forms_of_other_sites_are_known_by_what_browsers_say() {
        let cases: [(&[(&str, &str)], bool); 8] = [
            (&[], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("origin", "null")], false),
            (&[("origin", "http://evals.example:3825")], false),
            (&[("origin", "https://evil.example")], true),
        ];
        for (headers, foreign) in cases {
            let request = TestRequest::default().insert_header(("host", "evals.example:3825"));
            let request = headers.iter().fold(request, |r, header| r.insert_header(*header));
            assert_eq!(is_foreign(&request.to_http_request()), foreign, "{headers:?}");
        }
    }
}
