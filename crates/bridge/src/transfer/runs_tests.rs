//! What becomes of runs when something is wrong with one of them or with a place.

use std::cell::{Cell, RefCell};
use std::io::{Write, sink};
use std::rc::Rc;
use std::time::Duration;

use chrono::DateTime;
use evalstone_core::case::Case;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::RawObject;
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::{RowCopy, RunCopy, RunPart};
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, RunWalk, UnreadableRun};
use evalstone_kit::remote::{
    About, Fetched, Manner, Remote, RemoteDataset, Reply, Unreadable, Walk,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Plan, transfer};
use crate::place::Place;
use crate::progress::Silent;
use crate::report::{Action, Report};
use crate::verify::verdict::Verdict;
use crate::verify::{Wanted, verify};

/// A place with a dataset of two cases, whose runs are over it.
#[derive(Default)]
struct Fake {
    /// Whether its first case cannot be read.
    unreadable_case: bool,
    /// Whether its list of runs breaks off in the end.
    breaks_off: bool,
    /// Whether it does not tell what came of runs.
    reticent: bool,
    /// A run that is deleted once it was listed.
    deletes: Option<&'static str>,
    /// How many of the parts that it receives it loses.
    loses: usize,
    datasets: RefCell<Vec<RemoteDataset>>,
    runs: RefCell<Vec<(Result<RemoteRun, UnreadableRun>, usize)>>,
    finished: Cell<bool>,
}

fn dataset() -> RemoteDataset {
    let about = About { name: "desk".to_owned(), ..About::default() };
    RemoteDataset { id: "d".to_owned(), about, case_count: None, created_at: None }
}

fn run(id: &str, tells_parts: bool) -> RemoteRun {
    let run = RunCopy {
        name: Some(id.to_owned()),
        ..RunCopy::of(RunKind::Scoring, RunStatus::Completed, DateTime::UNIX_EPOCH)
    };
    let dataset = Some("d".to_owned());
    RemoteRun { id: id.to_owned(), dataset, pipeline: None, run, tells_parts, noted: None }
}

fn row(position: i64) -> FetchedPart {
    let case = Case { inputs: RawObject::empty(), ..Case::default() };
    FetchedPart { case: None, part: RunPart::Row(RowCopy { position, part: 0, case }) }
}

impl Fake {
    fn source() -> Self {
        let runs = ["one", "two"].map(|id| (Ok(run(id, true)), 3)).to_vec();
        Self { datasets: vec![dataset()].into(), runs: runs.into(), ..Self::default() }
    }

    fn place(self) -> (Place, Rc<Self>) {
        let fake = Rc::new(self);
        let remote: Rc<dyn Remote> = Rc::clone(&fake) as Rc<dyn Remote>;
        (Place { name: "fake".to_owned(), speaks: None, remote }, fake)
    }
}

impl Remote for Fake {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        let all = self.datasets.borrow().clone();
        stream::once(async move { Ok(all) }).boxed_local()
    }

    fn cases<'a>(&'a self, _: &'a str) -> Walk<'a, Result<Fetched, Unreadable>> {
        let case = || Ok(Fetched { id: None, dataset: None, case: Case::default(), origin: None });
        let bad = || Err(Unreadable { text: "{".to_owned(), why: "no JSON".to_owned() });
        let cases = vec![if self.unreadable_case { bad() } else { case() }, case()];
        stream::once(async move { Ok(cases) }).boxed_local()
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
            while cases.try_next().await?.is_some() {}
            self.datasets.borrow_mut().push(like.clone());
            Ok(like.clone())
        })
    }

    fn runs<'a>(&'a self, _: &'a [RemoteDataset], _: bool) -> RunWalk<'a> {
        let runs = self.runs.borrow().iter().map(|(run, _)| run.clone()).collect();
        let broken = self.breaks_off.then(|| Err(Error::invalid("it breaks off")));
        stream::iter([Ok(runs)].into_iter().chain(broken)).boxed_local()
    }

    fn parts<'a>(&'a self, wanted: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        let runs = self.runs.borrow();
        let is = |run: &RemoteRun| run.id == wanted.id;
        let found = runs.iter().find(|(run, _)| run.as_ref().is_ok_and(is));
        let count = found.map_or(0, |(_, count)| *count);
        let parts = match self.deletes {
            Some(id) if id == wanted.id => Err(Error::not_found("Run")),
            _ => Ok((1..).take(count).map(row).collect()),
        };
        stream::once(async move { parts }).boxed_local()
    }

    fn takes(&self, _: RunKind) -> bool {
        true
    }

    fn known_run<'a>(&'a self, wanted: &'a RemoteRun) -> Reply<'a, Option<RemoteRun>> {
        let runs = self.runs.borrow();
        let mut known = runs.iter().filter_map(|(run, _)| run.as_ref().ok());
        let found = known.find(|run| run.id == wanted.id).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn receive<'a>(
        &'a self,
        like: &'a RemoteRun,
        parts: Walk<'a, FetchedPart>,
    ) -> Reply<'a, RemoteRun> {
        Box::pin(async move {
            let count = parts.try_concat().await?.len() - self.loses;
            let made = RemoteRun { tells_parts: !self.reticent, ..like.clone() };
            self.runs.borrow_mut().push((Ok(made.clone()), count));
            Ok(made)
        })
    }

    fn finish(&self) -> Reply<'_, ()> {
        self.finished.set(true);
        Box::pin(async { Ok(()) })
    }
}

async fn moved(source: &Place, target: &Place, runs: bool) -> Report {
    let plan = Plan {
        chosen: Vec::new(),
        dry_run: false,
        runs,
        parallel: 1,
        tries: 0,
        pause: Duration::ZERO,
    };
    let nowhere = || Ok(Box::new(sink()) as Box<dyn Write>);
    transfer(source, target, &plan, &Silent, nowhere).await.expect("a report")
}

async fn compared(source: &Place, target: &Place) -> Verdict {
    let wanted = Wanted { chosen: Vec::new(), each: false, runs: true };
    verify(source, target, &wanted, &Silent).await.expect("a verdict")
}

fn told(report: &Report) -> Vec<(&str, Action, Option<bool>, Option<&str>)> {
    let told = report.runs.iter();
    told.map(|run| (run.source_id.as_str(), run.action, run.verified, run.why.as_deref())).collect()
}

#[tokio::test]
async fn what_is_whole_is_moved_and_found_again() {
    let ((source, _), (target, there)) = (Fake::source().place(), Fake::default().place());
    for action in [Action::Created, Action::Skipped] {
        let report = moved(&source, &target, true).await;
        let all = ["one", "two"].map(|id| (id, action, Some(true), None));
        assert_eq!(told(&report), all);
        assert!(report.complete && there.finished.take());
    }
    assert!(compared(&source, &target).await.equal);
}

#[tokio::test]
async fn one_that_cannot_be_read_fails_alone() {
    let source = Fake::source();
    let (id, why) = ("zero".to_owned(), "it babbles".to_owned());
    let bad = UnreadableRun { id, kind: RunKind::Scoring, why };
    source.runs.borrow_mut().insert(0, (Err(bad), 0));
    let ((source, _), (target, there)) = (source.place(), Fake::default().place());
    let report = moved(&source, &target, true).await;
    let why = Some("it cannot be read: it babbles");
    assert_eq!(told(&report)[0], ("zero", Action::Failed, None, why));
    assert_eq!(told(&report)[2], ("two", Action::Created, Some(true), None));
    assert!(!report.complete && !there.finished.get());
    let verdict = compared(&source, &target).await;
    assert_eq!((verdict.equal, verdict.runs[0].why.as_deref()), (false, why));
    assert!(verdict.runs[1].equal && verdict.runs[2].equal);
}

#[tokio::test]
async fn a_list_that_breaks_off_is_not_all_of_it() {
    let source = Fake { breaks_off: true, ..Fake::source() };
    let ((source, _), (target, there)) = (source.place(), Fake::default().place());
    let report = moved(&source, &target, true).await;
    assert_eq!(told(&report).len(), 2, "what was listed is moved");
    assert_eq!(report.not_moved, ["runs, which cannot all be listed: it breaks off"]);
    assert!(!report.complete && !there.finished.get());
    // Whoever does not want them is not concerned.
    let report = moved(&source, &target, false).await;
    assert!(told(&report).is_empty());
    assert_eq!(report.not_moved, ["runs, as was asked"]);
    assert!(report.complete && there.finished.get());
}

#[tokio::test]
async fn runs_follow_only_a_dataset_that_is_whole() {
    let source = Fake { unreadable_case: true, ..Fake::source() };
    let ((source, _), (target, _)) = (source.place(), Fake::default().place());
    let report = moved(&source, &target, true).await;
    let why = Some("its dataset was not moved whole");
    assert_eq!(told(&report)[0], ("one", Action::Failed, None, why));
}

#[tokio::test]
async fn one_that_is_deleted_meanwhile_is_none() {
    let source = Fake { deletes: Some("one"), ..Fake::source() };
    let ((source, _), (target, there)) = (source.place(), Fake::default().place());
    let report = moved(&source, &target, true).await;
    assert_eq!(told(&report), [("two", Action::Created, Some(true), None)]);
    let left = "1 scoring run with its evaluations, which were deleted meanwhile";
    assert_eq!(report.not_moved, [left]);
    assert!(report.complete && there.finished.get());
}

#[tokio::test]
async fn what_is_lost_on_the_way_is_seen() {
    let target = Fake { loses: 1, ..Fake::default() };
    let ((source, _), (target, _)) = (Fake::source().place(), target.place());
    let report = moved(&source, &target, true).await;
    let why = Some("what was written is not what is read again");
    assert_eq!(told(&report)[0], ("one", Action::Created, Some(false), why));
    assert!(!report.complete);
    let again = moved(&source, &target, true).await;
    assert_eq!(told(&again)[0].1, Action::Differs, "it is left as it is");
}

#[tokio::test]
async fn a_place_that_does_not_tell_proves_nothing() {
    // Neither what it took, nor that it took it.
    let target = Fake { reticent: true, ..Fake::default() };
    let ((source, _), (target, _)) = (Fake::source().place(), target.place());
    let report = moved(&source, &target, true).await;
    assert_eq!(told(&report)[0].2, Some(false));
    // A source that tells nothing of the parts has all that it tells moved.
    let source = Fake { runs: vec![(Ok(run("one", false)), 0)].into(), ..Fake::source() };
    let ((source, _), (target, _)) = (source.place(), Fake::default().place());
    let report = moved(&source, &target, true).await;
    assert_eq!(told(&report), [("one", Action::Created, None, None)]);
    assert!(report.complete);
    let verdict = compared(&source, &target).await;
    assert!(verdict.equal && !verdict.runs[0].in_parts);
}
