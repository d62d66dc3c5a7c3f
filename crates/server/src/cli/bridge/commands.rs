//! What can be typed.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use actix_web::rt::System;
use clap::Args;
use evalstone_bridge::place::{Place, STORE};
use evalstone_bridge::transfer::{Plan, chosen, transfer};
use evalstone_bridge::verify::{Wanted, verify};
use evalstone_core::error::Error;
use serde::Serialize;

use super::super::output;
use super::places::{Files, Patience, Places, SourceSide, TargetSide, Use, Whose};
use super::progress::Told;
use super::shown;
use crate::config::Config;
use crate::dialects;
use crate::failure::Failure;
use crate::opening;

/// Bring datasets and their runs into this store: from a server that speaks a dialect, or from a file
#[derive(Args, Debug)]
pub struct Pull {
    /// DIALECT+https://…, or a file
    source: String,
    #[command(flatten)]
    moving: Moving,
    #[command(flatten)]
    side: SourceSide,
}

/// Bring datasets of this store and their runs elsewhere: to a server that speaks a dialect, or into a file
#[derive(Args, Debug)]
pub struct Push {
    /// Datasets by id or name, and at last where they go: DIALECT+https://…, or a file
    #[arg(required = true, value_name = "DATASET… TARGET")]
    words: Vec<String>,
    /// All datasets that can be seen
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    moving: Moving,
    #[command(flatten)]
    side: TargetSide,
}

/// Write datasets of this store and their runs into a file
#[derive(Args, Debug)]
pub struct Export {
    /// Datasets by id or name, and at last the file
    #[arg(required = true, value_name = "DATASET… FILE")]
    words: Vec<String>,
    /// All datasets that can be seen
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    moving: Moving,
}

/// Read datasets and their runs from a file into this store
#[derive(Args, Debug)]
pub struct Import {
    /// The file
    file: String,
    #[command(flatten)]
    moving: Moving,
}

/// Compare what two places have, case by case and run by run: status 0 only when they are equal up to what is lost
#[derive(Args, Debug)]
pub struct Verify {
    /// What should be there: `store`, DIALECT+https://…, or a file
    source: String,
    /// Where it should be: `store`, DIALECT+https://…, or a file
    target: String,
    /// Only this dataset of the source, by id or name; may be repeated
    #[arg(long = "dataset", value_name = "ID|NAME")]
    datasets: Vec<String>,
    /// Compare datasets and their cases alone
    #[arg(long)]
    no_runs: bool,
    /// Tell every case: = as it should be, * another, + only at the target, - only at the source
    #[arg(long)]
    cases: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    source_side: SourceSide,
    #[command(flatten)]
    target_side: TargetSide,
}

/// Tell what a dialect cannot say of a dataset of this store
#[derive(Args, Debug)]
pub struct Loss {
    /// The dataset, by id or name
    dataset: String,
    /// The dialect's short name
    #[arg(long)]
    dialect: String,
    /// Tell every case
    #[arg(long)]
    cases: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    whose: Whose,
}

/// How datasets are moved.
#[derive(Args, Clone, Debug)]
struct Moving {
    /// Only this dataset of the source, by id or name; may be repeated
    #[arg(long = "dataset", value_name = "ID|NAME")]
    datasets: Vec<String>,
    /// Write nothing; tell what would be created, skipped and lost
    #[arg(long)]
    dry_run: bool,
    /// Leave runs with their evaluations where they are
    #[arg(long)]
    no_runs: bool,
    /// How many datasets are moved at the same time
    #[arg(long, value_name = "N", default_value_t = 4)]
    parallel: usize,
    /// Where cases go that cannot be read or written; a file that is there is never overwritten [default:
    /// evalstone-rejects.jsonl, evalstone-rejects-2.jsonl, …]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    files: Files,
}

impl Pull {
    /// Does it.
    ///
    /// # Errors
    /// When not everything was moved.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        let Self { source, moving, side } = self;
        moving.run(config, (&source, side), (STORE, TargetSide::default()))
    }
}

impl Push {
    /// Does it.
    ///
    /// # Errors
    /// When not everything was moved.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        let Self { words, all, moving, side } = self;
        let (moving, target) = moving.of(words, all)?;
        moving.run(config, (STORE, SourceSide::default()), (&target, side))
    }
}

impl Export {
    /// Does it.
    ///
    /// # Errors
    /// When not everything was written.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        let Self { words, all, moving } = self;
        let (moving, target) = moving.of(words, all)?;
        moving.run(config, (STORE, SourceSide::default()), (&target, TargetSide::default()))
    }
}

impl Import {
    /// Does it.
    ///
    /// # Errors
    /// When not everything was read.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        let Self { file, moving } = self;
        moving.run(config, (&file, SourceSide::default()), (STORE, TargetSide::default()))
    }
}

impl Moving {
    /// Takes the last word for the target and the others for datasets.
    fn of(mut self, mut words: Vec<String>, all: bool) -> Result<(Self, String), Failure> {
        let target = words.pop().ok_or_else(|| Failure::new("say where they go"))?;
        self.datasets.extend(words);
        if self.datasets.is_empty() != all {
            return Err(Failure::new("name the datasets, or say --all"));
        }
        Ok((self, target))
    }

    fn run(
        self,
        config: &Config,
        source: (&str, SourceSide),
        target: (&str, TargetSide),
    ) -> Result<(), Failure> {
        // Two moves into one SQLite file would take each other's loads for leftovers.
        let lock = match target.0 {
            STORE if !self.dry_run => opening::lock_loading(config)?,
            _ => None,
        };
        let moved = System::new().block_on(self.carry_out(config, source, target));
        drop(lock);
        moved
    }

    async fn carry_out(
        self,
        config: &Config,
        source: (&str, SourceSide),
        target: (&str, TargetSide),
    ) -> Result<(), Failure> {
        if source.0 == target.0 {
            return Err(Failure::new("the source is the target"));
        }
        if let Some(rejects) = self.rejects.as_ref().filter(|rejects| rejects.exists()) {
            return Err(Failure::new(format!("there is a file {} already", rejects.display())));
        }
        let Self { datasets, dry_run, no_runs, parallel, rejects, json, whose, patience, files } =
            self;
        let places = Places { config, whose: &whose, patience: &patience, files: &files };
        let (source, target) = places.both(source, target, Use::Written).await?;
        let (tries, pause) = (places.tries(), places.pause());
        let runs = !no_runs;
        let plan = Plan { chosen: datasets, dry_run, runs, parallel, tries, pause };
        let told = Told::new();
        let written = RefCell::new(None);
        let open = || -> Result<Box<dyn Write>, Error> {
            let (file, path) = new_file(rejects.as_deref())?;
            *written.borrow_mut() = Some(path.display().to_string());
            Ok(Box::new(BufWriter::new(file)))
        };
        let report = transfer(&source, &target, &plan, &told, open).await?;
        drop(told);
        if json {
            print(&report)?;
        } else {
            shown::report(&report, written.borrow().as_deref())?;
        }
        if report.complete { Ok(()) } else { Err(Failure::new("not everything was moved")) }
    }
}

impl Verify {
    /// Does it.
    ///
    /// # Errors
    /// When the places are not equal, or cannot be read.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        System::new().block_on(self.carry_out(config))
    }

    async fn carry_out(self, config: &Config) -> Result<(), Failure> {
        let Self {
            source,
            target,
            datasets,
            no_runs,
            cases,
            json,
            whose,
            patience,
            files,
            source_side,
            target_side,
        } = self;
        let places = Places { config, whose: &whose, patience: &patience, files: &files };
        let ends = ((source.as_str(), source_side), (target.as_str(), target_side));
        let (from, to) = places.both(ends.0, ends.1, Use::Read).await?;
        let told = Told::new();
        let wanted = Wanted { chosen: datasets, each: cases, runs: !no_runs };
        let verdict = verify(&from, &to, &wanted, &told).await?;
        drop(told);
        if json {
            print(&verdict)?;
        } else {
            shown::verdict(&verdict)?;
        }
        if verdict.equal { Ok(()) } else { Err(Failure::new("they are not equal")) }
    }
}

impl Loss {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such dataset or dialect.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        System::new().block_on(self.carry_out(config))
    }

    async fn carry_out(self, config: &Config) -> Result<(), Failure> {
        let Self { dataset, dialect, cases, json, whose } = self;
        let outward = dialects::outward(&dialect)?;
        let (patience, files) = (Patience::default(), Files::default());
        let places = Places { config, whose: &whose, patience: &patience, files: &files };
        let place: Place = places.store(outward.name).await?;
        let found = chosen(&place, std::slice::from_ref(&dataset)).await?;
        let [dataset] = found.as_slice() else {
            return Err(Failure::new(format!("{} datasets are called {dataset:?}", found.len())));
        };
        let loss = evalstone_bridge::loss::loss(&place, dataset, &outward, cases).await?;
        if json { print(&loss) } else { shown::loss(&loss) }
    }
}

/// A file that was not there: this one, or the first of ours that is free.
fn new_file(path: Option<&Path>) -> Result<(File, PathBuf), Error> {
    let ours = (1_u32..).map(|count| match count {
        1 => PathBuf::from("evalstone-rejects.jsonl"),
        count => PathBuf::from(format!("evalstone-rejects-{count}.jsonl")),
    });
    let mut paths: Box<dyn Iterator<Item = PathBuf>> = match path {
        Some(path) => Box::new(std::iter::once(path.to_owned())),
        None => Box::new(ours),
    };
    let cannot = |path: &Path, error: &dyn std::fmt::Display| {
        Error::invalid(format!("cannot write {}: {error}", path.display()))
    };
    loop {
        let Some(next) = paths.next() else {
            return Err(cannot(path.unwrap_or(Path::new("")), &"it is there already"));
        };
        match File::create_new(&next) {
            Ok(file) => return Ok((file, next)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot(&next, &error)),
        }
    }
}

fn print(document: &impl Serialize) -> Result<(), Failure> {
    let document =
        serde_json::to_value(document).map_err(|error| Failure::new(error.to_string()))?;
    output::json(&document)
}
