//! The page of an experiment.

use evalstone_core::json::RawObject;
use evalstone_core::pipeline::Pipeline;
use evalstone_core::report::{Counts, Excerpt, Report};
use evalstone_core::run::{Run, RunStatus};
use maud::{Markup, html};

use super::address::{ROWS, View, query_of};
use super::visitor::Place;
use super::{layout, row, value, words};

pub use super::row::page as row_page;

/// How much of an experiment's name is shown.
const NAME: usize = 300;
/// How much of its metadata, in bytes.
const METADATA: usize = 64 << 10;

/// What all views of an experiment share.
pub struct Shown {
    /// Where it stands.
    pub place: Place,
    /// The experiment's own path.
    pub path: String,
    /// The experiment.
    pub run: Run,
    /// What people call its pipeline.
    pub pipeline: String,
}

impl Shown {
    /// An experiment that is shown at this place.
    pub fn new(place: Place, run: Run, pipeline: Option<Pipeline>) -> Self {
        let path = place.here.split('?').next().unwrap_or_default().to_owned();
        let pipeline = pipeline.map_or_else(
            || run.pipeline.to_string(),
            |pipeline| {
                pipeline.display_name.filter(|name| !name.is_empty()).unwrap_or(pipeline.slug)
            },
        );
        let pipeline = value::beginning(&pipeline, NAME, 1).to_owned();
        Self { place, path, run, pipeline }
    }

    /// What people call the experiment: its name, or its id when it has none.
    pub fn title(&self) -> String {
        match self.run.name.as_deref() {
            None | Some("") => self.run.id.to_string(),
            Some(name) => {
                let shown = value::beginning(name, NAME, usize::MAX);
                format!("{shown}{}", if shown.len() < name.len() { "…" } else { "" })
            }
        }
    }

    /// The same for a browser's tab.
    pub fn short_title(&self) -> String {
        value::beginning(&self.title(), 80, 1).to_owned()
    }
}

/// The page with one page of the rows.
pub fn page(shown: &Shown, report: &Report, page: i64) -> Markup {
    let Report { counts, rows } = report;
    let pages = (counts.rows + ROWS - 1) / ROWS;
    let link = |page: i64| format!("{}#rows", query_of(View::Rows(page)));
    let main = html! {
        nav.crumbs aria-label="Where this is" { "Pipeline " bdi { (shown.pipeline) } }
        div.title { h1 { bdi { (shown.title()) } } (status(shown.run.status)) }
        (facts(&shown.run, counts))
        (metadata(shown.run.metadata.as_ref()))
        section aria-labelledby="rows" {
            h2 #rows { "Test cases" }
            @if rows.is_empty() {
                p.none { "No test case has been reported yet. Load this page again later." }
            }
            (layout::pager("Pages of test cases", page, pages, link))
            ol start=((page - 1) * ROWS + 1) {
                @for (row, trace) in rows { (row::in_list(row, trace)) }
            }
            (layout::pager("Pages of test cases", page, pages, link))
        }
    };
    layout::page(&shown.short_title(), &shown.place, &main)
}

fn status(status: RunStatus) -> Markup {
    match status {
        RunStatus::Queued => html! { span.badge.note { "queued" } },
        RunStatus::Running => html! { span.badge.note { "running" } },
        RunStatus::Completed => html! { span.badge.good { "completed" } },
        RunStatus::Failed => html! { span.badge.bad { "failed" } },
    }
}

fn facts(run: &Run, counts: &Counts) -> Markup {
    let Counts { rows, errors, total_micros, median_micros } = counts;
    html! {
        dl.facts {
            div { dt { "Test cases" } dd.figure { (words::number(*rows)) } }
            div { dt { "Errors" } dd.figure { (words::number(*errors)) } }
            @if let Some(median) = median_micros {
                div { dt { "Total duration" } dd.figure { (words::duration(*total_micros)) } }
                div { dt { "Median duration" } dd.figure { (words::duration(*median)) } }
            }
            div { dt { "Created" } dd { (words::time(run.created_at)) } }
            div { dt { "Updated" } dd { (words::time(run.updated_at.unwrap_or(run.created_at))) } }
            @if let Some(at) = run.finished_at {
                div { dt { "Finished" } dd { (words::time(at)) } }
            }
            div.wide { dt { "Experiment" } dd { code { (run.id) } } }
        }
    }
}

fn metadata(metadata: Option<&RawObject>) -> Markup {
    let Some(metadata) = metadata else { return html! {} };
    let text = metadata.as_str();
    let fits = text.len() <= METADATA;
    let excerpt = Excerpt {
        text: if fits { text } else { value::beginning(text, METADATA / 4, usize::MAX) }.to_owned(),
        bytes: text.len() as u64,
    };
    html! {
        section.card aria-labelledby="metadata" {
            h2 #metadata { "Metadata" }
            (value::payload(Some(&excerpt), &query_of(View::Metadata)))
        }
    }
}
