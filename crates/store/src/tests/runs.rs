use evalstone_core::caller::Caller;
use evalstone_core::case::Case;
use evalstone_core::dataset::{NewCase, Reference};
use evalstone_core::error::Kind;
use evalstone_core::id::{CaseId, PipelineId, RunId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::{NewEvaluation, NewRun, Run, RunChange, RunFilter, RunKind, RunStatus};
use evalstone_core::trace::{NewSpan, PipelineName, Refusal, Span, SpanId, TraceId};

use super::{DIALECT, caller, case_of, dataset, on_both, organization};
use crate::Store;

const KIND: RunKind = RunKind::Experiment;

async fn experiment(store: &Store, me: &Caller) -> Run {
    let metadata = Some(RawObject::trusted(r#"{"b": 1.0, "a": null}"#.to_owned()));
    let new = NewRun {
        id: None,
        kind: KIND,
        origin: DIALECT,
        pipeline: me.default_pipeline,
        name: None,
        metadata,
    };
    store.create_run(me, new).await.expect("made")
}

fn json(text: &str) -> RawJson {
    RawJson::parse(text).expect(text)
}

fn span(trace: u8, id: u8) -> NewSpan {
    let span = Span {
        trace: TraceId([trace; 16]),
        id: SpanId([id; 8]),
        parent: (id > 1).then_some(SpanId([1; 8])),
        name: format!("span {id}"),
        start_ns: 1_700_000_000_000_000_000 + i64::from(id),
        end_ns: 1_700_000_001_000_000_000,
        failed: false,
        body: json(&format!(r#"{{"n": {id}.0, "s": "\u0000"}}"#)),
        resource: json("{}"),
        scope: json(r#"{"name":"x"}"#),
    };
    NewSpan { span, marked: false, pipeline: None, evaluation: None }
}

fn test_span(trace: u8, run: RunId, case: Option<CaseId>) -> NewSpan {
    let evaluation = NewEvaluation {
        run,
        case,
        name: "case-1".to_owned(),
        inputs: Some(json(r#"{"q":1}"#)),
        output: Some(json("\"A\"")),
        error: None,
    };
    NewSpan { marked: true, evaluation: Some(evaluation), ..span(trace, 1) }
}

#[test]
fn a_run_is_made_listed_and_changed() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let made = experiment(&store, &me).await;
        assert_eq!(
            (made.status, made.finished_at, made.updated_at),
            (RunStatus::Running, None, None)
        );
        assert_eq!(made.metadata.as_ref().map(RawObject::as_str), Some(r#"{"b": 1.0, "a": null}"#));
        let unknown = NewRun {
            id: None,
            kind: KIND,
            origin: DIALECT,
            pipeline: PipelineId::generate(),
            name: None,
            metadata: None,
        };
        assert_eq!(
            store.create_run(&me, unknown).await.expect_err("refused").kind(),
            Kind::NotFound
        );
        assert!(store.run(&eve, KIND, made.id).await.expect("a query").is_none());
        let all = RunFilter { kind: KIND, pipeline: None };
        assert_eq!(store.runs(&me, all.clone()).await.expect("listed").len(), 1);
        assert!(store.runs(&eve, all).await.expect("listed").is_empty());
        let none = RunFilter { kind: KIND, pipeline: Some(PipelineId::generate()) };
        assert!(store.runs(&me, none).await.expect("listed").is_empty());
        let end = RunChange { status: Some(RunStatus::Completed), ..RunChange::default() };
        assert!(
            store.change_run(&eve, KIND, made.id, end.clone()).await.expect("a query").is_none()
        );
        let first = store
            .change_run(&me, KIND, made.id, end.clone())
            .await
            .expect("a query")
            .expect("found");
        assert!(first.finished_at.is_some() && first.updated_at.is_some());
        let again =
            store.change_run(&me, KIND, made.id, end).await.expect("a query").expect("found");
        assert_eq!(again.finished_at, first.finished_at);
        let change = RunChange {
            name: Some(Some("n".to_owned())),
            metadata: Some(None),
            status: Some(RunStatus::Running),
        };
        let changed =
            store.change_run(&me, KIND, made.id, change).await.expect("a query").expect("found");
        assert_eq!(
            (changed.name.as_deref(), changed.metadata, changed.finished_at),
            (Some("n"), None, None)
        );
    });
}

#[test]
fn a_test_span_becomes_an_evaluation_once() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let expected = Some(RawObject::trusted(r#"{"a": 2.0}"#.to_owned()));
        let case = NewCase { case: Case { expected, ..case_of("{}").case }, ..case_of("{}") };
        let case = store
            .add_case(&me, DIALECT, &Reference::Id(made.id.uuid()), case)
            .await
            .expect("added");
        let run = experiment(&store, &me).await;
        store.record_spans(&me, vec![span(7, 2), span(7, 3)]).await.expect("children first");
        let recorded = store
            .record_spans(&me, vec![test_span(7, run.id, Some(case.id))])
            .await
            .expect("stored");
        assert_eq!((recorded.stored, recorded.refused.len()), (1, 0));
        let mut late = test_span(7, run.id, Some(case.id));
        if let Some(evaluation) = &mut late.evaluation {
            evaluation.output = None;
            evaluation.error = Some("ValueError: no".to_owned());
        }
        let local = test_span(8, run.id, None);
        let unknown_case = test_span(9, run.id, Some(CaseId::generate()));
        store
            .record_spans(&me, vec![late.clone(), late, local, unknown_case])
            .await
            .expect("stored");
        let found = store.evaluations(&me, run.id, 0, 10).await.expect("listed");
        let shown: Vec<_> = found
            .iter()
            .map(|e| (e.trace.0[0], e.error.as_deref(), e.expected.as_ref().map(RawJson::as_str)))
            .collect();
        assert_eq!(
            shown,
            [(7, Some("ValueError: no"), Some(r#"{"a": 2.0}"#)), (8, None, None), (9, None, None)]
        );
        assert_eq!(found[0].inputs.as_ref().map(RawJson::as_str), Some(r#"{"q":1}"#));
        assert_eq!(
            store.evaluations(&me, run.id, found[0].number, 1).await.expect("listed").len(),
            1
        );
        let trace = store.trace(&me, TraceId([7; 16]), 10).await.expect("listed");
        assert_eq!(trace.iter().map(|s| s.id.0[0]).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(trace[1].parent, Some(SpanId([1; 8])));
        assert_eq!(trace[1].body.as_str(), r#"{"n": 2.0, "s": "\u0000"}"#);
    });
}

#[test]
fn spans_of_unknown_pipelines_and_runs_are_refused_alone() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let theirs = experiment(&store, &eve).await;
        let named = |id, text: &str| {
            let pipeline = Some(PipelineName::Text(text.to_owned()));
            NewSpan { pipeline, ..span(1, id) }
        };
        let own = me.default_pipeline.to_string();
        let foreign = eve.default_pipeline.to_string();
        let spans = vec![
            named(1, &own),
            named(2, "default"),
            named(3, &foreign),
            named(4, "no-such\u{0}pipeline"),
            NewSpan { pipeline: Some(PipelineName::Default), ..span(1, 5) },
            test_span(2, theirs.id, None),
        ];
        let recorded = store.record_spans(&me, spans).await.expect("stored");
        assert_eq!(recorded.stored, 3);
        let expected = [
            Refusal::Pipeline(foreign),
            Refusal::Pipeline("no-such\u{0}pipeline".to_owned()),
            Refusal::Run(theirs.id.to_string()),
        ];
        assert_eq!(recorded.refused, expected);
        assert_eq!(store.trace(&me, TraceId([1; 16]), 10).await.expect("listed").len(), 3);
        assert!(store.trace(&eve, TraceId([1; 16]), 10).await.expect("listed").is_empty());
        assert!(store.evaluations(&eve, theirs.id, 0, 10).await.expect("listed").is_empty());
    });
}

#[test]
fn many_spans_come_at_once() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let spans: Vec<NewSpan> =
            (0..=250_u8).flat_map(|t| (1..=8_u8).map(move |id| span(t, id))).collect();
        let recorded = store.record_spans(&me, spans.clone()).await.expect("stored");
        assert_eq!(recorded.stored, 251 * 8);
        let tasks: Vec<_> = spans
            .into_iter()
            .take(200)
            .map(|span| {
                let (store, me) = (store.clone(), me.clone());
                tokio::spawn(
                    async move { store.record_spans(&me, vec![span]).await.map(|r| r.stored) },
                )
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.expect("no panic").expect("stored"), 1);
        }
        assert_eq!(store.trace(&me, TraceId([3; 16]), 100).await.expect("listed").len(), 8);
    });
}
