//! Bundles (contract §2.4; the vendor's pages bundles/list, get, publish and activate, and
//! runtime/get-latest-bundle).

use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::bundle::{Bundle, BundleHead};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::project::{Environment, Project};
use evalstone_kit::attempt::replayed;
use evalstone_kit::condition::has_already;
use evalstone_kit::limits::Limits;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use super::ok;
use super::projects::{find_own_project, find_project};
use crate::attempts::begin;
use crate::auth::{Right, holder, member};
use crate::body::Body;
use crate::errors::Failure;
use crate::json::array;
use crate::{mapping, wire};

/// `GET /v1/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles`: newest first.
pub async fn list_bundles(
    request: HttpRequest,
    path: Path<(String, String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let project = find_project(&store, &caller, &path.1).await?;
    let environment = environment(&store, &caller, &project, &path.2).await?;
    let heads = store.bundles(&caller, environment.id).await?;
    Ok(ok(array(heads.into_iter().map(|head| mapping::policies::bundle(head).to_json()))))
}

/// `GET /v1/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles/{version}`.
pub async fn get_bundle(
    request: HttpRequest,
    path: Path<(String, String, String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Read).await?;
    let version = wire::bundle_version(&path.3)?;
    let project = find_project(&store, &caller, &path.1).await?;
    let environment = environment(&store, &caller, &project, &path.2).await?;
    let found = store.bundle_version(&caller, environment.id, version).await?;
    Ok(ok(mapping::policies::bundle_detail(found.ok_or_else(not_found)?).to_json()))
}

/// `POST /v1/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles/publish`: the environment's
/// runtimes get it from then on.
pub async fn publish_bundle(
    request: HttpRequest,
    payload: Payload,
    path: Path<(String, String, String)>,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::NewBundle::WRAPPING).await?;
    let caller = member(&request, &store, Right::Write).await?;
    let new = mapping::policies::new_bundle(wire::NewBundle::read(&body)?);
    let caller = match begin(&store, caller, &request, &body).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let project = find_own_project(&store, &caller, &path.1).await?;
    let environment = environment(&store, &caller, &project, &path.2).await?;
    let published = store.publish_bundle(&caller, environment.id, new).await?;
    Ok(ok(shown(&published)))
}

/// `POST /v1/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles/{version}/activate`: back to
/// an earlier one, or forth.
pub async fn activate_bundle(
    request: HttpRequest,
    path: Path<(String, String, String, String)>,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = member(&request, &store, Right::Write).await?;
    let version = wire::bundle_version(&path.3)?;
    let caller = match begin(&store, caller, &request, &Body::Missing).await? {
        Begun::Again(answer) => return Ok(replayed(ok(answer))),
        Begun::First(caller) => caller,
    };
    let project = find_own_project(&store, &caller, &path.1).await?;
    let environment = environment(&store, &caller, &project, &path.2).await?;
    let activated = store.activate_bundle(&caller, environment.id, version).await?;
    Ok(ok(shown(&activated.ok_or_else(not_found)?)))
}

/// `GET /v1/bundles/latest`: what the token's runtimes are to load. They ask every few seconds, and
/// are told when they have it already.
pub async fn get_latest_bundle(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = holder(&request, &store, Right::Read).await?;
    let active = store.active_bundle(&caller).await?.ok_or_else(|| {
        Error::new(Kind::NotFound, "No active bundle for this token's project and environment")
    })?;
    let file = mapping::policies::bundle_file(caller.organization, active);
    let tag = file.tag();
    let header = (ETAG, format!("\"{tag}\""));
    if has_already(&request, &[&tag, &file.policy_hash]) {
        return Ok(HttpResponse::NotModified().insert_header(header).finish());
    }
    let answer = HttpResponse::Ok()
        .insert_header(header)
        .content_type("application/json")
        .body(file.to_json());
    Ok(answer)
}

/// What publishing and activating answer: what lists show.
pub fn shown(bundle: &Bundle) -> String {
    mapping::policies::bundle(BundleHead::from(bundle)).to_json()
}

/// The project's environment that a path names by its name or id.
async fn environment(
    store: &Store,
    caller: &Caller,
    project: &Project,
    name: &str,
) -> Result<Environment> {
    let found = store.environment(caller, project.id, name).await?;
    found.ok_or_else(|| Error::not_found("Environment"))
}

fn not_found() -> Error {
    Error::not_found("Bundle")
}
