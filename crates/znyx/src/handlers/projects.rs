//! Projects and their environments (contract §2.4).

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use chrono::TimeDelta;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::key::RawKey;
use evalstone_core::project::Project;
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use super::ok;
use crate::attempts::begin;
use crate::auth::{Right, member};
use crate::body::Body;
use crate::errors::Failure;
use crate::json::array;
use crate::mapping::tenancy;
use crate::wire;

/// `POST /v1/orgs/{org_id}/projects`. The answer shows keys that are written down nowhere, so that it
/// cannot be given again: an `Idempotency-Key` is not looked at.
pub async fn create_project(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::NewProject::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let wire::NewProject { name } = wire::NewProject::read(&body)?;
    let keys = [RawKey::generate()?, RawKey::generate()?, RawKey::generate()?];
    let lifetime = TimeDelta::days(wire::DAYS);
    let made = store.create_project(&caller, name, &keys, lifetime).await?;
    Ok(ok(tenancy::project(caller.organization, made, keys).to_json()))
}

/// `GET /v1/orgs/{org_id}/projects`: all of them, oldest first.
pub async fn list_projects(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let all = store.project_overviews(&caller, None).await?;
    let rows = all.into_iter().map(|one| tenancy::project(caller.organization, one, []).to_json());
    Ok(ok(array(rows)))
}

/// `GET /v1/orgs/{org_id}/projects/{project_id}`, by id or slug.
pub async fn get_project(
    request: HttpRequest,
    path: Path<(String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let id = find_project(&store, &caller, &path.1).await?.id;
    let found = store.project_overviews(&caller, Some(id)).await?.pop();
    let found = found.ok_or_else(|| Error::not_found("Project"))?;
    Ok(ok(tenancy::project(caller.organization, found, []).to_json()))
}

/// `POST /v1/orgs/{org_id}/projects/{project_id}/environments`. A token of one project adds none to
/// another.
pub async fn create_environment(
    request: HttpRequest,
    payload: Payload,
    path: Path<(String, String)>,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::NewEnvironment::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let wire::NewEnvironment { name } = wire::NewEnvironment::read(&body)?;
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let project = find_own_project(&store, &caller, &path.1).await?;
    let made = store.create_environment(&caller, project.id, name).await?;
    Ok(ok(tenancy::environment(made).to_json()))
}

/// The project with this id or slug. An unknown one and one of another organization are the same.
pub async fn find_project(store: &Store, caller: &Caller, id_or_slug: &str) -> Result<Project> {
    let found = store.project(caller, id_or_slug).await?;
    found.ok_or_else(|| Error::not_found("Project"))
}

/// The same, where the token may change what belongs to it: in any project, unless it is for one.
pub async fn find_own_project(store: &Store, caller: &Caller, id_or_slug: &str) -> Result<Project> {
    let project = find_project(store, caller, id_or_slug).await?;
    if caller.project.is_some_and(|own| own != project.id) {
        let message = "Token does not have access to this project";
        return Err(Error::new(Kind::Forbidden, message));
    }
    Ok(project)
}
