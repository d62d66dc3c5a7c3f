//! `.evalstone.jsonl`: any number of datasets and runs with all that is moved of them, and a manifest of digests.
//!
//! ```text
//! {"evalstone_archive":2}
//! {"dataset":{"id":…,"name":…, …}}
//! {"case":{"id":…,"inputs":…, …}}                    one line a case, in their order
//! {"end":{"id":…,"cases":2,"digest":…}}              the digest of the dataset (design §2.4)
//! {"run":{"id":…,"dataset":…,"kind":…, …}}           behind all datasets
//! {"row":{"position":1, …}}                          what was scored, where rows are kept
//! {"evaluation":{"case":…,"name":…, …}}              in their order
//! {"span":{"trace":…,"id":…, …}}                     the spans of the run's traces
//! {"run_end":{"id":…,"parts":3,"digest":…}}          the digest of the parts' digests
//! {"manifest":{"datasets":[{"id":…,"name":…,"cases":2,"digest":…}],
//!              "runs":[{"id":…,"parts":3,"digest":…}],"sha256":…}}
//! ```
//!
//! The manifest is the last line; its `sha256` is that of all bytes before it. An archive without one
//! was cut off, and is refused whole. A run's `dataset` and a part's `case` are ids in the archive, or of
//! what was not moved; what there is none of is left out. A payload is written as it is spelled, but for
//! the breaks of lines in it, which become spaces.
//!
//! Version 1, which is read, too, has no runs.

mod lines;
mod members;
mod read;
mod runs;
mod survey;
mod write;

#[cfg(test)]
mod runs_tests;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use evalstone_core::error::{Error, Result};
use evalstone_core::run::RunKind;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, RunWalk};
use evalstone_kit::remote::{Fetched, Manner, Remote, RemoteDataset, Reply, Unreadable, Walk};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use read::{run_at, run_section, section};
use survey::Sections;
use write::Writer;

/// An archive.
pub struct Archive {
    path: PathBuf,
    /// The datasets in it, and where their cases begin.
    sections: RefCell<Vec<Section>>,
    /// The runs in it, and where their parts begin.
    runs: RefCell<RunSections>,
    /// What writes it, once it is begun. One dataset or run is written at a time.
    writer: Option<Mutex<Option<Writer>>>,
    /// Where it comes in the end.
    place: PathBuf,
}

/// A dataset of an archive.
#[derive(Clone, Debug)]
pub struct Section {
    /// The dataset.
    pub dataset: RemoteDataset,
    /// Where its first case begins, in bytes from the beginning of the file.
    pub offset: u64,
}

/// Where a run of an archive is. The run itself is read when it is asked for: there may be more than
/// memory holds.
#[derive(Clone, Debug)]
pub struct RunSection {
    /// Its id.
    pub id: String,
    /// The id of its dataset.
    pub dataset: Option<String>,
    /// Where its line begins, behind which its parts are, in bytes from the beginning of the file.
    pub offset: u64,
}

/// The runs of an archive.
#[derive(Debug, Default)]
pub struct RunSections {
    /// In their order.
    listed: Vec<RunSection>,
    /// Where each begins, by its id.
    offsets: HashMap<String, u64>,
}

impl RunSections {
    /// Adds the next one.
    ///
    /// # Errors
    /// Invalid when there is one with its id.
    pub fn push(&mut self, section: RunSection) -> Result<()> {
        if self.offsets.insert(section.id.clone(), section.offset).is_some() {
            return Err(Error::invalid(format!("a second run {:?}", section.id)));
        }
        self.listed.push(section);
        Ok(())
    }

    /// The last one.
    fn last(&self) -> Option<&RunSection> {
        self.listed.last()
    }
}

impl Archive {
    /// An archive that is read. It is read through once, so that one that is not whole is refused
    /// before anything of it is used.
    ///
    /// # Errors
    /// Invalid, saying where, when it is not whole.
    pub fn open(path: &Path) -> Result<Self> {
        let Sections { datasets, runs } = Sections::of(path)?;
        let (path, place) = (path.to_owned(), path.to_owned());
        let (sections, runs) = (RefCell::new(datasets), RefCell::new(runs));
        Ok(Self { path, sections, runs, writer: None, place })
    }

    /// An archive that is written. It is begun with its first dataset or run.
    pub fn create(path: &Path) -> Self {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let writer = Some(Mutex::new(None));
        let (sections, runs) = (RefCell::default(), RefCell::default());
        Self { path: part.into(), sections, runs, writer, place: path.to_owned() }
    }

    /// Where a run begins.
    fn run_offset(&self, id: &str) -> Option<u64> {
        self.runs.borrow().offsets.get(id).copied()
    }

    /// What writes it, begun if it is not.
    async fn writing(&self) -> Result<MappedMutexGuard<'_, Writer>> {
        let writer = self.writer.as_ref();
        let writer = writer.ok_or_else(|| Error::fault("an archive that is only read"))?;
        let mut writer = writer.lock().await;
        if writer.is_none() {
            *writer = Some(Writer::create(&self.place)?);
        }
        MutexGuard::try_map(writer, Option::as_mut).map_err(|_| Error::fault("nothing is begun"))
    }
}

impl Remote for Archive {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        let sections = self.sections.borrow();
        let all = sections.iter().rev().map(|section| section.dataset.clone()).collect();
        stream::once(async move { Ok(all) }).boxed_local()
    }

    fn cases<'a>(&'a self, id: &'a str) -> Walk<'a, Result<Fetched, Unreadable>> {
        let sections = self.sections.borrow();
        let found = sections.iter().find(|section| section.dataset.id == id).cloned();
        section(&self.path, found)
    }

    fn manner(&self) -> Manner {
        Manner { whole: true, portion: None }
    }

    fn upload<'a>(
        &'a self,
        like: &'a RemoteDataset,
        mut cases: Walk<'a, Fetched>,
    ) -> Reply<'a, RemoteDataset> {
        Box::pin(async move {
            let mut writer = self.writing().await?;
            writer.begin(like)?;
            let offset = writer.offset();
            while let Some(piece) = cases.try_next().await? {
                for fetched in &piece {
                    writer.case(fetched)?;
                }
            }
            writer.end()?;
            self.sections.borrow_mut().push(Section { dataset: like.clone(), offset });
            Ok(like.clone())
        })
    }

    fn runs<'a>(&'a self, datasets: &'a [RemoteDataset], all: bool) -> RunWalk<'a> {
        let wanted: HashSet<&str> = datasets.iter().map(|dataset| dataset.id.as_str()).collect();
        let over = |section: &&RunSection| {
            all || section.dataset.as_deref().is_some_and(|id| wanted.contains(id))
        };
        let runs = self.runs.borrow();
        let offsets: Vec<u64> =
            runs.listed.iter().filter(over).map(|section| section.offset).collect();
        stream::iter(offsets).map(|offset| Ok(vec![Ok(run_at(&self.path, offset)?)])).boxed_local()
    }

    fn parts<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        run_section(&self.path, self.run_offset(&run.id))
    }

    fn takes(&self, kind: RunKind) -> bool {
        match kind {
            RunKind::Experiment | RunKind::Benchmark | RunKind::Scoring => true,
        }
    }

    fn known_run<'a>(&'a self, run: &'a RemoteRun) -> Reply<'a, Option<RemoteRun>> {
        // One that is written has only what this move has put there.
        let found = self.run_offset(&run.id).filter(|_| self.writer.is_none());
        let found = found.map(|offset| run_at(&self.path, offset)).transpose();
        Box::pin(std::future::ready(found))
    }

    fn receive<'a>(
        &'a self,
        like: &'a RemoteRun,
        mut parts: Walk<'a, FetchedPart>,
    ) -> Reply<'a, RemoteRun> {
        Box::pin(async move {
            let mut writer = self.writing().await?;
            let offset = writer.begin_run(like)?;
            while let Some(piece) = parts.try_next().await? {
                for fetched in &piece {
                    writer.part(fetched)?;
                }
            }
            writer.end()?;
            let (id, dataset) = (like.id.clone(), like.dataset.clone());
            self.runs.borrow_mut().push(RunSection { id, dataset, offset })?;
            Ok(like.clone())
        })
    }

    fn finish(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            let writer = self.writer.as_ref();
            let writer = writer.ok_or_else(|| Error::fault("an archive that is only read"))?;
            match &mut *writer.lock().await {
                Some(writer) => writer.finish(),
                None => Ok(()),
            }
        })
    }
}
