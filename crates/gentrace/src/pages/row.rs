//! One row: what a case was given, what came of it, and how it went.

use evalstone_core::report::{Payload, Row, RowKey, Trace};
use maud::{Markup, html};

use super::address::{View, query_of};
use super::experiment::Shown;
use super::tree::tree;
use super::{layout, value, words};

/// A row in the list.
pub fn in_list(row: &Row, trace: &Trace) -> Markup {
    let own = query_of(View::Row(row.key, None));
    html! {
        li {
            article.card id=(format!("row-{}", row.key)) {
                div.head {
                    h3 { a href=(own) { (name(row)) } }
                    (outcome(row))
                }
                div.cells { (payloads(row)) }
                (error(row))
                (beside(row.key, trace, &own))
            }
        }
    }
}

fn beside(row: RowKey, trace: &Trace, own: &str) -> Markup {
    let spans = words::count(trace.total, "span", "spans");
    if trace.spans.is_empty() {
        return html! { p.trace.small { a href=(own) { "Trace: " (spans) } } };
    }
    let more = trace.total - trace.spans.len() as i64;
    html! {
        details.trace {
            summary { "Trace: " (spans) }
            (tree(trace, row))
            @if more > 0 {
                p.small { a href=(own) { (words::number(more)) " more of the whole trace" } }
            }
        }
    }
}

/// The page of one row.
pub fn page(shown: &Shown, row: &Row, trace: &Trace) -> Markup {
    let main = html! {
        nav.crumbs aria-label="Where this is" {
            "Pipeline " bdi { (shown.pipeline) } " › "
            a href=(shown.path) { bdi { (shown.title()) } }
        }
        div.title { h1 { (name(row)) } (outcome(row)) }
        dl.facts {
            div { dt { "Began" } dd { (words::time(row.started_at)) } }
            div { dt { "Ended" } dd { (words::time(row.finished_at)) } }
            @if let Some(case) = row.case {
                div.wide { dt { "Test case" } dd { code { (case) } } }
            }
            div.wide { dt { "Trace" } dd { code { (row.key.trace) } } }
        }
        section.card aria-labelledby="values" {
            h2 #values { "What came of it" }
            div.cells.alone { (payloads(row)) }
            (error(row))
        }
        section.card aria-labelledby="trace" {
            h2 #trace { "Trace: " (words::count(trace.total, "span", "spans")) }
            @if trace.spans.is_empty() { p.none { "No span of it has arrived." } }
            (pager(row.key, trace))
            (tree(trace, row.key))
            (pager(row.key, trace))
        }
    };
    let title = value::beginning(&row.name, 80, 1);
    layout::page(&format!("{title} · {}", shown.short_title()), &shown.place, &main)
}

fn pager(row: RowKey, trace: &Trace) -> Markup {
    let link = |page: i64| format!("{}#trace", query_of(View::Row(row, Some(page))));
    layout::pager("Parts of the trace", trace.page + 1, trace.pages, link)
}

fn name(row: &Row) -> Markup {
    let name = if row.name.is_empty() { "(without a name)" } else { row.name.as_str() };
    html! { bdi { (name) } }
}

fn outcome(row: &Row) -> Markup {
    let micros = (row.finished_at - row.started_at).num_microseconds().unwrap_or(i64::MAX);
    html! {
        @if row.error.is_some() { span.badge.bad { "error" } }
        span.time { (words::duration(micros as f64)) }
    }
}

fn payloads(row: &Row) -> Markup {
    let whole = |payload| query_of(View::Payload(row.key, payload));
    let values = [
        ("Inputs", &row.inputs, Payload::Inputs),
        ("Expected outputs", &row.expected, Payload::Expected),
        ("Output", &row.output, Payload::Output),
    ];
    html! {
        @for (title, value, payload) in values {
            section { h4 { (title) } (value::payload(value.as_ref(), &whole(payload))) }
        }
    }
}

fn error(row: &Row) -> Markup {
    let whole = query_of(View::Payload(row.key, Payload::Error));
    html! {
        @if let Some(error) = &row.error {
            section.error { h4 { "Error" } (value::excerpt(error, &whole, "wrong")) }
        }
    }
}
