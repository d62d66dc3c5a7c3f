//! Documented operations that this gateway does not serve (contract §2): each answers 501 with its
//! name, once it is known that the token could have called it. Never a fake success.

use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::error::{Error, Kind};
use evalstone_kit::routes::resource;
use evalstone_store::Store;

use crate::auth::{Right, holder, member};
use crate::errors::{Failure, not_allowed};

/// One path: its methods, each with the vendor's name of the operation and the right it asks for,
/// which is none where the vendor asks for no token.
type Line = (&'static str, &'static [(Method, &'static str, Option<Right>)]);

const READ: Option<Right> = Some(Right::Read);
const WRITE: Option<Right> = Some(Right::Write);
const ADMINISTER: Option<Right> = Some(Right::Administer);

/// Paths that have the form of a served one with a parameter.
const LOOKALIKES: &[Line] =
    &[("/orgs/{org_id}/traces/analytics", &[(Method::GET, "traces.analytics", READ)])];

/// Literal segments stand before parameters of the same form. Names that the vendor does not give
/// are made after its fashion.
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

/// Adds the paths that a served one would take: before those.
pub fn mount_lookalikes(config: &mut ServiceConfig) {
    mount_lines(config, LOOKALIKES);
}

/// Adds all other paths: last, so that no served request is matched against each of them.
pub fn mount(config: &mut ServiceConfig) {
    mount_lines(config, TABLE);
}

fn mount_lines(config: &mut ServiceConfig, lines: &'static [Line]) {
    for (path, methods) in lines {
        let scoped = path.contains("{org_id}");
        let line = methods.iter().fold(resource(path), |line, (method, name, right)| {
            let (name, right) = (*name, *right);
            line.method(method.clone(), move |request: HttpRequest, store: Data<Store>| {
                refuse(request, store, name, right, scoped)
            })
        });
        config.service(line.build(not_allowed));
    }
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

    use super::{LOOKALIKES, TABLE};

    #[test]
    fn every_path_and_operation_stands_once() {
        let lines = [LOOKALIKES, TABLE].concat();
        let paths: BTreeSet<_> = lines.iter().map(|(path, _)| path).collect();
        assert_eq!(paths.len(), lines.len());
        let names: Vec<_> = lines.iter().flat_map(|(_, methods)| *methods).collect();
        let distinct: BTreeSet<_> = names.iter().map(|(_, name, _)| name).collect();
        assert_eq!(distinct.len(), names.len());
    }

    /// A parameter before a literal of the same form would take its requests.
    #[test]
    fn literals_stand_before_parameters() {
        for (at, (earlier, _)) in TABLE.iter().enumerate() {
            for (later, _) in &TABLE[at + 1..] {
                assert!(!covers(earlier, later), "{earlier} hides {later}");
            }
        }
    }

    fn covers(pattern: &str, path: &str) -> bool {
        let (pattern, path): (Vec<_>, Vec<_>) =
            (pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len()
            && pattern.iter().zip(&path).all(|(a, b)| a.starts_with('{') || a == b)
    }
}
