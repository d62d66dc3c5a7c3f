//! The catalog (contract §3.8, §4.1 to §4.4): the gateway's own sets, the industry's benchmarks, and
//! whatever else an administrator puts beside these.
//!
//! `own` are the sets that the binary carries; `folder` are directories under `<data dir>/catalog`,
//! looked at anew each time; `manifest` is what both say of themselves. [`install`] makes a dataset of
//! an entry, [`seed`] those of the own sets in a new organization.

mod folder;
mod manifest;
mod own;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::web;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Dataset, NewCase, Reference};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::OrganizationId;
use evalstone_kit::limits::{Cap, Limits};
use evalstone_store::Store;

use crate::errors::Failure;
use crate::import::{Format, stream};
use crate::{NAME, mapping};

use folder::Folder;
use manifest::Manifest;

/// The directory of the catalog in the data directory.
const DIRECTORY: &str = "catalog";

/// Something that can be installed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name in requests.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The theme.
    pub category: Option<String>,
    /// How far it can be trusted.
    pub trust_level: String,
    /// Under which licence its samples are.
    pub licence: Option<String>,
    /// Where it comes from: a dataset's `source`.
    pub source: &'static str,
    /// How many samples it has, where that is known before they are read.
    pub sample_count: Option<i64>,
    /// Where its samples are.
    pub samples: Samples,
}

/// Where an entry's samples are.
#[derive(Clone, Debug)]
pub enum Samples {
    /// In the binary.
    Carried(&'static str),
    /// In a file.
    File(PathBuf, Format),
    /// Nowhere: nobody has put them into their directory.
    Absent,
    /// In files that cannot be used.
    Unusable,
}

/// The cases of an entry as they are read.
type Cases = Box<dyn Iterator<Item = Result<NewCase>> + Send>;

impl Entry {
    fn of(manifest: Manifest, source: &'static str, samples: Samples) -> Self {
        let Manifest {
            id,
            name,
            description,
            category,
            trust_level,
            licence,
            sample_count,
            data: _,
        } = manifest;
        Self {
            id,
            name,
            description,
            category,
            trust_level,
            licence,
            source,
            sample_count: sample_count.map(i64::from),
            samples,
        }
    }

    /// What a client is told that cannot install it; none for one that can be installed.
    pub fn hint(&self) -> Option<String> {
        let place = format!("{DIRECTORY}/{} in the gateway's data directory", self.id);
        match self.samples {
            Samples::Carried(_) | Samples::File(..) => None,
            Samples::Absent => {
                Some(format!("put manifest.toml and samples.jsonl or samples.csv into {place}"))
            }
            Samples::Unusable => {
                Some(format!("the files in {place} cannot be used; the gateway's log says why"))
            }
        }
    }

    /// Begins to read the samples. Blocks. `cap` limits a single one.
    fn open(&self, cap: Cap) -> Result<Option<Cases>> {
        Ok(match &self.samples {
            Samples::Carried(text) => {
                Some(Box::new(stream(text.as_bytes(), Format::JsonLines, cap)?))
            }
            Samples::File(path, format) => {
                let file = File::open(path).map_err(|error| Error::invalid(error.to_string()))?;
                Some(Box::new(stream(file, *format, cap)?))
            }
            Samples::Absent | Samples::Unusable => None,
        })
    }
}

/// Everything that can be installed on this gateway.
#[derive(Clone)]
pub struct Catalog {
    folder: Arc<Folder>,
}

impl Catalog {
    /// The catalog of a gateway with this data directory.
    pub fn new(data_dir: &Path) -> Self {
        Self { folder: Arc::new(Folder::new(data_dir.join(DIRECTORY))) }
    }

    /// All entries: the own sets, the known benchmarks, then further directories by their names.
    ///
    /// # Errors
    /// Only when there is no thread to look for them.
    pub async fn entries(&self) -> Result<Vec<Entry>> {
        let folder = Arc::clone(&self.folder);
        let entries = web::block(move || {
            let mut entries = own::entries();
            entries.extend(folder.entries());
            entries
        });
        entries.await.map_err(Error::fault)
    }

    /// The entry with this id or, if none has, this name.
    ///
    /// # Errors
    /// Not found when there is none; else as [`Catalog::entries`].
    pub async fn find(&self, id_or_name: &str) -> Result<Entry> {
        let mut entries = self.entries().await?;
        let found = entries
            .iter()
            .position(|entry| entry.id == id_or_name)
            .or_else(|| entries.iter().position(|entry| entry.name == id_or_name));
        found.map(|at| entries.swap_remove(at)).ok_or_else(|| Error::not_found("Catalog entry"))
    }
}

/// The dataset of an entry in the caller's organization, made now unless it is there.
///
/// # Errors
/// A conflict when it is not there and the entry has no samples, or none that can be used. `record`
/// limits a single sample of a file.
pub async fn install(
    store: &Store,
    caller: &Caller,
    entry: Entry,
    record: Cap,
) -> Result<Dataset, Failure> {
    let reference = Reference::Source(entry.id.clone());
    if let Some(installed) = store.dataset(caller, NAME, &reference).await? {
        return Ok(installed);
    }
    let reading = entry.clone();
    let cases = web::block(move || reading.open(record)).await.map_err(Error::fault)?;
    let made = match cases {
        Ok(Some(cases)) => {
            let new = mapping::installed(&entry);
            store.install_dataset(caller, new, &entry.id, cases).await
        }
        Ok(None) => return Err(not_available(&entry)),
        Err(error) => Err(error),
    };
    made.map_err(|error| match error.kind() {
        // The files are not what whoever asks has sent.
        Kind::Invalid | Kind::TooLarge => {
            tracing::warn!(entry = entry.id, "a catalog entry cannot be installed: {error}");
            not_available(&Entry { samples: Samples::Unusable, ..entry })
        }
        _ => error.into(),
    })
}

fn not_available(entry: &Entry) -> Failure {
    let hint = entry.hint().unwrap_or_default();
    let message = format!("The catalog entry {} has no samples here: {hint}", entry.id);
    Failure::NotAvailable(Error::taken(message))
}

/// Makes the datasets of the own sets in a new organization; those that are there stay.
///
/// # Errors
/// When the database fails. What is missing then can be installed like any entry.
pub async fn seed(store: &Store, organization: OrganizationId) -> Result<()> {
    let caller = store.service_caller(organization).await?;
    for entry in own::entries() {
        if let Some(cases) = entry.open(Limits::default().record)? {
            store.install_dataset(&caller, mapping::installed(&entry), &entry.id, cases).await?;
        }
    }
    Ok(())
}
