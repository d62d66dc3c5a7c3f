//! Guardrails' traces and their annotations.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use evalstone_core::annotation::{Annotated, AnnotationFilter, Label, NewAnnotation};
use evalstone_core::caller::Caller;
use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{NewCase, Reference, Window};
use evalstone_core::error::Kind;
use evalstone_core::guardrail::{NewTrace, Report, TraceBrief, TraceFilter};
use evalstone_core::id::{DatasetId, ProjectId};
use evalstone_core::json::{ObjectBuilder, RawJson, RawObject};

use super::{DIALECT, caller, dataset, on_both, organization, window};
use crate::annotations::Export;
use crate::records::guardrail_traces::digest;
use crate::schema::guardrails::guardrail_traces;
use crate::types::Key;
use crate::{Backend, Store};

const ALL: Window = Window { offset: 0, limit: None };

fn json(text: &str) -> RawJson {
    RawJson::parse(text).expect(text)
}

/// A trace with as little as there can be, so many seconds after the first.
pub(super) fn trace(request_id: &str, seconds: i64) -> NewTrace {
    let report = Report {
        request_id: RawJson::from_text(request_id),
        trace_id: None,
        session_id: None,
        span_id: None,
        context: "input".to_owned(),
        decision: json("\"ALLOW\""),
        risk_score: None,
        policy_version: None,
        policy_hash: None,
        latency_ms: None,
        rule_hit_ids: None,
        tenant_id: None,
        app_id: None,
        agent_id: None,
        env: None,
        input_text: None,
        detector_results: None,
        quality_scores: None,
        metadata: None,
    };
    let first: DateTime<Utc> = "2026-04-22T12:00:00.123456Z".parse().expect("a time");
    NewTrace { report, fired: Vec::new(), created_at: first + Duration::seconds(seconds) }
}

async fn listed(
    store: &Store,
    who: &Caller,
    filter: TraceFilter,
    window: Window,
) -> (i64, Vec<TraceBrief>) {
    let (total, mut pages) =
        store.counted_guardrail_traces(who, filter, window).await.expect("counted");
    let mut rows = Vec::new();
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            return (total, rows);
        }
        rows.extend(piece);
    }
}

async fn names(store: &Store, who: &Caller, filter: TraceFilter) -> Vec<String> {
    let (total, rows) = listed(store, who, filter, ALL).await;
    assert_eq!(usize::try_from(total), Ok(rows.len()));
    let name = |row: TraceBrief| row.request_id.view().as_text().expect("a text").into_owned();
    rows.into_iter().map(name).collect()
}

#[test]
fn a_trace_comes_back_as_it_was_reported() {
    on_both(async |store| {
        let (me, eve) = (
            caller(&store, &organization(&store, "acme").await, None).await,
            caller(&store, &organization(&store, "other").await, None).await,
        );
        let some = |text: &str| Some(json(text));
        let object = |text: &str| Some(RawObject::trusted(text.to_owned()));
        let report = Report {
            request_id: json(r#""\u0000\ud800""#),
            trace_id: some(r#""tr\u00e9""#),
            session_id: some("\"s\""),
            span_id: some("\"sp\""),
            decision: json(r#""BL\u004fCK""#),
            risk_score: Some(100),
            policy_version: some("\"v\""),
            policy_hash: some("\"h\""),
            latency_ms: Some(0),
            rule_hit_ids: some("[ \"a\"]"),
            tenant_id: some("\"t\""),
            app_id: some("\"a\""),
            agent_id: some("\"g\""),
            env: some("\"prod\""),
            input_text: some(r#""\u0000""#),
            detector_results: some(r#"[{"a": 1.0}]"#),
            quality_scores: object(r#"{"b":1e400}"#),
            metadata: object("{}"),
            ..trace("", 0).report
        };
        let new = NewTrace { report: report.clone(), ..trace("", 0) };
        store.record_guardrail_traces(&me, vec![new.clone()]).await.expect("stored");
        let (total, rows) = listed(&store, &me, TraceFilter::default(), ALL).await;
        assert_eq!((total, rows.len(), rows[0].created_at), (1, 1, new.created_at));
        assert_eq!(rows[0].rule_hit_ids, report.rule_hit_ids);
        let id = rows[0].id.to_string();
        for name in [id.as_str(), "tré"] {
            let found = store.guardrail_trace(&me, name).await.expect("a query").expect(name);
            assert_eq!((found.id, &found.report), (rows[0].id, &report));
            assert!(store.guardrail_trace(&eve, name).await.expect("a query").is_none());
        }
        assert!(store.guardrail_trace(&me, "tr\0").await.expect("a query").is_none());
        assert!(names(&store, &eve, TraceFilter::default()).await.is_empty());
    });
}

#[test]
fn lists_are_newest_first_and_filtered() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let mut new = vec![trace("old", 0), trace("late", 60), trace("middle", 30)];
        new[0].report.decision = json(r#""BLOC\u004b""#);
        new[0].report.env = Some(json("\"staging\""));
        new[0].fired = vec![json("\"pii\""), json(r#""p\u0069i""#), json("\"secrets\"")];
        new[1].report.session_id = Some(json("\"s\""));
        new[2].report.trace_id = Some(json("\"tr\""));
        new[1].report.trace_id = Some(json("\"tr\""));
        let since = Some(new[2].created_at);
        store.record_guardrail_traces(&me, new).await.expect("stored");
        let none = TraceFilter::default;
        let text = |text: &str| Some(text.to_owned());
        for (filter, expected) in [
            (none(), vec!["late", "middle", "old"]),
            (TraceFilter { decision: text("BLOCK"), ..none() }, vec!["old"]),
            (TraceFilter { decision: text("block"), ..none() }, vec![]),
            (TraceFilter { session: text("s"), ..none() }, vec!["late"]),
            (TraceFilter { detector: text("pii"), ..none() }, vec!["old"]),
            (TraceFilter { detector: text("toxicity"), ..none() }, vec![]),
            (TraceFilter { environment: text("staging"), ..none() }, vec!["old"]),
            (TraceFilter { environment: text("prod\0"), ..none() }, vec![]),
            (TraceFilter { project: Some(ProjectId::generate()), ..none() }, vec![]),
            (TraceFilter { since, ..none() }, vec!["late", "middle"]),
            (TraceFilter { since, decision: text("BLOCK"), ..none() }, vec![]),
        ] {
            assert_eq!(names(&store, &me, filter.clone()).await, expected, "{filter:?}");
        }
        let part = Window { offset: 1, limit: Some(1) };
        let (total, rows) = listed(&store, &me, none(), part).await;
        assert_eq!((total, rows.len(), rows[0].request_id.as_str()), (3, 1, "\"middle\""));
        let newest = store.guardrail_trace(&me, "tr").await.expect("a query").expect("found");
        assert_eq!(newest.report.request_id.as_str(), "\"late\"");
    });
}

#[test]
fn many_come_at_once_and_texts_of_any_length() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let long = "x".repeat(300 * 1024);
        let mut new: Vec<_> = (0..2_100).map(|n| trace(&n.to_string(), n)).collect();
        for long_one in &mut new[2_095..] {
            let report = &mut long_one.report;
            for field in [&mut report.trace_id, &mut report.session_id, &mut report.env] {
                *field = Some(RawJson::from_text(&long));
            }
            long_one.fired = vec![RawJson::from_text(&long)];
        }
        store.record_guardrail_traces(&me, new).await.expect("stored");
        let filter = TraceFilter { session: Some(long.clone()), ..TraceFilter::default() };
        let expected: Vec<String> = (2_095..2_100).rev().map(|n| n.to_string()).collect();
        assert_eq!(names(&store, &me, filter).await, expected);
        let filter = TraceFilter { detector: Some(long.clone()), ..TraceFilter::default() };
        let (total, mut pages) =
            store.counted_guardrail_traces(&me, filter, ALL).await.expect("counted");
        let mut pieces = Vec::new();
        while let Some(piece) = Some(pages.next().await.expect("it")).filter(|p| !p.is_empty()) {
            pieces.push(piece.len());
        }
        assert_eq!((total, pieces), (5, vec![1; 5]));
        assert!(store.guardrail_trace(&me, &long).await.expect("a query").is_some());
        store.record_guardrail_traces(&me, Vec::new()).await.expect("nothing is stored");
        assert_eq!(names(&store, &me, TraceFilter::default()).await.len(), 2_100);
    });
}

/// A trace that is like no other in any column.
fn distinct(number: i64) -> NewTrace {
    let json = |what: &str| RawJson::from_text(&format!("{what} {number}"));
    let object = |what: &str| RawObject::trusted(format!("{{\"{what}\":{number}}}"));
    // Each misses one column, which must not be taken from a neighbor.
    let has = |column| number != column;
    let report = Report {
        request_id: json("request"),
        trace_id: has(1).then(|| json("trace")),
        session_id: has(2).then(|| json("session")),
        span_id: has(3).then(|| json("span")),
        context: format!("context {number}"),
        decision: json("decision"),
        risk_score: has(4).then_some(number),
        policy_version: has(5).then(|| json("version")),
        policy_hash: has(6).then(|| json("hash")),
        latency_ms: has(7).then_some(number + 100),
        rule_hit_ids: has(8).then(|| json("rules")),
        tenant_id: has(9).then(|| json("tenant")),
        app_id: has(10).then(|| json("app")),
        agent_id: has(11).then(|| json("agent")),
        env: has(12).then(|| json("env")),
        input_text: has(13).then(|| json("input")),
        detector_results: has(14).then(|| json("detectors")),
        quality_scores: has(15).then(|| object("quality")),
        metadata: has(16).then(|| object("metadata")),
    };
    NewTrace { report, fired: vec![json("detector")], ..trace("", number) }
}

#[test]
fn of_traces_that_are_stored_together_each_keeps_its_own_columns() {
    on_both(async |store| {
        let mut me = caller(&store, &organization(&store, "acme").await, None).await;
        let project = store.project(&me, "default").await.expect("a query").expect("it").id;
        let qa = store.create_environment(&me, project, "qa".to_owned()).await.expect("made").id;
        (me.project, me.environment) = (Some(project), Some(qa));
        let new: Vec<NewTrace> = (1..=17).map(distinct).collect();
        store.record_guardrail_traces(&me, new.clone()).await.expect("stored");
        let (_, rows) = listed(&store, &me, TraceFilter::default(), ALL).await;
        assert_eq!(rows.len(), new.len());
        for (new, row) in new.iter().rev().zip(rows) {
            let name = row.id.to_string();
            let found = store.guardrail_trace(&me, &name).await.expect("a query").expect("it");
            assert_eq!((&found.report, found.created_at), (&new.report, new.created_at));
            let detector = new.fired[0].view().as_text().expect("a text").into_owned();
            let filter = TraceFilter { detector: Some(detector), ..TraceFilter::default() };
            let request = new.report.request_id.view().as_text().expect("a text").into_owned();
            assert_eq!(names(&store, &me, filter).await, [request]);
        }
        let columns = || {
            use guardrail_traces as t;
            let marks = (t::trace_key, t::session_key, t::decision_key, t::env_key);
            let whose = (t::project_id, t::environment_id);
            t::table.select((marks, whose)).order(t::created_at)
        };
        type Row = ((Option<Key>, Option<Key>, Key, Option<Key>), (Option<Key>, Option<Key>));
        let rows: Vec<Row> = match &store.backend {
            Backend::Postgres(b) => b.read(move |c| Ok(columns().load(c)?)).await,
            Backend::Sqlite(b) => b.read(move |c| Ok(columns().load(c)?)).await,
        }
        .expect("a query");
        let key = |json: &Option<RawJson>| json.as_ref().map(|json| digest(json.view()));
        let expected = new.iter().map(|NewTrace { report, .. }| {
            let Report { trace_id, session_id, decision, env, .. } = report;
            let marks = (key(trace_id), key(session_id), digest(decision.view()), key(env));
            (marks, (Some(project.into()), Some(qa.into())))
        });
        assert_eq!(rows, expected.collect::<Vec<Row>>());
    });
}

fn note(label: Label, notes: &str) -> NewAnnotation {
    NewAnnotation { label, detector: None, notes: Some(notes.to_owned()), author: None }
}

async fn annotations(store: &Store, who: &Caller, filter: AnnotationFilter) -> Vec<String> {
    let (total, mut pages) = store.counted_annotations(who, filter, ALL).await.expect("counted");
    let mut rows = Vec::new();
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            assert_eq!(usize::try_from(total), Ok(rows.len()));
            return rows;
        }
        rows.extend(piece.into_iter().filter_map(|annotation| annotation.notes));
    }
}

#[test]
fn annotations_are_listed_newest_first() {
    on_both(async |store| {
        let (me, eve) = (
            caller(&store, &organization(&store, "acme").await, None).await,
            caller(&store, &organization(&store, "other").await, None).await,
        );
        let mut new = vec![trace("a", 0), trace("b", 1)];
        new[0].report.trace_id = Some(json("\"tr\""));
        store.record_guardrail_traces(&me, new).await.expect("stored");
        let (_, rows) = listed(&store, &me, TraceFilter::default(), ALL).await;
        let (b, a) = (rows[0].id.to_string(), rows[1].id.to_string());
        let detector = Some("pii".to_owned());
        let first = NewAnnotation { detector: detector.clone(), ..note(Label::Correct, "1") };
        let made = store.annotate(&me, &a, first).await.expect("a query").expect("made");
        assert_eq!((made.trace.to_string(), made.label), (a.clone(), Label::Correct));
        for (name, label, notes) in
            [("tr", Label::FalsePositive, "2"), (b.as_str(), Label::Correct, "3")]
        {
            let made = store.annotate(&me, name, note(label, notes)).await.expect("a query");
            assert!(made.is_some());
        }
        for (who, name) in [(&me, "nothing"), (&eve, "tr"), (&eve, a.as_str())] {
            let new = note(Label::Correct, "no");
            assert!(store.annotate(who, name, new).await.expect("a query").is_none());
        }
        let of = |trace: &str| AnnotationFilter {
            trace: Some(trace.to_owned()),
            ..AnnotationFilter::default()
        };
        let label = Some(Label::Correct);
        for (filter, expected) in [
            (AnnotationFilter::default(), vec!["3", "2", "1"]),
            (of(&a), vec!["2", "1"]),
            (of("tr"), vec!["2", "1"]),
            (of("x"), vec![]),
            (AnnotationFilter { label, ..AnnotationFilter::default() }, vec!["3", "1"]),
            (AnnotationFilter { label, detector, trace: None }, vec!["1"]),
        ] {
            assert_eq!(annotations(&store, &me, filter.clone()).await, expected, "{filter:?}");
            assert!(annotations(&store, &eve, filter).await.is_empty());
        }
    });
}

/// A case of the trace's text; none without one.
fn case_of(annotated: Annotated) -> Option<NewCase> {
    let inputs = ObjectBuilder::new().member("input", annotated.input_text?.view()).build();
    let name = annotated.annotation.notes;
    let case = Case { name, inputs, ..Case::default() };
    Some(NewCase {
        id: None,
        case,
        origin: Origin { dialect: DIALECT.to_owned(), source_id: None, facet: None },
    })
}

fn export(dataset: DatasetId, label: Label) -> Export {
    Export { dialect: DIALECT, dataset: Reference::Id(dataset.uuid()), label, write: case_of }
}

#[test]
fn annotated_traces_become_cases_in_their_order() {
    on_both(async |store| {
        let (me, eve) = (
            caller(&store, &organization(&store, "acme").await, None).await,
            caller(&store, &organization(&store, "other").await, None).await,
        );
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let mut new: Vec<_> = (0..7).map(|n| trace(&n.to_string(), n)).collect();
        for (index, new) in new.iter_mut().enumerate().skip(1) {
            // Each of them fills a piece of the walk alone.
            new.report.input_text = Some(RawJson::from_text(&index.to_string().repeat(400_000)));
        }
        store.record_guardrail_traces(&me, new).await.expect("stored");
        let (_, rows) = listed(&store, &me, TraceFilter::default(), ALL).await;
        for (n, row) in rows.iter().enumerate() {
            let label = if n == 2 { Label::FalseNegative } else { Label::FalsePositive };
            let new = note(label, &n.to_string());
            store.annotate(&me, &row.id.to_string(), new).await.expect("a query").expect("made");
        }
        // Of nothing nothing comes, and the dataset does not change.
        let none = store.export_annotations(&me, export(made.id, Label::Correct)).await;
        let none = none.expect("exported");
        assert_eq!((none.added, none.case_count), (0, 0));
        let reference = Reference::Id(made.id.uuid());
        let same = store.dataset(&me, DIALECT, &reference).await.expect("a query").expect("found");
        assert_eq!((same.updated_at, same.version), (None, made.version));
        let job = export(made.id, Label::FalsePositive);
        let exported = store.export_annotations(&me, job.clone()).await.expect("exported");
        assert_eq!((exported.added, exported.case_count), (5, 5));
        let cases = window(&store, &me, made.id, ALL).await;
        let order: Vec<_> = cases.iter().filter_map(|case| case.case.name.as_deref()).collect();
        assert_eq!(order, ["0", "1", "3", "4", "5"]);
        let same = store.dataset(&me, DIALECT, &reference).await.expect("a query").expect("found");
        assert_eq!((same.case_count, same.slots.input), (5, 5));
        assert!(same.updated_at.is_some());
        for (who, dataset) in [(&eve, made.id), (&me, DatasetId::generate())] {
            let job = Export { dataset: Reference::Id(dataset.uuid()), ..job.clone() };
            let refused = store.export_annotations(who, job).await.expect_err("refused");
            assert_eq!(refused.kind(), Kind::NotFound);
        }
    });
}
