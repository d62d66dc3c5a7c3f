//! Writes that a client names by an `Idempotency-Key`, so that it can repeat them safely.

use actix_web::HttpRequest;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_kit::attempt::attempt;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use crate::body::Body;
use crate::errors::Failure;

/// Begins an upload. Its body is not compared with what comes again: it is not kept in memory, and
/// each time a form is written its parts are parted by another text. What is written down of it is
/// the dataset's id.
///
/// # Errors
/// Invalid for an `Idempotency-Key` that is malformed; unavailable when the first try goes on for
/// too long.
pub async fn begin(store: &Store, caller: Caller, request: &HttpRequest) -> Result<Begun, Failure> {
    let attempt = attempt(request, &caller, None, note)?;
    Ok(store.begin(caller, attempt).await?)
}

/// Begins the write that a request with this body asks for, which must be the same each time. What is
/// written down of it is the id of what it made.
///
/// # Errors
/// As [`begin`]; invalid for an `Idempotency-Key` that was sent with another body, too.
pub async fn begin_with(
    store: &Store,
    caller: Caller,
    request: &HttpRequest,
    body: &Body,
) -> Result<Begun, Failure> {
    let attempt = attempt(request, &caller, Some(body.as_bytes()), note)?;
    Ok(store.begin(caller, attempt).await?)
}

fn note(made: &Made<'_>, _: &Caller) -> Result<String> {
    Ok(match made {
        Made::Loaded(id) | Made::DatasetDeleted(id) => id.to_string(),
        Made::Collection(collection) => collection.id.to_string(),
        // What only other dialects do.
        Made::Dataset(dataset) => dataset.id.to_string(),
        Made::Cases(added) => added.dataset.to_string(),
        Made::Case(case) => case.id.to_string(),
        Made::CaseDeleted(id) => id.to_string(),
        Made::Environment(environment) => environment.id.to_string(),
        Made::KeyRevoked(id) => id.to_string(),
        Made::Pipeline(pipeline) => pipeline.id.to_string(),
        Made::Run(run) => run.id.to_string(),
        Made::Annotation(annotation) => annotation.id.to_string(),
        Made::Exported(added) => added.dataset.to_string(),
        Made::Benchmark(benchmark) => benchmark.id.to_string(),
        Made::Scoring(run) => run.id.to_string(),
        Made::RunDeleted(id) => id.to_string(),
        Made::Policy(policy) => policy.version.to_string(),
        Made::Bundle(bundle) => bundle.id.to_string(),
    })
}
