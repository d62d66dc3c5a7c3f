//! Spans that come together are stored together.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use evalstone_core::id::RunId;
use evalstone_core::json::RawJson;
use evalstone_core::run::{NewEvaluation, NewRun, RunKind};
use evalstone_core::trace::{NewSpan, Span, SpanId, TraceId};

use super::faults::on;
use super::{DIALECT, Database, caller, organization};
use crate::postgres;

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
            let new = NewRun {
                id: None,
                kind: RunKind::Experiment,
                origin: DIALECT,
                pipeline: me.default_pipeline,
                name: None,
                metadata: None,
            };
            let run = store.create_run(&me, new).await.expect("a run").id;
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
