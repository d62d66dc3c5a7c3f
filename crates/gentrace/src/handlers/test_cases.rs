//! Test cases.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Reference, StoredCase};
use evalstone_kit::attempt::replayed;
use evalstone_kit::observe::rows_written;
use evalstone_kit::stream::{lent, listed, streamed};
use evalstone_store::Store;
use evalstone_store::attempts::Begun;
use evalstone_store::case_pages::CasePages;

use super::{JSON, ok_text, path};
use crate::attempts::begin;
use crate::auth::{Reader, Writer};
use crate::body::JsonBody;
use crate::errors::{Failure, missing, or_missing};
use crate::wire::ids::GivenTestCase;
use crate::wire::list::{BEGINNING, EMPTY, END};
use crate::wire::test_cases::{NewTestCase, TestCaseQuery};
use crate::{NAME, mapping, resolve};

/// `POST /v4/test-cases`.
pub async fn create_test_case(
    Writer(caller): Writer,
    request: HttpRequest,
    body: JsonBody,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let body = body.read().await?;
    let test_case = NewTestCase::parse(&body)?;
    let caller = match begin(&store, caller.clone(), &request, &body).await? {
        Begun::Again(id) => return again(&store, &caller, &id).await,
        Begun::First(caller) => caller,
    };
    let (dataset, missing) = (test_case.dataset_id.reference(), test_case.dataset_id.missing());
    let stored = store.add_case(&caller, NAME, &dataset, mapping::new_case(test_case)).await;
    let stored = stored.map_err(|error| or_missing(error, missing))?;
    rows_written(NAME, 1);
    Ok(ok_text(mapping::test_case(&stored).to_json()))
}

/// The answer to a repeated `POST /v4/test-cases`, which made the test case with this id.
async fn again(store: &Store, caller: &Caller, id: &str) -> Result<HttpResponse, Failure> {
    let stored = store.case(caller, NAME, &Reference::of_text(id)).await?;
    let stored = stored.ok_or_else(|| missing(id))?;
    Ok(replayed(ok_text(mapping::test_case(&stored).to_json())))
}

/// `GET /v4/test-cases`, in the order in which they were made.
pub async fn list_test_cases(
    Reader(caller): Reader,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let query = TestCaseQuery::parse(request.query_string())?;
    let Some(pages) = resolve::cases(&store, &caller, &query).await? else {
        return Ok(ok_text(EMPTY.to_owned()));
    };
    let write = |case: &StoredCase, text: &mut String| mapping::test_case(case).write(text);
    let rows = lent(pages.sparing_others(), CasePages::lend, write).await?;
    Ok(streamed(StatusCode::OK, JSON, listed(BEGINNING.to_owned(), rows, END)))
}

/// `GET /v4/test-cases/{id}`.
pub async fn get_test_case(
    Reader(caller): Reader,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let given: GivenTestCase = path::id(&request, "test_case_id")?;
    let stored = store.case(&caller, NAME, &given.reference()).await?;
    Ok(ok_text(mapping::test_case(&stored.ok_or_else(|| given.missing())?).to_json()))
}

/// `DELETE /v4/test-cases/{id}`. The id may be the one that the case had where it was imported
/// from, which only looking it up can tell.
pub async fn delete_test_case(
    Writer(caller): Writer,
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let given: GivenTestCase = path::id(&request, "test_case_id")?;
    let caller = match begin(&store, caller, &request, &[]).await? {
        Begun::Again(_) => return Ok(replayed(HttpResponse::NoContent().finish())),
        Begun::First(caller) => caller,
    };
    let found = store.case(&caller, NAME, &given.reference()).await?;
    let id = found.ok_or_else(|| given.missing())?.id;
    if store.delete_case(&caller, id).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(given.missing().into())
    }
}
