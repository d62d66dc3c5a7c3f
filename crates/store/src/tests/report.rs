use evalstone_core::dataset::Window;
use evalstone_core::id::RunId;
use evalstone_core::json::RawJson;
use evalstone_core::report::{Counts, Payload, PlacedSpan, RowKey};
use evalstone_core::run::NewEvaluation;
use evalstone_core::trace::{NewSpan, Span, SpanId, TraceId};

use super::{caller, experiment, on_both, organization};

const START: i64 = 1_700_000_000_000_000_000;

fn json(text: &str) -> RawJson {
    RawJson::parse(text).expect("JSON")
}

fn span_id(number: u64) -> SpanId {
    SpanId(number.to_be_bytes())
}

fn trace_id(number: u64) -> TraceId {
    TraceId(u128::from(number).to_be_bytes())
}

/// A span that takes its number of milliseconds; its parent is 0 when it has none.
fn span(trace: u64, number: u64, parent: u64, body: &str) -> NewSpan {
    let start_ns = START + i64::try_from(number).expect("small");
    let span = Span {
        trace: trace_id(trace),
        id: span_id(number),
        parent: Some(span_id(parent)).filter(|_| parent != 0),
        name: format!("span {number}"),
        start_ns,
        end_ns: start_ns + i64::try_from(number).expect("small") * 1_000_000,
        failed: false,
        body: json(body),
        resource: json("{}"),
        scope: json("{}"),
    };
    NewSpan { span, marked: false, pipeline: None, evaluation: None }
}

fn test_span(run: RunId, trace: u64, number: u64, error: Option<&str>, output: &str) -> NewSpan {
    let evaluation = NewEvaluation {
        run,
        case: None,
        name: format!("case {trace} {}", "é".repeat(600)),
        inputs: None,
        output: Some(json(output)),
        error: error.map(str::to_owned),
    };
    NewSpan { marked: true, evaluation: Some(evaluation), ..span(trace, number, 0, "{}") }
}

fn numbers(spans: &[PlacedSpan]) -> Vec<(u64, usize)> {
    spans.iter().map(|s| (u64::from_be_bytes(s.span.id.0), s.depth)).collect()
}

const fn window(offset: i64, limit: i64) -> Window {
    Window { offset, limit: Some(limit) }
}

#[test]
fn ten_thousand_rows_are_counted_and_paged() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let run = experiment(&store, &me).await;
        assert_eq!(
            store.report(&me, run, window(0, 50)).await.expect("read").counts,
            Counts::default()
        );
        // Row number n takes n milliseconds; every hundredth fails.
        let spans = (1..=10_000).map(|n| {
            let error = (n % 100 == 0).then_some("no");
            test_span(run, n, n, error, "1.0")
        });
        store.record_spans(&me, spans.collect()).await.expect("stored");
        let last = store.report(&me, run, window(9_950, 50)).await.expect("read");
        let Counts { rows, errors, total_micros, median_micros } = last.counts;
        assert_eq!((rows, errors), (10_000, 100));
        assert!((total_micros - 50_005_000_000.0).abs() < 1.0, "{total_micros}");
        assert_eq!(median_micros, Some(5_000_500.0));
        let keys: Vec<RowKey> = last.rows.iter().map(|(row, _)| row.key).collect();
        let key = |n| RowKey { trace: trace_id(n), span: span_id(n) };
        assert_eq!(keys, (9_951..=10_000).map(key).collect::<Vec<_>>());
        let (row, trace) = &last.rows[49];
        assert_eq!(row.name.chars().count(), 500);
        assert_eq!(row.output.as_ref().map(|o| (o.text.as_str(), o.bytes)), Some(("1.0", 3)));
        assert_eq!((trace.total, numbers(&trace.spans)), (1, vec![(10_000, 0)]));
        assert!(store.report(&me, run, window(10_000, 50)).await.expect("read").rows.is_empty());
    });
}

#[test]
fn what_is_long_is_cut_off_and_can_be_had_whole() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let run = experiment(&store, &me).await;
        let long = format!("\"{}\"", "é".repeat(1_000_000));
        let error = "x".repeat(20_000);
        let key = RowKey { trace: trace_id(1), span: span_id(1) };
        let mut own = test_span(run, 1, 1, Some(&error), &long);
        own.span.body = json(&long);
        store.record_spans(&me, vec![own, span(1, 2, 1, r#"{"n":1.0}"#)]).await.expect("stored");
        let report = store.report(&me, run, window(0, 50)).await.expect("read");
        let (row, trace) = &report.rows[0];
        let output = row.output.as_ref().expect("an output");
        assert_eq!((output.text.chars().count(), output.bytes), (16_384, 2_000_002));
        let shown = row.error.as_ref().expect("an error");
        assert_eq!((shown.text.len(), shown.bytes), (16_384, 20_000));
        assert_eq!(trace.spans[0].span.bytes, 2_000_002 + 4);
        assert!(trace.spans[0].span.whole.is_none(), "there is no room for it");
        let small = trace.spans[1].span.whole.as_ref().expect("there is room for it");
        assert_eq!(small.body.as_str(), r#"{"n":1.0}"#);
        let (row, _) = store.report_row(&me, run, key, None).await.expect("read").expect("found");
        assert_eq!(row.output.expect("an output").text.chars().count(), 262_144);
        let whole = |payload| store.report_payload(&me, run, key, payload);
        assert_eq!(whole(Payload::Output).await.expect("read"), Some(Some(long.clone())));
        assert_eq!(whole(Payload::Error).await.expect("read"), Some(Some(error)));
        assert_eq!(whole(Payload::Inputs).await.expect("read"), Some(None));
        let span = store.report_span(&me, run, key, span_id(1)).await.expect("read");
        assert_eq!(span.expect("found").body.as_str(), long);
        assert!(store.report_span(&me, run, key, span_id(3)).await.expect("read").is_none());
    });
}

#[test]
fn another_organization_sees_nothing() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let run = experiment(&store, &me).await;
        let key = RowKey { trace: trace_id(1), span: span_id(1) };
        store.record_spans(&me, vec![test_span(run, 1, 1, None, "1")]).await.expect("stored");
        let report = store.report(&eve, run, window(0, 50)).await.expect("read");
        assert_eq!((report.counts, report.rows.len()), (Counts::default(), 0));
        assert!(store.report_row(&eve, run, key, None).await.expect("read").is_none());
        let payload = store.report_payload(&eve, run, key, Payload::Output).await.expect("read");
        assert!(payload.is_none());
        assert!(store.report_span(&eve, run, key, span_id(1)).await.expect("read").is_none());
        assert!(store.report_row(&me, RunId::generate(), key, None).await.expect("read").is_none());
    });
}

#[test]
fn a_row_in_a_shared_trace_shows_its_own_branch_first() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let run = experiment(&store, &me).await;
        let mut spans = vec![span(7, 1, 0, "{}")];
        for row in [10, 20] {
            let mut own = test_span(run, 7, row, None, "1");
            own.span.parent = Some(span_id(1));
            spans.push(span(7, row + 2, row + 1, "{}"));
            spans.push(span(7, row + 1, row, "{}"));
            spans.push(own);
        }
        store.record_spans(&me, spans).await.expect("stored");
        let report = store.report(&me, run, window(0, 50)).await.expect("read");
        let shown: Vec<_> = report.rows.iter().map(|(_, trace)| numbers(&trace.spans)).collect();
        assert_eq!(shown, [[(10, 0), (11, 1), (12, 2)], [(20, 0), (21, 1), (22, 2)]]);
        let key = RowKey { trace: trace_id(7), span: span_id(20) };
        let (_, trace) = store.report_row(&me, run, key, None).await.expect("read").expect("found");
        assert_eq!(
            numbers(&trace.spans),
            [(1, 0), (10, 1), (11, 2), (12, 3), (20, 1), (21, 2), (22, 3)]
        );
        assert_eq!((trace.total, trace.page, trace.pages), (7, 0, 1));
    });
}

#[test]
fn a_trace_of_a_hundred_thousand_spans_is_read_in_parts() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let run = experiment(&store, &me).await;
        // A chain of 300, then spans below its end, which came first.
        let parent = |n: u64| if n <= 300 { n - 1 } else { 300 };
        for from in (0..10_u64).rev() {
            let spans = (1..=10_000).map(|n| from * 10_000 + n).map(|n| match n {
                1 => test_span(run, 9, 1, None, "1"),
                n => span(9, n, parent(n), "{}"),
            });
            store.record_spans(&me, spans.collect()).await.expect("stored");
        }
        let report = store.report(&me, run, window(0, 50)).await.expect("read");
        let (row, beside) = &report.rows[0];
        assert_eq!((beside.total, beside.spans.len()), (100_000, 0), "too many beside a row");
        let part = |page| store.report_row(&me, run, row.key, page);
        let first = part(None).await.expect("read").expect("found").1;
        assert_eq!((first.page, first.pages, first.spans.len()), (0, 1_000, 100));
        assert_eq!(numbers(&first.spans)[99], (100, 99));
        let second = part(Some(1)).await.expect("read").expect("found").1;
        let (above, shown) = second.spans.split_at(12);
        assert!(above.iter().all(|s| s.continued) && shown.iter().all(|s| !s.continued));
        assert_eq!((numbers(above)[0], numbers(shown)[0]), ((89, 0), (101, 12)));
        assert!(above.iter().all(|s| s.span.whole.is_none()));
        let last = part(Some(999)).await.expect("read").expect("found").1;
        assert_eq!(numbers(&last.spans), (99_901..=100_000).map(|n| (n, 0)).collect::<Vec<_>>());
        let beyond = part(Some(1_000)).await.expect("read").expect("found").1;
        assert_eq!((beyond.spans.len(), beyond.pages), (0, 1_000));
        assert!(part(Some(i64::MAX)).await.expect("read").expect("found").1.spans.is_empty());
    });
}
