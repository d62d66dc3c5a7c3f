//! Keys that are managed through a dialect; those of the command line are in [`crate::access`].

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::Number;
use evalstone_core::key::{Grant, KeyHash, RawKey};
use evalstone_core::organization::{ApiKey, KeyFilter};

use crate::{Backend, Store, postgres, sqlite};

/// What is stored of a raw key: its hash, and the characters by which people tell it.
#[derive(Clone)]
pub struct KeyValue {
    pub(crate) hash: KeyHash,
    pub(crate) prefix: String,
}

impl From<&RawKey> for KeyValue {
    fn from(key: &RawKey) -> Self {
        Self { hash: key.hash(), prefix: key.prefix() }
    }
}

impl Store {
    /// Makes a key for the caller's user.
    ///
    /// # Errors
    /// Taken when the project, or the environment, has a runtime key that is neither revoked nor
    /// expired and another is asked for.
    pub async fn issue_key(&self, caller: &Caller, grant: Grant, key: &RawKey) -> Result<ApiKey> {
        let (caller, value) = (caller.clone(), KeyValue::from(key));
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::keys::issue(c, &caller, &grant, &value)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::keys::issue(c, &caller, &grant, &value)).await
            }
        }
    }

    /// The keys of the caller's organization that meet the filter and are not revoked, however they
    /// were made, oldest first.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn issued_keys(&self, caller: &Caller, filter: KeyFilter) -> Result<Vec<ApiKey>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::keys::list(c, &caller, &filter)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::keys::list(c, &caller, &filter)).await
            }
        }
    }

    /// Gives the key with this public number another value; the former one stands for nobody from
    /// then on. The new one is good for as long as the former one was made for. None when the
    /// organization has no such key, or it is revoked.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn rotate_key(
        &self,
        caller: &Caller,
        number: Number,
        key: &RawKey,
    ) -> Result<Option<ApiKey>> {
        let (caller, value) = (caller.clone(), KeyValue::from(key));
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::keys::rotate(c, &caller, number, &value)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::keys::rotate(c, &caller, number, &value)).await
            }
        }
    }

    /// Revokes the key with this public number. False when the organization has no such key, or it
    /// is revoked already.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn revoke_issued_key(&self, caller: &Caller, number: Number) -> Result<bool> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::keys::revoke(c, &caller, number)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::keys::revoke(c, &caller, number)).await
            }
        }
    }
}
