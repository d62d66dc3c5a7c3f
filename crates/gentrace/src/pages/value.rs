//! Payloads and texts: short ones as they are, long ones folded, what was cut off by a link to the
//! whole.

use evalstone_core::json::{Kind, RawJson, View};
use evalstone_core::report::Excerpt;
use maud::{Markup, html};

use super::words;

/// Longer texts are folded.
const SHORT_CHARACTERS: usize = 900;
const SHORT_LINES: usize = 16;
/// Shorter ones need no frame, where they stand beside a name.
const BRIEF: usize = 100;
/// What of a folded text stands there unfolded.
const SHOWN_CHARACTERS: usize = 400;
const SHOWN_LINES: usize = 8;
/// What of a text that was cut off is shown.
const SHOWN_OF_CUT: usize = 4_000;
/// How much longer than a payload its lines for people may be.
const GROWTH: usize = 6;
const GROWTH_AT_LEAST: usize = 4 << 10;

/// A JSON payload, or that there is none. `whole` is the address of all of it.
pub fn payload(value: Option<&Excerpt>, whole: &str) -> Markup {
    match value {
        None => html! { p.none { "none" } },
        Some(value) if value.is_whole() => json(RawJson::trusted(value.text.clone()).view()),
        Some(value) => cut(value, whole),
    }
}

/// A text that is no JSON.
pub fn excerpt(value: &Excerpt, whole: &str, class: &str) -> Markup {
    if value.is_whole() { text(&value.text, class) } else { cut(value, whole) }
}

fn cut(value: &Excerpt, whole: &str) -> Markup {
    html! {
        pre { (beginning(&value.text, SHOWN_OF_CUT, usize::MAX)) "…" }
        p.small { a href=(whole) { "All " (words::size(value.bytes)) ", as stored" } }
    }
}

/// A JSON value: keys, numbers and escapes as they are written, a line for each member. A text with
/// escapes is shown as what it says, and as it is written on demand.
pub fn json(value: View<'_>) -> Markup {
    if value.kind() == Kind::String && value.raw().contains('\\') {
        let said = value.as_text().filter(|said| !said.contains(is_odd));
        if let Some(said) = said {
            return html! {
                (text(&said, "words"))
                details { summary.small { "As JSON" } pre { (value.raw()) } }
            };
        }
    }
    text(&lines(value), "")
}

/// A JSON value beside its name.
pub fn member(value: View<'_>) -> Markup {
    if is_brief(value.raw()) {
        html! { code { (value.raw()) } }
    } else {
        json(value)
    }
}

/// A text that may be JSON itself, as clients put it into attributes.
pub fn said(said: &str) -> Markup {
    let nested = RawJson::parse(said).ok();
    let holds = |kind| matches!(kind, Kind::Object | Kind::Array | Kind::String);
    match nested.filter(|nested| holds(nested.view().kind())) {
        Some(nested) => json(nested.view()),
        None if is_brief(said) => html! { bdi { (said) } },
        None => text(said, "words"),
    }
}

fn lines(value: View<'_>) -> String {
    let most = (value.raw().len() * GROWTH).max(GROWTH_AT_LEAST);
    value.pretty(most).unwrap_or_else(|| value.raw().to_owned())
}

/// A text of any length, folded when it is long.
pub fn text(text: &str, class: &str) -> Markup {
    let shown = beginning(text, SHORT_CHARACTERS, SHORT_LINES);
    if shown.len() == text.len() {
        return html! { pre class=(class) dir="auto" { (text) } };
    }
    let shown = beginning(text, SHOWN_CHARACTERS, SHOWN_LINES);
    html! {
        details.long {
            summary {
                code class={ "v " (class) } dir="auto" { (shown) "…" }
                span.more { "Show all " (words::size(text.len() as u64)) }
                span.less { "Show less" }
            }
            pre class=(class) dir="auto" { (text) }
        }
    }
}

/// Whether a text needs no frame.
fn is_brief(text: &str) -> bool {
    !text.is_empty() && beginning(text, BRIEF, 1).len() == text.len()
}

/// Whether a character is better shown by its escape.
fn is_odd(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\t' | '\r')
}

/// As much of a text as has so many characters and lines at the most.
pub fn beginning(text: &str, characters: usize, lines: usize) -> &str {
    let by_characters = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    let by_lines = text.match_indices('\n').nth(lines.saturating_sub(1)).map(|(at, _)| at);
    &text[..by_characters.min(by_lines.unwrap_or(text.len()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> String {
        payload(Some(&Excerpt::whole(json.to_owned())), "?whole").into_string()
    }

    #[test]
    fn numbers_keys_and_escapes_stand_as_written() {
        let page =
            shown(r#"{"n":123456789012345678901234567890.0,"n":1e5,"s":"\ud800","é":"\u0000"}"#);
        for fragment in [
            "&quot;n&quot;: 123456789012345678901234567890.0,\n",
            "&quot;n&quot;: 1e5,\n",
            "&quot;s&quot;: &quot;\\ud800&quot;",
            "&quot;é&quot;: &quot;\\u0000&quot;",
        ] {
            assert!(page.contains(fragment), "{fragment} in {page}");
        }
        assert_eq!(shown(r#""HI""#), r#"<pre class="" dir="auto">&quot;HI&quot;</pre>"#);
        assert!(shown(r#""\ud83d""#).contains("&quot;\\ud83d&quot;"));
        assert!(shown(r#""a\u0007b""#).contains("a\\u0007b"));
    }

    #[test]
    fn a_text_is_shown_as_what_it_says() {
        let page = shown(r#""two\nlines \"said\" \u003cb>""#);
        assert!(page.contains(">two\nlines &quot;said&quot; &lt;b&gt;</pre>"), "{page}");
        assert!(
            page.contains("&quot;two\\nlines \\&quot;said\\&quot; \\u003cb&gt;&quot;</pre>"),
            "{page}"
        );
    }

    #[test]
    fn long_texts_are_folded_and_cut_ones_say_where_the_rest_is() {
        let long = format!("\"{}\"", "é".repeat(2_000));
        let page = shown(&long);
        assert!(page.starts_with("<details class=\"long\">"), "{page}");
        assert!(page.contains(&"é".repeat(2_000)) && page.contains("Show all 4.0 kB"));
        assert!(shown(&format!("[{}1]", "1,".repeat(20))).starts_with("<details"));
        assert!(shown("[1,2]").starts_with("<pre"));
        let cut = Excerpt { text: "[1,<".to_owned(), bytes: 5_000_000 };
        let page = payload(Some(&cut), "?row=x&raw=output").into_string();
        assert!(page.contains("[1,&lt;…"), "{page}");
        assert!(page.contains("href=\"?row=x&amp;raw=output\">All 5.0 MB"), "{page}");
        assert_eq!(payload(None, "").into_string(), "<p class=\"none\">none</p>");
    }

    #[test]
    fn a_payload_that_would_grow_too_much_stands_as_it_is_written() {
        let deep = format!("{}{}1{}", "[".repeat(90), "1,".repeat(5_000), "]".repeat(90));
        assert!(shown(&deep).contains(&deep));
    }

    #[test]
    fn texts_that_are_json_have_lines() {
        let lines = said(r#"[{"x":1.0}]"#).into_string();
        assert!(lines.contains("&quot;x&quot;: 1.0\n"), "{lines}");
        let text = said(r#""a\nb""#).into_string();
        assert!(text.starts_with("<pre class=\"words\" dir=\"auto\">a\nb</pre>"), "{text}");
        assert_eq!(said("12").into_string(), "<bdi>12</bdi>");
        assert_eq!(said("a\nb").into_string(), "<pre class=\"words\" dir=\"auto\">a\nb</pre>");
    }

    #[test]
    fn beginnings_end_between_characters() {
        assert_eq!(beginning("aé日b", 3, 9), "aé日");
        assert_eq!(beginning("a\nb\nc", 9, 2), "a\nb");
        assert_eq!(beginning("a\nb", 9, 2), "a\nb");
        assert_eq!(beginning("", 9, 1), "");
    }
}
