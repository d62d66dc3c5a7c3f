//! Conditional requests (RFC 9110, section 13).

use actix_web::HttpRequest;
use actix_web::http::header::IF_NONE_MATCH;

/// Whether the client has one of these representations already: its `If-None-Match` is `*` or lists
/// a tag of theirs. Tags are given without quotes, and compared weakly; clients that leave the
/// quotes out are understood.
#[must_use]
pub fn has_already(request: &HttpRequest, tags: &[&str]) -> bool {
    let lists = request.headers().get_all(IF_NONE_MATCH).filter_map(|list| list.to_str().ok());
    let mut listed = lists.flat_map(|list| list.split(',')).map(str::trim);
    listed.any(|tag| tag == "*" || tags.contains(&bare(tag)))
}

/// A tag without the mark of a weak one, and without quotes.
fn bare(tag: &str) -> &str {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn lists_weak_tags_and_tags_without_quotes() {
        let known = |values: &[&str]| {
            let request = values.iter().fold(TestRequest::default(), |request, value| {
                request.append_header((IF_NONE_MATCH, *value))
            });
            has_already(&request.to_http_request(), &["b1-x", "sha256:ab"])
        };
        for yes in [
            &["\"b1-x\""][..],
            &["W/\"b1-x\""],
            &["\"other\", \"b1-x\""],
            &["\"other\"", "W/\"b1-x\" ,\"more\""],
            &["*"],
            &["sha256:ab"],
            &["b1-x"],
        ] {
            assert!(known(yes), "{yes:?}");
        }
        for no in [
            &[][..],
            &[""],
            &["\"other\""],
            &["\"b1-x"],
            &["w/\"b1-x\""],
            &["\"B1-X\""],
            &["\"*\""],
        ] {
            assert!(!known(no), "{no:?}");
        }
    }
}
