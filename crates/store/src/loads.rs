//! Loading a whole dataset from a file, and removing what nobody can see.

use std::sync::Arc;

use evalstone_core::caller::Caller;
use evalstone_core::dataset::Dataset;
use evalstone_core::dataset::{NewCase, NewDataset, Reference, SlotCounts, StoredCase};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::{DatasetId, Number};
use evalstone_core::lens::slots::case_slots;
use evalstone_core::source::SourceKind;

use crate::company::giving_way;
use crate::datasets::{Created, DatasetJob};
use crate::sqlite::Sqlite;
use crate::sqlite::queries::cases::{ROWS_PER_INSERT, insert_quietly};
use crate::types::Key;
use crate::{Backend, Store, postgres, sqlite};

/// How many cases, and about how many bytes, go into one transaction of a load on SQLite: few
/// enough that no other write waits long.
pub(crate) const PIECE_CASES: usize = 500;
const PIECE_BYTES: usize = 1024 * 1024;
/// How many of them one INSERT carries while others come with short work, who wait for its end. A short one takes more
/// time for each row.
const ROWS_IN_COMPANY: usize = 20;

/// How many cases are so few that they are stored at once, together with other small writes.
pub const FEW_CASES: usize = 64;

/// A dataset that has been loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The dataset.
    pub dataset: Dataset,
    /// Its cases as they are stored, where that is known.
    pub cases: Option<Vec<StoredCase>>,
}

/// A dataset that is loaded, with who loads it.
pub struct Load {
    pub(crate) caller: Caller,
    pub(crate) id: DatasetId,
    pub(crate) new: NewDataset,
    /// The id it has where it comes from, if no other dataset may have it too.
    pub(crate) source_id: Option<String>,
    /// The number of the collection that it comes into, and whose visibility it takes.
    pub(crate) collection: Option<Number>,
}

/// A hidden dataset whose rows are still to be removed.
#[derive(Clone, Copy, Debug)]
pub struct Leftover {
    pub(crate) organization: Key,
    pub(crate) dataset: Key,
    /// Whether its load never ended; if so, the dataset's own row goes too.
    pub(crate) loading: bool,
}

impl Leftover {
    fn of_load(caller: &Caller, id: DatasetId) -> Self {
        Self { organization: caller.organization.into(), dataset: id.into(), loading: true }
    }
}

impl Store {
    /// Makes a dataset with all the cases that `source` gives. Dataset and cases become visible
    /// at once; when `source` gives an error, nothing is stored and the error is returned. `source`
    /// is read on a thread that may block; memory is bounded whatever it gives.
    ///
    /// # Errors
    /// Those of `source`; taken when the dataset's id or name key or a case's id is in use; not found
    /// when its pipeline does not exist; unavailable when too many loads are under way.
    pub async fn load_dataset<I>(
        &self,
        caller: &Caller,
        new: NewDataset,
        source: I,
    ) -> Result<Dataset>
    where
        I: Iterator<Item = Result<NewCase>> + Send + 'static,
    {
        self.load(caller, new, (None, None), source).await
    }

    /// The same into a collection, whose visibility the dataset takes when it becomes visible.
    ///
    /// # Errors
    /// As [`Store::load_dataset`]; not found when the caller does not see the collection.
    pub async fn load_dataset_into<I>(
        &self,
        caller: &Caller,
        new: NewDataset,
        collection: Option<Number>,
        source: I,
    ) -> Result<Dataset>
    where
        I: Iterator<Item = Result<NewCase>> + Send + 'static,
    {
        self.load(caller, new, (None, collection), source).await
    }

    /// The same with at most [`FEW_CASES`] that are in memory: they are stored together with other small
    /// writes, and told as they are stored.
    ///
    /// # Errors
    /// As [`Store::load_dataset_into`].
    pub async fn load_few_into(
        &self,
        caller: &Caller,
        new: NewDataset,
        collection: Option<Number>,
        cases: Vec<NewCase>,
    ) -> Result<Loaded> {
        // What comes into a collection takes its lock, and what gets its number from elsewhere is read again
        // when it is there.
        if collection.is_some() || caller.assigned.is_some() {
            let source = cases.into_iter().map(Ok);
            let dataset = self.load_dataset_into(caller, new, collection, source).await?;
            return Ok(Loaded { dataset, cases: None });
        }
        let job = DatasetJob { caller: caller.clone(), new, cases: Some(cases) };
        let Created { dataset, cases } = self.create(job).await?;
        Ok(Loaded { dataset, cases: Some(cases) })
    }

    /// Makes the dataset of a catalogue's entry like [`Store::load_dataset`], unless there is one
    /// already: then that one is given. The entry's id becomes the dataset's source id, by which its
    /// dialect reads it. However many ask for it at the same time, one is made; once it has been
    /// deleted it can be made again.
    ///
    /// # Errors
    /// As [`Store::load_dataset`]; taken when somebody else's dataset, which the caller does not see,
    /// has this source id.
    pub async fn install_dataset<I>(
        &self,
        caller: &Caller,
        new: NewDataset,
        entry: &str,
        source: I,
    ) -> Result<Dataset>
    where
        I: Iterator<Item = Result<NewCase>> + Send + 'static,
    {
        let (dialect, reference) = (new.origin, Reference::Source(entry.to_owned()));
        if let Some(installed) = self.dataset(caller, dialect, &reference).await? {
            return Ok(installed);
        }
        match self.load(caller, new, (Some(entry.to_owned()), None), source).await {
            Err(error) if error.kind() == Kind::Taken => {
                let installed = self.dataset(caller, dialect, &reference).await?;
                installed.ok_or(error)
            }
            loaded => loaded,
        }
    }

    /// Makes a dataset that comes from elsewhere like [`Store::load_dataset`], with the id that it has
    /// there as its source id, if none has it yet. What an earlier try with the same id of ours left
    /// unfinished is removed first, so that two must not receive the same dataset at the same time.
    ///
    /// # Errors
    /// As [`Store::load_dataset`]; taken also when the source id is.
    pub async fn receive_dataset<I>(
        &self,
        caller: &Caller,
        new: NewDataset,
        source_id: Option<String>,
        source: I,
    ) -> Result<Dataset>
    where
        I: Iterator<Item = Result<NewCase>> + Send + 'static,
    {
        if let Some(id) = new.id {
            self.remove(vec![Leftover::of_load(caller, id)]).await?;
        }
        self.load(caller, new, (source_id, None), source).await
    }

    async fn load<I>(
        &self,
        caller: &Caller,
        new: NewDataset,
        (source_id, collection): (Option<String>, Option<Number>),
        source: I,
    ) -> Result<Dataset>
    where
        I: Iterator<Item = Result<NewCase>> + Send + 'static,
    {
        let id = new.id.unwrap_or_else(|| caller.new_id(SourceKind::Dataset));
        let dialect = new.origin;
        let load = Load { caller: caller.clone(), id, new, source_id, collection };
        let backend = self.backend.clone();
        let loaded = self.loads.run(move || {
            let mut source = giving_way(source, backend.company());
            match &backend {
                Backend::Postgres(b) => postgres::load(b.url(), &load, &mut source),
                Backend::Sqlite(b) => load_in_pieces(b, &Arc::new(load), &mut source),
            }
        });
        match loaded.await? {
            Ok(loaded) => loaded?,
            Err(panicked) => {
                self.remove(vec![Leftover::of_load(caller, id)]).await?;
                return Err(Error::fault(panicked));
            }
        }
        self.dataset(caller, dialect, &Reference::Id(id.uuid()))
            .await?
            .ok_or_else(|| Error::fault("a loaded dataset is not there"))
    }

    /// Removes the rows of deleted datasets and scoring runs, and of runs that began to come from elsewhere
    /// and of which nothing has come for a day. To be called after one was deleted, and at start for those
    /// whose removal was cut off.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn sweep(&self) -> Result<()> {
        let deleted = match &self.backend {
            Backend::Postgres(b) => b.read(postgres::queries::loads::deleted).await,
            Backend::Sqlite(b) => b.read(sqlite::queries::loads::deleted).await,
        }?;
        self.remove(deleted).await?;
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(postgres::queries::discarded_runs::discard_stranded).await
            }
            Backend::Sqlite(b) => b.write(sqlite::queries::discarded_runs::discard_stranded).await,
        }?;
        let runs = match &self.backend {
            Backend::Postgres(b) => b.read(postgres::queries::discarded_runs::waiting).await,
            Backend::Sqlite(b) => b.read(sqlite::queries::discarded_runs::waiting).await,
        }?;
        for (organization, run) in runs {
            self.remove_run(organization, run).await?;
        }
        Ok(())
    }

    /// Removes a run that was put out of sight, in many short transactions.
    pub(crate) async fn remove_run(&self, organization: Key, run: Key) -> Result<()> {
        loop {
            let more = match &self.backend {
                Backend::Postgres(b) => {
                    b.write(move |c| {
                        postgres::queries::discarded_runs::remove_some(c, organization, run)
                    })
                    .await
                }
                Backend::Sqlite(b) => {
                    b.write(move |c| {
                        sqlite::queries::discarded_runs::remove_some(c, organization, run)
                    })
                    .await
                }
            }?;
            if !more {
                return Ok(());
            }
        }
    }

    /// The loads that never ended because the gateway was stopped in their midst. To be called
    /// before requests are served: later it would find loads that are under way.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn unfinished_loads(&self) -> Result<Vec<Leftover>> {
        match &self.backend {
            // There is none on Postgres, where a load is one transaction: nothing of it stays when
            // it fails, and what another gateway is loading cannot be seen.
            Backend::Postgres(b) => b.read(postgres::queries::loads::unfinished).await,
            Backend::Sqlite(b) => b.read(sqlite::queries::loads::unfinished).await,
        }
    }

    /// Removes leftovers in many short transactions, between which other writes find their turn.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn remove(&self, leftovers: Vec<Leftover>) -> Result<()> {
        for leftover in leftovers {
            match &self.backend {
                Backend::Postgres(b) => {
                    while b.write(move |c| postgres::queries::loads::sweep(c, leftover)).await? {}
                }
                Backend::Sqlite(b) => {
                    while b.write(move |c| sqlite::queries::loads::sweep(c, leftover)).await? {}
                }
            }
        }
        Ok(())
    }
}

/// Loads in short transactions into a hidden dataset, which the last one reveals.
fn load_in_pieces(
    backend: &Sqlite,
    load: &Arc<Load>,
    source: &mut dyn Iterator<Item = Result<NewCase>>,
) -> Result<()> {
    let begun = Arc::clone(load);
    backend.write_blocking(move |c| sqlite::queries::loads::begin(c, &begun))?;
    let ended = Arc::clone(load);
    let revealed = fill(backend, &load.caller, load.id, source).and_then(|(added, slots)| {
        backend.write_blocking(move |c| sqlite::queries::loads::reveal(c, &ended, added, slots))
    });
    if revealed.is_err() {
        abandon(backend, &load.caller, load.id)?;
    }
    revealed
}

fn fill(
    backend: &Sqlite,
    caller: &Caller,
    id: DatasetId,
    source: &mut dyn Iterator<Item = Result<NewCase>>,
) -> Result<(i64, SlotCounts)> {
    let organization = caller.organization.into();
    let mut company = backend.company();
    let (mut added, mut slots) = (0_i64, SlotCounts::default());
    let mut piece = Vec::with_capacity(PIECE_CASES);
    let mut bytes = 0;
    loop {
        let next = source.next().transpose()?;
        let ended = next.is_none();
        if let Some(new) = next {
            slots.add(case_slots(&new.case));
            added += 1;
            bytes += new.case.bytes();
            piece.push(new);
        }
        if piece.len() == PIECE_CASES || bytes >= PIECE_BYTES || (ended && !piece.is_empty()) {
            let rows = std::mem::replace(&mut piece, Vec::with_capacity(PIECE_CASES));
            bytes = 0;
            let at_once =
                if company.is_here(rows.len()) { ROWS_IN_COMPANY } else { ROWS_PER_INSERT };
            backend.write_blocking(move |c| {
                insert_quietly(c, organization, id.into(), &rows, at_once)
            })?;
        }
        if ended {
            return Ok((added, slots));
        }
    }
}

/// Removes what a failed load left. If that fails too, the sweep at the next start does it.
fn abandon(backend: &Sqlite, caller: &Caller, id: DatasetId) -> Result<()> {
    let leftover = Leftover::of_load(caller, id);
    while backend.write_blocking(move |c| sqlite::queries::loads::sweep(c, leftover))? {}
    Ok(())
}
