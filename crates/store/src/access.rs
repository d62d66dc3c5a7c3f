//! Keys: authentication, registration, revocation.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::{ApiKeyId, OrganizationId, UserId};
use evalstone_core::key::{KeyHash, KeyKind, MAX_KEY_BYTES, RawKey};
use evalstone_core::organization::ApiKey;
use evalstone_core::text::Slug;

use crate::types::Time;
use crate::{Backend, Store, postgres, sqlite};

/// A key to be registered. The key itself is not in it, only its hash.
#[derive(Clone)]
pub struct NewKey {
    pub(crate) hash: KeyHash,
    pub(crate) prefix: String,
    pub(crate) kind: KeyKind,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl NewKey {
    /// What is stored of a raw key.
    #[must_use]
    pub fn of(raw: &RawKey, kind: KeyKind, expires_at: Option<DateTime<Utc>>) -> Self {
        Self { hash: raw.hash(), prefix: raw.prefix(), kind, expires_at }
    }
}

/// An organization to be made.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Its id, when it is given from outside.
    pub id: Option<OrganizationId>,
    /// Its short name.
    pub slug: Slug,
    /// The name that people read.
    pub name: String,
    /// Whether it stands for a single person.
    pub personal: bool,
}

/// When keys were last used, until that is written down.
#[derive(Default)]
pub struct LastUses(Mutex<HashMap<(OrganizationId, ApiKeyId), DateTime<Utc>>>);

impl LastUses {
    fn note(&self, caller: &Caller) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.insert((caller.organization, caller.key), Utc::now());
    }

    fn take(&self) -> Vec<(OrganizationId, ApiKeyId, Time)> {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken: Vec<_> = uses.drain().collect();
        // Always in the same order, so that two gateways that write theirs cannot block each other.
        taken.sort_unstable_by_key(|(which, _)| *which);
        taken.into_iter().map(|((organization, key), at)| (organization, key, at.into())).collect()
    }
}

impl Store {
    /// Who a key stands for: none when it is unknown, revoked or expired. Nothing is remembered
    /// between calls, so that what another process wrote is seen at once; on Postgres calls that wait at
    /// the same time share a query.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn authenticate(&self, key: &str) -> Result<Option<Caller>> {
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return Ok(None);
        }
        let hash = KeyHash::of(key);
        let caller = match &self.backend {
            Backend::Postgres(b) => {
                let postgres = b.clone();
                let look_up = move || {
                    let postgres = postgres.clone();
                    async move {
                        let find =
                            move |c: &mut _| postgres::queries::access::authenticate(c, hash);
                        postgres.read_as_planned(find).await
                    }
                };
                self.holders.ask(hash, look_up).await?
            }
            Backend::Sqlite(b) => {
                b.glance(move |c| sqlite::queries::access::authenticate(c, hash)).await?
            }
        };
        if let Some(caller) = &caller {
            self.last_uses.note(caller);
        }
        Ok(caller)
    }

    /// Who a key of the organization stands for whose value is not at hand: none when it is unknown,
    /// revoked or expired by now.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn holder(
        &self,
        organization: OrganizationId,
        key: ApiKeyId,
    ) -> Result<Option<Caller>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::access::holder(c, organization, key)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::access::holder(c, organization, key)).await
            }
        }
    }

    /// Who the gateway is when it does something in an organization of its own accord, without a key:
    /// the organization's service user, with every right. Never for what a request asks for.
    ///
    /// # Errors
    /// Not found when there is no such organization.
    pub async fn service_caller(&self, organization: OrganizationId) -> Result<Caller> {
        let found = self.keyless_caller(organization, None).await?;
        found.ok_or_else(|| Error::not_found("Organization"))
    }

    /// A user of an organization by the e-mail address, without a key, with every right that a key of
    /// that user could have; the service user when no address is given. For the command line, which
    /// may look at everything anyhow; never for what a request asks for.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn keyless_caller(
        &self,
        organization: OrganizationId,
        email: Option<&str>,
    ) -> Result<Option<Caller>> {
        let email = email.map(str::to_owned);
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::access::keyless_caller(c, organization, email.as_deref())
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::access::keyless_caller(c, organization, email.as_deref())
                })
                .await
            }
        }
    }

    /// Writes down when keys were last used. Called now and then, and when the gateway stops.
    ///
    /// # Errors
    /// Only when the database fails; the uses noted until then are lost.
    pub async fn flush_last_uses(&self) -> Result<()> {
        let uses = self.last_uses.take();
        if uses.is_empty() {
            return Ok(());
        }
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::access::touch(c, &uses)).await
            }
            Backend::Sqlite(b) => b.write(move |c| sqlite::queries::access::touch(c, &uses)).await,
        }
    }

    /// Registers a key.
    ///
    /// # Errors
    /// Taken when the key is registered already, in whichever organization.
    pub async fn register_key(
        &self,
        organization: OrganizationId,
        user: UserId,
        new: NewKey,
    ) -> Result<ApiKeyId> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::access::insert(c, organization, user, &new))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::access::insert(c, organization, user, &new)).await
            }
        }
    }

    /// Whether a key is registered, whatever its state.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn is_registered(&self, hash: KeyHash) -> Result<bool> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::access::is_registered(c, hash)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::access::is_registered(c, hash)).await
            }
        }
    }

    /// The keys of an organization, oldest first.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn keys(&self, organization: OrganizationId) -> Result<Vec<ApiKey>> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::access::list(c, organization)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::access::list(c, organization)).await
            }
        }
    }

    /// Revokes the key with this public number. A second time changes nothing.
    ///
    /// # Errors
    /// Not found when the organization has no such key.
    pub async fn revoke_key(&self, organization: OrganizationId, number: i64) -> Result<()> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::access::revoke(c, organization, number)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::access::revoke(c, organization, number)).await
            }
        }
    }
}
