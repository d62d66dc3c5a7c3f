//! Annotations of traces, and the cases that are made of them.

use evalstone_core::annotation::{Annotated, Annotation, AnnotationFilter, Label, NewAnnotation};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Added, NewCase, Reference, Window};
use evalstone_core::error::Result;

use crate::listed::Listed;
use crate::{Backend, Store, postgres, sqlite};

/// Which annotations become cases, of which dataset, and how.
#[derive(Clone, Debug)]
pub struct Export {
    /// The dialect that names the dataset.
    pub dialect: &'static str,
    /// The dataset that gets the cases.
    pub dataset: Reference,
    /// The annotations' label.
    pub label: Label,
    /// The case that an annotated trace makes, if it makes one.
    pub write: fn(Annotated) -> Option<NewCase>,
}

/// Walks through a page of a list of annotations, a bounded piece at a time; no connection is held
/// in between.
pub struct AnnotationPages {
    store: Store,
    caller: Caller,
    rest: Listed,
}

impl AnnotationPages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<Annotation>> {
        let ids = self.rest.piece();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let caller = self.caller.clone();
        match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::annotations::load(c, &caller, &ids)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::annotations::load(c, &caller, &ids)).await
            }
        }
    }
}

impl Store {
    /// Annotates the trace of this name ([`Store::guardrail_trace`]); none when there is no such trace.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn annotate(
        &self,
        caller: &Caller,
        trace: &str,
        new: NewAnnotation,
    ) -> Result<Option<Annotation>> {
        let (caller, name) = (caller.clone(), trace.to_owned());
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::annotations::create(c, &caller, &name, &new))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::annotations::create(c, &caller, &name, &new))
                    .await
            }
        }
    }

    /// How many annotations meet the filter, and those in a window, newest first, to be read piece
    /// by piece.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn counted_annotations(
        &self,
        caller: &Caller,
        filter: AnnotationFilter,
        window: Window,
    ) -> Result<(i64, AnnotationPages)> {
        let who = caller.clone();
        let (total, rows) = match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::annotations::page(c, &who, &filter, window))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::annotations::page(c, &who, &filter, window)).await
            }
        }?;
        let (store, caller) = (self.clone(), caller.clone());
        Ok((total, AnnotationPages { store, caller, rest: Listed::new(rows) }))
    }

    /// Adds a case to a dataset for each annotation of a label, in the order in which they were
    /// made, all or none. Annotations of which no case can be made are passed over; with nothing
    /// added the dataset stays as it was.
    ///
    /// # Errors
    /// Not found when the caller sees no such dataset.
    pub async fn export_annotations(&self, caller: &Caller, job: Export) -> Result<Added> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| postgres::queries::exports::export(c, &caller, &job)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::exports::export(c, &caller, &job)).await
            }
        }
    }
}
