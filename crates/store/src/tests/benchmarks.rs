use std::collections::BTreeSet;
use std::time::Duration;

use evalstone_core::benchmark::{
    Benchmark, BenchmarkFilter, Claimed, End, Lease, NewBenchmark, NewVerdict, Runner, Verdict,
};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{NewCase, Reference, StoredCase, Window};
use evalstone_core::id::{DatasetId, RunId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::RunStatus;
use uuid::Uuid;

use super::{DIALECT, caller, case, dataset, on_both, organization};
use crate::Store;

pub(super) const LONG: Duration = Duration::from_secs(600);
const OVER: Duration = Duration::ZERO;
pub(super) const EXCEPT: &[&str] = &["hook"];

pub(super) async fn filled(store: &Store, who: &Caller, cases: Vec<NewCase>) -> DatasetId {
    let made = store.create_dataset(who, dataset("d")).await.expect("made");
    if !cases.is_empty() {
        let reference = Reference::Id(made.id.uuid());
        store.add_cases(who, DIALECT, &reference, cases).await.expect("added");
    }
    made.id
}

fn staged(n: usize, stage: &str) -> NewCase {
    let mut new = case(n);
    new.case.stage = Some(stage.to_owned());
    new
}

pub(super) async fn start(
    store: &Store,
    who: &Caller,
    dataset: DatasetId,
    runner: Runner,
) -> Benchmark {
    let new = NewBenchmark {
        origin: DIALECT,
        dataset,
        runner,
        policy: Some(RawObject::trusted(r#"{"pii": {"enabled": true}}"#.to_owned())),
        policy_version: None,
        bundle: Some("b".to_owned()),
        except_stages: EXCEPT,
    };
    store.start_benchmark(who, new).await.expect("a query").expect("the dataset is there")
}

pub(super) fn verdict(case: StoredCase, decision: &str) -> NewVerdict {
    let verdict = Verdict {
        decision: decision.to_owned(),
        score: 50.0,
        rule_hits: RawJson::trusted(r#"["a.b"]"#.to_owned()),
        detectors: None,
        latency_ms: 7,
    };
    NewVerdict { case, verdict, passed: Some(true) }
}

async fn open(store: &Store, lease: Lease, limit: i64) -> Vec<StoredCase> {
    store.open_cases(lease, EXCEPT, 0, limit).await.expect("a query")
}

pub(super) async fn claimed(store: &Store, who: &Caller, term: Duration) -> Option<Claimed> {
    store.claim_for_runtime(who, Uuid::new_v4(), term).await.expect("a query")
}

async fn finish(store: &Store, lease: Lease, failure: Option<&str>) -> Option<Benchmark> {
    let summary = RawObject::trusted(r#"{"accuracy": 1.0}"#.to_owned());
    let end = End { summary, failure: failure.map(str::to_owned) };
    store.end_benchmark(lease, end).await.expect("a query")
}

async fn found(store: &Store, who: &Caller, id: RunId) -> Benchmark {
    store.benchmark(who, id).await.expect("a query").expect("found")
}

#[test]
fn a_benchmark_goes_from_start_to_end() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let dataset = filled(&store, &me, vec![case(1), staged(2, "hook"), case(3), case(4)]).await;
        let run = start(&store, &me, dataset, Runner::Runtime).await;
        assert_eq!((run.status, run.total, run.completed), (RunStatus::Queued, 3, 0));
        // What is added later is no part of it.
        let reference = Reference::Id(dataset.uuid());
        store.add_cases(&me, DIALECT, &reference, vec![case(5)]).await.expect("added");
        assert!(claimed(&store, &eve, LONG).await.is_none());
        let claim = claimed(&store, &me, LONG).await.expect("it waits");
        assert_eq!((claim.lease.run, claim.dataset, claim.total), (run.id, dataset, 3));
        assert_eq!(
            claim.policy.as_ref().map(RawObject::as_str),
            Some(r#"{"pii": {"enabled": true}}"#)
        );
        assert!(claimed(&store, &me, LONG).await.is_none());
        let first = open(&store, claim.lease, 2).await;
        assert_eq!(first.len(), 2);
        let verdicts: Vec<_> = first.into_iter().map(|case| verdict(case, "BLOCK")).collect();
        let ids: Vec<_> = verdicts.iter().map(|v| v.case.id).collect();
        let told = store.report_verdicts(claim.lease, verdicts.clone()).await.expect("a query");
        assert_eq!(told.map(|told| (told.accepted, told.completed)), Some((2, 2)));
        // The same again changes nothing.
        let again = verdicts.into_iter().map(|v| verdict(v.case, "ALLOW")).collect();
        let told = store.report_verdicts(claim.lease, again).await.expect("a query");
        assert_eq!(told.map(|told| (told.accepted, told.completed)), Some((0, 2)));
        assert!(store.open_of(claim.lease, EXCEPT, ids).await.expect("a query").is_empty());
        assert_eq!(store.open_count(claim.lease, EXCEPT).await.expect("a count"), Some(1));
        let rest = open(&store, claim.lease, 9).await;
        assert_eq!(rest.len(), 1);
        let rest = rest.into_iter().map(|case| verdict(case, "ERROR")).collect();
        store.report_verdicts(claim.lease, rest).await.expect("a query").expect("held");
        let lines = store.verdict_lines(claim.lease, 0, 10).await.expect("lines");
        let decisions: Vec<_> = lines.iter().map(|line| line.decision.as_str()).collect();
        assert_eq!(decisions, ["BLOCK", "BLOCK", "ERROR"]);
        let ended = finish(&store, claim.lease, None).await.expect("held");
        assert_eq!((ended.status, ended.completed), (RunStatus::Completed, 3));
        assert!(finish(&store, claim.lease, Some("late")).await.is_none());
        assert!(store.benchmark(&eve, run.id).await.expect("a query").is_none());
        // The verdicts outlive the dataset.
        store.delete_dataset(&me, dataset).await.expect("deleted");
        store.sweep().await.expect("swept");
        for (offset, limit, expected) in [(0, None, 3), (1, Some(1), 1), (3, None, 0)] {
            let window = Window { offset, limit };
            let mut pages = store.verdict_window(&me, run.id, window).await.expect("a query");
            let page = pages.next().await.expect("a page");
            assert_eq!(page.len(), expected);
            assert!(page.iter().all(|v| v.case.inputs.as_str().contains("input")));
        }
        let mut pages = store
            .verdict_window(&eve, run.id, Window { offset: 0, limit: None })
            .await
            .expect("a query");
        assert!(pages.next().await.expect("a page").is_empty());
        assert_eq!(found(&store, &me, run.id).await.status, RunStatus::Completed);
    });
}

#[test]
fn a_lapsed_lease_is_taken_over_and_good_for_nothing() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, vec![case(1), case(2)]).await;
        let run = start(&store, &me, dataset, Runner::Runtime).await;
        // It waits for no gateway.
        let claim = store.claim_benchmark(acme.id, run.id, Uuid::new_v4(), LONG).await;
        assert!(claim.expect("a query").is_none());
        let lost = claimed(&store, &me, OVER).await.expect("it waits").lease;
        let mut cases = open(&store, lost, 1).await;
        let case = cases.pop().expect("a case");
        store.report_verdicts(lost, vec![verdict(case.clone(), "BLOCK")]).await.expect("a query");
        let lease = claimed(&store, &me, LONG).await.expect("it has lapsed").lease;
        assert_ne!(lease.worker, lost.worker);
        // What was reported stays; the first one's later reports are refused.
        assert_eq!(open(&store, lease, 9).await.len(), 1);
        let late = store.report_verdicts(lost, vec![verdict(case, "ALLOW")]).await;
        assert!(late.expect("a query").is_none());
        assert!(open(&store, lost, 9).await.is_empty());
        assert!(!store.renew_lease(lost).await.expect("a query"));
        assert!(!store.give_back(lost).await.expect("a query"));
        assert!(!store.hand_over(lost, Runner::Gateway).await.expect("a query"));
        assert!(finish(&store, lost, None).await.is_none());
        assert!(store.renew_lease(lease).await.expect("a query"));
        assert_eq!(found(&store, &me, run.id).await.completed, 1);
        assert!(store.hand_over(lease, Runner::Gateway).await.expect("a query"));
        assert!(claimed(&store, &me, LONG).await.is_none());
        let worker = Uuid::new_v4();
        let claim = store.claim_for_gateway(worker, LONG).await.expect("a query").expect("waits");
        assert_eq!((claim.lease.run, claim.lease.organization), (run.id, acme.id));
        let failed = finish(&store, claim.lease, Some("no answer")).await.expect("held");
        assert_eq!(failed.failure.as_deref(), Some("no answer"));
        assert_eq!(failed.status, RunStatus::Failed);
    });
}

#[test]
fn attempts_count_as_long_as_nothing_comes_of_them() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, vec![case(1), case(2)]).await;
        let run = start(&store, &me, dataset, Runner::Gateway).await;
        let worker = Uuid::new_v4();
        let take = async || {
            let claim = store.claim_benchmark(acme.id, run.id, worker, LONG).await;
            claim.expect("a query").expect("it is to be had")
        };
        let first = take().await;
        assert_eq!(first.attempts, 1);
        // Nobody else's, and no runtime's.
        assert!(claimed(&store, &me, LONG).await.is_none());
        assert!(store.give_back(first.lease).await.expect("a query"));
        let second = take().await;
        assert_eq!(
            (second.attempts, store.attempts_at(second.lease).await.expect("a query")),
            (2, Some(2))
        );
        let started = found(&store, &me, run.id).await.started_at;
        assert!(started.is_some());
        let case = open(&store, second.lease, 1).await.remove(0);
        let verdicts = vec![verdict(case, "BLOCK")];
        store.report_verdicts(second.lease, verdicts.clone()).await.expect("a query");
        assert_eq!(store.attempts_at(second.lease).await.expect("a query"), Some(0));
        assert!(store.give_back(second.lease).await.expect("a query"));
        let third = take().await;
        store.report_verdicts(third.lease, verdicts).await.expect("a query");
        assert_eq!(store.attempts_at(third.lease).await.expect("a query"), Some(1), "none was new");
        assert_eq!(found(&store, &me, run.id).await.started_at, started);
        // Left to another kind of runner, it is as if nobody had tried.
        assert!(store.hand_over(third.lease, Runner::Runtime).await.expect("a query"));
        let waiting = found(&store, &me, run.id).await;
        assert_eq!((waiting.status, waiting.started_at), (RunStatus::Queued, None));
        assert!(
            store.claim_benchmark(acme.id, run.id, worker, LONG).await.expect("a query").is_none()
        );
        assert_eq!(claimed(&store, &me, LONG).await.expect("it waits").attempts, 1);
    });
}

#[test]
fn many_workers_never_have_the_same_benchmark() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, vec![case(1)]).await;
        for _ in 0..12 {
            start(&store, &me, dataset, Runner::Gateway).await;
        }
        let tasks: Vec<_> = (0..24)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.claim_for_gateway(Uuid::new_v4(), LONG).await })
            })
            .collect();
        let mut runs = BTreeSet::new();
        let mut claims = 0;
        for task in tasks {
            if let Some(claim) = task.await.expect("no panic").expect("a query") {
                claims += 1;
                runs.insert(claim.lease.run);
            }
        }
        // Who finds that others were faster at all it tried may go away with nothing.
        assert_eq!(runs.len(), claims);
        while let Some(claim) =
            store.claim_for_gateway(Uuid::new_v4(), LONG).await.expect("a query")
        {
            claims += 1;
            runs.insert(claim.lease.run);
        }
        assert_eq!((runs.len(), claims), (12, 12));
    });
}

#[test]
fn lists_of_benchmarks() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (one, two) =
            (filled(&store, &me, vec![case(1)]).await, filled(&store, &me, Vec::new()).await);
        let first = start(&store, &me, one, Runner::Runtime).await;
        let second = start(&store, &me, two, Runner::Runtime).await;
        assert_eq!(second.total, 0);
        let claim = claimed(&store, &me, LONG).await.expect("waits");
        assert_eq!(claim.lease.run, first.id);
        let listed = async |dataset, status, offset| {
            let filter = BenchmarkFilter { dataset, status };
            let window = Window { offset, limit: Some(1) };
            let (total, rows) = store.benchmarks(&me, filter, window).await.expect("listed");
            (total, rows.first().map(|row| row.id))
        };
        assert_eq!(listed(None, None, 0).await, (2, Some(second.id)));
        assert_eq!(listed(None, None, 1).await, (2, Some(first.id)));
        assert_eq!(listed(Some(one), None, 0).await, (1, Some(first.id)));
        assert_eq!(listed(None, Some(RunStatus::Running), 0).await, (1, Some(first.id)));
        assert_eq!(listed(Some(two), Some(RunStatus::Running), 0).await, (0, None));
        let gone = store.start_benchmark(
            &me,
            NewBenchmark {
                origin: DIALECT,
                dataset: DatasetId::generate(),
                runner: Runner::Runtime,
                policy: None,
                policy_version: None,
                bundle: None,
                except_stages: EXCEPT,
            },
        );
        assert!(gone.await.expect("a query").is_none());
        store.delete_dataset(&me, one).await.expect("deleted");
        assert_eq!(store.open_count(claim.lease, EXCEPT).await.expect("a query"), None);
    });
}
