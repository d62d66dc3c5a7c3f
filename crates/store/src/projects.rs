//! Projects and their environments.

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::ProjectId;
use evalstone_core::project::{Environment, Project};

use crate::{Backend, Store, postgres, sqlite};

impl Store {
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
