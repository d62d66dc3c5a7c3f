//! Runs that come from elsewhere, and ours as they are read to be moved.

mod arrival;
mod numbers;
mod places;
mod refusals;
mod reporting;
mod samples;
mod walks;

use evalstone_core::benchmark::{BenchmarkFilter, End, Runner, StoredVerdict};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Window;
use evalstone_core::digest::Digest;
use evalstone_core::error::Kind;
use evalstone_core::id::{CaseId, DatasetId, RunId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::{Evaluation, NewEvaluation, NewRun, RunFilter, RunKind};
use evalstone_core::run_copy::{NewRunCopy, RunPart, StoredRunCopy};
use evalstone_core::scoring::Outcome;
use evalstone_core::trace::{NewSpan, PipelineName, TraceId};

use self::samples::{Parts, benchmark, experiment, new, scoring, spans_of};
use super::benchmarks::{EXCEPT, LONG, claimed, filled, start, verdict};
use super::scorings::{both, claimed as claim_scoring, end, made, open, report, rows, scores};
use super::{DIALECT, caller, case, on_both, organization};
use crate::Store;
use crate::scorings::RunsOf;

const ALL: Window = Window { offset: 0, limit: None };

/// Stores a run with its parts.
async fn received(store: &Store, who: &Caller, new: NewRunCopy, parts: &Parts) -> StoredRunCopy {
    let arriving = store.begin_run_copy(who, new).await.expect("begun");
    store.add_run_parts(&arriving, parts.clone()).await.expect("added");
    store.end_run_copy(arriving).await.expect("ended")
}

async fn stored(store: &Store, who: &Caller, id: RunId) -> Option<StoredRunCopy> {
    store.run_copy(who, id).await.expect("a query")
}

async fn parts_of(store: &Store, who: &Caller, run: &StoredRunCopy) -> Parts {
    let mut pages = store.run_part_pages(who, run);
    let mut parts = Vec::new();
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            return parts;
        }
        parts.extend(piece);
    }
}

/// All runs that somebody sees, in their order.
async fn walked(store: &Store, who: &Caller) -> Vec<StoredRunCopy> {
    let mut pages = store.run_copy_pages(who);
    let mut runs = Vec::new();
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            return runs;
        }
        runs.extend(piece);
    }
}

fn digests(parts: &Parts) -> Vec<(Option<CaseId>, Digest)> {
    parts.iter().map(|(case, part)| (*case, part.digest())).collect()
}

async fn verdicts(store: &Store, who: &Caller, run: RunId) -> Vec<StoredVerdict> {
    let mut pages = store.verdict_window(who, run, ALL).await.expect("a query");
    pages.next().await.expect("a page")
}

async fn evaluations(store: &Store, who: &Caller, run: RunId) -> Vec<Evaluation> {
    store.evaluations(who, run, 0, 1_000).await.expect("a query")
}

/// How many ways there are in which somebody comes by a run or by what came of it.
async fn ways_to(store: &Store, who: &Caller, run: RunId, dataset: DatasetId) -> usize {
    let filter = BenchmarkFilter { dataset: Some(dataset), status: None };
    let (benchmarks, listed) = store.benchmarks(who, filter, ALL).await.expect("listed");
    let kind = RunKind::Experiment;
    let all = RunFilter { kind, pipeline: None };
    let mut scorings = store.scoring_pages(who, RunsOf::Dataset(dataset));
    let mut scores = store.dataset_score_pages(who, dataset);
    // Those of other kinds than experiments cannot be read so: whoever fails has seen them.
    let evaluations = store.evaluations(who, run, 0, 5).await;
    let report = store.report(who, run, Window { offset: 0, limit: Some(5) }).await;
    let seen = [
        stored(store, who, run).await.is_some(),
        !walked(store, who).await.is_empty(),
        store.benchmark(who, run).await.expect("a query").is_some(),
        benchmarks > 0,
        !listed.is_empty(),
        !verdicts(store, who, run).await.is_empty(),
        store.scoring_by_id(who, run).await.expect("a query").is_some(),
        !scorings.next().await.expect("a piece").is_empty(),
        !scores.next().await.expect("a piece").is_empty(),
        store.run(who, kind, run).await.expect("a query").is_some(),
        !store.runs(who, all).await.expect("listed").is_empty(),
        evaluations.map_or(true, |rows| !rows.is_empty()),
        report.map_or(true, |report| report.counts.rows > 0),
    ];
    seen.into_iter().filter(|seen| *seen).count()
}

#[test]
fn a_run_of_any_kind_is_nowhere_before_its_end_and_then_what_it_was() {
    on_both(|store| async move {
        let other = organization(&store, "other").await;
        let eve = caller(&store, &other, None).await;
        let samples = [("one", benchmark()), ("two", scoring()), ("three", experiment())];
        for (slug, (name, run, parts)) in samples {
            // Each in an organization that has no other run.
            let me = caller(&store, &organization(&store, slug).await, None).await;
            let dataset = filled(&store, &me, vec![case(1)]).await;
            let sent = NewRunCopy { dataset: Some(dataset), ..new(run) };
            let id = sent.id;
            let arriving = store.begin_run_copy(&me, sent.clone()).await.expect("begun");
            store.add_run_parts(&arriving, parts.clone()).await.expect("added");
            assert_eq!(ways_to(&store, &me, id, dataset).await, 0, "{name}");
            // Nor does a sweep take it for something that is to go.
            store.sweep().await.expect("swept");
            let ended = store.end_run_copy(arriving).await.expect("ended");
            let found = stored(&store, &me, id).await.expect("found");
            assert_eq!((ended.id, ended.number), (found.id, found.number));
            assert_eq!((found.dataset, found.pipeline), (Some(dataset), me.default_pipeline));
            assert_eq!(found.run.digest(), sent.run.digest(), "{name}");
            assert_eq!(found.run.origin.as_deref(), Some(DIALECT));
            assert_eq!(digests(&parts_of(&store, &me, &found).await), digests(&parts), "{name}");
            assert!(ways_to(&store, &me, id, dataset).await >= 5, "{name}");
            assert_eq!(ways_to(&store, &eve, id, dataset).await, 0, "{name}");
            let theirs = store.run_part_pages(&eve, &found).next().await.expect_err("unseen");
            assert_eq!(theirs.kind(), Kind::NotFound);
            assert_eq!(walked(&store, &me).await.len(), 1);
        }
    });
}

#[test]
fn a_run_that_came_in_is_read_like_any_other() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, vec![case(1)]).await;
        let over = |run| NewRunCopy { dataset: Some(dataset), ..new(run) };

        let (_, run, parts) = benchmark();
        let run = received(&store, &me, over(run), &parts).await;
        let found = store.benchmark(&me, run.id).await.expect("a query").expect("found");
        assert_eq!((found.dataset, found.total, found.completed), (dataset, 3, 2));
        let told = verdicts(&store, &me, run.id).await;
        assert_eq!(Some(told[0].case_id), parts[0].0);
        assert_eq!(told[1].case.name.as_deref(), Some("second"));
        assert_eq!(told[1].verdict.score, 0.1 + 0.2);
        assert_eq!(told[1].created_at, samples::at(20_000_002));

        let (_, run, parts) = scoring();
        let run = received(&store, &me, over(run), &parts).await;
        let found = store.scoring_by_id(&me, run.id).await.expect("a query").expect("found");
        assert_eq!((found.name.as_str(), found.threshold), ("nightly", Some(70)));
        let told = scores(&store, &me, &found).await;
        assert_eq!(told.len(), 3);
        assert_eq!(told[2].case.inputs.as_str(), r#"{"input": 2.50}"#);
        let failed = Outcome::Failed { explanation: "no model".to_owned(), cost: Some(7) };
        assert_eq!(told[1].score.outcome, failed);

        let (_, run, parts) = experiment();
        let run = received(&store, &me, over(run), &parts).await;
        let kind = RunKind::Experiment;
        let found = store.run(&me, kind, run.id).await.expect("a query").expect("found");
        assert_eq!(found.finished_at, run.run.finished_at);
        let told = evaluations(&store, &me, run.id).await;
        let names: Vec<_> = told.iter().map(|told| told.name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        let spans = store.trace(&me, told[0].trace, 10).await.expect("a query");
        assert_eq!(spans.len(), 2);
        assert_eq!(spans[0].body.as_str(), r#"{"n":  1.0}"#);
    });
}

/// What a dialect reports of a run of ours, until it has ended.
async fn ours(store: &Store, me: &Caller) -> (DatasetId, [RunId; 3]) {
    let dataset = filled(store, me, vec![case(1), case(2), case(3)]).await;
    let checked = start(store, me, dataset, Runner::Runtime).await;
    let lease = claimed(store, me, LONG).await.expect("it waits").lease;
    let cases = store.open_cases(lease, EXCEPT, 0, 9).await.expect("a query");
    let told = cases.into_iter().map(|case| verdict(case, "BLOCK")).collect();
    store.report_verdicts(lease, told).await.expect("a query").expect("held");
    let ended = End { summary: RawObject::empty(), failure: None };
    store.end_benchmark(lease, ended).await.expect("a query").expect("held");

    let scored = made(store, me, rows(3), "nightly").await;
    let lease = claim_scoring(store, me, &scored, LONG).await.lease;
    let open = open(store, lease, 0, 9).await;
    let told = open.into_iter().map(|row| both(row, 100.0 / 3.0)).collect();
    report(store, lease, told).await.expect("held");
    assert!(end(store, lease, Some("late")).await);

    let new = NewRun {
        id: None,
        kind: RunKind::Experiment,
        origin: DIALECT,
        pipeline: me.default_pipeline,
        name: Some("tried".to_owned()),
        metadata: None,
    };
    let tried = store.create_run(me, new).await.expect("made").id;
    let spans = spans_of(TraceId([9; 16]), 3).into_iter().enumerate().map(|(n, span)| {
        let evaluation = (n == 1).then(|| NewEvaluation {
            run: tried,
            case: None,
            name: "c".to_owned(),
            inputs: Some(RawJson::trusted("[1.0]".to_owned())),
            output: None,
            error: Some("no".to_owned()),
        });
        let pipeline = (n == 1).then_some(PipelineName::Default);
        NewSpan { span, marked: n < 2, pipeline, evaluation }
    });
    store.record_spans(me, spans.collect()).await.expect("stored");
    (dataset, [checked.id, scored.id, tried])
}

#[test]
fn what_ours_are_read_as_is_stored_elsewhere_and_read_as_the_same_again() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let (dataset, ids) = ours(&store, &me).await;
        let runs = walked(&store, &me).await;
        assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), ids);
        assert_eq!(runs[0].dataset, Some(dataset));
        for (run, (rows, evaluations, spans)) in runs.iter().zip([(0, 3, 0), (3, 6, 0), (0, 1, 3)])
        {
            let parts = parts_of(&store, &me, run).await;
            let count = |word| parts.iter().filter(|(_, part)| part.as_str() == word).count();
            assert_eq!(
                (count("row"), count("evaluation"), count("span")),
                (rows, evaluations, spans)
            );
            let sent = NewRunCopy { id: run.id, dataset: run.dataset, ..new(run.run.clone()) };
            let moved = received(&store, &eve, sent, &parts).await;
            assert_eq!(moved.run.digest(), run.run.digest());
            assert_eq!(moved.run.created_at, run.run.created_at);
            assert_eq!(digests(&parts_of(&store, &eve, &moved).await), digests(&parts));
        }
        let parts = parts_of(&store, &me, &runs[2]).await;
        let spans = parts.iter().filter_map(|(_, part)| match part {
            RunPart::Span(span) => Some((span.marked, span.names_pipeline, span.reports)),
            RunPart::Row(_) | RunPart::Evaluation(_) => None,
        });
        let expected = [(true, false, false), (true, true, true), (false, false, false)];
        assert_eq!(spans.collect::<Vec<_>>(), expected);
    });
}
