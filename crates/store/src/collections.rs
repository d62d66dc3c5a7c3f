//! Collections.

use evalstone_core::caller::Caller;
use evalstone_core::collection::{
    Collection, CollectionChange, CollectionFilter, Member, NewCollection,
};
use evalstone_core::dataset::Window;
use evalstone_core::error::Result;
use evalstone_core::id::{CollectionId, Number};

use crate::{Backend, Store, postgres, sqlite};

/// How a collection is named here.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// By its id.
    Id(CollectionId),
    /// By its public number.
    Number(Number),
}

/// How many collections or datasets a piece has at the most.
const LARGEST_PIECE: i64 = 500;

/// Walks through collections, newest first, a bounded number at a time; no connection is held in between.
pub struct CollectionPages {
    store: Store,
    caller: Caller,
    filter: CollectionFilter,
    /// The number of the last one that was given.
    before: Option<Number>,
    /// How many to pass over from there.
    offset: i64,
    /// How many more are wanted; all when none.
    wanted: Option<i64>,
}

impl CollectionPages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<Collection>> {
        loop {
            let limit = LARGEST_PIECE.min(self.wanted.unwrap_or(i64::MAX));
            if limit <= 0 {
                return Ok(Vec::new());
            }
            let (piece, last) = self.read(limit).await?;
            if last.is_none() {
                return Ok(Vec::new());
            }
            (self.before, self.offset) = (last, 0);
            let given = i64::try_from(piece.len()).unwrap_or(LARGEST_PIECE);
            self.wanted = self.wanted.map(|wanted| wanted - given);
            // A piece without collections is not the end: they may have gone while it was read.
            if !piece.is_empty() {
                return Ok(piece);
            }
        }
    }

    async fn read(&self, limit: i64) -> Result<(Vec<Collection>, Option<Number>)> {
        let (caller, filter) = (self.caller.clone(), self.filter);
        let (before, offset) = (self.before, self.offset);
        match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::collections::piece(c, &caller, filter, before, offset, limit)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::collections::piece(c, &caller, filter, before, offset, limit)
                })
                .await
            }
        }
    }
}

/// Walks through the datasets of a collection, newest first, a bounded number at a time; no connection is
/// held in between.
pub struct MemberPages {
    store: Store,
    caller: Caller,
    collection: CollectionId,
    /// The number that the next ones are below; none when there are no more.
    before: Option<Number>,
}

impl MemberPages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<Member>> {
        let Some(before) = self.before else {
            return Ok(Vec::new());
        };
        let piece = self.read(before).await?;
        let is_full = i64::try_from(piece.len()) == Ok(LARGEST_PIECE);
        self.before = piece.last().filter(|_| is_full).map(|last| last.number);
        Ok(piece)
    }

    async fn read(&self, before: Number) -> Result<Vec<Member>> {
        let (caller, collection) = (self.caller.clone(), self.collection);
        match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::collection_contents::members(
                        c,
                        &caller,
                        collection,
                        before,
                        LARGEST_PIECE,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::collection_contents::members(
                        c,
                        &caller,
                        collection,
                        before,
                        LARGEST_PIECE,
                    )
                })
                .await
            }
        }
    }
}

impl Store {
    /// Makes a collection that the caller owns, of datasets that are in no other. It is shared when one
    /// of them is, and then all become so.
    ///
    /// # Errors
    /// Not found when the caller does not see one of the datasets; invalid when one is in another
    /// collection; taken when the name is.
    pub async fn create_collection(
        &self,
        caller: &Caller,
        new: NewCollection,
    ) -> Result<Collection> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| postgres::queries::collections::create(c, &caller, &new))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::collections::create(c, &caller, &new)).await
            }
        }
    }

    /// Refuses numbers of datasets that the caller does not see.
    ///
    /// # Errors
    /// Not found for the first of them.
    pub async fn check_datasets(
        &self,
        caller: &Caller,
        dialect: &'static str,
        numbers: Vec<Number>,
    ) -> Result<()> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::collections::check_datasets(c, &caller, dialect, &numbers)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::collections::check_datasets(c, &caller, dialect, &numbers)
                })
                .await
            }
        }
    }

    /// A collection, if the caller sees it.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn collection(&self, caller: &Caller, by: By) -> Result<Option<Collection>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::collections::find(c, &caller, by)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::collections::find(c, &caller, by)).await
            }
        }
    }

    /// The datasets of a collection that the caller sees, newest first, to be read piece by piece.
    #[must_use]
    pub fn member_pages(&self, caller: &Caller, collection: CollectionId) -> MemberPages {
        let (store, caller) = (self.clone(), caller.clone());
        MemberPages { store, caller, collection, before: Some(Number::MAX) }
    }

    /// The collections that meet the filter, newest first, to be read piece by piece, and how
    /// many there are before the window.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn counted_collections(
        &self,
        caller: &Caller,
        filter: CollectionFilter,
        window: Window,
    ) -> Result<(i64, CollectionPages)> {
        let Window { offset, limit } = window;
        let pages = CollectionPages {
            store: self.clone(),
            caller: caller.clone(),
            filter,
            before: None,
            offset,
            wanted: limit,
        };
        let caller = caller.clone();
        let total = match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::collections::count(c, &caller, filter)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::collections::count(c, &caller, filter)).await
            }
        }?;
        Ok((total, pages))
    }

    /// Changes a collection and what follows from it for what is in it; none when the caller sees no such
    /// collection.
    ///
    /// # Errors
    /// Forbidden and invalid by the rules of [`evalstone_core::sharing`]; invalid when a dataset is
    /// unknown, not the caller's or in another collection; taken when the name is.
    pub async fn change_collection(
        &self,
        caller: &Caller,
        dialect: &'static str,
        number: Number,
        change: CollectionChange,
    ) -> Result<Option<Collection>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| {
                    postgres::queries::collection_changes::change(
                        c, &caller, dialect, number, &change,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| {
                    sqlite::queries::collection_changes::change(
                        c, &caller, dialect, number, &change,
                    )
                })
                .await
            }
        }
    }

    /// Deletes a collection; what is in it stays. False when the caller sees no such collection.
    ///
    /// # Errors
    /// Forbidden when the caller may not delete it.
    pub async fn delete_collection(&self, caller: &Caller, number: Number) -> Result<bool> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| postgres::queries::collections::delete(c, &caller, number))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::collections::delete(c, &caller, number)).await
            }
        }
    }
}
