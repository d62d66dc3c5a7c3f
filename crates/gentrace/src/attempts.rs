//! Writes that the SDKs repeat: they send a request again up to twice when they lose its answer,
//! and count the tries (contract §1). A repetition of what was committed gets the first answer.

use actix_web::HttpRequest;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_kit::attempt::attempt;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use crate::errors::Failure;
use crate::handlers::json;
use crate::mapping;

/// Begins the write that a request with this body asks for. What is written down of it is the text
/// of [`note`].
///
/// # Errors
/// Invalid for an `Idempotency-Key` that is malformed or was sent with another body; unavailable
/// when the first try goes on for too long.
pub async fn begin(
    store: &Store,
    caller: Caller,
    request: &HttpRequest,
    body: &[u8],
) -> Result<Begun, Failure> {
    let attempt = attempt(request, &caller, Some(body), note)?;
    Ok(store.begin(caller, attempt).await?)
}

/// The body of the answer; of a test case, which may be long and cannot change, its id.
fn note(made: &Made<'_>, caller: &Caller) -> Result<String> {
    Ok(match made {
        Made::Dataset(dataset) => mapping::dataset(dataset).to_json(),
        Made::Pipeline(pipeline) => json(&mapping::pipeline((*pipeline).clone()))?,
        Made::Run(run) => mapping::experiment((*run).clone(), caller).to_json(),
        Made::Benchmark(benchmark) => benchmark.id.to_string(),
        Made::Scoring(run) => run.id.to_string(),
        Made::RunDeleted(id) => id.to_string(),
        Made::Case(case) => case.id.to_string(),
        Made::CaseDeleted(id) => id.to_string(),
        // What only other dialects do.
        Made::Collection(collection) => collection.id.to_string(),
        Made::Policy(policy) => policy.version.to_string(),
        Made::Bundle(bundle) => bundle.id.to_string(),
        Made::Environment(environment) => environment.id.to_string(),
        Made::KeyRevoked(id) => id.to_string(),
        Made::Cases(added) | Made::Exported(added) => added.dataset.to_string(),
        Made::Annotation(annotation) => annotation.id.to_string(),
        Made::Loaded(id) | Made::DatasetDeleted(id) => id.to_string(),
    })
}
