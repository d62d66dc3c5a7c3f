//! Projects and their environments.

use std::collections::HashMap;

use chrono::TimeDelta;
use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::{EnvironmentId, OrganizationId, ProjectId};
use evalstone_core::key::{Grant, KeyKind};
use evalstone_core::project::{
    ENVIRONMENTS, Environment, Project, ProjectOverview, RuntimeKey, slugs,
};
use evalstone_core::text::Slug;

use super::super::{Backend, Connection};
use super::{attempts, keys};
use crate::failure::{Failure, Outcome};
use crate::keys::KeyValue;
use crate::records::keys::RuntimeKeyRecord;
use crate::records::projects::{
    EnvironmentRecord, NewEnvironmentRecord, NewProjectRecord, ProjectRecord,
};
use crate::schema::{api_keys, environments, projects};
use crate::types::Key;

/// Makes a project with the environments that each starts with. Its slug is the first of `slugs`
/// that no project of the organization has.
pub fn create(
    c: &mut Connection,
    organization: OrganizationId,
    id: ProjectId,
    name: &str,
    slugs: impl IntoIterator<Item = String>,
) -> Outcome<(Project, Vec<Environment>)> {
    let made = insert(c, organization, id, name, slugs)?;
    let mut all = Vec::with_capacity(ENVIRONMENTS.len());
    for name in ENVIRONMENTS {
        all.push(insert_environment(c, organization, id, name)?);
    }
    Ok((made, all))
}

fn insert(
    c: &mut Connection,
    organization: OrganizationId,
    id: ProjectId,
    name: &str,
    slugs: impl IntoIterator<Item = String>,
) -> Outcome<Project> {
    for slug in slugs {
        let record = NewProjectRecord {
            organization_id: organization.into(),
            id: id.into(),
            name,
            slug: &slug,
        };
        let made: Option<ProjectRecord> = diesel::insert_into(projects::table)
            .values(&record)
            // A slug that is in use must not end the transaction: the next one is tried in it.
            .on_conflict((projects::organization_id, projects::slug))
            .do_nothing()
            .returning(ProjectRecord::as_returning())
            .get_result(c)
            .optional()?;
        if let Some(made) = made {
            return Ok(made.into());
        }
    }
    Err(Error::taken("a project with this slug exists").into())
}

fn insert_environment(
    c: &mut Connection,
    organization: OrganizationId,
    project: ProjectId,
    name: &str,
) -> Outcome<Environment> {
    let record: EnvironmentRecord = diesel::insert_into(environments::table)
        .values(NewEnvironmentRecord {
            organization_id: organization.into(),
            id: EnvironmentId::generate().into(),
            project_id: project.into(),
            name,
        })
        .returning(EnvironmentRecord::as_returning())
        .get_result(c)
        .map_err(|e| {
            Failure::from(e).when_taken(|| {
                Error::taken("An environment with this name already exists in this project.")
            })
        })?;
    Ok(record.into())
}

/// Makes a project with a runtime key for each environment that it starts with.
pub fn create_with_keys(
    c: &mut Connection,
    caller: &Caller,
    name: &str,
    values: &[KeyValue; ENVIRONMENTS.len()],
    lifetime: TimeDelta,
) -> Outcome<ProjectOverview> {
    let id = ProjectId::generate();
    let slugs = slugs(name, id).map(Slug::into_string);
    let (project, environments) = create(c, caller.organization, id, name, slugs)?;
    let mut runtime_keys = Vec::with_capacity(values.len());
    for (environment, value) in environments.iter().zip(values) {
        let grant = Grant {
            kind: KeyKind::Runtime,
            project: Some(id),
            environment: Some(environment.id),
            lifetime,
        };
        let key = keys::insert(c, caller, &grant, value)?;
        runtime_keys.push(RuntimeKey {
            environment: environment.id,
            prefix: key.prefix,
            expires_at: key.expires_at,
        });
    }
    Ok(ProjectOverview { project, environments, runtime_keys })
}

/// Makes an environment of a project.
pub fn create_environment(
    c: &mut Connection,
    caller: &Caller,
    project: ProjectId,
    name: &str,
) -> Outcome<Environment> {
    attempts::begin(c, [caller])?;
    let made = insert_environment(c, caller.organization, project, name)?;
    attempts::keep(c, [(caller, Made::Environment(&made))])?;
    Ok(made)
}

/// The organization's projects with what belongs to them, oldest first: all, or only one.
///
/// What belongs to a project is looked for after it, so that none is shown without what was made
/// together with it.
pub fn overviews(
    c: &mut Connection,
    caller: &Caller,
    only: Option<ProjectId>,
) -> Outcome<Vec<ProjectOverview>> {
    let organization = Key::from(caller.organization);
    let mut found = projects::table
        .filter(projects::organization_id.eq(organization))
        .order(projects::number)
        .select(ProjectRecord::as_select())
        .into_boxed::<Backend>();
    let mut places = environments::table
        .filter(environments::organization_id.eq(organization))
        .order(environments::number)
        .select(EnvironmentRecord::as_select())
        .into_boxed::<Backend>();
    let mut keys = api_keys::table
        .filter(api_keys::organization_id.eq(organization))
        .filter(api_keys::kind.eq(KeyKind::Runtime.as_str()))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::environment_id.is_not_null())
        .order(api_keys::number)
        .select(RuntimeKeyRecord::as_select())
        .into_boxed::<Backend>();
    if let Some(id) = only.map(Key::from) {
        found = found.filter(projects::id.eq(id));
        places = places.filter(environments::project_id.eq(id));
        keys = keys.filter(api_keys::project_id.eq(id));
    }
    let found: Vec<ProjectRecord> = found.load(c)?;
    let mut environments: HashMap<Key, Vec<Environment>> = HashMap::new();
    for record in places.load::<EnvironmentRecord>(c)? {
        environments.entry(record.project_id).or_default().push(record.into());
    }
    let mut runtime_keys: HashMap<Key, Vec<RuntimeKey>> = HashMap::new();
    let placed = keys.load::<RuntimeKeyRecord>(c)?.into_iter().filter_map(RuntimeKeyRecord::placed);
    for (project, key) in placed {
        runtime_keys.entry(project).or_default().push(key);
    }
    let whole = |record: ProjectRecord| ProjectOverview {
        environments: environments.remove(&record.id).unwrap_or_default(),
        runtime_keys: runtime_keys.remove(&record.id).unwrap_or_default(),
        project: record.into(),
    };
    Ok(found.into_iter().map(whole).collect())
}

/// The project with this id, or with this slug. The id comes first: no slug can hide a project.
pub fn find(c: &mut Connection, caller: &Caller, id_or_slug: &str) -> Outcome<Option<Project>> {
    let own = projects::table
        .filter(projects::organization_id.eq(Key::from(caller.organization)))
        .select(ProjectRecord::as_select());
    let mut found: Option<ProjectRecord> = None;
    if let Ok(id) = id_or_slug.parse::<ProjectId>() {
        found = own.filter(projects::id.eq(Key::from(id))).first(c).optional()?;
    }
    if found.is_none() {
        found = own.filter(projects::slug.eq(id_or_slug)).first(c).optional()?;
    }
    Ok(found.map(Into::into))
}

/// The project's environment with this id, or with this name. The id comes first here, too.
pub fn find_environment(
    c: &mut Connection,
    caller: &Caller,
    project: ProjectId,
    id_or_name: &str,
) -> Outcome<Option<Environment>> {
    let own = environments::table
        .filter(environments::organization_id.eq(Key::from(caller.organization)))
        .filter(environments::project_id.eq(Key::from(project)))
        .select(EnvironmentRecord::as_select());
    let mut found: Option<EnvironmentRecord> = None;
    if let Ok(id) = id_or_name.parse::<EnvironmentId>() {
        found = own.filter(environments::id.eq(Key::from(id))).first(c).optional()?;
    }
    if found.is_none() {
        found = own.filter(environments::name.eq(id_or_name)).first(c).optional()?;
    }
    Ok(found.map(Into::into))
}
