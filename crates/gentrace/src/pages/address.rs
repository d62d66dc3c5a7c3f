//! What a link names: an experiment, and the view of it that the query asks for.

use actix_web::HttpRequest;
use evalstone_core::dataset::Window;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::{PipelineTag, RunTag};
use evalstone_core::report::{Payload, RowKey};
use evalstone_core::trace::SpanId;
use evalstone_kit::query;

use crate::handlers::path;
use crate::wire::ids::Given;

/// How many rows a page has.
pub const ROWS: i64 = 50;
/// Page numbers of more digits would not fit the numbers of rows.
const LAST_PAGE: i64 = 1 << 40;

/// An experiment's address.
#[derive(Debug)]
pub struct Address {
    /// The pipeline, as the link names it.
    pub pipeline: Given<PipelineTag>,
    /// The experiment.
    pub experiment: Given<RunTag>,
    /// What to show of it.
    pub view: View,
}

/// What to show of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Its rows: the page of this number, from 1.
    Rows(i64),
    /// Its metadata, raw.
    Metadata,
    /// One row with its trace: the part of this number from 1, or that with the row's own span.
    Row(RowKey, Option<i64>),
    /// A payload of a row, raw.
    Payload(RowKey, Payload),
    /// A span of a row's trace, raw.
    Span(RowKey, SpanId),
}

impl Address {
    /// The address that a request asks for.
    ///
    /// # Errors
    /// Invalid when an id or a parameter is not what it must be.
    pub fn of(request: &HttpRequest) -> Result<Self> {
        Ok(Self {
            pipeline: path::id(request, "pipeline_id")?,
            experiment: path::id(request, "experiment_id")?,
            view: View::of(request.query_string())?,
        })
    }
}

impl View {
    fn of(query: &str) -> Result<Self> {
        let pairs = query::parse(query);
        let given = |name: &str| query::last(&pairs, name).filter(|text| !text.is_empty());
        let row: Option<RowKey> = given("row")
            .map(|text| text.parse().map_err(|_| invalid("row", "the ids of a trace and a span")))
            .transpose()?;
        let raw = given("raw");
        match (row, raw) {
            (None, None) => Ok(Self::Rows(page(given("page"), "page")?.unwrap_or(1))),
            (None, Some("metadata")) => Ok(Self::Metadata),
            (None, Some(_)) => Err(invalid("raw", "'metadata' without a row")),
            (Some(row), None) => Ok(Self::Row(row, page(given("spans"), "spans")?)),
            (Some(row), Some(word)) => match (word.parse(), Payload::from_word(word)) {
                (_, Some(payload)) => Ok(Self::Payload(row, payload)),
                (Ok(span), None) => Ok(Self::Span(row, span)),
                (Err(_), None) => {
                    Err(invalid("raw", "inputs, output, expected, error or a span's id"))
                }
            },
        }
    }
}

/// The rows of a page.
pub const fn window(page: i64) -> Window {
    Window { offset: (page - 1) * ROWS, limit: Some(ROWS) }
}

fn page(text: Option<&str>, name: &str) -> Result<Option<i64>> {
    let number = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| plain && (1..=LAST_PAGE).contains(number));
        number.ok_or_else(|| invalid(name, "a page's number"))
    };
    text.map(number).transpose()
}

fn invalid(name: &str, wanted: &str) -> Error {
    Error::invalid(format!("Invalid parameters: '{name}' must be {wanted}"))
}

/// The query that asks for a view.
pub fn query_of(view: View) -> String {
    match view {
        View::Rows(page) => format!("?page={page}"),
        View::Metadata => "?raw=metadata".to_owned(),
        View::Row(row, None) => format!("?row={row}"),
        View::Row(row, Some(page)) => format!("?row={row}&spans={page}"),
        View::Payload(row, payload) => format!("?row={row}&raw={}", payload.as_str()),
        View::Span(row, span) => format!("?row={row}&raw={span}"),
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::trace::TraceId;

    use super::*;

    #[test]
    fn every_view_has_an_address() {
        let row = RowKey { trace: TraceId([0xab; 16]), span: SpanId([7; 8]) };
        let payloads = Payload::ALL.map(|payload| View::Payload(row, payload));
        let views = [
            View::Rows(1),
            View::Rows(200),
            View::Metadata,
            View::Row(row, None),
            View::Row(row, Some(3)),
            View::Span(row, SpanId([0xfe; 8])),
        ];
        for view in views.into_iter().chain(payloads) {
            let query = query_of(view);
            assert_eq!(View::of(&query[1..]).expect(&query), view, "{query}");
        }
        assert_eq!(View::of("").expect("the plain link"), View::Rows(1));
        assert_eq!(View::of("utm_source=mail&page=").expect("no page"), View::Rows(1));
    }

    #[test]
    fn what_names_no_view_is_refused() {
        let row = "row=abababababababababababababababab-0707070707070707";
        for query in [
            "page=0",
            "page=-1",
            "page=%2B1",
            "page=x",
            "page=99999999999999999999",
            "row=1",
            "raw=inputs",
            &format!("{row}&spans=0"),
            &format!("{row}&raw=metadata"),
            &format!("{row}&raw=07"),
        ] {
            assert!(View::of(query).is_err(), "{query}");
        }
    }
}
