//! Guardrail policies, versioned by scope.

use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::policy::{ANY, NewPolicy, PolicyScope, PolicyVersion, policy_hash, resolve};

use super::super::{Backend, Connection};
use super::attempts;
use crate::failure::Outcome;
use crate::records::policies::{NewPolicyRecord, NewPolicyScopeRecord, PolicyRecord};
use crate::schema::{policies, policy_scopes};
use crate::types::Key;

/// Stores a policy as the next version of its scope's. Counting it takes the scope's lock.
pub fn write(c: &mut Connection, caller: &Caller, new: &NewPolicy) -> Outcome<PolicyVersion> {
    use policy_scopes as s;
    attempts::begin(c, [caller])?;
    let NewPolicy { scope, policy, change_reason, created_by } = new;
    let PolicyScope { tenant, app, agent, env } = scope;
    let organization_id = Key::from(caller.organization);
    let version: i64 = diesel::insert_into(s::table)
        .values(NewPolicyScopeRecord { organization_id, tenant, app, agent, env, version: 1 })
        .on_conflict((s::organization_id, s::tenant, s::app, s::agent, s::env))
        .do_update()
        .set(s::version.eq(s::version + 1))
        .returning(s::version)
        .get_result(c)?;
    let record: PolicyRecord = diesel::insert_into(policies::table)
        .values(NewPolicyRecord {
            organization_id,
            tenant,
            app,
            agent,
            env,
            version,
            policy: policy.as_str(),
            hash: &policy_hash(policy),
            change_reason: change_reason.as_deref(),
            created_by: created_by.as_deref(),
        })
        .returning(PolicyRecord::as_returning())
        .get_result(c)?;
    let written = PolicyVersion::from(record);
    attempts::keep(c, [(caller, Made::Policy(&written))])?;
    Ok(written)
}

/// This version of a scope's policy, or its latest.
pub fn find(
    c: &mut Connection,
    caller: &Caller,
    scope: &PolicyScope,
    version: Option<i64>,
) -> Outcome<Option<PolicyVersion>> {
    let PolicyScope { tenant, app, agent, env } = scope;
    let mut query = policies::table
        .filter(policies::organization_id.eq(Key::from(caller.organization)))
        .filter(policies::tenant.eq(tenant))
        .filter(policies::app.eq(app))
        .filter(policies::agent.eq(agent))
        .filter(policies::env.eq(env))
        .select(PolicyRecord::as_select())
        .into_boxed::<Backend>();
    if let Some(version) = version {
        query = query.filter(policies::version.eq(version));
    }
    let found = query.order(policies::version.desc()).first(c).optional()?;
    Ok(found.map(Into::into))
}

/// What is in force in a scope, or would be with this version of its own.
pub fn resolved(
    c: &mut Connection,
    caller: &Caller,
    scope: &PolicyScope,
    version: Option<i64>,
) -> Outcome<Option<PolicyVersion>> {
    let mut covering = covering(c, caller, scope)?;
    if version.is_some() {
        let Some(own) = find(c, caller, scope, version)? else {
            return Ok(None);
        };
        covering.retain(|latest| latest.scope != *scope);
        covering.push(own);
    }
    Ok(resolve(scope, covering))
}

/// The latest versions of all scopes that cover this one.
fn covering(
    c: &mut Connection,
    caller: &Caller,
    scope: &PolicyScope,
) -> Outcome<Vec<PolicyVersion>> {
    let [tenants, apps, agents, envs] = scope.covering();
    let query = policies::table
        .inner_join(latest())
        .filter(policies::organization_id.eq(Key::from(caller.organization)))
        .filter(policies::tenant.eq_any(tenants))
        .filter(policies::app.eq_any(apps))
        .filter(policies::agent.eq_any(agents))
        .filter(policies::env.eq_any(envs));
    let rows: Vec<PolicyRecord> = query.select(PolicyRecord::as_select()).load(c)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The latest versions of the scopes that differ from this one, the default agent's, by an agent of
/// their own.
pub fn of_agents(
    c: &mut Connection,
    caller: &Caller,
    scope: &PolicyScope,
) -> Outcome<Vec<PolicyVersion>> {
    let PolicyScope { tenant, app, agent, env } = scope;
    let query = policies::table
        .inner_join(latest())
        .filter(policies::organization_id.eq(Key::from(caller.organization)))
        .filter(policies::tenant.eq(tenant))
        .filter(policies::app.eq(app))
        .filter(policies::agent.ne_all([agent, ANY]))
        .filter(policies::env.eq(env));
    let mut rows: Vec<PolicyRecord> = query.select(PolicyRecord::as_select()).load(c)?;
    // Databases order texts in ways of their own.
    rows.sort_by(|one, other| one.agent.cmp(&other.agent));
    Ok(rows.into_iter().map(Into::into).collect())
}

/// To be joined with policies, of which the latest versions remain.
#[diesel::dsl::auto_type]
fn latest() -> _ {
    let same_scope = policy_scopes::organization_id
        .eq(policies::organization_id)
        .and(policy_scopes::tenant.eq(policies::tenant))
        .and(policy_scopes::app.eq(policies::app))
        .and(policy_scopes::agent.eq(policies::agent))
        .and(policy_scopes::env.eq(policies::env));
    policy_scopes::table.on(same_scope.and(policy_scopes::version.eq(policies::version)))
}

/// The newest policy with this hash.
pub fn find_by_hash(
    c: &mut Connection,
    caller: &Caller,
    hash: &str,
) -> Outcome<Option<PolicyVersion>> {
    let found: Option<PolicyRecord> = policies::table
        .filter(policies::organization_id.eq(Key::from(caller.organization)))
        .filter(policies::hash.eq(hash))
        .order((policies::created_at.desc(), policies::version.desc()))
        .select(PolicyRecord::as_select())
        .first(c)
        .optional()?;
    Ok(found.map(Into::into))
}
