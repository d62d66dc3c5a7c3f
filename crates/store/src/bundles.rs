//! Bundles: policies as they are published to the runtimes of an environment.

use evalstone_core::bundle::{Bundle, BundleHead, NewBundle};
use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::{BundleId, EnvironmentId};

use crate::{Backend, Store, postgres, sqlite};

/// Which bundle is looked for.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// The one with this id.
    Id(BundleId),
    /// The newest with this hash.
    Hash(String),
    /// The one of this version in an environment.
    Version(EnvironmentId, i64),
    /// The active one of the environment that the caller's key is for.
    Active,
}

impl Store {
    /// Publishes a bundle in an environment, where it is the active one from then on. With it go the
    /// latest policies of that environment's agents: those whose tenant is the organization's id,
    /// whose application is the project's, and that are neither the default agent nor any.
    ///
    /// # Errors
    /// Not found when there is no such environment.
    pub async fn publish_bundle(
        &self,
        caller: &Caller,
        environment: EnvironmentId,
        new: NewBundle,
    ) -> Result<Bundle> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::bundles::publish(c, &caller, environment, &new))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::bundles::publish(c, &caller, environment, &new))
                    .await
            }
        }
    }

    /// Makes an earlier bundle the active one of its environment; none when it has no such version.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn activate_bundle(
        &self,
        caller: &Caller,
        environment: EnvironmentId,
        version: i64,
    ) -> Result<Option<Bundle>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::bundles::activate(c, &caller, environment, version)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::bundles::activate(c, &caller, environment, version)
                })
                .await
            }
        }
    }

    /// The bundles of an environment, newest first.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn bundles(
        &self,
        caller: &Caller,
        environment: EnvironmentId,
    ) -> Result<Vec<BundleHead>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::bundles::list(c, &caller, environment)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::bundles::list(c, &caller, environment)).await
            }
        }
    }

    /// An environment's bundle of this version.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn bundle_version(
        &self,
        caller: &Caller,
        environment: EnvironmentId,
        version: i64,
    ) -> Result<Option<Bundle>> {
        self.find_bundle(caller, Wanted::Version(environment, version)).await
    }

    /// The bundle with this id, in whatever environment of the organization; none for a text that
    /// is no id.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn bundle(&self, caller: &Caller, id: &str) -> Result<Option<Bundle>> {
        match id.parse() {
            Ok(id) => self.find_bundle(caller, Wanted::Id(id)).await,
            Err(_) => Ok(None),
        }
    }

    /// The newest bundle with this [hash](evalstone_core::policy::bundle_hash), in whatever
    /// environment of the organization.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn bundle_by_hash(&self, caller: &Caller, hash: &str) -> Result<Option<Bundle>> {
        if hash.contains('\0') {
            return Ok(None);
        }
        self.find_bundle(caller, Wanted::Hash(hash.to_owned())).await
    }

    /// The active bundle of the environment that the caller's key is for; for a key without one, of
    /// its project's environment `prod`; for a key without a project, of the organization's first
    /// project.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn active_bundle(&self, caller: &Caller) -> Result<Option<Bundle>> {
        self.find_bundle(caller, Wanted::Active).await
    }

    async fn find_bundle(&self, caller: &Caller, wanted: Wanted) -> Result<Option<Bundle>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::bundles::find(c, &caller, &wanted)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::bundles::find(c, &caller, &wanted)).await
            }
        }
    }
}
