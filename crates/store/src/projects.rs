//! Projects and their environments.

use chrono::TimeDelta;
use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::ProjectId;
use evalstone_core::key::RawKey;
use evalstone_core::project::{ENVIRONMENTS, Environment, Project, ProjectOverview};

use crate::keys::KeyValue;
use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Makes a project with the environments that each starts with. `keys` become their runtime
    /// keys, in the order of [`ENVIRONMENTS`], which belong to the caller's user and are good for
    /// `lifetime`.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn create_project(
        &self,
        caller: &Caller,
        name: String,
        keys: &[RawKey; ENVIRONMENTS.len()],
        lifetime: TimeDelta,
    ) -> Result<ProjectOverview> {
        let caller = caller.clone();
        let values = keys.each_ref().map(KeyValue::from);
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::projects::create_with_keys(
                        c, &caller, &name, &values, lifetime,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::projects::create_with_keys(
                        c, &caller, &name, &values, lifetime,
                    )
                })
                .await
            }
        }
    }

    /// Makes an environment of a project of the caller's organization.
    ///
    /// # Errors
    /// Taken when the project has an environment of this name.
    pub async fn create_environment(
        &self,
        caller: &Caller,
        project: ProjectId,
        name: String,
    ) -> Result<Environment> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::projects::create_environment(c, &caller, project, &name)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::projects::create_environment(c, &caller, project, &name)
                })
                .await
            }
        }
    }

    /// The organization's projects with what belongs to them, oldest first: all, or only the one
    /// with this id.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn project_overviews(
        &self,
        caller: &Caller,
        only: Option<ProjectId>,
    ) -> Result<Vec<ProjectOverview>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::projects::overviews(c, &caller, only)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::projects::overviews(c, &caller, only)).await
            }
        }
    }

    /// The project with this id or slug.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn project(&self, caller: &Caller, id_or_slug: &str) -> Result<Option<Project>> {
        if is_nothing(id_or_slug) {
            return Ok(None);
        }
        let (caller, name) = (caller.clone(), id_or_slug.to_owned());
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::projects::find(c, &caller, &name)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::projects::find(c, &caller, &name)).await
            }
        }
    }

    /// The project's environment with this id or name.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn environment(
        &self,
        caller: &Caller,
        project: ProjectId,
        id_or_name: &str,
    ) -> Result<Option<Environment>> {
        if is_nothing(id_or_name) {
            return Ok(None);
        }
        let (caller, name) = (caller.clone(), id_or_name.to_owned());
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::projects::find_environment(c, &caller, project, &name)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::projects::find_environment(c, &caller, project, &name)
                })
                .await
            }
        }
    }
}

/// Whether nothing can be called so: no column holds U+0000, and Postgres cannot be asked for it.
fn is_nothing(name: &str) -> bool {
    name.contains('\0')
}
