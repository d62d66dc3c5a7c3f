//! Tokens (contract §1.3, §2.4). An answer that shows a token's value cannot be given again, because
//! the value is written down nowhere: an `Idempotency-Key` is looked at only where none is shown.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::key::{Grant, KeyKind, RawKey};
use evalstone_core::organization::KeyFilter;
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use super::ok;
use super::projects::find_project;
use crate::attempts::begin;
use crate::auth::{Right, member};
use crate::body::Body;
use crate::errors::Failure;
use crate::json::array;
use crate::mapping::tenancy;
use crate::wire;

/// `POST /v1/orgs/{org_id}/tokens/runtime`: for a project, or one of its environments.
pub async fn create_runtime_token(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    create(&request, payload, &store, &limits, KeyKind::Runtime).await
}

/// `POST /v1/orgs/{org_id}/tokens/ci`: for a project, or the whole organization.
pub async fn create_ci_token(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    create(&request, payload, &store, &limits, KeyKind::Ci).await
}

/// `POST /v1/orgs/{org_id}/tokens/admin`: for the whole organization.
pub async fn create_admin_token(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    create(&request, payload, &store, &limits, KeyKind::Admin).await
}

async fn create(
    request: &HttpRequest,
    payload: Payload,
    store: &Store,
    limits: &Limits,
    kind: KeyKind,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(request, payload, limits, wire::NewToken::WRAPPING).await?;
    let caller = member(request, store, Right::Administer).await?;
    let new = wire::NewToken::read(&body, kind)?;
    let grant = grant(store, &caller, kind, new).await?;
    let key = RawKey::generate()?;
    let made = store.issue_key(&caller, grant, &key).await.map_err(unissued)?;
    let token = tenancy::token(&caller, made, Some(key)).to_json();
    Ok(HttpResponse::build(StatusCode::CREATED).content_type("application/json").body(token))
}

/// `GET /v1/orgs/{org_id}/tokens`: those that are not revoked, however they were made, oldest first.
pub async fn list_tokens(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Administer).await?;
    let query = wire::TokenQuery::read(request.query_string());
    let Some(filter) = filter(&store, &caller, &query).await? else {
        return Ok(ok(array::<&str>([])));
    };
    let found = store.issued_keys(&caller, filter).await?;
    Ok(ok(array(found.into_iter().map(|key| tenancy::token(&caller, key, None).to_json()))))
}

/// `POST /v1/orgs/{org_id}/tokens/{key_id}/rotate`: the former value is dead at once.
pub async fn rotate_token(
    request: HttpRequest,
    path: Path<(String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Administer).await?;
    let number = wire::token_number(&path.1)?.ok_or_else(not_found)?;
    let key = RawKey::generate()?;
    let rotated = store.rotate_key(&caller, number, &key).await?.ok_or_else(not_found)?;
    Ok(ok(tenancy::token(&caller, rotated, Some(key)).to_json()))
}

/// `DELETE /v1/orgs/{org_id}/tokens/{key_id}`: 204 without a body, and the token is dead at once.
pub async fn revoke_token(
    request: HttpRequest,
    path: Path<(String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Administer).await?;
    let number = wire::token_number(&path.1)?;
    let caller = match begin(&store, caller, &request, &Body::Missing).await? {
        Begun::Again(_) => return Ok(replayed(HttpResponse::NoContent().finish())),
        Begun::First(caller) => caller,
    };
    let number = number.ok_or_else(not_found)?;
    if !store.revoke_issued_key(&caller, number).await? {
        return Err(not_found().into());
    }
    Ok(HttpResponse::NoContent().finish())
}

/// What a token is made for: the project and the environment that the body names.
async fn grant(
    store: &Store,
    caller: &Caller,
    kind: KeyKind,
    new: wire::NewToken,
) -> Result<Grant> {
    let wire::NewToken { project, environment, lifetime } = new;
    let mut grant = Grant { kind, project: None, environment: None, lifetime };
    let Some(name) = project else {
        return Ok(grant);
    };
    let project = find_project(store, caller, &name).await?;
    grant.project = Some(project.id);
    if let Some(name) = environment {
        let found = store.environment(caller, project.id, &name).await?;
        grant.environment = Some(found.ok_or_else(|| Error::not_found("Environment"))?.id);
    }
    Ok(grant)
}

/// Which tokens a query asks for; none when no token can meet it.
async fn filter(
    store: &Store,
    caller: &Caller,
    query: &wire::TokenQuery,
) -> Result<Option<KeyFilter>> {
    let Some(kind) = tenancy::kind(query) else {
        return Ok(None);
    };
    let Some(name) = &query.project else {
        return Ok(Some(KeyFilter { project: None, kind }));
    };
    let project = store.project(caller, name).await?;
    Ok(project.map(|project| KeyFilter { project: Some(project.id), kind }))
}

fn unissued(error: Error) -> Failure {
    if error.kind() == Kind::Taken {
        Failure::RuntimeKeyExists(error)
    } else {
        Failure::Error(error)
    }
}

/// The same for an unknown token, a revoked one and one of another organization.
fn not_found() -> Error {
    Error::not_found("Token")
}
