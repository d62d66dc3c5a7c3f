//! Writes that a client names by an `Idempotency-Key`, so that it can repeat them safely.

use actix_web::HttpRequest;
use evalstone_core::attempt::{Made, Note};
use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_kit::attempt::attempt;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use crate::body::Body;
use crate::errors::Failure;
use crate::handlers::bundles::shown;
use crate::{mapping, wire};

/// Begins the write that a request with this body asks for. What is written down of it is the
/// answer's body.
///
/// # Errors
/// Invalid for an `Idempotency-Key` that is malformed or was sent with another body; unavailable
/// when the first try goes on for too long.
pub async fn begin(
    store: &Store,
    caller: Caller,
    request: &HttpRequest,
    body: &Body,
) -> Result<Begun, Failure> {
    begin_noting(store, caller, request, body, answer).await
}

/// Begins a write whose answer is none of the usual ones: `note` says what is written down of it.
///
/// # Errors
/// As [`begin`].
pub async fn begin_noting(
    store: &Store,
    caller: Caller,
    request: &HttpRequest,
    body: &Body,
    note: Note,
) -> Result<Begun, Failure> {
    let attempt = attempt(request, &caller, Some(body.as_bytes()), note)?;
    Ok(store.begin(caller, attempt).await?)
}

/// The answer of an import, which has another word for the cases that it added.
pub fn imported(made: &Made<'_>, caller: &Caller) -> Result<String> {
    match made {
        Made::Cases(added) => Ok(mapping::imported(added).to_json()),
        other => answer(other, caller),
    }
}

/// What is looked up for an installation that is repeated: its dataset, by its id.
pub fn installed(made: &Made<'_>, caller: &Caller) -> Result<String> {
    match made {
        Made::Loaded(id) => Ok(id.to_string()),
        other => answer(other, caller),
    }
}

/// The answer of every other operation.
fn answer(made: &Made<'_>, _: &Caller) -> Result<String> {
    Ok(match made {
        Made::Dataset(dataset) => mapping::dataset(dataset).to_json(),
        Made::Cases(added) => mapping::added(added).to_json(),
        Made::DatasetDeleted(id) => wire::deleted(&id.to_string()),
        Made::Bundle(bundle) => shown(bundle),
        // Its text may be long, and cannot change.
        Made::Policy(policy) => policy.version.to_string(),
        Made::CaseDeleted(id) => wire::deleted(&id.to_string()),
        Made::Environment(environment) => {
            mapping::tenancy::environment((*environment).clone()).to_json()
        }
        Made::KeyRevoked(_) => String::new(),
        Made::Annotation(annotation) => mapping::annotation((*annotation).clone()).to_json(),
        Made::Exported(added) => mapping::exported(added).to_json(),
        // What only other dialects do.
        Made::Case(case) => case.id.to_string(),
        Made::Collection(collection) => collection.id.to_string(),
        Made::Loaded(id) => id.to_string(),
        Made::Pipeline(pipeline) => pipeline.id.to_string(),
        Made::Run(run) => run.id.to_string(),
        Made::Benchmark(benchmark) => benchmark.id.to_string(),
        Made::Scoring(run) => run.id.to_string(),
        Made::RunDeleted(id) => id.to_string(),
    })
}
