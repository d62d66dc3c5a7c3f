//! Conformance as data: what `tests/scenarios` says, played against a gateway.
//! `tests/README.md` describes the format.

pub mod dialect;
pub mod expectation;
mod format;
pub mod play;
pub mod sending;
pub mod stage;
pub mod tables;
pub mod variables;

use std::fs;
use std::path::{Path, PathBuf};

pub use format::{Expect, Part, Scenario, Send, Step};

/// A scenario file.
#[derive(Clone, Debug)]
pub struct ScenarioFile {
    /// The folder's name: a dialect, or what else the scenarios share.
    pub folder: String,
    /// The file's name without its ending.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

impl ScenarioFile {
    /// Reads the file.
    pub fn load(&self) -> Result<Scenario, String> {
        read_toml(&self.path)
    }
}

/// Every scenario file, in the order of their names.
pub fn all_files() -> Vec<ScenarioFile> {
    let mut files = Vec::new();
    for folder in entries(&tests_folder().join("scenarios")) {
        for path in entries(&folder) {
            let name = stem(&path);
            assert!(
                path.extension().is_some_and(|e| e == "toml"),
                "a scenario ends in .toml: {name}"
            );
            if name != dialect::FILE {
                files.push(ScenarioFile { folder: stem(&folder), name, path });
            }
        }
    }
    assert!(!files.is_empty(), "there is no scenario");
    files
}

/// The folder `tests` of this project.
pub fn tests_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What lies in a folder, in the order of the names.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> =
        listing.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

/// A path's last name without its ending.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}
