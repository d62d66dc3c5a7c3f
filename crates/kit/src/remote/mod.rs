//! A vendor's server, or another that speaks like it, as a client sees it: what datasets and runs are moved
//! from and to. Each dialect says here in the domain's words what it speaks outward.
//!
//! Entry points: [`Outward`] (what a dialect hands to the bridge), [`Remote`] (a server that it has
//! connected to), [`runs`] (what is moved of runs), [`client::Client`] (how it is asked), [`answer::Answer`] (what it says), [`elements`]
//! (answers longer than memory).

pub mod answer;
#[cfg(feature = "testing")]
pub mod canned;
pub mod client;
pub mod elements;
pub mod runs;

mod pause;

use std::future::ready;
use std::io::Read;

use chrono::{DateTime, Utc};
use evalstone_core::case::{Case, Origin};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::json::RawJson;
use evalstone_core::run::RunKind;
use evalstone_core::run_copy::RunCopy;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{self, LocalBoxStream};
use uuid::Uuid;

use client::Server;
use runs::{FetchedPart, RemoteRun, RunWalk};

/// What a dialect speaks outward.
#[derive(Clone, Copy)]
pub struct Outward {
    /// The dialect's short name, which also stands in a server's address: `name+https://…`.
    pub name: &'static str,
    /// The vendor's name as people write it.
    pub title: &'static str,
    /// Makes a client of a server. Nothing is asked yet.
    pub connect: fn(Server) -> Result<Box<dyn Remote>>,
    /// What becomes of a case that is written through this dialect and read again (design §2.4:
    /// `write(read(case))`).
    pub round_trip: fn(&Case) -> Case,
    /// Whether the vendor takes what this dialect says of a case, or why not.
    pub writable: fn(&Case) -> Result<(), Unsayable>,
    /// What of a dataset, besides its cases, this dialect cannot say, by the fields of [`About`].
    pub unsaid: fn(&About) -> Vec<&'static str>,
    /// The member of the vendor's list answers that holds the cases.
    pub cases_key: &'static str,
    /// The members by any of which a case of the vendor's list answers is told from other objects.
    pub case_marks: &'static [&'static str],
    /// A case as the vendor's list answers show it.
    pub case: fn(&RawJson) -> Result<Fetched, String>,
    /// A case as the vendor's list answers show it, written. The id is the vendor's, if there is one.
    pub shown: fn(&Case, Option<&str>) -> String,
    /// How the vendor writes files of cases, if it has a form for them.
    pub table: Option<Table>,
}

/// A vendor's form of CSV files.
#[derive(Clone, Copy)]
pub struct Table {
    /// The first line, with its end.
    pub header: &'static str,
    /// The line of a case, with its end.
    pub line: fn(&Case) -> Result<String, Unsayable>,
    /// The cases of a file, one by one. Blocks.
    pub open: fn(Box<dyn Read + Send>) -> Result<CaseIterator>,
}

/// Cases as they are read from a file.
pub type CaseIterator = Box<dyn Iterator<Item = Result<Case>> + Send>;

/// Why a dialect cannot write a case at all, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsayable(pub String);

/// What is moved of a dataset besides its cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The theme.
    pub category: Option<String>,
    /// Who made it, as the client said.
    pub creator: Option<String>,
    /// Where its cases come from: `customer`, or a catalogue's word; none where nobody says.
    pub source: Option<String>,
    /// Whether it is offered as an open benchmark.
    pub public: bool,
    /// Whether the whole organization sees it.
    pub shared: bool,
    /// Whether its dialect asks that its name be unique.
    pub unique_name: bool,
    /// Whether it is archived, where the place says so.
    pub archived: Option<bool>,
    /// Whether it is its pipeline's golden dataset.
    pub golden: bool,
    /// The pipeline, where one is named.
    pub pipeline: Option<AboutPipeline>,
    /// What the dialect alone knows of it that is spoken at the other end.
    pub facet: Option<RawJson>,
    /// Whatever dialects alone know of it, where all of that is moved.
    pub facets: Vec<(String, RawJson)>,
    /// The dialect that it was made through, where that is moved.
    pub origin: Option<String>,
}

/// What is moved of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutPipeline {
    /// Its id there.
    pub id: String,
    /// The short name.
    pub slug: String,
    /// The name that people read.
    pub display_name: Option<String>,
    /// The folder it lies in.
    pub folder: Option<Uuid>,
}

/// A dataset on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteDataset {
    /// Its id there.
    pub id: String,
    /// What it is besides its cases.
    pub about: About,
    /// How many cases it has, where the server says so.
    pub case_count: Option<u64>,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
}

/// A case as it was read somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its id there, if it has one.
    pub id: Option<String>,
    /// The dataset that it says to belong to, where it says so.
    pub dataset: Option<String>,
    /// The case.
    pub case: Case,
    /// Where it came from before, where that is moved.
    pub origin: Option<Origin>,
}

/// Something that was read and is no case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What was read, as it stands.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

/// A walk through what a server has, piece by piece.
pub type Walk<'a, T> = LocalBoxStream<'a, Result<Vec<T>>>;

/// What a server answers in a while.
pub type Reply<'a, T> = LocalBoxFuture<'a, Result<T>>;

/// How a place takes cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Whether a dataset can be made together with its cases, by [`Remote::upload`].
    pub whole: bool,
    /// Whether, and in what portions, cases can be added to a dataset that is there.
    pub portion: Option<Portion>,
}

/// How many cases are added at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// The most cases.
    pub cases: usize,
    /// The most bytes of payload, unless a single case has more.
    pub bytes: usize,
}

/// A place that has datasets: a server that speaks a dialect, or what can be treated like one. Every
/// method tries again what fails for a while, as long as it is certain that nothing is done twice.
///
/// # Errors
/// Unavailable where something may have been done and nobody knows: the caller then looks what is
/// there. Any other kind is the place's last word.
pub trait Remote {
    /// Its datasets, in any order.
    fn datasets(&self) -> Walk<'_, RemoteDataset>;

    /// What it has besides datasets, cases and runs, counted, each as `12 annotations`: none of it is moved.
    fn others(&self) -> Reply<'_, Vec<String>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    /// A dataset's cases in their order.
    fn cases<'a>(&'a self, id: &'a str) -> Walk<'a, Result<Fetched, Unreadable>>;

    /// How it takes cases.
    fn manner(&self) -> Manner;

    /// The dataset that it has for one that has this id where it comes from, if it keeps such ids.
    fn known<'a>(&'a self, id: &'a str) -> Reply<'a, Option<RemoteDataset>> {
        let _ = id;
        Box::pin(ready(Ok(None)))
    }

    /// Makes a dataset like this one, without cases.
    fn create<'a>(&'a self, like: &'a RemoteDataset) -> Reply<'a, RemoteDataset> {
        let _ = like;
        Box::pin(ready(Err(takes_none())))
    }

    /// Adds cases at the end of a dataset that has `at` of them, all or, where it takes only one at a
    /// time, the first ones.
    fn append<'a>(&'a self, id: &'a str, at: u64, cases: &'a [Fetched]) -> Reply<'a, ()> {
        let _ = (id, at, cases);
        Box::pin(ready(Err(takes_none())))
    }

    /// Makes a dataset like this one with these cases.
    fn upload<'a>(
        &'a self,
        like: &'a RemoteDataset,
        cases: Walk<'a, Fetched>,
    ) -> Reply<'a, RemoteDataset> {
        let _ = (like, cases);
        Box::pin(ready(Err(takes_none())))
    }

    /// Whether a dataset with this id, whose upload was refused because something is taken, will be
    /// uploaded in another way by the next try.
    fn otherwise(&self, id: &str) -> bool {
        let _ = id;
        false
    }

    /// Makes a dataset that has its cases what this one is besides, as far as it is not: archived, say.
    fn settle<'a>(&'a self, dataset: &'a RemoteDataset, like: &'a RemoteDataset) -> Reply<'a, ()> {
        let _ = (dataset, like);
        Box::pin(ready(Ok(())))
    }

    /// Its runs over these of its datasets, and where these are `all` that it has, its other runs, too; those
    /// that have not ended among them. In the order in which they were made.
    fn runs<'a>(&'a self, datasets: &'a [RemoteDataset], all: bool) -> RunWalk<'a> {
        let _ = (datasets, all);
        Box::pin(stream::empty())
    }

    /// What a run was over and what came of it: its rows, its evaluations in their order, the spans of its
    /// traces by their ids.
    fn parts<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        let _ = run;
        Box::pin(stream::empty())
    }

    /// Whether it takes runs of this kind that were carried out elsewhere.
    fn takes(&self, kind: RunKind) -> bool {
        let _ = kind;
        false
    }

    /// What it can say of a run besides its parts: fields of which it says nothing are equal in all answers.
    fn said(&self, run: &RunCopy) -> RunCopy {
        run.clone()
    }

    /// Whether it finds cases by the ids that they have where they come from; else the parts that it receives
    /// name them by its own.
    fn knows_case_ids(&self) -> bool {
        true
    }

    /// The run that it has for this one of another place.
    fn known_run<'a>(&'a self, run: &'a RemoteRun) -> Reply<'a, Option<RemoteRun>> {
        let _ = run;
        Box::pin(ready(Ok(None)))
    }

    /// Makes a run like this one with these parts, or goes on with one that an earlier try has left. Its
    /// dataset is named by its id here, where it is here; for the cases of its parts see
    /// [`Remote::knows_case_ids`].
    fn receive<'a>(
        &'a self,
        like: &'a RemoteRun,
        parts: Walk<'a, FetchedPart>,
    ) -> Reply<'a, RemoteRun> {
        let _ = (like, parts);
        Box::pin(ready(Err(Error::new(Kind::Unsupported, "this place takes no runs"))))
    }

    /// Ends the writing, after the last dataset and the last run.
    fn finish(&self) -> Reply<'_, ()> {
        Box::pin(ready(Ok(())))
    }
}

/// So many of something, unless there is none; some, where the server does not say how many.
#[must_use]
pub fn counted(count: Option<u64>, one: &str, many: &str) -> Option<String> {
    match count {
        Some(0) => None,
        Some(1) => Some(format!("1 {one}")),
        Some(count) => Some(format!("{count} {many}")),
        None => Some(format!("{many}, uncounted")),
    }
}

/// Whether a server has answered that it does not do this, or not for this key.
#[must_use]
pub fn is_refusal(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::Forbidden
            | Kind::NotFound
            | Kind::Invalid
            | Kind::Unsupported
            | Kind::Unauthenticated
    )
}

/// A text as it stands in a path or a query.
#[must_use]
pub fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn takes_none() -> Error {
    Error::new(Kind::Unsupported, "this place takes no cases in this way")
}

impl std::fmt::Display for Unsayable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
