//! The id map: which of our rows an imported thing became (design §2.1).

use std::collections::HashMap;

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::DatasetId;
use evalstone_core::source::SourceKind;
use uuid::Uuid;

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Remembers that the thing with this source id became our row `id`, so that it can be read by
    /// its source id through that dialect.
    ///
    /// # Errors
    /// Taken when this source id is mapped already; invalid when it has U+0000 or over 1024 bytes.
    pub async fn remember_source_id(
        &self,
        caller: &Caller,
        dialect: &'static str,
        kind: SourceKind,
        source_id: &str,
        id: Uuid,
    ) -> Result<()> {
        let (caller, source_id) = (caller.clone(), source_id.to_owned());
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::source_ids::remember(
                        c, &caller, dialect, kind, &source_id, id,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::source_ids::remember(c, &caller, dialect, kind, &source_id, id)
                })
                .await
            }
        }
    }

    /// Remembers which of our cases each of these source ids became, so that they can be read by them
    /// through that dialect. Ids that are mapped already keep what they became first; those with U+0000 or
    /// over 1024 bytes are passed over.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn remember_cases(
        &self,
        caller: &Caller,
        dialect: &'static str,
        became: Vec<(String, Uuid)>,
    ) -> Result<()> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::source_ids::remember_cases(c, &caller, dialect, &became)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::source_ids::remember_cases(c, &caller, dialect, &became)
                })
                .await
            }
        }
    }

    /// Which of these source ids became datasets that the caller sees, and which.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn datasets_of_sources(
        &self,
        caller: &Caller,
        dialect: &'static str,
        source_ids: Vec<String>,
    ) -> Result<HashMap<String, DatasetId>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::source_ids::datasets_of(c, &caller, dialect, &source_ids)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::source_ids::datasets_of(c, &caller, dialect, &source_ids)
                })
                .await
            }
        }
    }
}
