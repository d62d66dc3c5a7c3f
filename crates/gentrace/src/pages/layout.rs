//! The frame of every page.

use actix_web::http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::visitor::Place;
use super::words::number;

/// The style sheet. The content security policy names it by its hash, so nothing is put into it.
pub const STYLE: &str = include_str!("style.css");

/// A page for whoever has shown a key, with a button to forget it.
pub fn page(title: &str, place: &Place, main: &Markup) -> Markup {
    let bar = html! {
        span.soft { bdi { (place.organization) } }
        form method="post" action=(place.forget_path()) {
            input type="hidden" name="next" value=(place.here);
            button.quiet type="submit" { "Forget the key" }
        }
    };
    framed(title, &bar, &html! { main #main { (main) } })
}

/// A page for anybody.
pub fn narrow_page(title: &str, main: &Markup) -> Markup {
    framed(title, &html! {}, &html! { main #main.narrow { (main) } })
}

/// A page that says one thing.
pub fn message_page(status: StatusCode, text: &str) -> Markup {
    let title = status.canonical_reason().unwrap_or("Error");
    narrow_page(title, &html! { h1 { (title) } p { bdi { (text) } } })
}

fn framed(title: &str, bar: &Markup, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · Evalstone" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.bar { div { span.brand { "Evalstone" } (bar) } }
                (main)
            }
        }
    }
}

/// Links to the pages of something long; nothing where there is one page only.
pub fn pager(label: &str, page: i64, pages: i64, link: impl Fn(i64) -> String) -> Markup {
    let mut near: Vec<i64> = [1, page - 2, page - 1, page, page + 1, page + 2, pages]
        .into_iter()
        .filter(|near| (1..=pages).contains(near))
        .collect();
    near.sort_unstable();
    near.dedup();
    let mut last = 0;
    html! {
        @if pages > 1 {
            nav.pager aria-label=(label) {
                @if page > 1 { a rel="prev" href=(link(page - 1)) { "‹ Previous" } }
                @for near in near {
                    @if near > std::mem::replace(&mut last, near) + 1 { span.soft { "…" } }
                    @if near == page {
                        span aria-current="page" { "Page " (number(near)) " of " (number(pages)) }
                    } @else {
                        a href=(link(near)) { (number(near)) }
                    }
                }
                @if page < pages { a rel="next" href=(link(page + 1)) { "Next ›" } }
            }
        }
    }
}
