//! Policies (contract §2.4; the vendor's pages policies/get and policies/upsert).

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::ProjectId;
use evalstone_core::policy::PolicyScope;
use evalstone_kit::attempt::replayed;
use evalstone_kit::limits::Limits;
use evalstone_store::Store;
use evalstone_store::attempts::Begun;

use super::ok;
use crate::attempts::begin;
use crate::auth::{Right, holder};
use crate::body::Body;
use crate::errors::Failure;
use crate::{mapping, policy, wire};

/// The parts of a scope in a path: tenant, application, agent and environment.
type ScopePath = Path<(String, String, String, String)>;

/// Who writes a policy, as the client says.
const CREATED_BY: &str = "x-created-by";

/// `GET /v1/policies/{tenant_id}/{app_id}/{agent_id}/{env}`.
pub async fn get_policy(
    request: HttpRequest,
    path: ScopePath,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    let caller = holder(&request, &store, Right::Read).await?;
    let wire::PolicyQuery { version, resolved } = wire::PolicyQuery::read(request.query_string())?;
    let scope = wire::Scope::of_path(path.into_inner());
    if !scope.is_possible() {
        return Err(not_found().into());
    }
    let scope = mapping::policies::scope(scope);
    let found = if resolved {
        store.resolved_policy(&caller, &scope, version).await?
    } else {
        store.policy(&caller, &scope, version).await?
    };
    Ok(ok(mapping::policies::policy(found.ok_or_else(not_found)?).to_json()))
}

/// `PUT /v1/policies/{tenant_id}/{app_id}/{agent_id}/{env}`: a version more.
pub async fn upsert_policy(
    request: HttpRequest,
    payload: Payload,
    path: ScopePath,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::NewPolicy::WRAPPING).await?;
    let caller = holder(&request, &store, Right::Write).await?;
    let scope = wire::Scope::of_path(path.into_inner());
    may_write(&caller, &scope)?;
    let new = wire::NewPolicy::read(&scope, &body)?;
    let (scope, author) = (mapping::policies::scope(scope), author(&request, &caller));
    let caller = match begin(&store, caller.clone(), &request, &body).await? {
        Begun::Again(version) => return again(&store, &caller, &scope, &version).await,
        Begun::First(caller) => caller,
    };
    let written = store.write_policy(&caller, mapping::policies::new_policy(scope, new, author));
    Ok(ok(mapping::policies::policy(written.await?).to_json()))
}

/// `POST /v1/policies/validate`: what the vendor's schema and its linter say of a policy.
pub async fn validate_policy(
    request: HttpRequest,
    payload: Payload,
    store: Data<Store>,
    limits: Data<Limits>,
) -> Result<HttpResponse, Failure> {
    let body = Body::read(&request, payload, &limits, wire::NewPolicy::WRAPPING).await?;
    holder(&request, &store, Right::Read).await?;
    let wire::PolicyToCheck { policy } = wire::PolicyToCheck::read(&body)?;
    Ok(ok(policy::check(policy.view()).to_json()))
}

/// The answer to a repeated write, which made this version.
async fn again(
    store: &Store,
    caller: &Caller,
    scope: &PolicyScope,
    version: &str,
) -> Result<HttpResponse, Failure> {
    let version = version.parse().map_err(Error::fault)?;
    let found = store.policy(caller, scope, Some(version)).await?;
    Ok(replayed(ok(mapping::policies::policy(found.ok_or_else(not_found)?).to_json())))
}

/// Whether the token is for the application that the scope names.
fn may_write(caller: &Caller, scope: &wire::Scope) -> Result<()> {
    let is_own = |own| scope.app_id.parse::<ProjectId>().is_ok_and(|app| app == own);
    match caller.project {
        Some(own) if !is_own(own) => {
            Err(Error::new(Kind::Forbidden, "Token is not authorized for this app_id"))
        }
        _ => Ok(()),
    }
}

/// Who writes: whom the request names, else the token's user.
fn author(request: &HttpRequest, caller: &Caller) -> String {
    let Some(named) = request.headers().get(CREATED_BY) else {
        return caller.email.clone();
    };
    let bytes = named.as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // Headers that are no UTF-8 are Latin-1 to the vendor's server.
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

fn not_found() -> Error {
    Error::not_found("Policy")
}
