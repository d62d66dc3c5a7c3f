//! Guardrail policies, versioned by scope.

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::policy::{NewPolicy, PolicyScope, PolicyVersion};

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Stores a policy as the next version of its scope's.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn write_policy(&self, caller: &Caller, new: NewPolicy) -> Result<PolicyVersion> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::policies::write(c, &caller, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::policies::write(c, &caller, &new)).await
            }
        }
    }

    /// This version of a scope's policy, or its latest; none when there is none.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn policy(
        &self,
        caller: &Caller,
        scope: &PolicyScope,
        version: Option<i64>,
    ) -> Result<Option<PolicyVersion>> {
        let (caller, scope) = (caller.clone(), scope.clone());
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::policies::find(c, &caller, &scope, version))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::policies::find(c, &caller, &scope, version)).await
            }
        }
    }

    /// What is in force in a scope, out of the latest versions of all scopes that cover it, or
    /// would be with this version of its own; none when nothing covers it, or it has no such
    /// version.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn resolved_policy(
        &self,
        caller: &Caller,
        scope: &PolicyScope,
        version: Option<i64>,
    ) -> Result<Option<PolicyVersion>> {
        let (caller, scope) = (caller.clone(), scope.clone());
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::policies::resolved(c, &caller, &scope, version))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::policies::resolved(c, &caller, &scope, version))
                    .await
            }
        }
    }

    /// The newest policy with this [hash](evalstone_core::policy::policy_hash), in whatever scope.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn policy_by_hash(
        &self,
        caller: &Caller,
        hash: &str,
    ) -> Result<Option<PolicyVersion>> {
        if hash.contains('\0') {
            return Ok(None);
        }
        let (caller, hash) = (caller.clone(), hash.to_owned());
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::policies::find_by_hash(c, &caller, &hash)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::policies::find_by_hash(c, &caller, &hash)).await
            }
        }
    }
}
