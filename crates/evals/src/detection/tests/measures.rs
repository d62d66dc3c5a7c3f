//! Single measures, at their boundaries.

use crate::detection::{
    Percentiles, auprc, auroc, classification, drift, ece, histogram, percentiles,
};

#[test]
fn scores_that_tie_count_half_in_auroc() {
    assert_eq!(auroc(&[5.0, 5.0, 5.0], &[true, false, false]), Some(0.5));
    assert_eq!(auroc(&[1.0, 2.0, 2.0, 3.0], &[false, true, false, true]), Some(0.875));
    assert_eq!(auroc(&[3.0, 1.0], &[true, false]), Some(1.0));
    assert_eq!(auroc(&[1.0, 3.0], &[true, false]), Some(0.0));
    assert_eq!(auroc(&[0.0, -0.0], &[true, false]), Some(0.5));
}

#[test]
fn scores_that_tie_keep_their_order_in_auprc() {
    assert_eq!(auprc(&[7.0, 7.0], &[true, false]), Some(1.0));
    assert_eq!(auprc(&[7.0, 7.0], &[false, true]), Some(0.5));
    assert_eq!(auprc(&[0.0, -0.0], &[false, true]), Some(0.5));
    assert_eq!(auprc(&[-0.0, 0.0], &[false, true]), Some(0.5));
    assert_eq!(auprc(&[1.0, 9.0, 5.0], &[true, false, true]), Some(0.5833));
}

#[test]
fn measures_that_need_a_class_are_none_without_it() {
    for positives in [&[][..], &[true, true], &[false, false]] {
        assert_eq!(auroc(&vec![1.0; positives.len()], positives), None, "{positives:?}");
    }
    assert_eq!(auprc(&[], &[]), None);
    assert_eq!(auprc(&[1.0], &[false]), None);
    assert_eq!(ece([], &[]), None);
}

#[test]
fn calibration_bins_include_their_upper_bound() {
    // Confidence 0.6 of both sides of one half: one bin, half of it right.
    assert_eq!(ece([0.6, 0.4], &[true, true]), Some(0.1));
    // 0.6 and 0.61 are in two bins, each as far from the truth as it can be on its side.
    assert_eq!(ece([0.6, 0.61], &[true, false]), Some(0.505));
    assert_eq!(ece([0.5], &[false]), Some(0.5));
    assert_eq!(ece([1.0, 0.0], &[true, false]), Some(0.0));
}

#[test]
fn histogram_bins_begin_with_their_lower_bound() {
    let scores = [0.0, 9.999, 10.0, 20.0, 89.9, 90.0, 100.0, 100.5, -3.0, 1e9, -1e9];
    assert_eq!(histogram(scores), [4, 1, 1, 0, 0, 0, 0, 0, 1, 4]);
    assert_eq!(histogram([]), [0; 10]);
}

#[test]
fn drift_needs_two_histograms_of_one_width() {
    assert_eq!(drift(&[], &[]), None);
    assert_eq!(drift(&[1], &[1, 2]), None);
    assert_eq!(drift(&[0, 0], &[1, 2]), None);
    assert_eq!(drift(&[1, 2], &[0, 0]), None);
    assert_eq!(drift(&[1, 2], &[10, 20]), Some(0.0));
    assert_eq!(drift(&[50, 50], &[40, 60]), Some(0.0405));
    assert_eq!(drift(&[1, 0], &[0, 1]), Some(27.631));
}

#[test]
fn percentiles_lie_between_the_nearest_two() {
    let all = |value| Percentiles { p50: value, p95: value, p99: value };
    assert_eq!(percentiles(vec![]), all(0.0));
    assert_eq!(percentiles(vec![42]), all(42.0));
    assert_eq!(percentiles(vec![3, 3, 3]), all(3.0));
    assert_eq!(percentiles(vec![2, 1]), Percentiles { p50: 1.5, p95: 1.9, p99: 2.0 });
    let hundred = percentiles((0..=100).rev().collect());
    assert_eq!(hundred, Percentiles { p50: 50.0, p95: 95.0, p99: 99.0 });
    // As far apart as can be.
    let extreme = percentiles(vec![i64::MAX, i64::MIN]);
    assert_eq!((extreme.p50, extreme.p99), (0.0, 9.03890459611768e18));
}

#[test]
fn f1_is_none_without_a_hit() {
    let counts = |pairs: &[(&str, u64)]| pairs.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect();
    let missed = [
        ("BLOCK".to_owned(), counts(&[("ALLOW", 2)])),
        ("ALLOW".to_owned(), counts(&[("WARN", 1)])),
    ];
    let numbers = classification(&missed.into_iter().collect());
    assert_eq!((numbers.precision, numbers.recall, numbers.f1), (Some(0.0), Some(0.0), None));
    assert_eq!(numbers.fp_rate, Some(1.0));
}
