//! What is not taken in, since whoever reads such runs could not read it.

use evalstone_core::error::Kind;
use evalstone_core::id::CaseId;
use evalstone_core::run::RunKind;
use evalstone_core::run_copy::{EvaluationCopy, NewRunCopy, RunCopy, RunPart};

use super::super::{caller, on_both, organization};
use super::samples::{benchmark, experiment, new, scoring};
use super::{digests, parts_of};

/// What is done to an evaluation that could be read.
type Change = fn(&mut EvaluationCopy);

#[test]
fn what_readers_of_its_kind_could_not_read_is_refused_and_adds_nothing() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let lacking: [(RunKind, Change); 14] = [
            (RunKind::Benchmark, |verdict| verdict.decision = None),
            (RunKind::Benchmark, |verdict| verdict.reported_at = None),
            (RunKind::Benchmark, |verdict| verdict.expected = verdict.details.clone()),
            (RunKind::Benchmark, |verdict| verdict.rule_hits = verdict.inputs.clone()),
            (RunKind::Benchmark, |verdict| verdict.score = Some(f64::NAN)),
            (RunKind::Scoring, |score| score.row = None),
            (RunKind::Scoring, |score| score.row = Some(3)),
            (RunKind::Scoring, |score| score.score = Some(f64::INFINITY)),
            (RunKind::Scoring, |score| score.score = None),
            (RunKind::Scoring, |score| score.model = Some("\0".to_owned())),
            (RunKind::Scoring, |score| score.reported_at = Some(score.started_at)),
            (RunKind::Experiment, |tried| tried.span = None),
            (RunKind::Experiment, |tried| tried.score = Some(f64::NEG_INFINITY)),
            (RunKind::Experiment, |tried| tried.name = "\0".to_owned()),
        ];
        for (kind, take) in lacking {
            let samples = [benchmark(), scoring(), experiment()];
            let sample = samples.into_iter().find(|(_, run, _)| run.kind == kind);
            let (name, run, mut parts) = sample.expect("a sample");
            let arriving = store.begin_run_copy(&me, new(run)).await.expect("begun");
            let changed = parts.iter_mut().find_map(|(_, part)| match part {
                RunPart::Evaluation(evaluation) => Some(evaluation),
                RunPart::Row(_) | RunPart::Span(_) => None,
            });
            take(changed.expect("an evaluation"));
            let refused = store.add_run_parts(&arriving, parts).await.expect_err(name);
            assert_eq!(refused.kind(), Kind::Invalid, "{name}: {refused}");
            let run = store.end_run_copy(arriving).await.expect("ended");
            assert!(parts_of(&store, &me, &run).await.is_empty(), "{name}");
        }
        let (_, run, _) = scoring();
        let nul = RunCopy { name: Some("a\0".to_owned()), ..run.clone() };
        let long = NewRunCopy { source_id: Some("x".repeat(2_000)), ..new(run) };
        for sent in [new(nul), long] {
            let refused = store.begin_run_copy(&me, sent).await.expect_err("refused");
            assert_eq!(refused.kind(), Kind::Invalid);
        }
    });
}

#[test]
fn parts_that_come_twice_are_refused_together() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, parts) = scoring();
        let arriving = store.begin_run_copy(&me, new(run)).await.expect("begun");
        store.add_run_parts(&arriving, parts[..1].to_vec()).await.expect("added");
        let twice = vec![parts[1].clone(), parts[0].clone()];
        let refused = store.add_run_parts(&arriving, twice).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::Taken);
        store.add_run_parts(&arriving, parts[1..].to_vec()).await.expect("added");
        let run = store.end_run_copy(arriving).await.expect("ended");
        assert_eq!(digests(&parts_of(&store, &me, &run).await), digests(&parts));
    });
}

#[test]
fn a_score_comes_behind_its_row() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let (_, run, parts) = scoring();
        let arriving = store.begin_run_copy(&me, new(run)).await.expect("begun");
        let refused = store.add_run_parts(&arriving, parts[2..].to_vec()).await.expect_err("early");
        assert_eq!(refused.kind(), Kind::Invalid);
        store.add_run_parts(&arriving, parts[..1].to_vec()).await.expect("the first row");
        store.add_run_parts(&arriving, parts[2..4].to_vec()).await.expect("its scores");
        let refused = store.add_run_parts(&arriving, parts[4..].to_vec()).await.expect_err("early");
        assert_eq!(refused.kind(), Kind::Invalid);
        let rest = vec![parts[1].clone(), parts[4].clone()];
        store.add_run_parts(&arriving, rest).await.expect("the second row with its score");
        let run = store.end_run_copy(arriving).await.expect("ended");
        assert_eq!(digests(&parts_of(&store, &me, &run).await), digests(&parts));
    });
}

#[test]
fn of_two_verdicts_at_one_place_none_is_passed_over() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let (_, run, parts) = benchmark();
        let arriving = store.begin_run_copy(&me, new(run)).await.expect("begun");
        let mut twin = parts[0].clone();
        twin.0 = Some(CaseId::generate());
        let together = vec![parts[0].clone(), twin.clone()];
        let refused = store.add_run_parts(&arriving, together).await.expect_err("twice");
        assert_eq!(refused.kind(), Kind::Taken);
        store.add_run_parts(&arriving, parts[..1].to_vec()).await.expect("added");
        let later = vec![parts[1].clone(), twin];
        let refused = store.add_run_parts(&arriving, later).await.expect_err("twice");
        assert_eq!(refused.kind(), Kind::Taken);
        store.add_run_parts(&arriving, parts[1..].to_vec()).await.expect("added");
        let run = store.end_run_copy(arriving).await.expect("ended");
        assert_eq!(digests(&parts_of(&store, &me, &run).await), digests(&parts));
    });
}
