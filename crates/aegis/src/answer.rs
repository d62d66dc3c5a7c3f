//! Answers of any length, written piece by piece.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bytes::Bytes;
use evalstone_core::caller::Caller;
use evalstone_core::collection::Collection;
use evalstone_core::dataset::{Dataset, StoredCase};
use evalstone_core::error::{Error, Result};
use evalstone_core::scoring::{Scoring, StoredScore};
use evalstone_kit::stream::{counted, gathered, lent, listed, pieces, streamed};
use evalstone_store::Store;
use evalstone_store::case_pages::CasePages;
use evalstone_store::collections::{CollectionPages, MemberPages};
use evalstone_store::dataset_lists::DatasetPages;
use evalstone_store::scorings::{RunsOf, ScorePages, ScoringPages};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};

use crate::mapping;
use crate::mapping::runs::{self, Shown};
use crate::runs::plan::Plan;
use crate::wire::collection::Collection as WireCollection;
use crate::wire::dataset::Dataset as WireDataset;
use crate::wire::page::{HEAD, PageRequest, tail};

const JSON: &str = "application/json";

/// A dataset with all its records, its runs and their evaluations. They are read from the store while they are sent.
///
/// # Errors
/// When the database fails before the answer begins.
pub async fn whole_dataset(
    status: StatusCode,
    store: &Store,
    caller: &Caller,
    dataset: Dataset,
) -> Result<HttpResponse> {
    let id = dataset.id;
    let (number, owner) = (dataset.number, dataset.owner.as_ref().map(|owner| owner.number));
    let mut head = String::new();
    let cases = store.cases_of(caller, &dataset);
    mapping::dataset(&dataset, caller).write_head(&mut head);
    let asking = caller.clone();
    let runs_of = store.scoring_pages(caller, RunsOf::Dataset(id));
    let rows = readable(runs_of, move |run| {
        let mut text = String::new();
        runs::run(run, &asking)?.write(&mut text);
        Ok(text)
    });
    let rows = listed(String::new(), rows.await?, WireDataset::AFTER_RUNS);
    let written = |score| Ok(evaluation(score, Shown::Texts));
    let scores = pieces(store.dataset_score_pages(caller, id), ScorePages::next, written).await?;
    let scores = listed(String::new(), scores, WireDataset::TAIL);
    let write = move |case: &StoredCase, text: &mut String| {
        mapping::record(case, number, owner).write(text);
    };
    // The last to begin: what was read for this answer before is not taken for others.
    let records = lent(cases.sparing_others(), CasePages::lend, write).await?;
    let records = listed(head, records, WireDataset::AFTER_RECORDS);
    Ok(streamed(status, JSON, records.chain(rows).chain(scores)))
}

/// A dataset that has just been made of these records. There is no run yet.
pub fn new_dataset(caller: &Caller, dataset: &Dataset, records: &[StoredCase]) -> HttpResponse {
    let (number, owner) = (dataset.number, dataset.owner.as_ref().map(|owner| owner.number));
    let mut body = String::new();
    mapping::dataset(dataset, caller).write_head(&mut body);
    for (at, record) in records.iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        mapping::record(record, number, owner).write(&mut body);
    }
    for rest in [WireDataset::AFTER_RECORDS, WireDataset::AFTER_RUNS, WireDataset::TAIL] {
        body.push_str(rest);
    }
    HttpResponse::Created().content_type(JSON).body(body)
}

/// The runs of a list as they are written. What one that came from elsewhere is kept as need not be a run of
/// this dialect's: it is left out and named in the log, so that the others can be read.
async fn readable(
    pages: ScoringPages,
    write: impl Fn(Scoring) -> Result<String>,
) -> Result<impl Stream<Item = Result<Vec<String>>>> {
    let written = move |run: Scoring| {
        let number = run.number;
        let written = write(run);
        Ok(written.inspect_err(|error| {
            let why = error.context().unwrap_or_default();
            tracing::error!(run = number, why, "a run cannot be read and is left out of a list");
        }))
    };
    let pieces = pieces(pages, ScoringPages::next, written).await?;
    Ok(pieces.map_ok(|piece| piece.into_iter().flatten().collect()))
}

/// A run with its evaluations, which are read from the store while they are sent.
///
/// # Errors
/// When the database fails before the answer begins.
pub async fn whole_run(
    status: StatusCode,
    store: &Store,
    caller: &Caller,
    run: Scoring,
) -> Result<HttpResponse> {
    let shown = shown(&run)?;
    let pages = store.score_pages(caller, &run);
    let run = runs::run(run, caller)?;
    let mut head = String::new();
    run.write_head(&mut head);
    let rows = pieces(pages, ScorePages::next, move |score| Ok(evaluation(score, shown))).await?;
    let body = counted(head, rows, move |_| {
        let mut tail = String::new();
        run.write_tail(&mut tail);
        tail
    });
    Ok(streamed(status, JSON, body))
}

/// A run that has just been made and whose end nobody waits for. It is told as it was made: what a
/// worker may have scored since then is not looked up, so that the answer is the same however fast the worker is.
///
/// # Errors
/// A fault when what is stored is no run of this dialect's.
pub fn new_run(caller: &Caller, run: Scoring) -> Result<HttpResponse> {
    let run = runs::run(run, caller)?;
    let mut body = String::new();
    run.write_head(&mut body);
    run.write_tail(&mut body);
    Ok(HttpResponse::Created().content_type(JSON).body(body))
}

/// The one evaluation of a run that evaluates one row by one metric.
///
/// # Errors
/// When the database fails; unavailable when it was not scored in time.
pub async fn single_evaluation(
    store: &Store,
    caller: &Caller,
    run: &Scoring,
) -> Result<HttpResponse> {
    let shown = shown(run)?;
    let score = store.score_pages(caller, run).next().await?.pop().ok_or_else(|| {
        let number = run.number;
        Error::unavailable(
            format!(
                "The evaluation takes longer than a request may; GET /api/v1/runs/{number} gives it"
            ),
            Duration::from_secs(10),
        )
    })?;
    Ok(HttpResponse::Created().content_type(JSON).body(evaluation(score, shown)))
}

/// How the evaluations of a run show their rows.
fn shown(run: &Scoring) -> Result<Shown> {
    Ok(Shown::of(Plan::of_settings(&run.settings)?.run_type))
}

fn evaluation(score: StoredScore, shown: Shown) -> String {
    let mut text = String::new();
    runs::evaluation(score, shown).write(&mut text);
    text
}

/// A page of the list of datasets.
///
/// # Errors
/// When the database fails before the answer begins.
pub async fn page_of_datasets(
    caller: Caller,
    page: PageRequest,
    total: i64,
    pages: DatasetPages,
) -> Result<HttpResponse> {
    let write = move |dataset: &Dataset, text: &mut String| {
        mapping::dataset(dataset, &caller).write_summary(text);
    };
    let rows = lent(pages, DatasetPages::next, write).await?;
    let body = counted(HEAD.to_owned(), rows, move |items| tail(page, total, items));
    Ok(streamed(StatusCode::OK, JSON, body))
}

/// A dataset without its records, runs and evaluations.
pub fn dataset_summary(dataset: &Dataset, caller: &Caller) -> HttpResponse {
    let mut body = String::new();
    mapping::dataset(dataset, caller).write_summary(&mut body);
    HttpResponse::Ok().content_type(JSON).body(body)
}

/// A collection with what is in it, which is read from the store while it is sent.
///
/// # Errors
/// When the database fails before the answer begins.
pub async fn collection(
    status: StatusCode,
    store: &Store,
    caller: &Caller,
    collection: Collection,
) -> Result<HttpResponse> {
    let body = whole_collection(store.clone(), caller.clone(), collection).await?;
    Ok(streamed(status, JSON, body))
}

async fn whole_collection(
    store: Store,
    caller: Caller,
    collection: Collection,
) -> Result<impl Stream<Item = Result<Bytes>> + 'static> {
    let id = collection.id;
    let (mut head, mut tail) = (String::new(), String::new());
    let collection = mapping::collections::collection(collection, &caller);
    collection.write_head(&mut head);
    collection.write_tail(&mut tail);
    let members = store.member_pages(&caller, id);
    let runs = store.scoring_pages(&caller, RunsOf::Collection(id));
    let asking = caller.clone();
    let written = move |member| {
        let mut text = String::new();
        mapping::collections::member(member, &asking).write(&mut text);
        Ok(text)
    };
    let members = pieces(members, MemberPages::next, written).await?;
    let members = listed(head, members, WireCollection::AFTER_DATASETS);
    let runs = readable(runs, move |run| {
        let mut text = String::new();
        mapping::collections::collection_run(run, &caller)?.write(&mut text);
        Ok(text)
    });
    Ok(members.chain(listed(String::new(), runs.await?, tail)))
}

/// A page of the list of collections, each with what is in it.
///
/// # Errors
/// When the database fails before the answer begins.
pub async fn page_of_collections(
    store: Store,
    caller: Caller,
    page: PageRequest,
    total: i64,
    pages: CollectionPages,
) -> Result<HttpResponse> {
    let rows = pieces(pages, CollectionPages::next, Ok).await?;
    let rows = rows
        .map_ok(|piece| stream::iter(piece.into_iter().map(Ok)))
        .try_flatten()
        .and_then(move |one| whole_collection(store.clone(), caller.clone(), one));
    let body = gathered(HEAD.to_owned(), rows, move |items| tail(page, total, items));
    Ok(streamed(StatusCode::OK, JSON, body))
}

/// A page of a list that has nothing.
pub fn empty_page(page: PageRequest) -> HttpResponse {
    HttpResponse::Ok().content_type(JSON).body(HEAD.to_owned() + &tail(page, 0, 0))
}

/// The short list as a bare array.
///
/// # Errors
/// When the database fails before the answer begins.
pub async fn partial_datasets(caller: Caller, pages: DatasetPages) -> Result<HttpResponse> {
    let write = move |dataset: &Dataset, text: &mut String| {
        mapping::partial_dataset(dataset, &caller).write(text);
    };
    let rows = lent(pages, DatasetPages::next, write).await?;
    Ok(streamed(StatusCode::OK, JSON, listed("[".to_owned(), rows, "]")))
}
