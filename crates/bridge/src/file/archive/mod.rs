//! `.evalstone.jsonl`: any number of datasets, nothing lost, with a manifest of digests.
//!
//! ```text
//! {"evalstone_archive":1}
//! {"dataset":{"id":…,"name":…, …}}
//! {"case":{"id":…,"inputs":…, …}}                    one line a case, in their order
//! {"end":{"id":…,"cases":2,"digest":…}}              the digest of the dataset (design §2.4)
//! {"manifest":{"datasets":[{"id":…,"name":…,"cases":2,"digest":…}],"sha256":…}}
//! ```
//!
//! The manifest is the last line; its `sha256` is that of all bytes before it. An archive without one
//! was cut off, and is refused whole.

mod lines;
mod read;
mod write;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use evalstone_core::error::{Error, Result};
use evalstone_kit::remote::{Fetched, Manner, Remote, RemoteDataset, Reply, Unreadable, Walk};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::Mutex;

use read::{Sections, section};
use write::Writer;

/// An archive.
pub struct Archive {
    path: PathBuf,
    /// The datasets in it, and where their cases begin.
    sections: RefCell<Vec<Section>>,
    /// What writes it, once it is begun. One dataset is written at a time.
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

impl Archive {
    /// An archive that is read. It is read through once, so that one that is not whole is refused
    /// before anything of it is used.
    ///
    /// # Errors
    /// Invalid, saying where, when it is not whole.
    pub fn open(path: &Path) -> Result<Self> {
        let Sections(sections) = Sections::of(path)?;
        let (path, place) = (path.to_owned(), path.to_owned());
        Ok(Self { path, sections: RefCell::new(sections), writer: None, place })
    }

    /// An archive that is written. It is begun with its first dataset.
    pub fn create(path: &Path) -> Self {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let writer = Some(Mutex::new(None));
        Self { path: part.into(), sections: RefCell::default(), writer, place: path.to_owned() }
    }

    fn writer(&self) -> Result<&Mutex<Option<Writer>>> {
        self.writer.as_ref().ok_or_else(|| Error::fault("an archive that is only read"))
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
            let mut writer = self.writer()?.lock().await;
            let writer = match &mut *writer {
                Some(writer) => writer,
                none => none.insert(Writer::create(&self.place)?),
            };
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

    fn finish(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            match &mut *self.writer()?.lock().await {
                Some(writer) => writer.finish(),
                None => Ok(()),
            }
        })
    }
}
