//! Walks through what does not fit into a piece.

use evalstone_core::caller::Caller;
use evalstone_core::error::Kind;
use evalstone_core::id::CaseId;
use evalstone_core::run_copy::{EvaluationCopy, RowCopy, RunCopy, RunPart, SpanCopy};
use evalstone_core::trace::TraceId;

use super::super::{caller, on_both, organization};
use super::samples::{
    Parts, benchmark, experiment, in_other_traces, json, new, scoring, spans_of, tried,
};
use super::{digests, received, stored, walked};
use crate::Store;

/// The evaluation and the row of a sample that other ones are made of.
fn pattern(parts: &Parts) -> (EvaluationCopy, Option<RowCopy>) {
    let (mut evaluation, mut row) = (None, None);
    for (_, part) in parts {
        match part {
            RunPart::Evaluation(found) => evaluation = Some((**found).clone()),
            RunPart::Row(found) => row = Some(found.clone()),
            RunPart::Span(_) => {}
        }
    }
    (evaluation.expect("an evaluation"), row)
}

fn part(evaluation: EvaluationCopy) -> RunPart {
    RunPart::Evaluation(Box::new(evaluation))
}

/// Stores a run, reads it piece by piece and compares; how many parts the pieces have.
async fn pieces(store: &Store, me: &Caller, run: RunCopy, parts: &Parts) -> Vec<usize> {
    let run = received(store, me, new(run), parts).await;
    let mut pages = store.run_part_pages(me, &run);
    let (mut all, mut pieces) = (Vec::new(), Vec::new());
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            break;
        }
        pieces.push(piece.len());
        all.extend(piece);
    }
    assert!(pages.next().await.expect("still at the end").is_empty());
    assert!(digests(&all) == digests(parts), "all of them, in their order");
    pieces
}

#[test]
fn many_rows_and_evaluations_come_in_pieces_and_in_their_order() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, parts) = scoring();
        let (evaluation, row) = pattern(&parts);
        let row = row.expect("a row");
        let case = Some(CaseId::generate());
        let rows = (1..=1_100).map(|position| {
            (case.filter(|_| position % 2 == 0), RunPart::Row(RowCopy { position, ..row.clone() }))
        });
        // In another order than their rows.
        let evaluations = (1..=1_203).rev().map(|n| {
            let name = format!("metric {}", n % 7);
            let (row, cost) = (Some(n % 1_100 + 1), Some(n));
            (case, part(EvaluationCopy { row, name, cost, ..evaluation.clone() }))
        });
        let all: Parts = rows.chain(evaluations).collect();
        assert_eq!(pieces(&store, &me, run, &all).await, [500, 500, 100, 500, 500, 203]);
    });
}

#[test]
fn large_texts_make_small_pieces() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let text = |bytes: usize| Some(json(&format!("\"{}\"", "x".repeat(bytes))));
        let (_, run, parts) = benchmark();
        let (verdict, _) = pattern(&parts);
        let sizes = [10, 2_000_000, 10, 10, 600_000, 600_000, 10];
        let all: Parts = sizes
            .into_iter()
            .zip(1..)
            .map(|(bytes, position)| {
                let (position, output) = (Some(position), text(bytes));
                let verdict = EvaluationCopy { position, output, ..verdict.clone() };
                (Some(CaseId::generate()), part(verdict))
            })
            .collect();
        assert_eq!(pieces(&store, &me, run, &all).await, [1, 1, 3, 2]);

        let (_, run, parts) = scoring();
        let (_, row) = pattern(&parts);
        let row = row.expect("a row");
        let rows = sizes.into_iter().zip(1..).map(|(bytes, position)| {
            let mut row = RowCopy { position, ..row.clone() };
            row.case.output = text(bytes);
            (None, RunPart::Row(row))
        });
        assert_eq!(pieces(&store, &me, run, &rows.collect()).await, [1, 1, 3, 2]);

        let (_, run, _) = experiment();
        let trace = TraceId([1; 16]);
        let mut all: Parts = vec![(None, part(tried("c", trace)))];
        all.extend(spans_of(trace, 7).into_iter().zip(sizes).map(|(mut span, bytes)| {
            span.body = text(bytes).expect("a text");
            let span = SpanCopy { span, marked: true, names_pipeline: true, reports: false };
            (None, RunPart::Span(Box::new(span)))
        }));
        assert_eq!(pieces(&store, &me, run, &all).await, [1, 1, 1, 3, 2]);
    });
}

#[test]
fn spans_of_many_traces_come_by_their_ids() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, _) = experiment();
        // More traces than are looked into at a time, one of which has many spans and some have none.
        let traces: Vec<TraceId> = (0..=249).map(|n| TraceId([n; 16])).collect();
        let count = |trace: TraceId| match trace.0[0] {
            7 => 255,
            100..=219 => 0,
            n => n % 4,
        };
        let evaluations = traces.iter().rev().map(|trace| (None, part(tried("c", *trace))));
        let spans = traces.iter().flat_map(|trace| spans_of(*trace, count(*trace)));
        let spans = spans.map(|span| {
            let span = SpanCopy { span, marked: false, names_pipeline: false, reports: true };
            (None, RunPart::Span(Box::new(span)))
        });
        let all: Parts = evaluations.chain(spans).collect();
        let spans = all.len() - 250;
        assert!(spans > 400 && spans < 500, "{spans}");
        // Beside it a trace that the run does not point at.
        let (_, other, parts) = experiment();
        let parts = in_other_traces(&parts, 1);
        let run_pieces = pieces(&store, &me, run, &all).await;
        received(&store, &me, new(other), &parts).await;
        assert_eq!(run_pieces.iter().sum::<usize>(), all.len());
        assert_eq!(run_pieces.len(), 3, "{run_pieces:?}");
    });
}

#[test]
fn all_runs_of_every_kind_come_once_and_oldest_first() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let mut ids = Vec::new();
        for _ in 0..70 {
            for (_, run, _) in [benchmark(), scoring(), experiment()] {
                ids.push(received(&store, &me, new(run), &Vec::new()).await.id);
            }
        }
        let runs = walked(&store, &me).await;
        assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), ids);
        assert!(runs.windows(2).all(|pair| pair[0].number < pair[1].number));
    });
}

#[test]
fn a_run_that_goes_while_it_is_read_is_not_taken_for_a_shorter_one() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, parts) = scoring();
        let run = received(&store, &me, new(run), &parts).await;
        let mut pages = store.run_part_pages(&me, &run);
        assert_eq!(pages.next().await.expect("rows").len(), 2);
        assert!(store.delete_scoring(&me, run.id).await.expect("a query"));
        assert!(stored(&store, &me, run.id).await.is_none());
        assert_eq!(pages.next().await.expect_err("gone").kind(), Kind::NotFound);
    });
}
