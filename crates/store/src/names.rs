//! What things are called here and elsewhere: the id map in both directions, in a dialect's spelling.

use std::collections::HashMap;

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::PipelineId;
use evalstone_core::source::{SourceKind, Spelling};

use crate::{Backend, Store, postgres, sqlite};

/// A thing by one of its ids, as a dialect spells it.
pub type Name = (SourceKind, String);

/// One thing's two ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePair {
    /// What it is.
    pub kind: SourceKind,
    /// Its id here.
    pub ours: String,
    /// Its id elsewhere.
    pub theirs: String,
}

/// Where pairs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Book {
    /// In the id map: the dialect reads things by their ids in the other system, too.
    Map,
    /// Beside it: they are found by [`Store::our_names`] and [`Store::their_names`] alone, so that a number
    /// of the other system's never passes for one of ours.
    Aside,
}

impl Store {
    /// What these things of another system are called here, as far as that is known.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn our_names(
        &self,
        caller: &Caller,
        dialect: &'static str,
        spelling: Spelling,
        theirs: Vec<Name>,
    ) -> Result<HashMap<Name, String>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::names::ours(c, &caller, dialect, spelling, &theirs)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::names::ours(c, &caller, dialect, spelling, &theirs)
                })
                .await
            }
        }
    }

    /// The pipeline that another system gave this id to, as far as that is known, or else the one that has it
    /// here. Whoever asks for the same one at the same time shares the query.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn our_pipeline(
        &self,
        caller: &Caller,
        dialect: &'static str,
        id: PipelineId,
    ) -> Result<PipelineId> {
        let (backend, asking) = (self.backend.clone(), caller.clone());
        let look_up = move || {
            let (backend, caller) = (backend.clone(), asking.clone());
            async move {
                match &backend {
                    Backend::Postgres(b) => {
                        let find = move |c: &mut _| {
                            postgres::queries::source_ids::pipeline(c, &caller, dialect, id)
                        };
                        b.read_as_planned(find).await
                    }
                    Backend::Sqlite(b) => {
                        let find = move |c: &mut _| {
                            sqlite::queries::source_ids::pipeline(c, &caller, dialect, id)
                        };
                        b.glance(find).await
                    }
                }
            }
        };
        self.pipelines.ask((caller.organization, dialect, id), look_up).await
    }

    /// What these things of ours are called in the other system, as far as that is known.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn their_names(
        &self,
        caller: &Caller,
        dialect: &'static str,
        spelling: Spelling,
        ours: Vec<Name>,
    ) -> Result<HashMap<Name, String>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::names::theirs(c, &caller, dialect, spelling, &ours)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::names::theirs(c, &caller, dialect, spelling, &ours)
                })
                .await
            }
        }
    }

    /// Remembers what things are called in the other system. What is known already stays as it is.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn learn_names(
        &self,
        caller: &Caller,
        dialect: &'static str,
        book: Book,
        spelling: Spelling,
        pairs: Vec<NamePair>,
    ) -> Result<()> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| {
                    postgres::queries::names::learn(c, &caller, (dialect, book), spelling, &pairs)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::names::learn(c, &caller, (dialect, book), spelling, &pairs)
                })
                .await
            }
        }
    }
}
