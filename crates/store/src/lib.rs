//! The store: the only crate that knows Diesel and SQL. Two backends, always compiled, chosen by
//! the URL's scheme.
//!
//! Entry points: [`Store::open`]; then one file of methods per resource ([`access`], [`attempts`],
//! [`organizations`], [`projects`], [`keys`], [`pipelines`], [`datasets`], [`dataset_lists`], [`cases`],
//! [`loads`], [`collections`], [`sharing`], [`runs`], [`run_copies`], [`benchmarks`], [`benchmark_cases`],
//! [`verdicts`], [`scorings`], [`scoring_work`], [`spans`], [`report`], [`guardrail_traces`], [`annotations`],
//! [`policies`], [`bundles`], [`source_ids`], [`metrics`]). Each
//! dispatches to the backend's own compilation of `queries/`, which is written once.
//!
//! Invariants: every method takes a [`Caller`] (or an organization where no caller exists yet); no
//! query is unscoped but those the command line makes. Every write transaction begins with the
//! statement that takes its lock. What this crate must never know: HTTP, and any wire type.
//!
//! [`Caller`]: evalstone_core::caller::Caller

pub mod access;
pub mod annotations;
pub mod attempts;
pub mod benchmark_cases;
pub mod benchmarks;
pub mod bundles;
pub mod case_pages;
pub mod cases;
pub mod collections;
mod company;
pub mod dataset_lists;
pub mod datasets;
pub mod differences;
mod failure;
mod fixed;
mod gate;
pub mod guardrail_traces;
pub mod keys;
pub mod lent;
mod listed;
pub mod loads;
mod location;
mod lookups;
mod marks;
pub mod metrics;
pub mod migrations;
pub mod misses;
pub mod names;
pub mod organizations;
mod patterns;
pub mod pipelines;
pub mod policies;
mod postgres;
pub mod projects;
mod records;
pub mod report;
pub mod run_copies;
pub mod runs;
mod schema;
pub mod scoring_work;
pub mod scorings;
pub mod sharing;
pub mod source_ids;
pub mod spans;
mod sqlite;
mod statistics;
mod totals;
mod turn;
mod types;
pub mod verdicts;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::{OrganizationId, PipelineId};
use evalstone_core::key::KeyHash;
use evalstone_core::metric::Metric;

use access::LastUses;
use attempts::Underway;
use company::Company;
use dataset_lists::{Listing, Page};
use gate::LoadGate;
use location::Location;
use lookups::Lookups;
use marks::Marks;
use postgres::Postgres;
use sqlite::Sqlite;
use totals::Totals;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// How many connections read (and on Postgres also write) at the same time, and how many uploads
    /// are loaded at the same time, on Postgres each on a connection more.
    pub pool_size: u32,
    /// How long a statement may take on Postgres. Uploads are exempt.
    pub statement_timeout: Duration,
}

/// An open store. Clones share it.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    last_uses: Arc<LastUses>,
    underway: Arc<Underway>,
    loads: LoadGate,
    holders: Lookups<KeyHash, Option<Caller>>,
    catalogue: Lookups<(), Arc<[Metric]>>,
    pages: Lookups<Listing, Arc<Page>>,
    pipelines: Lookups<(OrganizationId, &'static str, PipelineId), PipelineId>,
    totals: Arc<Totals>,
    marks: Arc<Marks>,
}

#[derive(Clone)]
enum Backend {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

impl Backend {
    /// What tells long work whether others want something short meanwhile.
    fn company(&self) -> Company {
        match self {
            Self::Postgres(b) => b.company(),
            Self::Sqlite(b) => b.company(),
        }
    }
}

/// How busy the store is.
#[derive(Clone, Copy, Debug)]
pub struct Gauges {
    /// How many connections there are for requests.
    pub pool_size: usize,
    /// How many of them are in use.
    pub pool_in_use: usize,
    /// How many small writes wait for a commit.
    pub queued_writes: usize,
}

impl Store {
    /// Opens the database and brings its schema up to date. Blocks.
    ///
    /// # Errors
    /// Invalid when the URL has an unknown scheme, or the schema is newer than this binary;
    /// unavailable when the database is out of reach.
    pub fn open(options: &Options) -> Result<Self> {
        migrations::migrate(&options.url)?;
        let backend = match Location::parse(&options.url)? {
            Location::Postgres(url) => Backend::Postgres(Postgres::open(url, options)?),
            Location::Sqlite(path) => Backend::Sqlite(Sqlite::open(path, options)?),
        };
        let loads = LoadGate::new(options.pool_size);
        Ok(Self {
            backend,
            last_uses: Arc::default(),
            underway: Arc::default(),
            loads,
            holders: Lookups::default(),
            catalogue: Lookups::default(),
            pages: Lookups::default(),
            pipelines: Lookups::default(),
            totals: Arc::default(),
            marks: Arc::default(),
        })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// Unavailable when it gives none.
    pub async fn ready(&self) -> Result<()> {
        match &self.backend {
            Backend::Postgres(b) => b.read(|c| Ok(diesel::sql_query("SELECT 1").execute(c)?)).await,
            Backend::Sqlite(b) => b.read(|c| Ok(diesel::sql_query("SELECT 1").execute(c)?)).await,
        }
        .map(|_| ())
    }

    /// How busy the store is.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        match &self.backend {
            Backend::Postgres(b) => b.gauges(),
            Backend::Sqlite(b) => b.gauges(),
        }
    }
}

/// The file of a SQLite URL; none for other databases.
///
/// # Errors
/// Invalid when the URL has an unknown scheme.
pub fn sqlite_file(url: &str) -> Result<Option<&Path>> {
    Ok(match Location::parse(url)? {
        Location::Postgres(_) => None,
        Location::Sqlite(path) => Some(Path::new(path)),
    })
}
