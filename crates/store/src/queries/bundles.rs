//! Bundles: policies as they are published to the runtimes of an environment.

use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::bundle::{Bundle, BundleHead, DEFAULT_ENVIRONMENT, NewBundle, scope_policies};
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::{BundleId, EnvironmentId};
use evalstone_core::policy::{DEFAULT_AGENT, PolicyScope, bundle_hash};

use super::super::{Backend, Connection};
use super::{attempts, policies};
use crate::bundles::Wanted;
use crate::failure::Outcome;
use crate::records::bundles::{BundleHeadRecord, BundleRecord, NewBundleRecord, PublishingRecord};
use crate::schema::{bundles, environments, projects};
use crate::types::Key;

/// Publishes a bundle, which becomes the active one. Counting it takes the environment's lock.
pub fn publish(
    c: &mut Connection,
    caller: &Caller,
    environment: EnvironmentId,
    new: &NewBundle,
) -> Outcome<Bundle> {
    use environments as e;
    attempts::begin(c, [caller])?;
    let organization_id = Key::from(caller.organization);
    let counted: Option<PublishingRecord> =
        diesel::update(e::table.find((organization_id, Key::from(environment))))
            .set((e::bundles.eq(e::bundles + 1), e::active_version.eq((e::bundles + 1).nullable())))
            .returning(PublishingRecord::as_returning())
            .get_result(c)
            .optional()?;
    let counted = counted.ok_or_else(|| Error::not_found("Environment"))?;
    let NewBundle { policies: published, published_by } = new;
    let agents = PolicyScope {
        tenant: caller.organization.to_string(),
        app: counted.project_id.0.to_string(),
        agent: DEFAULT_AGENT.to_owned(),
        env: counted.name.clone(),
    };
    let scope_policies = scope_policies(published, &policies::of_agents(c, caller, &agents)?);
    let record: BundleRecord = diesel::insert_into(bundles::table)
        .values(NewBundleRecord {
            organization_id,
            id: BundleId::generate().into(),
            environment_id: environment.into(),
            version: counted.bundles,
            policies: published.as_str(),
            scope_policies: scope_policies.as_str(),
            hash: &bundle_hash(published, &scope_policies),
            published_by: published_by.as_deref(),
        })
        .returning(BundleRecord::as_returning())
        .get_result(c)?;
    let published = record.into_bundle(counted);
    attempts::keep(c, [(caller, Made::Bundle(&published))])?;
    Ok(published)
}

/// Makes a bundle the active one of its environment. Bundles are counted and never removed, so that
/// every version up to the count is there.
pub fn activate(
    c: &mut Connection,
    caller: &Caller,
    environment: EnvironmentId,
    version: i64,
) -> Outcome<Option<Bundle>> {
    attempts::begin(c, [caller])?;
    if version < 1 {
        return Ok(None);
    }
    let target = environments::table.find((Key::from(caller.organization), Key::from(environment)));
    let touched = diesel::update(target.filter(environments::bundles.ge(version)))
        .set(environments::active_version.eq(version))
        .execute(c)?;
    if touched == 0 {
        return Ok(None);
    }
    let activated = find(c, caller, &Wanted::Version(environment, version))?;
    attempts::keep(c, activated.as_ref().map(|bundle| (caller, Made::Bundle(bundle))))?;
    Ok(activated)
}

/// The bundles of an environment, newest first.
pub fn list(
    c: &mut Connection,
    caller: &Caller,
    environment: EnvironmentId,
) -> Outcome<Vec<BundleHead>> {
    let rows: Vec<(BundleHeadRecord, Option<i64>)> = bundles::table
        .inner_join(
            environments::table.on(environments::organization_id
                .eq(bundles::organization_id)
                .and(environments::id.eq(bundles::environment_id))),
        )
        .filter(bundles::organization_id.eq(Key::from(caller.organization)))
        .filter(bundles::environment_id.eq(Key::from(environment)))
        .order(bundles::version.desc())
        .select((BundleHeadRecord::as_select(), environments::active_version))
        .load(c)?;
    Ok(rows.into_iter().map(|(record, active)| record.into_head(active)).collect())
}

/// A bundle, whichever environment it is in.
pub fn find(c: &mut Connection, caller: &Caller, wanted: &Wanted) -> Outcome<Option<Bundle>> {
    let query = bundles::table
        .inner_join(
            environments::table.on(environments::organization_id
                .eq(bundles::organization_id)
                .and(environments::id.eq(bundles::environment_id))),
        )
        .filter(bundles::organization_id.eq(Key::from(caller.organization)))
        .select((BundleRecord::as_select(), PublishingRecord::as_select()))
        .into_boxed::<Backend>();
    let query = match wanted {
        Wanted::Id(id) => query.filter(bundles::id.eq(Key::from(*id))),
        Wanted::Hash(hash) => query.filter(bundles::hash.eq(hash)),
        Wanted::Version(environment, version) => query
            .filter(bundles::environment_id.eq(Key::from(*environment)))
            .filter(bundles::version.eq(version)),
        Wanted::Active => {
            let Some(environment) = environment_of(c, caller)? else {
                return Ok(None);
            };
            query
                .filter(bundles::environment_id.eq(environment))
                .filter(environments::active_version.eq(bundles::version.nullable()))
        }
    };
    let found: Option<(BundleRecord, PublishingRecord)> =
        query.order((bundles::published_at.desc(), bundles::version.desc())).first(c).optional()?;
    Ok(found.map(|(record, environment)| record.into_bundle(environment)))
}

/// The environment that the caller's key is for, or the one that runtimes without one get: of the
/// key's project, else of the organization's first.
fn environment_of(c: &mut Connection, caller: &Caller) -> Outcome<Option<Key>> {
    if let Some(own) = caller.environment {
        return Ok(Some(own.into()));
    }
    let organization = Key::from(caller.organization);
    let project = match caller.project {
        Some(own) => own.into(),
        None => projects::table
            .filter(projects::organization_id.eq(organization))
            .order(projects::number)
            .select(projects::id)
            .first(c)?,
    };
    let environment = environments::table
        .filter(environments::organization_id.eq(organization))
        .filter(environments::project_id.eq::<Key>(project))
        .filter(environments::name.eq(DEFAULT_ENVIRONMENT))
        .select(environments::id)
        .first(c)
        .optional()?;
    Ok(environment)
}
