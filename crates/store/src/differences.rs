//! How a vendor's answers differ from ours, counted.

use evalstone_core::error::Result;
use evalstone_core::id::OrganizationId;
use evalstone_core::upstream::{Difference, NewDifference};

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Counts differences; of those at one place the first example stays.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn count_differences(
        &self,
        organization: OrganizationId,
        mut new: Vec<NewDifference>,
    ) -> Result<()> {
        // Two gateways that count at once must not wait for each other.
        new.sort_unstable_by(|one, other| place(one).cmp(&place(other)));
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::differences::count(c, organization, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::differences::count(c, organization, &new)).await
            }
        }
    }

    /// The differences of an organization, in the order of dialects, routes and places.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn differences(&self, organization: OrganizationId) -> Result<Vec<Difference>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::differences::list(c, organization)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::differences::list(c, organization)).await
            }
        }
    }

    /// Forgets the differences of an organization.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn clear_differences(&self, organization: OrganizationId) -> Result<()> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::differences::clear(c, organization)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::differences::clear(c, organization)).await
            }
        }
    }
}

/// By what differences are told apart that an organization has in one dialect.
fn place(new: &NewDifference) -> (&str, &str, &str) {
    (&new.route, &new.pointer, new.kind)
}
