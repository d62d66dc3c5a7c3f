//! Calls that a vendor has carried out and the gateway has not yet, until it has.

use chrono::{DateTime, Utc};
use evalstone_core::error::Result;
use evalstone_core::id::OrganizationId;
use evalstone_core::upstream::{Miss, NewMiss};
use uuid::Uuid;

use crate::{Backend, Store, postgres, sqlite};

/// How many calls of one dialect are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The dialect's name.
    pub dialect: String,
    /// Whether they are not tried any more of their own accord.
    pub failed: bool,
    /// How many.
    pub count: i64,
}

impl Store {
    /// Keeps a call behind those that wait. Its body is read, a piece at a time, while it is written, on a
    /// thread that may block.
    ///
    /// # Errors
    /// A fault when the body cannot be read; else only when the database fails.
    pub async fn add_miss<I>(
        &self,
        organization: OrganizationId,
        new: NewMiss,
        due_at: DateTime<Utc>,
        body: I,
    ) -> Result<()>
    where
        I: Iterator<Item = std::io::Result<Vec<u8>>> + Send + 'static,
    {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::misses::insert(c, organization, &new, due_at, body)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::misses::insert(c, organization, &new, due_at, body)
                })
                .await
            }
        }
    }

    /// Whether a call of this organization and dialect waits.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn any_miss_waits(
        &self,
        organization: OrganizationId,
        dialect: &'static str,
    ) -> Result<bool> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::misses::any_waits(c, organization, dialect))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::misses::any_waits(c, organization, dialect)).await
            }
        }
    }

    /// Takes the first waiting call of each organization and dialect that is due, for whoever asks alone
    /// until `until`; then it is to be had again.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn claim_misses(&self, until: DateTime<Utc>) -> Result<Vec<Miss>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::misses::claim(c, until)).await
            }
            Backend::Sqlite(b) => b.write(move |c| sqlite::queries::misses::claim(c, until)).await,
        }
    }

    /// A piece of a call's body; none after the last.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn miss_piece(
        &self,
        organization: OrganizationId,
        id: Uuid,
        position: i64,
    ) -> Result<Option<Vec<u8>>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::misses::piece(c, organization, id, position))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::misses::piece(c, organization, id, position)).await
            }
        }
    }

    /// Forgets a call that has been carried out.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn end_miss(&self, organization: OrganizationId, id: Uuid) -> Result<()> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::misses::done(c, organization, id)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::misses::done(c, organization, id)).await
            }
        }
    }

    /// Writes down why a call could not be carried out, and when it is tried again; without a time it
    /// is not tried again of its own accord. Says whether it is still there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn postpone_miss(
        &self,
        organization: OrganizationId,
        id: Uuid,
        reason: String,
        due_at: Option<DateTime<Utc>>,
    ) -> Result<bool> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::misses::postpone(c, organization, id, &reason, due_at)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::misses::postpone(c, organization, id, &reason, due_at)
                })
                .await
            }
        }
    }

    /// The calls of an organization that have not been carried out, in their order.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn misses(&self, organization: OrganizationId) -> Result<Vec<Miss>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::misses::list(c, organization)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::misses::list(c, organization)).await
            }
        }
    }

    /// Makes all calls of an organization due, those that had failed too. Says how many there are.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn retry_misses(&self, organization: OrganizationId) -> Result<usize> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::misses::retry(c, organization)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::misses::retry(c, organization)).await
            }
        }
    }

    /// How many calls wait, and how many have failed, in all organizations.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn miss_backlog(&self) -> Result<Vec<Backlog>> {
        match &self.backend {
            Backend::Postgres(b) => b.read(postgres::queries::misses::backlog).await,
            Backend::Sqlite(b) => b.read(sqlite::queries::misses::backlog).await,
        }
    }
}
