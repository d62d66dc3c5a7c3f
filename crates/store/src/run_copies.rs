//! Runs with what came of them, as they are moved between places: how one that was carried out elsewhere is
//! stored, and how ours are read (design §2.5).

mod readable;

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::{CaseId, Number, RunId};
use evalstone_core::run::RunKind;
use evalstone_core::run_copy::{NewRunCopy, RunPart, StoredRunCopy};
use evalstone_core::trace::{SpanId, TraceId};
use uuid::Uuid;

use crate::types::Key;
use crate::{Backend, Store, postgres, sqlite};

/// How much is read at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// The most rows.
    pub rows: i64,
    /// The most bytes of texts, but for a single row that has more.
    pub bytes: i64,
}

const ROOM_OF_RUNS: Room = Room { rows: 100, bytes: 1024 * 1024 };
const ROOM_OF_PARTS: Room = Room { rows: 500, bytes: 1024 * 1024 };

/// A run that is being stored. It is good for nothing once another move has begun the same run anew.
#[derive(Clone, Debug)]
pub struct Arriving {
    /// Whose it will be.
    pub(crate) caller: Caller,
    pub(crate) run: Key,
    /// By which the move is told from others of the same run.
    pub(crate) token: Key,
    /// What it will be.
    pub(crate) kind: RunKind,
    pub(crate) name: Option<String>,
    pub(crate) origin: &'static str,
    pub(crate) source_id: Option<String>,
}

/// A place among the parts of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Behind the row at this place.
    Rows {
        /// The place.
        after: i64,
    },
    /// Behind the evaluation with this number.
    Evaluations {
        /// The number.
        after: Number,
    },
    /// Before this trace, or behind a span of it.
    Spans {
        /// The trace.
        trace: TraceId,
        /// The span.
        after: Option<SpanId>,
    },
    /// Behind everything.
    End,
}

/// Walks through all runs that a caller sees, oldest first, a bounded piece at a time; no connection is held
/// in between.
pub struct RunCopyPages {
    store: Store,
    caller: Caller,
    /// The number behind which the next piece begins; none at the end.
    after: Option<Number>,
}

impl RunCopyPages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<StoredRunCopy>> {
        while let Some(after) = self.after {
            let (piece, next) = self.read(after).await?;
            self.after = next;
            // A piece without runs is not the end: they may have gone while it was read.
            if !piece.is_empty() {
                return Ok(piece);
            }
        }
        Ok(Vec::new())
    }

    async fn read(&self, after: Number) -> Result<(Vec<StoredRunCopy>, Option<Number>)> {
        let caller = self.caller.clone();
        match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::run_copy_lists::piece(c, &caller, after, ROOM_OF_RUNS)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::run_copy_lists::piece(c, &caller, after, ROOM_OF_RUNS)
                })
                .await
            }
        }
    }
}

/// Walks through the parts of a run, a bounded piece at a time; no connection is held in between.
pub struct RunPartPages {
    store: Store,
    caller: Caller,
    run: RunId,
    place: Place,
}

impl RunPartPages {
    /// The next parts, each with the case that it is of: rows, then evaluations in their order, then the spans
    /// of all traces that evaluations point at, by their ids. Empty at the end, and only there.
    ///
    /// # Errors
    /// Not found when the run is gone by then: it may have had more parts than were read.
    pub async fn next(&mut self) -> Result<Vec<(Option<CaseId>, RunPart)>> {
        let (caller, run, place) = (self.caller.clone(), self.run, self.place);
        let (parts, place) = match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::run_copy_lists::parts(c, &caller, run, place, ROOM_OF_PARTS)
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::run_copy_lists::parts(c, &caller, run, place, ROOM_OF_PARTS)
                })
                .await
            }
        }?;
        self.place = place;
        Ok(parts)
    }
}

impl Store {
    /// Begins to store a run that was carried out elsewhere, as its caller's; nobody sees it before it is
    /// ended. What an earlier try left of it is removed first, and whoever tried can add no more.
    ///
    /// # Errors
    /// Taken when there is a whole run with this id; not found when its pipeline does not exist; invalid when
    /// a text or the source id cannot be kept.
    pub async fn begin_run_copy(&self, caller: &Caller, new: NewRunCopy) -> Result<Arriving> {
        readable::check_run(&new)?;
        let token = Key(Uuid::new_v4());
        let arriving = Arriving {
            caller: caller.clone(),
            run: new.id.into(),
            token,
            kind: new.run.kind,
            name: new.run.name.clone(),
            origin: new.origin,
            source_id: new.source_id.clone(),
        };
        loop {
            let (caller, new) = (caller.clone(), new.clone());
            let begun = match &self.backend {
                Backend::Postgres(b) => {
                    b.write(move |c| postgres::queries::run_copies::begin(c, &caller, &new, token))
                        .await
                }
                Backend::Sqlite(b) => {
                    b.write(move |c| sqlite::queries::run_copies::begin(c, &caller, &new, token))
                        .await
                }
            }?;
            if begun {
                return Ok(arriving);
            }
            self.remove_run(arriving.caller.organization.into(), arriving.run).await?;
        }
    }

    /// Adds parts to a run, each with the case that it is of, all or none; evaluations come in their order, and
    /// behind the rows that they are of. A span that is there already is replaced.
    ///
    /// # Errors
    /// Taken when another move has begun the same run anew, when a row or an evaluation comes twice, or when a
    /// span reports to another run; invalid when an evaluation lacks what its kind of run is read by, or when a
    /// text cannot be kept.
    pub async fn add_run_parts(
        &self,
        arriving: &Arriving,
        parts: Vec<(Option<CaseId>, RunPart)>,
    ) -> Result<()> {
        for (_, part) in &parts {
            readable::check_part(arriving.kind, part)?;
        }
        let arriving = arriving.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| postgres::queries::run_copies::add(c, &arriving, &parts))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::run_copies::add(c, &arriving, &parts)).await
            }
        }
    }

    /// Reveals a run that has come whole. It is found by its source id from now on, if it has one, unless
    /// another is; a scoring run whose source id is a number has that for its public number where none has it
    /// yet.
    ///
    /// # Errors
    /// Taken when another move has begun the same run anew.
    pub async fn end_run_copy(&self, arriving: Arriving) -> Result<StoredRunCopy> {
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::run_copies::end(c, &arriving)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::run_copies::end(c, &arriving)).await
            }
        }
    }

    /// The run with this id, of whichever kind, if the caller sees it.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn run_copy(&self, caller: &Caller, id: RunId) -> Result<Option<StoredRunCopy>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::run_copy_lists::find(c, &caller, id)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::run_copy_lists::find(c, &caller, id)).await
            }
        }
    }

    /// All runs that the caller sees, of every kind, oldest first, to be read piece by piece.
    #[must_use]
    pub fn run_copy_pages(&self, caller: &Caller) -> RunCopyPages {
        RunCopyPages { store: self.clone(), caller: caller.clone(), after: Some(0) }
    }

    /// What a run was over and what came of it, to be read piece by piece.
    #[must_use]
    pub fn run_part_pages(&self, caller: &Caller, run: &StoredRunCopy) -> RunPartPages {
        RunPartPages {
            store: self.clone(),
            caller: caller.clone(),
            run: run.id,
            place: Place::Rows { after: 0 },
        }
    }
}
