//! Organizations and their users. Only the command line makes them.

use evalstone_core::caller::{Caller, Role};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::OrganizationId;
use evalstone_core::organization::{Organization, User};

use crate::access::NewOrganization;
use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Makes an organization with its service user, its default pipeline and its first project,
    /// `Default`.
    ///
    /// # Errors
    /// Taken when the slug or the id is in use.
    pub async fn create_organization(&self, new: NewOrganization) -> Result<Organization> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::organizations::create(c, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::organizations::create(c, &new)).await
            }
        }
    }

    /// All organizations, oldest first. For the command line only.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn organizations(&self) -> Result<Vec<Organization>> {
        match &self.backend {
            Backend::Postgres(b) => b.read(postgres::queries::organizations::list).await,
            Backend::Sqlite(b) => b.read(sqlite::queries::organizations::list).await,
        }
    }

    /// The organization with this slug or id. For the command line only.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn find_organization(&self, slug_or_id: &str) -> Result<Option<Organization>> {
        let name = slug_or_id.to_owned();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::organizations::find(c, &name)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::organizations::find(c, &name)).await
            }
        }
    }

    /// The caller's own organization.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn own_organization(&self, caller: &Caller) -> Result<Organization> {
        let id = caller.organization.to_string();
        self.find_organization(&id).await?.ok_or_else(|| Error::not_found("Organization"))
    }

    /// Makes a user.
    ///
    /// # Errors
    /// Taken when the organization has a user with this e-mail address.
    pub async fn create_user(
        &self,
        organization: OrganizationId,
        email: &str,
        role: Role,
    ) -> Result<User> {
        let email = email.to_owned();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::organizations::create_user(
                        c,
                        organization,
                        &email,
                        role,
                        false,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::organizations::create_user(
                        c,
                        organization,
                        &email,
                        role,
                        false,
                    )
                })
                .await
            }
        }
    }

    /// The users of an organization, oldest first.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn users(&self, organization: OrganizationId) -> Result<Vec<User>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::organizations::list_users(c, organization)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::organizations::list_users(c, organization)).await
            }
        }
    }

    /// The user with this e-mail address; the organization's service user when none is given.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn find_user(
        &self,
        organization: OrganizationId,
        email: Option<&str>,
    ) -> Result<Option<User>> {
        let email = email.map(str::to_owned);
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::organizations::find_user(c, organization, email.as_deref())
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::organizations::find_user(c, organization, email.as_deref())
                })
                .await
            }
        }
    }
}
