//! Entries whose files an administrator puts under `<data dir>/catalog`: a directory for each, with a
//! manifest and the samples.
//!
//! The files are somebody else's: one that is broken, or leads out of its directory, makes its own
//! entry unusable and nothing else.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use evalstone_core::error::{Error, Result};

use super::manifest::Manifest;
use super::{Entry, Samples, own};
use crate::import::Format;

/// The source of entries with files (contract §4.1).
const INDUSTRY_STANDARD: &str = "industry_standard";

/// The industry's benchmarks that the vendor names: id, name, what it is for, theme, how many samples
/// it has (contract §4.2).
const KNOWN: [(&str, &str, &str, &str, u32); 3] = [
    (
        "truthfulqa",
        "TruthfulQA",
        "Questions that people answer wrongly out of common misconceptions.",
        "hallucination",
        817,
    ),
    (
        "bold",
        "BOLD",
        "Beginnings of sentences about professions, genders, races, religions and politics.",
        "bias",
        23_679,
    ),
    (
        "realtoxicityprompts",
        "RealToxicityPrompts",
        "Beginnings of sentences from the web that models may continue toxically.",
        "toxicity",
        99_442,
    ),
];

/// The largest manifest in bytes.
const LARGEST_MANIFEST: u64 = 64 * 1024;
/// How many directories are looked at.
const MOST_ENTRIES: usize = 1_000;

/// The administrator's directory.
pub struct Folder {
    path: PathBuf,
    /// What was written to the log already: each request looks anew.
    told: Mutex<HashSet<String>>,
}

impl Folder {
    /// The directory at this path, which need not exist.
    pub fn new(path: PathBuf) -> Self {
        Self { path, told: Mutex::default() }
    }

    /// The known benchmarks, whether their files are there or not, then further directories by name.
    /// Blocks.
    pub fn entries(&self) -> Vec<Entry> {
        let mut names = self.names();
        let mut entries: Vec<Entry> = KNOWN
            .into_iter()
            .map(|(id, name, description, category, count)| {
                let there = names.remove(id);
                let known = Manifest {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    description: Some(description.to_owned()),
                    category: Some(category.to_owned()),
                    trust_level: "community".to_owned(),
                    licence: None,
                    sample_count: Some(count),
                    data: None,
                };
                if there {
                    self.entry(known)
                } else {
                    Entry::of(known, INDUSTRY_STANDARD, Samples::Absent)
                }
            })
            .collect();
        entries.extend(names.into_iter().map(|name| self.entry(unknown(name))));
        entries
    }

    /// The directories' names but those of own sets, hidden ones and what is no text.
    fn names(&self) -> BTreeSet<String> {
        let listing = match fs::read_dir(&self.path) {
            Ok(listing) => listing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return BTreeSet::new(),
            Err(error) => {
                self.tell("", &error.to_string());
                return BTreeSet::new();
            }
        };
        let own: Vec<String> = own::entries().into_iter().map(|entry| entry.id).collect();
        let names = listing.filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let usable = !name.starts_with('.') && entry.path().is_dir();
            if usable && own.contains(&name) {
                self.tell(&name, "it has the name of one of the gateway's own sets");
                return None;
            }
            usable.then_some(name)
        });
        names.take(MOST_ENTRIES).collect()
    }

    /// The entry in the directory that `fallback` names; that is what is said of one that cannot be
    /// used.
    fn entry(&self, fallback: Manifest) -> Entry {
        match self.read(&fallback.id) {
            Ok((manifest, path, format)) => {
                Entry::of(manifest, INDUSTRY_STANDARD, Samples::File(path, format))
            }
            Err(error) => {
                self.tell(&fallback.id, error.message());
                Entry::of(fallback, INDUSTRY_STANDARD, Samples::Unusable)
            }
        }
    }

    fn read(&self, name: &str) -> Result<(Manifest, PathBuf, Format)> {
        let directory = self.within(&self.path, name)?;
        let toml = self.file(&directory, "manifest.toml")?;
        let manifest = match (toml, self.file(&directory, "manifest.json")?) {
            (Some(toml), None) => Manifest::of_toml(&text(&toml)?)?,
            (None, Some(json)) => Manifest::of_json(&text(&json)?)?,
            (Some(_), Some(_)) => return Err(Error::invalid("there are two manifests")),
            (None, None) => {
                return Err(Error::invalid("there is no manifest.toml and no manifest.json"));
            }
        };
        if manifest.id != name {
            let why = format!("the manifest's id is {:?}, not the directory's name", manifest.id);
            return Err(Error::invalid(why));
        }
        let (path, format) = self.samples(&directory, manifest.data.as_deref())?;
        Ok((manifest, path, format))
    }

    /// The file with the samples: the one that is named, or one of the usual names.
    fn samples(&self, directory: &Path, named: Option<&str>) -> Result<(PathBuf, Format)> {
        let names = match &named {
            Some(named) => std::slice::from_ref(named),
            None => &["samples.jsonl", "samples.csv"][..],
        };
        for name in names {
            let format = match Path::new(name).extension().and_then(|ending| ending.to_str()) {
                Some("jsonl" | "ndjson") => Format::JsonLines,
                Some("csv") => Format::Csv,
                _ => return Err(Error::invalid(format!("{name} is neither .jsonl nor .csv"))),
            };
            if let Some(path) = self.file(directory, name)? {
                return Ok((path, format));
            }
        }
        Err(Error::invalid(format!("there is no {}", names.join(" and no "))))
    }

    /// A regular file of this name in a directory; none when there is nothing of this name.
    fn file(&self, directory: &Path, name: &str) -> Result<Option<PathBuf>> {
        let is_plain = matches!(
            Path::new(name).components().collect::<Vec<_>>().as_slice(),
            [Component::Normal(plain)] if *plain == name
        );
        if !is_plain {
            return Err(Error::invalid(format!("{name:?} is not the name of a file")));
        }
        match fs::symlink_metadata(directory.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::invalid(format!("{name}: {error}"))),
            Ok(_) => {}
        }
        let path = self.within(directory, name)?;
        // Opening what is no file could wait for ever.
        if fs::metadata(&path).is_ok_and(|found| found.is_file()) {
            Ok(Some(path))
        } else {
            Err(Error::invalid(format!("{name} is not a regular file")))
        }
    }

    /// The real path of a name in a directory, which must not lead out of it.
    fn within(&self, directory: &Path, name: &str) -> Result<PathBuf> {
        let real = |path: &Path| {
            fs::canonicalize(path).map_err(|error| Error::invalid(format!("{name}: {error}")))
        };
        let (directory, path) = (real(directory)?, real(&directory.join(name))?);
        if path.starts_with(&directory) && path != directory {
            Ok(path)
        } else {
            Err(Error::invalid(format!("{name} leads out of its directory")))
        }
    }

    fn tell(&self, name: &str, why: &str) {
        let line = format!("{}: {why}", self.path.join(name).display());
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < MOST_ENTRIES && told.insert(line.clone()) {
            tracing::warn!("a catalog entry cannot be used: {line}");
        }
    }
}

/// What is said of a directory that says nothing usable of itself.
fn unknown(name: String) -> Manifest {
    Manifest {
        name: name.clone(),
        id: name,
        description: None,
        category: None,
        trust_level: "community".to_owned(),
        licence: None,
        sample_count: None,
        data: None,
    }
}

/// A manifest's text.
fn text(path: &Path) -> Result<String> {
    let read = || -> io::Result<String> {
        let mut text = String::new();
        File::open(path)?.take(LARGEST_MANIFEST + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = read().map_err(|error| Error::invalid(format!("the manifest: {error}")))?;
    if text.len() as u64 > LARGEST_MANIFEST {
        return Err(Error::invalid(format!("the manifest is over {LARGEST_MANIFEST} bytes")));
    }
    Ok(text)
}
