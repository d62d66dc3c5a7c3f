//! Spans that come together are stored together.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::id::RunId;
use evalstone_core::json::RawJson;
use evalstone_core::run::NewEvaluation;
use evalstone_core::trace::{NewSpan, PipelineName, Span, SpanId, TraceId, moment};

use super::{Database, caller, experiment, on, on_both, organization};
use crate::schema::spans;
use crate::spans::SpanJob;
use crate::types::Key;
use crate::{Backend, postgres, sqlite};

/// The name that a database refuses after `refuse`.
const REFUSED: &str = "refused";

/// Makes a database refuse one span among others.
fn refuse(database: &Database) {
    if let Some(path) = database.url.strip_prefix("sqlite:") {
        let mut connection = SqliteConnection::establish(path).expect("a connection");
        let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON spans WHEN new.name = 'refused' \
                       BEGIN SELECT RAISE(ABORT, 'refused'); END";
        connection.batch_execute(trigger).expect("a trigger");
    } else {
        let mut connection = postgres::connect(&database.url).expect("the server answers");
        let check = "ALTER TABLE spans ADD CONSTRAINT refuse CHECK (name <> 'refused')";
        connection.batch_execute(check).expect("a constraint");
    }
}

/// A test span in a trace of this number.
fn test_span(number: u16, run: RunId) -> NewSpan {
    let json = |text: &str| RawJson::parse(text).expect(text);
    let mut trace = [7; 16];
    trace[..2].copy_from_slice(&number.to_be_bytes());
    let span = Span {
        trace: TraceId(trace),
        id: SpanId([1; 8]),
        parent: None,
        name: "span".to_owned(),
        start_ns: 1_700_000_000_000_000_000,
        end_ns: 1_700_000_001_000_000_000,
        failed: false,
        body: json("{}"),
        resource: json("{}"),
        scope: json("{}"),
    };
    let evaluation = NewEvaluation {
        run,
        case: None,
        name: "case".to_owned(),
        inputs: None,
        output: None,
        error: None,
    };
    NewSpan { span, marked: true, pipeline: None, evaluation: Some(evaluation) }
}

#[test]
fn spans_of_which_the_database_refuses_one_are_not_stored_at_all() {
    for database in [Database::sqlite(), Database::postgres()] {
        eprintln!("on {}", database.kind);
        on(&database, async |store| {
            let me = caller(&store, &organization(&store, "acme").await, None).await;
            let run = experiment(&store, &me).await;
            refuse(&database);
            // One statement takes 500; the last of them fails.
            let mut spans: Vec<_> = (0..1_100).map(|number| test_span(number, run)).collect();
            spans[1_050].span.name = REFUSED.to_owned();
            let traces: Vec<_> = spans.iter().map(|new| new.span.trace).collect();
            store.record_spans(&me, spans.clone()).await.expect_err("one is refused");
            for trace in &traces {
                assert!(store.trace(&me, *trace, 1).await.expect("a query").is_empty());
            }
            assert!(store.evaluations(&me, run, 0, 1).await.expect("a query").is_empty());
            spans.remove(1_050);
            let recorded = store.record_spans(&me, spans).await.expect("stored");
            assert_eq!(recorded.stored, 1_099);
            let evaluations = store.evaluations(&me, run, 0, 2_000).await.expect("a query");
            assert_eq!(evaluations.len(), 1_099);
        });
    }
}

#[test]
fn spans_of_several_requests_are_told_apart() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let other = caller(&store, &organization(&store, "other").await, None).await;
        let (me, you) =
            (caller(&store, &acme, None).await, caller(&store, &acme, Some("you@a.org")).await);
        let run = experiment(&store, &me).await;
        let named = |number, name: &str| {
            let mut new = test_span(number, run);
            new.span.name = name.to_owned();
            new
        };
        let job = |caller: &Caller, new| SpanJob { caller: caller.clone(), new };
        let jobs = vec![
            job(&me, vec![named(1, "first"), named(2, "mine")]),
            job(&other, vec![named(1, "the run is another's")]),
            job(&you, vec![named(3, "yours")]),
            job(
                &me,
                vec![
                    NewSpan { evaluation: None, ..named(1, "again") },
                    test_span(4, RunId::generate()),
                ],
            ),
            job(&other, vec![NewSpan { evaluation: None, ..named(2, "the trace is another") }]),
        ];
        let outcomes = match &store.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::spans::record_each(c, &jobs)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::spans::record_each(c, &jobs)).await
            }
        };
        let told: Vec<_> = outcomes
            .expect("written")
            .into_iter()
            .map(|outcome| outcome.expect("each is told"))
            .map(|recorded| (recorded.stored, recorded.refused.len()))
            .collect();
        assert_eq!(told, [(2, 0), (0, 1), (1, 0), (1, 1), (1, 0)]);
        let told = store.evaluations(&me, run, 0, 9).await.expect("a query");
        let mut traces: Vec<_> = told.iter().map(|evaluation| evaluation.trace).collect();
        traces.sort_unstable_by_key(|trace| trace.0);
        let expected: Vec<_> = (1..=3).map(|number| test_span(number, run).span.trace).collect();
        assert_eq!(traces, expected, "a span that comes again without its evaluation keeps it");
        for (who, number, expected) in [
            (&me, 1, Some("again")),
            (&me, 2, Some("mine")),
            (&me, 3, Some("yours")),
            (&me, 4, None),
            (&other, 1, None),
            (&other, 2, Some("the trace is another")),
        ] {
            let trace = test_span(number, run).span.trace;
            let spans = store.trace(who, trace, 9).await.expect("a query");
            let names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
            assert_eq!(names, expected.into_iter().collect::<Vec<_>>(), "trace {number}");
        }
    });
}

/// A test span that is like no other in any column, but for truth values.
fn distinct(number: u8, run: RunId) -> NewSpan {
    let json = |what: &str| RawJson::from_text(&format!("{what} {number}"));
    let start_ns = 1_700_000_000_000_000_000 + i64::from(number) * 1_000_000_000;
    let span = Span {
        trace: TraceId([number; 16]),
        id: SpanId([number + 100; 8]),
        parent: (number != 2).then_some(SpanId([number + 200; 8])),
        name: format!("span {number}"),
        start_ns,
        end_ns: start_ns + 1_000,
        failed: number.is_multiple_of(2),
        body: json("body"),
        resource: json("resource"),
        scope: json("scope"),
    };
    let evaluation = NewEvaluation {
        run,
        case: None,
        name: format!("case {number}"),
        inputs: (number != 3).then(|| json("inputs")),
        output: (number != 4).then(|| json("output")),
        error: (number != 5).then(|| format!("error {number}")),
    };
    let pipeline = number.is_multiple_of(3).then_some(PipelineName::Default);
    NewSpan { span, marked: number % 4 < 2, pipeline, evaluation: Some(evaluation) }
}

#[test]
fn of_spans_that_are_stored_together_each_keeps_its_own_columns() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let run = experiment(&store, &me).await;
        let new: Vec<NewSpan> = (1..=8).map(|number| distinct(number, run)).collect();
        store.record_spans(&me, new.clone()).await.expect("stored");
        let evaluations = store.evaluations(&me, run, 0, 9).await.expect("a query");
        assert_eq!(evaluations.len(), new.len());
        for (new, stored) in new.iter().zip(evaluations) {
            let told = store.trace(&me, new.span.trace, 2).await.expect("a query");
            assert_eq!(format!("{told:?}"), format!("{:?}", [&new.span]));
            let said = new.evaluation.clone().expect("a test span");
            let times = (moment(new.span.start_ns), moment(new.span.end_ns));
            assert_eq!((stored.trace, stored.span), (new.span.trace, new.span.id));
            assert_eq!((stored.started_at, stored.finished_at), times);
            assert_eq!((stored.name, stored.error), (said.name, said.error));
            let texts = [stored.inputs, stored.output].map(|json| json.map(RawJson::into_string));
            assert_eq!(
                texts,
                [said.inputs, said.output].map(|json| json.map(RawJson::into_string))
            );
            assert_eq!((stored.case, stored.expected.is_none()), (None, true));
        }
        type Row = (Vec<u8>, bool, Option<Key>, Option<Key>);
        let columns = || {
            let columns = (spans::trace_id, spans::marked, spans::pipeline_id, spans::run_id);
            spans::table.select(columns).order(spans::trace_id)
        };
        let rows: Vec<Row> = match &store.backend {
            Backend::Postgres(b) => b.read(move |c| Ok(columns().load(c)?)).await,
            Backend::Sqlite(b) => b.read(move |c| Ok(columns().load(c)?)).await,
        }
        .expect("a query");
        let expected = new.iter().map(|new| {
            let pipeline = new.pipeline.is_some().then(|| me.default_pipeline.into());
            (new.span.trace.0.to_vec(), new.marked, pipeline, Some(run.into()))
        });
        assert_eq!(rows, expected.collect::<Vec<Row>>());
    });
}
