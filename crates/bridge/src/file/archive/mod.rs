//! `.evalstone.jsonl`: any number of datasets and runs, nothing lost, with a manifest of digests.
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
use std::path::{Path, PathBuf};

use evalstone_core::error::{Error, Result};
use evalstone_core::run::RunKind;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, RunWalk};
use evalstone_kit::remote::{Fetched, Manner, Remote, RemoteDataset, Reply, Unreadable, Walk};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use read::{run_section, section};
use survey::Sections;
use write::Writer;

/// An archive.
pub struct Archive {
    path: PathBuf,
    /// The datasets in it, and where their cases begin.
    sections: RefCell<Vec<Section>>,
    /// The runs in it, and where their parts begin.
    runs: RefCell<Vec<RunSection>>,
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

/// A run of an archive.
#[derive(Clone, Debug)]
pub struct RunSection {
    /// The run.
    pub run: RemoteRun,
    /// Where its first part begins, in bytes from the beginning of the file.
    pub offset: u64,
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
        let over = |run: &RemoteRun| {
            all || datasets.iter().any(|dataset| Some(&dataset.id) == run.dataset.as_ref())
        };
        let runs = self.runs.borrow();
        let runs = runs.iter().map(|section| &section.run).filter(|run| over(run)).cloned();
        let runs = runs.map(Ok).collect();
        stream::once(async move { Ok(runs) }).boxed_local()
    }

    fn parts<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        let runs = self.runs.borrow();
        let found = runs.iter().find(|section| section.run.id == run.id).cloned();
        run_section(&self.path, found)
    }

    fn takes(&self, kind: RunKind) -> bool {
        match kind {
            RunKind::Experiment | RunKind::Benchmark | RunKind::Scoring => true,
        }
    }

    fn known_run<'a>(&'a self, run: &'a RemoteRun) -> Reply<'a, Option<RemoteRun>> {
        let runs = self.runs.borrow();
        let found = runs.iter().find(|section| section.run.id == run.id);
        // One that is written has only what this move has put there.
        let found = found.filter(|_| self.writer.is_none()).map(|section| section.run.clone());
        Box::pin(std::future::ready(Ok(found)))
    }

    fn receive<'a>(
        &'a self,
        like: &'a RemoteRun,
        mut parts: Walk<'a, FetchedPart>,
    ) -> Reply<'a, RemoteRun> {
        Box::pin(async move {
            let mut writer = self.writing().await?;
            writer.begin_run(like)?;
            let offset = writer.offset();
            while let Some(piece) = parts.try_next().await? {
                for fetched in &piece {
                    writer.part(fetched)?;
                }
            }
            writer.end()?;
            self.runs.borrow_mut().push(RunSection { run: like.clone(), offset });
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
