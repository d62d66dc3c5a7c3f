//! Projects and their environments.

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::{EnvironmentId, OrganizationId, ProjectId};
use evalstone_core::project::{ENVIRONMENTS, Environment, Project};

use super::super::Connection;
use crate::failure::Outcome;
use crate::records::projects::{
    EnvironmentRecord, NewEnvironmentRecord, NewProjectRecord, ProjectRecord,
};
use crate::schema::{environments, projects};
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
        .get_result(c)?;
    Ok(record.into())
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
