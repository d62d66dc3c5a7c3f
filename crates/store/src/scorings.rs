//! Scoring runs: making, finding and removing them, and reading what came of them.

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::{CollectionId, DatasetId, Number, RunId};
use evalstone_core::scoring::{NewScoring, Scoring, StoredScore};

use crate::records::scorings::By;
use crate::{Backend, Store, postgres, sqlite};

/// How many evaluations a piece of a walk has at the most.
const LARGEST_PIECE: i64 = 500;
/// And how many runs, for each of which other tables are looked at.
const RUNS_PER_PIECE: i64 = 100;
/// How many bytes of texts or settings a piece has, but for a single larger one.
const PIECE_BYTES: i64 = 1024 * 1024;

/// Walks through the evaluations of one scoring run, or of all of a dataset, a bounded piece at a time;
/// no connection is held in between.
pub struct ScorePages {
    store: Store,
    caller: Caller,
    /// The runs that are still to be walked through, the next one last.
    runs: Vec<(RunId, Number)>,
    /// The number of the last evaluation that was given.
    after: Number,
    /// The dataset whose runs are walked through, and the number of the last of them that is known.
    dataset: Option<(DatasetId, Number)>,
}

impl ScorePages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<StoredScore>> {
        loop {
            let Some(run) = self.runs.last().copied() else {
                if self.find_runs().await? {
                    continue;
                }
                return Ok(Vec::new());
            };
            let piece = self.store.scores(&self.caller, run, self.after).await?;
            if let Some(last) = piece.last() {
                self.after = last.number;
                return Ok(piece);
            }
            self.runs.pop();
            self.after = 0;
        }
    }

    /// Looks for further runs of the dataset; whether there are any.
    async fn find_runs(&mut self) -> Result<bool> {
        let Some((dataset, after)) = &mut self.dataset else {
            return Ok(false);
        };
        let mut found = self.store.numbers_of(&self.caller, *dataset, *after).await?;
        if let Some((_, number)) = found.last() {
            *after = *number;
        }
        found.reverse();
        self.runs = found;
        Ok(!self.runs.is_empty())
    }
}

/// Whose scoring runs are walked through.
#[derive(Clone, Copy, Debug)]
pub enum RunsOf {
    /// Those over a dataset, oldest first.
    Dataset(DatasetId),
    /// Those in a collection, newest first.
    Collection(CollectionId),
}

/// Walks through scoring runs, a bounded piece at a time; no connection is held in between.
pub struct ScoringPages {
    store: Store,
    caller: Caller,
    of: RunsOf,
    /// The number of the last one that was given.
    last: Option<Number>,
    has_ended: bool,
}

impl ScoringPages {
    /// The next piece; empty at the end, and only there.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn next(&mut self) -> Result<Vec<Scoring>> {
        while !self.has_ended {
            let (piece, last) = self.read().await?;
            (self.last, self.has_ended) = (last, last.is_none());
            // A piece without runs is not the end: they may have gone while it was read.
            if !piece.is_empty() {
                return Ok(piece);
            }
        }
        Ok(Vec::new())
    }

    async fn read(&self) -> Result<(Vec<Scoring>, Option<Number>)> {
        let (caller, of, last) = (self.caller.clone(), self.of, self.last);
        match &self.store.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::scoring_lists::piece(
                        c,
                        &caller,
                        of,
                        last,
                        RUNS_PER_PIECE,
                        PIECE_BYTES,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::scoring_lists::piece(
                        c,
                        &caller,
                        of,
                        last,
                        RUNS_PER_PIECE,
                        PIECE_BYTES,
                    )
                })
                .await
            }
        }
    }
}

impl Store {
    /// Makes a scoring run; none when the caller sees no such dataset or collection.
    ///
    /// # Errors
    /// Taken when the caller has a run of that name; invalid when the dataset has no cases; over budget when
    /// nothing else is wrong.
    pub async fn make_scoring(&self, caller: &Caller, new: NewScoring) -> Result<Option<Scoring>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write_long(move |c| postgres::queries::scorings::make(c, &caller, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::scorings::make(c, &caller, &new)).await
            }
        }
    }

    /// The scoring run that the dialect knows by this number, if the caller sees it: the one with this public
    /// number, else the one that came in under it.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn scoring(
        &self,
        caller: &Caller,
        dialect: &'static str,
        number: Number,
    ) -> Result<Option<Scoring>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::scorings::of_number(c, &caller, dialect, number))
                    .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::scorings::of_number(c, &caller, dialect, number))
                    .await
            }
        }
    }

    /// The scoring run with this id, if the caller sees it.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn scoring_by_id(&self, caller: &Caller, id: RunId) -> Result<Option<Scoring>> {
        let (caller, by) = (caller.clone(), By::Id(id.into()));
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::scorings::find(c, &caller, by)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::scorings::find(c, &caller, by)).await
            }
        }
    }

    /// The scoring runs of something that the caller sees, to be read piece by piece.
    #[must_use]
    pub fn scoring_pages(&self, caller: &Caller, of: RunsOf) -> ScoringPages {
        let (store, caller) = (self.clone(), caller.clone());
        ScoringPages { store, caller, of, last: None, has_ended: false }
    }

    /// The evaluations of a scoring run in the order of its rows, to be read piece by piece.
    #[must_use]
    pub fn score_pages(&self, caller: &Caller, run: &Scoring) -> ScorePages {
        ScorePages {
            store: self.clone(),
            caller: caller.clone(),
            runs: vec![(run.id, run.number)],
            after: 0,
            dataset: None,
        }
    }

    /// The evaluations of all scoring runs of a dataset that the caller sees, run by run.
    #[must_use]
    pub fn dataset_score_pages(&self, caller: &Caller, dataset: DatasetId) -> ScorePages {
        ScorePages {
            store: self.clone(),
            caller: caller.clone(),
            runs: Vec::new(),
            after: 0,
            dataset: Some((dataset, 0)),
        }
    }

    async fn numbers_of(
        &self,
        caller: &Caller,
        dataset: DatasetId,
        after: Number,
    ) -> Result<Vec<(RunId, Number)>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| {
                    postgres::queries::scoring_lists::numbers_of_dataset(
                        c,
                        &caller,
                        dataset,
                        after,
                        LARGEST_PIECE,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::scoring_lists::numbers_of_dataset(
                        c,
                        &caller,
                        dataset,
                        after,
                        LARGEST_PIECE,
                    )
                })
                .await
            }
        }
    }

    async fn scores(
        &self,
        caller: &Caller,
        run: (RunId, Number),
        after: Number,
    ) -> Result<Vec<StoredScore>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                // Planned for this run: a plan for any run goes through a large one that the planner knows.
                b.read(move |c| {
                    postgres::queries::scoring_lists::scores(
                        c,
                        &caller,
                        run,
                        after,
                        LARGEST_PIECE,
                        PIECE_BYTES,
                    )
                })
                .await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| {
                    sqlite::queries::scoring_lists::scores(
                        c,
                        &caller,
                        run,
                        after,
                        LARGEST_PIECE,
                        PIECE_BYTES,
                    )
                })
                .await
            }
        }
    }

    /// Removes a scoring run with its evaluations; false when the caller sees no such run.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn delete_scoring(&self, caller: &Caller, id: RunId) -> Result<bool> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::scorings::delete(c, &caller, id)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::scorings::delete(c, &caller, id)).await
            }
        }
    }
}
