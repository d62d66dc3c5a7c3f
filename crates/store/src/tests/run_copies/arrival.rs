//! How runs come in: begun anew, given up, refused.

use diesel::prelude::*;
use evalstone_core::error::Kind;
use evalstone_core::id::{CaseId, DatasetId, PipelineId};
use evalstone_core::pipeline::NewPipeline;
use evalstone_core::run::NewEvaluation;
use evalstone_core::run_copy::{NewRunCopy, RunCopy, RunPart, SpanCopy};
use evalstone_core::text::Slug;
use evalstone_core::trace::{NewSpan, TraceId};

use super::super::{caller, dataset, on_both, organization};
use super::samples::{
    Parts, benchmark, experiment, in_other_traces, new, scoring, spans_of, tried,
};
use super::{digests, evaluations, parts_of, received, stored, verdicts, walked};
use crate::run_copies::Arriving;
use crate::schema::{evaluations as evaluation_rows, run_rows, runs};
use crate::types::Time;
use crate::{Backend, Store};

/// How many rows of any kind there are of runs.
pub(super) async fn rows_kept(store: &Store) -> i64 {
    let count = match &store.backend {
        Backend::Postgres(b) => {
            b.read(|c| {
                Ok(runs::table.count().get_result::<i64>(c)?
                    + run_rows::table.count().get_result::<i64>(c)?
                    + evaluation_rows::table.count().get_result::<i64>(c)?)
            })
            .await
        }
        Backend::Sqlite(b) => {
            b.read(|c| {
                Ok(runs::table.count().get_result::<i64>(c)?
                    + run_rows::table.count().get_result::<i64>(c)?
                    + evaluation_rows::table.count().get_result::<i64>(c)?)
            })
            .await
        }
    };
    count.expect("a count")
}

/// Lets so many hours pass since anything came of a run.
pub(super) async fn wait_hours(store: &Store, arriving: &Arriving, hours: i64) {
    let run = arriving.run;
    let then = Time(chrono::Utc::now() - chrono::TimeDelta::hours(hours));
    let target = runs::table.filter(runs::id.eq(run));
    let changed = match &store.backend {
        Backend::Postgres(b) => {
            b.write(move |c| {
                Ok(diesel::update(target).set(runs::lease_until.eq(then)).execute(c)?)
            })
            .await
        }
        Backend::Sqlite(b) => {
            b.write(move |c| {
                Ok(diesel::update(target).set(runs::lease_until.eq(then)).execute(c)?)
            })
            .await
        }
    };
    assert_eq!(changed.expect("changed"), 1);
}

#[test]
fn a_run_that_is_begun_anew_has_nothing_twice_and_the_former_move_adds_nothing() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        for (name, run, parts) in [benchmark(), scoring(), experiment()] {
            let sent = new(run);
            let half = parts[..parts.len() - 1].to_vec();
            let former = store.begin_run_copy(&me, sent.clone()).await.expect("begun");
            store.add_run_parts(&former, half).await.expect("added");
            let arriving = store.begin_run_copy(&me, sent.clone()).await.expect("begun anew");
            let stale = store.add_run_parts(&former, parts.clone()).await.expect_err("refused");
            assert_eq!(stale.kind(), Kind::Taken, "{name}");
            store.add_run_parts(&arriving, parts.clone()).await.expect("added");
            let stale = store.end_run_copy(former).await.expect_err("refused");
            assert_eq!(stale.kind(), Kind::Taken, "{name}");
            assert!(stored(&store, &me, sent.id).await.is_none(), "{name}");
            let run = store.end_run_copy(arriving.clone()).await.expect("ended");
            let kept = digests(&parts_of(&store, &me, &run).await);
            assert_eq!(kept, digests(&parts), "{name}");
            // What is whole stays so.
            let again = store.begin_run_copy(&me, sent).await.expect_err("refused");
            assert_eq!(again.kind(), Kind::Taken, "{name}");
            let late = store.add_run_parts(&arriving, parts.clone()).await.expect_err("refused");
            assert_eq!(late.kind(), Kind::Taken, "{name}");
            assert_eq!(digests(&parts_of(&store, &me, &run).await), kept, "{name}");
        }
    });
}

#[test]
fn whoever_removes_what_was_left_spares_what_has_come_since() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, parts) = scoring();
        let arriving = store.begin_run_copy(&me, new(run)).await.expect("begun");
        store.add_run_parts(&arriving, parts.clone()).await.expect("added");
        // As one does that was slower than the move which has begun the run anew.
        store.remove_run(me.organization.into(), arriving.run).await.expect("a query");
        let run = store.end_run_copy(arriving.clone()).await.expect("ended");
        store.remove_run(me.organization.into(), arriving.run).await.expect("a query");
        assert_eq!(digests(&parts_of(&store, &me, &run).await), digests(&parts));
    });
}

#[test]
fn spans_report_nothing_to_a_run_that_has_not_come_whole() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, parts) = experiment();
        let arriving = store.begin_run_copy(&me, new(run)).await.expect("begun");
        let report = async || {
            let evaluation = NewEvaluation {
                run: arriving.run.into(),
                case: None,
                name: "late".to_owned(),
                inputs: None,
                output: None,
                error: None,
            };
            let span = spans_of(TraceId([8; 16]), 1).remove(0);
            let new = NewSpan { span, marked: true, pipeline: None, evaluation: Some(evaluation) };
            let recorded = store.record_spans(&me, vec![new]).await.expect("recorded");
            (recorded.stored, recorded.refused.len())
        };
        assert_eq!(report().await, (0, 1));
        store.add_run_parts(&arriving, parts).await.expect("added");
        let run = store.end_run_copy(arriving.clone()).await.expect("ended");
        assert_eq!(evaluations(&store, &me, run.id).await.len(), 2);
        assert_eq!(report().await, (1, 0));
    });
}

#[test]
fn a_run_of_which_nothing_comes_for_a_day_is_swept() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, parts) = scoring();
        let arriving = store.begin_run_copy(&me, new(run)).await.expect("begun");
        store.add_run_parts(&arriving, parts.clone()).await.expect("added");
        wait_hours(&store, &arriving, 23).await;
        store.sweep().await.expect("swept");
        assert_eq!(rows_kept(&store).await, 6);
        wait_hours(&store, &arriving, 25).await;
        store.add_run_parts(&arriving, Vec::new()).await.expect("a sign of life");
        store.sweep().await.expect("swept");
        assert_eq!(rows_kept(&store).await, 6);
        wait_hours(&store, &arriving, 25).await;
        store.sweep().await.expect("swept");
        assert_eq!(rows_kept(&store).await, 0);
        assert!(store.end_run_copy(arriving).await.is_err());
    });
}

#[test]
fn a_private_run_is_its_owner_s_and_a_shared_one_the_organization_s() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let you = caller(&store, &acme, Some("you@example.com")).await;
        for shared in [false, true] {
            let (_, run, parts) = scoring();
            let run = received(&store, &me, new(RunCopy { shared, ..run }), &parts).await;
            assert_eq!(run.run.shared, shared);
            for (who, sees) in [(&me, true), (&you, shared)] {
                assert_eq!(stored(&store, who, run.id).await.is_some(), sees);
                let found = store.scoring_by_id(who, run.id).await.expect("a query");
                assert_eq!(found.is_some(), sees);
                let walked = walked(&store, who).await;
                assert_eq!(walked.iter().any(|found| found.id == run.id), sees);
                assert_eq!(store.run_part_pages(who, &run).next().await.is_ok(), sees);
            }
        }
    });
}

#[test]
fn the_pipeline_is_the_given_one_or_the_dataset_s_or_the_default() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let you = caller(&store, &acme, Some("you@example.com")).await;
        let pipeline = async |slug: &str| {
            let slug = Slug::parse(slug).expect("a slug");
            let new = NewPipeline { id: None, slug, display_name: None, folder: None };
            store.create_pipeline(&me, new).await.expect("made").id
        };
        let (one, two) = (pipeline("one").await, pipeline("two").await);
        let mut private = dataset("d");
        (private.pipeline, private.shared) = (Some(one), false);
        let theirs = store.create_dataset(&you, private).await.expect("made").id;
        let (gone, unknown) = (DatasetId::generate(), PipelineId::generate());
        let (_, run, parts) = experiment();
        for (mark, dataset, pipeline, expected) in [
            (1, Some(theirs), Some(two), two),
            (2, Some(theirs), None, one),
            (3, Some(gone), None, me.default_pipeline),
            (4, None, None, me.default_pipeline),
        ] {
            let parts = in_other_traces(&parts, mark);
            let sent = NewRunCopy { dataset, pipeline, ..new(run.clone()) };
            let run = received(&store, &me, sent, &parts).await;
            assert_eq!((run.dataset, run.pipeline), (dataset, expected));
            // The spans that name a pipeline name this one.
            assert_eq!(digests(&parts_of(&store, &me, &run).await), digests(&parts));
        }
        let sent = NewRunCopy { pipeline: Some(unknown), ..new(run) };
        let refused = store.begin_run_copy(&me, sent).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::NotFound);
    });
}

#[test]
fn a_benchmark_whose_dataset_and_cases_nobody_knows_can_be_read() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, parts) = benchmark();
        let parts: Parts = parts.into_iter().map(|(_, part)| (None, part)).collect();
        let run = received(&store, &me, new(run), &parts).await;
        assert!(store.benchmark(&me, run.id).await.expect("a query").is_some());
        let cases: Vec<CaseId> =
            verdicts(&store, &me, run.id).await.iter().map(|verdict| verdict.case_id).collect();
        assert_eq!(cases.len(), 2);
        assert_ne!(cases[0], cases[1]);
    });
}

#[test]
fn a_trace_that_two_runs_point_at_is_the_same_in_both() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let trace = TraceId([5; 16]);
        // The first span reports to the first run and the second one to the second.
        let parts_of_run = |n: usize| -> Parts {
            let mut evaluation = tried("c", trace);
            evaluation.span = Some(spans_of(trace, 2)[n].id);
            let mut parts = vec![(None, RunPart::Evaluation(Box::new(evaluation)))];
            parts.extend(spans_of(trace, 2).into_iter().enumerate().map(|(at, span)| {
                let span = SpanCopy { span, marked: true, names_pipeline: false, reports: at == n };
                (None, RunPart::Span(Box::new(span)))
            }));
            parts
        };
        let (_, run, _) = experiment();
        let first = received(&store, &me, new(run.clone()), &parts_of_run(0)).await;
        let second = received(&store, &me, new(run), &parts_of_run(1)).await;
        for (run, n) in [(&first, 0), (&second, 1)] {
            let kept = digests(&parts_of(&store, &me, run).await);
            assert_eq!(kept, digests(&parts_of_run(n)));
        }
        assert_eq!(evaluations(&store, &me, first.id).await.len(), 1);
    });
}
