//! Documented operations that this gateway does not serve (contract §2): each answers 501 with its
//! name, once it is known that the token could have called it. Never a fake success.

use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::error::{Error, Kind};
use evalstone_kit::routes::{Routes, resource};
use evalstone_store::Store;

use crate::auth::{Right, holder, member};
use crate::errors::Failure;

/// One path: its methods, each with the vendor's name of the operation and the right it asks for,
/// which is none where the vendor asks for no token.
type Line = (&'static str, &'static [(Method, &'static str, Option<Right>)]);

const READ: Option<Right> = Some(Right::Read);
const WRITE: Option<Right> = Some(Right::Write);
const ADMINISTER: Option<Right> = Some(Right::Administer);

/// Names that the vendor does not give are made after its fashion.
const TABLE: &[Line] = &[
    // The team
    (
        "/orgs/{org_id}/team/members",
        &[
            (Method::GET, "team.listMembers", ADMINISTER),
            (Method::POST, "team.inviteMember", ADMINISTER),
        ],
    ),
    // Traces
    ("/orgs/{org_id}/traces/analytics", &[(Method::GET, "traces.analytics", READ)]),
    ("/orgs/{org_id}/traces/{trace_id}/replay", &[(Method::POST, "traces.replay", READ)]),
    ("/orgs/{org_id}/analytics/summary", &[(Method::GET, "analytics.summary", READ)]),
    // Bundles
    (
        "/orgs/{org_id}/projects/{project_id}/envs/{source_env}/promote",
        &[(Method::POST, "bundles.promote", WRITE)],
    ),
    // Policies
    (
        "/policies/{tenant_id}/{app_id}/{agent_id}/{env}/history",
        &[(Method::GET, "policies.history", READ)],
    ),
    (
        "/policies/{tenant_id}/{app_id}/{agent_id}/{env}/detector/{detector_name}",
        &[(Method::PATCH, "policies.patchDetector", WRITE)],
    ),
    (
        "/policies/{tenant_id}/{app_id}/{agent_id}/{env}/rollback/{target_version}",
        &[(Method::POST, "policies.rollback", WRITE)],
    ),
    // Packs and detectors
    ("/hub/packs", &[(Method::GET, "packs.list", READ)]),
    ("/hub/packs/{pack_id}", &[(Method::GET, "packs.get", READ)]),
    ("/orgs/{org_id}/packs/apply", &[(Method::POST, "packs.apply", WRITE)]),
    ("/orgs/{org_id}/detectors/install", &[(Method::POST, "detectors.install", WRITE)]),
    // Webhooks
    (
        "/orgs/{org_id}/webhooks",
        &[(Method::GET, "webhooks.list", READ), (Method::POST, "webhooks.create", WRITE)],
    ),
    ("/orgs/{org_id}/webhooks/{webhook_id}", &[(Method::PATCH, "webhooks.update", WRITE)]),
    ("/orgs/{org_id}/webhooks/{webhook_id}/test", &[(Method::POST, "webhooks.test", WRITE)]),
    (
        "/orgs/{org_id}/webhooks/{webhook_id}/rotate-secret",
        &[(Method::POST, "webhooks.rotateSecret", WRITE)],
    ),
    // Billing
    ("/billing/summary", &[(Method::GET, "billing.summary", ADMINISTER)]),
    ("/billing/invoices", &[(Method::GET, "billing.invoices", ADMINISTER)]),
    ("/billing/checkout", &[(Method::POST, "billing.checkout", ADMINISTER)]),
    // Checks of texts
    ("/orgs/{org_id}/schemas/{name}/validate", &[(Method::POST, "schemas.validate", READ)]),
    (
        "/orgs/{org_id}/system-prompts/fingerprint",
        &[(Method::POST, "systemPrompts.fingerprint", READ)],
    ),
    // What runtimes report about themselves
    ("/install-telemetry", &[(Method::POST, "telemetry.install", None)]),
    ("/bundle/status", &[(Method::GET, "runtime.bundleStatus", None)]),
    ("/sdk-clients", &[(Method::GET, "runtime.sdkClients", None)]),
];

/// Adds these paths to the served ones.
pub fn add(table: Routes) -> Routes {
    TABLE.iter().fold(table, |table, (path, methods)| {
        let scoped = path.contains("{org_id}");
        let line = methods.iter().fold(resource(path), |line, (method, name, right)| {
            let (name, right) = (*name, *right);
            line.method(method.clone(), move |request: HttpRequest, store: Data<Store>| {
                refuse(request, store, name, right, scoped)
            })
        });
        table.line(line)
    })
}

async fn refuse(
    request: HttpRequest,
    store: Data<Store>,
    name: &'static str,
    right: Option<Right>,
    scoped: bool,
) -> Result<HttpResponse, Failure> {
    match right {
        Some(right) if scoped => drop(member(&request, &store, right).await?),
        Some(right) => drop(holder(&request, &store, right).await?),
        None => {}
    }
    Err(unserved(name).into())
}

/// The refusal of an operation by its name.
pub fn unserved(name: &str) -> Error {
    Error::new(Kind::Unsupported, format!("{name} is not served by this gateway"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::TABLE;

    #[test]
    fn every_operation_stands_once() {
        let names: Vec<_> = TABLE.iter().flat_map(|(_, methods)| *methods).collect();
        let distinct: BTreeSet<_> = names.iter().map(|(_, name, _)| name).collect();
        assert_eq!(distinct.len(), names.len());
    }
}
