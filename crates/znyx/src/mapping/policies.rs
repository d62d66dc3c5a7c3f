//! Policies and bundles.

use evalstone_core::bundle::{Bundle, BundleHead, NewBundle};
use evalstone_core::id::OrganizationId;
use evalstone_core::policy::{NewPolicy, PolicyScope, PolicyVersion};

use crate::wire;

/// Where a policy applies.
pub fn scope(scope: wire::Scope) -> PolicyScope {
    let wire::Scope { tenant_id, app_id, agent_id, env } = scope;
    PolicyScope { tenant: tenant_id, app: app_id, agent: agent_id, env }
}

/// A policy to be stored.
pub fn new_policy(scope: PolicyScope, new: wire::NewPolicy, created_by: String) -> NewPolicy {
    let wire::NewPolicy { policy, change_reason } = new;
    NewPolicy { scope, policy, change_reason, created_by: Some(created_by) }
}

/// A stored policy as the vendor shows it.
pub fn policy(version: PolicyVersion) -> wire::Policy {
    let PolicyVersion { scope, version, policy, hash: _, change_reason: _, created_by, created_at } =
        version;
    let PolicyScope { tenant, app, agent, env } = scope;
    wire::Policy {
        scope: wire::Scope { tenant_id: tenant, app_id: app, agent_id: agent, env },
        version_number: version,
        policy,
        created_at,
        created_by,
    }
}

/// A bundle to be published.
pub fn new_bundle(new: wire::NewBundle) -> NewBundle {
    let wire::NewBundle { policies, published_by } = new;
    NewBundle { policies, published_by }
}

/// A bundle as lists show it.
pub fn bundle(head: BundleHead) -> wire::Bundle {
    let BundleHead { id, version, hash, published_by, published_at, active } = head;
    wire::Bundle {
        id: id.to_string(),
        version,
        policy_hash: hash,
        is_active: active,
        published_by,
        published_at,
    }
}

/// A bundle with its policies. Those of agents are no part of what the vendor shows here.
pub fn bundle_detail(found: Bundle) -> wire::BundleDetail {
    let head = BundleHead::from(&found);
    wire::BundleDetail { bundle: bundle(head), policies_json: found.policies }
}

/// A bundle as a runtime loads it.
pub fn bundle_file(organization: OrganizationId, bundle: Bundle) -> wire::BundleFile {
    let Bundle {
        id,
        project,
        environment: _,
        environment_name,
        version: _,
        policies,
        scope_policies,
        hash,
        published_by: _,
        published_at,
        active: _,
    } = bundle;
    wire::BundleFile {
        bundle_id: id.to_string(),
        org_id: organization.to_string(),
        project_id: project.to_string(),
        environment: environment_name,
        published_at,
        policies,
        policy_hash: hash,
        scope_policies,
    }
}
