//! The tree of a trace's spans.

use evalstone_core::report::{PlacedSpan, RowKey, SpanExcerpt, Trace};
use maud::{Markup, PreEscaped, html};

use super::address::{View, query_of};
use super::{span, words};

/// Deeper spans are shown at this depth: browsers nest elements only so far.
const DEEPEST: usize = 40;
/// Deeper spans say how deep they are: the style sheet indents only so far.
const INDENTED: usize = 8;

/// A part of a trace as nested lists; the row's own span is marked.
pub fn tree(trace: &Trace, row: RowKey) -> Markup {
    let mut open = 0;
    html! {
        div.tree {
            @for placed in &trace.spans {
                (PreEscaped(step(&mut open, placed.depth.min(DEEPEST) + 1)))
                (line(placed, row))
            }
            (PreEscaped("</li></ul>".repeat(open)))
        }
    }
}

/// The tags between one span and the next, which stands at `depth`, counted from 1: a list is
/// opened within the item before, or items and lists are closed.
fn step(open: &mut usize, depth: usize) -> String {
    // A part's first span may stand deeper than all that is shown of its trace.
    let depth = depth.min(*open + 1);
    let closed = (*open + 1).saturating_sub(depth);
    let tags = match closed {
        0 => "<ul><li>".to_owned(),
        closed => format!("{}</li><li>", "</li></ul>".repeat(closed - 1)),
    };
    *open = depth;
    tags
}

fn line(placed: &PlacedSpan, row: RowKey) -> Markup {
    let PlacedSpan { span, continued, depth } = placed;
    if *continued {
        return html! {
            div.span.shut { (name(span)) span.badge { "continued from an earlier page" } }
        };
    }
    let is_own = span.id == row.span;
    let raw = query_of(View::Span(row, span.id));
    html! {
        details.span.own[is_own] {
            summary {
                (name(span))
                @if let Some(kind) = span.whole.as_ref().and_then(span::kind) {
                    span.soft.small { (kind) }
                }
                @if span.failed { span.badge.bad { "error" } }
                @if is_own { span.badge { "this row" } }
                @if *depth >= INDENTED { span.soft.small { "depth " (depth + 1) } }
                span.time.small { (words::span_duration(span.start_ns, span.end_ns)) }
            }
            (span::inside(span, &raw))
        }
    }
}

fn name(span: &SpanExcerpt) -> Markup {
    let name = if span.name.is_empty() { "(without a name)" } else { span.name.as_str() };
    html! { bdi.name { (name) } }
}

#[cfg(test)]
mod tests {
    use super::step;

    fn tags(depths: &[usize]) -> Vec<String> {
        let mut open = 0;
        depths.iter().map(|depth| step(&mut open, *depth)).collect()
    }

    #[test]
    fn lists_are_opened_and_closed() {
        let expected =
            ["<ul><li>", "<ul><li>", "</li><li>", "<ul><li>", "</li></ul></li></ul></li><li>"];
        assert_eq!(tags(&[1, 2, 2, 3, 1]), expected);
    }

    #[test]
    fn no_depth_is_left_out() {
        assert_eq!(tags(&[5, 5, 1]), ["<ul><li>", "<ul><li>", "</li></ul></li><li>"]);
    }
}
