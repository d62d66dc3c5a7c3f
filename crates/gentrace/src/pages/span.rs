//! What is known of one span.

use evalstone_core::json::View;
use evalstone_core::report::{SpanExcerpt, WholeSpan};
use maud::{Markup, html};

use super::{message, value, words};

/// A span's kind as its conventions call it; none where it says none.
pub fn kind(whole: &WholeSpan) -> Option<&'static str> {
    Some(match whole.body.view().get("kind")?.raw() {
        "1" => "internal",
        "2" => "server",
        "3" => "client",
        "4" => "producer",
        "5" => "consumer",
        _ => return None,
    })
}

/// The inside of a span: its status, messages, events and attributes, and where it comes from.
/// `raw` is the address of all of it.
pub fn inside(span: &SpanExcerpt, raw: &str) -> Markup {
    let Some(WholeSpan { body, resource, scope }) = &span.whole else {
        return html! {
            div.inside {
                p.none { "There is no room for its " (words::size(span.bytes)) " on this page." }
                (as_stored(raw))
            }
        };
    };
    let (body, resource, scope) = (body.view(), resource.view(), scope.view());
    let message = body.get("status").and_then(|status| status.get("message"));
    let message = message.and_then(View::as_text_lossy);
    let events: Vec<View<'_>> = body.get("events").into_iter().flat_map(View::items).collect();
    html! {
        div.inside {
            @if let Some(message) = message { (value::text(&message, "wrong")) }
            @for event in &events { (message::event(*event)) }
            @if message::has_attributes(body) {
                section { h4 { "Attributes" } (message::attributes(body)) }
            }
            details {
                summary.small { "Where it comes from" }
                (source(span, resource, scope))
                (as_stored(raw))
            }
        }
    }
}

fn source(span: &SpanExcerpt, resource: View<'_>, scope: View<'_>) -> Markup {
    let name = scope.get("name").and_then(View::as_text_lossy).unwrap_or_default();
    let version = scope.get("version").and_then(View::as_text_lossy).unwrap_or_default();
    html! {
        dl.pairs {
            dt { "span" } dd { code { (span.id) } }
            dt { "began" } dd { (words::time(evalstone_core::trace::moment(span.start_ns))) }
            @if !name.is_empty() {
                dt { "scope" } dd { bdi { (name) } " " bdi { (version) } }
            }
        }
        @if message::has_attributes(scope) { h4 { "Scope" } (message::attributes(scope)) }
        @if message::has_attributes(resource) { h4 { "Resource" } (message::attributes(resource)) }
    }
}

fn as_stored(raw: &str) -> Markup {
    html! { p.small { a href=(raw) { "The span as stored" } } }
}
