//! A dataset's digest, by which a copy is proven equal whichever dialect it was read through.

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{CaseFilter, Dataset, Reference, StoredCase};
use evalstone_core::digest::{DatasetDigest, Digest, case_digest};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::{CaseId, DatasetId};
use evalstone_kit::bearer::bearer;
use evalstone_kit::observe::OWN;
use evalstone_kit::query;
use evalstone_kit::stream::streamed;
use evalstone_store::Store;
use evalstone_store::case_pages::CasePages;
use futures_util::{Stream, stream};

use super::{Own, Problem};

/// `GET /evalstone/datasets/{id}/digest[?cases=true]`; the id is a UUID or a public number. The
/// answer is `{"dataset", "digest", "case_count"}`, with `"cases": [{"id", "digest"}, …]` in the
/// cases' order on request, before the digest, which is known last.
pub async fn show(
    request: HttpRequest,
    own: Data<Own>,
    dataset: Path<String>,
) -> Result<HttpResponse, Problem> {
    let caller = caller(&request, &own.store).await?;
    let dataset = find(&own.store, &caller, &dataset).await?;
    let walk = Walk::new(&own.store, &caller, dataset.id);
    if wants_cases(&request)? {
        return Ok(streamed(StatusCode::OK, "application/json", with_cases(walk)));
    }
    Ok(HttpResponse::Ok().json(walk.finish().await?))
}

async fn caller(request: &HttpRequest, store: &Store) -> Result<Caller> {
    let caller = match bearer(request) {
        Some(key) => store.authenticate(key).await?,
        None => None,
    };
    caller.ok_or_else(|| Error::new(Kind::Unauthenticated, "a valid API key is needed"))
}

async fn find(store: &Store, caller: &Caller, text: &str) -> Result<Dataset> {
    let reference = text.parse().map_or_else(|_| Reference::of_text(text), Reference::Number);
    let dataset = store.dataset(caller, OWN, &reference).await?;
    dataset.ok_or_else(|| Error::not_found("Dataset"))
}

fn wants_cases(request: &HttpRequest) -> Result<bool> {
    match query::last(&query::parse(request.query_string()), "cases") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(Error::invalid(format!("cases must be true or false, not {other:?}"))),
    }
}

/// Reads a dataset's cases piece by piece.
struct Walk {
    dataset: DatasetId,
    pages: CasePages,
    digest: DatasetDigest,
}

impl Walk {
    fn new(store: &Store, caller: &Caller, dataset: DatasetId) -> Self {
        let filter = CaseFilter { dataset: Some(dataset), pipeline: None };
        Self { dataset, pages: store.case_pages(caller, filter), digest: DatasetDigest::new() }
    }

    /// The next cases' digests; none at the end.
    async fn next(&mut self) -> Result<Vec<(CaseId, Digest)>> {
        let cases = self.pages.next().await?;
        let digests = web::block(move || digests(&cases)).await.map_err(Error::fault)?;
        for (_, digest) in &digests {
            self.digest.push(digest);
        }
        Ok(digests)
    }

    async fn finish(mut self) -> Result<serde_json::Value> {
        while !self.next().await?.is_empty() {}
        let (case_count, digest) = (self.digest.count(), self.digest.finish().to_string());
        let dataset = self.dataset.to_string();
        Ok(serde_json::json!({ "dataset": dataset, "digest": digest, "case_count": case_count }))
    }
}

fn digests(cases: &[StoredCase]) -> Vec<(CaseId, Digest)> {
    cases.iter().map(|stored| (stored.id, case_digest(&stored.case))).collect()
}

/// Where the document is.
enum Stage {
    Head,
    Cases { first: bool },
    Over,
}

/// The document with every case. It is written by hand because it is longer than memory; ids and
/// digests need no escapes.
fn with_cases(walk: Walk) -> impl Stream<Item = Result<Bytes>> + 'static {
    stream::unfold((walk, Stage::Head), |(mut walk, stage)| async move {
        let (text, stage) = match stage {
            Stage::Over => return None,
            Stage::Head => (
                Ok(format!(r#"{{"dataset":"{}","cases":["#, walk.dataset)),
                Stage::Cases { first: true },
            ),
            Stage::Cases { first } => match walk.next().await {
                Err(error) => (Err(error), Stage::Over),
                Ok(digests) if digests.is_empty() => (Ok(tail(&walk.digest)), Stage::Over),
                Ok(digests) => (Ok(entries(first, &digests)), Stage::Cases { first: false }),
            },
        };
        Some((text.map(Bytes::from), (walk, stage)))
    })
}

fn entries(first: bool, digests: &[(CaseId, Digest)]) -> String {
    let entry = |(id, digest): &(CaseId, Digest)| format!(r#"{{"id":"{id}","digest":"{digest}"}}"#);
    let entries: Vec<String> = digests.iter().map(entry).collect();
    format!("{}{}", if first { "" } else { "," }, entries.join(","))
}

fn tail(digest: &DatasetDigest) -> String {
    let (count, digest) = (digest.count(), digest.clone().finish());
    format!(r#"],"digest":"{digest}","case_count":{count}}}"#)
}
