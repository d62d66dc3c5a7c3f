//! Rows of projects and their environments.

use diesel::prelude::*;
use evalstone_core::project::{Environment, Project};

use crate::schema::{environments, projects};
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = projects)]
pub struct ProjectRecord {
    pub id: Key,
    pub number: i64,
    pub name: String,
    pub slug: String,
    pub created_at: Time,
}

impl From<ProjectRecord> for Project {
    fn from(record: ProjectRecord) -> Self {
        let ProjectRecord { id, number, name, slug, created_at } = record;
        Self { id: id.into(), number, name, slug, created_at: created_at.into() }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = projects)]
pub struct NewProjectRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub name: &'a str,
    pub slug: &'a str,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = environments)]
pub struct EnvironmentRecord {
    pub id: Key,
    pub number: i64,
    pub project_id: Key,
    pub name: String,
    pub created_at: Time,
}

impl From<EnvironmentRecord> for Environment {
    fn from(record: EnvironmentRecord) -> Self {
        let EnvironmentRecord { id, number, project_id, name, created_at } = record;
        Self {
            id: id.into(),
            number,
            project: project_id.into(),
            name,
            created_at: created_at.into(),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = environments)]
pub struct NewEnvironmentRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub project_id: Key,
    pub name: &'a str,
}
