//! The page of an experiment, in the views that its query asks for.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::error::{Error, Result};
use evalstone_core::json::RawObject;
use evalstone_core::report::{Payload, RowKey};
use evalstone_core::run::{Run, RunKind};
use evalstone_core::trace::SpanId;
use evalstone_store::Store;
use maud::Markup;

use super::JSON;
use crate::pages::address::{Address, View, window};
use crate::pages::answer::{Failure, nothing_here, page, raw};
use crate::pages::experiment::{self, Shown};
use crate::pages::visitor::Visitor;

const TEXT: &str = "text/plain; charset=utf-8";

/// `GET /t/{org}/pipeline/{id}/experiments/{id}`, which experiments name as their `resourcePath`.
pub async fn show_experiment(
    visitor: Visitor,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let address = Address::of(&request)?;
    let run = store.run(&visitor.caller, RunKind::Experiment, address.experiment.id).await?;
    let run = run.filter(|run| run.pipeline == address.pipeline.id).ok_or_else(nothing_here)?;
    let answer = match address.view {
        View::Rows(number) => rows(&store, visitor, run, number).await,
        View::Row(row, part) => row_of(&store, visitor, run, row, part).await,
        View::Metadata => metadata(run),
        View::Payload(row, payload) => payload_of(&store, &visitor, &run, row, payload).await,
        View::Span(row, span) => span_of(&store, &visitor, &run, row, span).await,
    };
    Ok(answer?)
}

/// Whatever else is asked for under the prefix, whoever asks.
pub async fn nothing() -> Result<&'static str, Failure> {
    Err(nothing_here().into())
}

async fn rows(store: &Store, visitor: Visitor, run: Run, number: i64) -> Result<HttpResponse> {
    let report = store.report(&visitor.caller, run.id, window(number)).await?;
    if report.rows.is_empty() && number > 1 {
        return Err(nothing_here());
    }
    let shown = shown(store, visitor, run).await?;
    written(move || experiment::page(&shown, &report, number)).await
}

async fn row_of(
    store: &Store,
    visitor: Visitor,
    run: Run,
    row: RowKey,
    part: Option<i64>,
) -> Result<HttpResponse> {
    let page = part.map(|part| part - 1);
    let found = store.report_row(&visitor.caller, run.id, row, page).await?;
    let (row, trace) = found.ok_or_else(nothing_here)?;
    if trace.spans.is_empty() && part.is_some_and(|part| part > 1) {
        return Err(nothing_here());
    }
    let shown = shown(store, visitor, run).await?;
    written(move || experiment::row_page(&shown, &row, &trace)).await
}

async fn shown(store: &Store, visitor: Visitor, run: Run) -> Result<Shown> {
    let pipeline = store.pipeline(&visitor.caller, run.pipeline).await?;
    Ok(Shown::new(visitor.place, run, pipeline))
}

/// Long pages are not written on the async threads.
async fn written(write: impl FnOnce() -> Markup + Send + 'static) -> Result<HttpResponse> {
    Ok(page(StatusCode::OK, web::block(write).await.map_err(Error::fault)?))
}

fn metadata(run: Run) -> Result<HttpResponse> {
    let metadata = run.metadata.map(RawObject::into_string).ok_or_else(nothing_here)?;
    Ok(raw(JSON, metadata))
}

async fn payload_of(
    store: &Store,
    visitor: &Visitor,
    run: &Run,
    row: RowKey,
    payload: Payload,
) -> Result<HttpResponse> {
    let text = store.report_payload(&visitor.caller, run.id, row, payload).await?.flatten();
    let text = text.ok_or_else(nothing_here)?;
    Ok(match payload {
        Payload::Inputs | Payload::Output | Payload::Expected => raw(JSON, text),
        Payload::Error => raw(TEXT, text),
    })
}

async fn span_of(
    store: &Store,
    visitor: &Visitor,
    run: &Run,
    row: RowKey,
    span: SpanId,
) -> Result<HttpResponse> {
    let span = store.report_span(&visitor.caller, run.id, row, span).await?;
    Ok(raw(JSON, span.ok_or_else(nothing_here)?.body.into_string()))
}
