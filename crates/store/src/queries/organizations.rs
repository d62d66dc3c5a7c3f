//! Organizations and their users.

use diesel::prelude::*;
use evalstone_core::caller::Role;
use evalstone_core::error::Error;
use evalstone_core::id::{OrganizationId, PipelineId, ProjectId, UserId};
use evalstone_core::organization::{Organization, User};
use uuid::Uuid;

use super::super::Connection;
use super::projects;
use crate::access::NewOrganization;
use crate::failure::{Failure, Outcome};
use crate::records::organizations::{
    NewOrganizationRecord, NewUserRecord, OrganizationRecord, UserRecord,
};
use crate::records::pipelines::NewPipelineRecord;
use crate::schema::{organizations, pipelines, users};
use crate::types::Key;

/// The slug of the pipeline that every organization starts with.
const DEFAULT_PIPELINE: &str = "default";

/// The name and the slug of the project that every organization starts with.
const DEFAULT_PROJECT: (&str, &str) = ("Default", "default");

/// Makes an organization with its service user, its default pipeline and its first project.
pub fn create(c: &mut Connection, new: &NewOrganization) -> Outcome<Organization> {
    let id = new.id.unwrap_or_else(OrganizationId::generate);
    let pipeline = PipelineId::generate();
    let record: OrganizationRecord = diesel::insert_into(organizations::table)
        .values(NewOrganizationRecord {
            id: id.into(),
            slug: new.slug.as_str(),
            name: &new.name,
            personal: new.personal,
            default_pipeline_id: pipeline.into(),
        })
        .returning(OrganizationRecord::as_returning())
        .get_result(c)
        .map_err(|e| {
            Failure::from(e)
                .when_taken(|| Error::taken("an organization with this slug or id exists"))
        })?;
    let service = format!("service@{}.evalstone.local", new.slug.as_str());
    create_user(c, id, &service, Role::Admin, true)?;
    diesel::insert_into(pipelines::table)
        .values(NewPipelineRecord {
            organization_id: id.into(),
            id: pipeline.into(),
            slug: DEFAULT_PIPELINE,
            display_name: None,
            folder_id: None,
        })
        .execute(c)?;
    let (name, slug) = DEFAULT_PROJECT;
    projects::create(c, id, ProjectId::generate(), name, [slug.to_owned()])?;
    Ok(record.into())
}

/// All organizations, oldest first.
pub fn list(c: &mut Connection) -> Outcome<Vec<Organization>> {
    let rows: Vec<OrganizationRecord> = organizations::table
        .order(organizations::number)
        .select(OrganizationRecord::as_select())
        .load(c)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The organization with this id, or with this slug.
pub fn find(c: &mut Connection, id_or_slug: &str) -> Outcome<Option<Organization>> {
    let by_slug = organizations::table.filter(organizations::slug.eq(id_or_slug));
    let query = by_slug.select(OrganizationRecord::as_select());
    let mut found: Option<OrganizationRecord> = query.first(c).optional()?;
    if let (None, Ok(uuid)) = (&found, id_or_slug.parse::<Uuid>()) {
        let by_id = organizations::table.find(Key(uuid));
        found = by_id.select(OrganizationRecord::as_select()).first(c).optional()?;
    }
    Ok(found.map(Into::into))
}

/// Makes a user.
pub fn create_user(
    c: &mut Connection,
    organization: OrganizationId,
    email: &str,
    role: Role,
    service: bool,
) -> Outcome<User> {
    let record: UserRecord = diesel::insert_into(users::table)
        .values(NewUserRecord {
            organization_id: organization.into(),
            id: UserId::generate().into(),
            email,
            role: role.as_str(),
            service,
        })
        .returning(UserRecord::as_returning())
        .get_result(c)
        .map_err(|e| {
            Failure::from(e).when_taken(|| Error::taken("a user with this e-mail address exists"))
        })?;
    Ok(User::try_from(record)?)
}

/// The users of an organization, oldest first.
pub fn list_users(c: &mut Connection, organization: OrganizationId) -> Outcome<Vec<User>> {
    let rows: Vec<UserRecord> = users::table
        .filter(users::organization_id.eq(Key::from(organization)))
        .order(users::number)
        .select(UserRecord::as_select())
        .load(c)?;
    rows.into_iter().map(|row| Ok(User::try_from(row)?)).collect()
}

/// The user with this e-mail address; the service user when none is given.
pub fn find_user(
    c: &mut Connection,
    organization: OrganizationId,
    email: Option<&str>,
) -> Outcome<Option<User>> {
    let mut query = users::table
        .filter(users::organization_id.eq(Key::from(organization)))
        .select(UserRecord::as_select())
        .into_boxed();
    query = match email {
        Some(email) => query.filter(users::email.eq(email)),
        None => query.filter(users::service.eq(true)),
    };
    let row: Option<UserRecord> = query.first(c).optional()?;
    Ok(row.map(User::try_from).transpose()?)
}
