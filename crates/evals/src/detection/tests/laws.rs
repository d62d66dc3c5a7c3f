//! What holds for every run.

use evalstone_core::json::{View, check};
use proptest::prelude::*;

use crate::detection::{
    Classes, Compared, Row, Summary, Tally, auroc, classification, compare, drift, histogram,
    percentiles, rule_hits_match,
};
use crate::number::round;

/// A row of a generated run.
#[derive(Clone, Debug)]
struct Generated {
    expected: Option<String>,
    actual: String,
    risk_score: f64,
    latency_ms: i64,
}

fn decision() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["ALLOW", "BLOCK", "REDACT", "TRANSFORM", "WARN", "ERROR"])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn score() -> impl Strategy<Value = f64> {
    prop_oneof![2 => (0_u8..=20).prop_map(|fives| f64::from(fives) * 5.0), 1 => 0.0..=100.0]
}

prop_compose! {
    fn row()(
        expected in prop::option::weighted(0.8, decision()),
        actual in decision(),
        risk_score in score(),
        latency_ms in 0_i64..5_000,
    ) -> Generated {
        Generated { expected, actual, risk_score, latency_ms }
    }
}

fn rows() -> impl Strategy<Value = Vec<Generated>> {
    prop::collection::vec(row(), 0..60)
}

fn summary(rows: &[Generated], classes: Classes) -> Summary {
    let mut tally = Tally::new();
    for Generated { expected, actual, risk_score, latency_ms } in rows {
        let expected = expected.as_deref();
        tally.add(Row {
            expected,
            actual,
            risk_score: *risk_score,
            correct: classes.is_correct(expected, actual),
            latency_ms: *latency_ms,
        });
    }
    tally.finish()
}

/// How many of the pairs of a positive case and another one are in the right order.
fn pairs_in_order(scores: &[f64], positives: &[bool]) -> Option<f64> {
    let of =
        |class| scores.iter().zip(positives).filter(move |(_, p)| **p == class).map(|(s, _)| *s);
    let mut pairs = 0_u32;
    let mut halves = 0_u32;
    for hit in of(true) {
        for other in of(false) {
            pairs += 1;
            halves += if hit > other { 2 } else { u32::from(hit == other) };
        }
    }
    (pairs > 0).then(|| round(f64::from(halves) / 2.0 / f64::from(pairs), 4))
}

proptest! {
    #[test]
    fn every_row_is_counted_once(rows in rows()) {
        let whole = summary(&rows, Classes::default());
        let labelled = whole.correct + whole.incorrect;
        prop_assert_eq!(whole.total, rows.len() as u64);
        prop_assert_eq!(labelled + whole.unlabelled, whole.total);
        prop_assert_eq!(whole.decisions.values().sum::<u64>(), whole.total);
        prop_assert_eq!(whole.score_histogram.iter().sum::<u64>(), whole.total);
        let pairs = whole.confusion.values().flat_map(|decisions| decisions.values());
        prop_assert_eq!(pairs.sum::<u64>(), labelled);
        let binary = whole.binary_confusion;
        let four = [
            binary.true_positives,
            binary.false_positives,
            binary.false_negatives,
            binary.true_negatives,
        ];
        prop_assert_eq!(four.iter().sum::<u64>(), labelled);
    }

    #[test]
    fn every_share_is_between_none_and_all(rows in rows()) {
        let whole = summary(&rows, Classes::default());
        for share in [
            whole.accuracy, whole.precision, whole.recall, whole.f1, whole.fp_rate,
            whole.block_rate, whole.auroc, whole.auprc, whole.ece,
        ] {
            prop_assert!(share.is_none_or(|share| (0.0..=1.0).contains(&share)), "{:?}", share);
        }
    }

    #[test]
    fn a_summary_is_json_that_is_compared_as_itself(rows in rows()) {
        let whole = summary(&rows, Classes::default());
        let json = whole.to_json();
        prop_assert_eq!(check(&json, 10), Ok(()));
        let read = Compared::read(View::parse(&json, 10).expect("checked above"));
        prop_assert_eq!(&read, &Compared::from(&whole));
        let same = compare(&read, &read);
        prop_assert_eq!(same.psi, (!rows.is_empty()).then_some(0.0));
        prop_assert_eq!(same.p99_latency_delta_ms, (!rows.is_empty()).then_some(0.0));
    }

    #[test]
    fn the_order_of_rows_shows_only_where_it_is_said(mut rows in rows()) {
        let forward = summary(&rows, Classes::default());
        rows.reverse();
        let backward = summary(&rows, Classes::default());
        // Maps are equal in any order. Sums of probabilities may differ in what is rounded away.
        let close = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => (one - other).abs() < 0.00015,
            (one, other) => one == other,
        };
        prop_assert!(close(forward.ece, backward.ece));
        let same = Summary { auprc: forward.auprc, ece: forward.ece, ..backward };
        prop_assert_eq!(forward, same);
    }

    #[test]
    fn unlabelled_rows_change_nothing_that_compares(rows in rows(), more in rows()) {
        let before = summary(&rows, Classes::default());
        let mut all = rows;
        all.extend(more.into_iter().map(|row| Generated { expected: None, ..row }));
        let after = summary(&all, Classes::default());
        let same = Summary {
            accuracy: after.accuracy,
            precision: after.precision,
            recall: after.recall,
            f1: after.f1,
            fp_rate: after.fp_rate,
            binary_confusion: after.binary_confusion,
            confusion: after.confusion,
            correct: after.correct,
            incorrect: after.incorrect,
            auroc: after.auroc,
            auprc: after.auprc,
            ece: after.ece,
            ..before.clone()
        };
        prop_assert_eq!(before, same);
    }

    #[test]
    fn leniency_never_makes_a_right_row_wrong(rows in rows()) {
        let strict = summary(&rows, Classes::default());
        let lenient = summary(&rows, Classes { lenient: true });
        prop_assert!(lenient.correct >= strict.correct);
        let same = Summary {
            accuracy: strict.accuracy,
            correct: strict.correct,
            incorrect: strict.incorrect,
            ..lenient
        };
        prop_assert_eq!(strict, same);
    }

    #[test]
    fn errors_only_ever_hide_what_could_have_been_flagged(rows in rows()) {
        let judged = summary(&rows, Classes::default());
        let failed: Vec<_> = rows
            .into_iter()
            .map(|row| Generated { actual: "ERROR".to_owned(), ..row })
            .collect();
        let failed = summary(&failed, Classes::default());
        prop_assert_eq!(failed.errors, failed.total);
        let binary = failed.binary_confusion;
        prop_assert_eq!((binary.true_positives, binary.false_positives), (0, 0));
        let positive = judged.binary_confusion.true_positives + judged.binary_confusion.false_negatives;
        prop_assert_eq!(binary.false_negatives, positive);
        prop_assert_eq!(classification(&failed.confusion).binary_confusion, binary);
    }

    #[test]
    fn auroc_is_the_share_of_pairs_in_order(
        cases in prop::collection::vec((score(), any::<bool>()), 0..60),
    ) {
        let (scores, positives): (Vec<f64>, Vec<bool>) = cases.into_iter().unzip();
        prop_assert_eq!(auroc(&scores, &positives), pairs_in_order(&scores, &positives));
    }

    #[test]
    fn percentiles_rise_within_the_values(latencies in prop::collection::vec(0_i64..10_000, 1..60)) {
        let seen = percentiles(latencies.clone());
        let least = latencies.iter().min().map(|least| *least as f64);
        let most = latencies.iter().max().map(|most| *most as f64);
        prop_assert!(least <= Some(seen.p50) && seen.p50 <= seen.p95);
        prop_assert!(seen.p95 <= seen.p99 && Some(seen.p99) <= most);
    }

    #[test]
    fn drift_is_symmetric_and_nothing_only_for_equal_shares(
        one in prop::collection::vec(0.0..=100.0, 1..60),
        other in prop::collection::vec(0.0..=100.0, 1..60),
    ) {
        let (one, other) = (histogram(one), histogram(other));
        let there = drift(&one, &other);
        prop_assert_eq!(there, drift(&other, &one));
        prop_assert!(there >= Some(0.0));
        prop_assert_eq!(drift(&one, &one.map(|count| count * 3)), Some(0.0));
        if one.map(|count| count == 0) != other.map(|count| count == 0) {
            prop_assert!(there > Some(0.0));
        }
    }

    #[test]
    fn further_hits_never_fail_the_expected_ones(
        expected in prop::collection::vec("[ab](\\.[ab]){0,2}", 1..4),
        hits in prop::collection::vec("[ab](\\.[ab]){0,2}", 0..4),
    ) {
        let all: Vec<&String> = hits.iter().chain(&expected).collect();
        prop_assert_eq!(rule_hits_match(Some(&expected), &all), Some(true));
        let under: Vec<String> = expected.iter().map(|id| format!("{id}.x")).collect();
        prop_assert_eq!(rule_hits_match(Some(&expected), &under), Some(true));
        prop_assert_eq!(rule_hits_match(Some(&under), &expected), Some(false));
        let met = expected.iter().all(|id| hits.iter().any(|hit| format!("{hit}.").starts_with(&format!("{id}."))));
        prop_assert_eq!(rule_hits_match(Some(&expected), &hits), Some(met));
    }
}
