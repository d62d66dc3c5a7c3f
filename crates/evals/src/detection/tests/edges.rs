//! Runs at the edge of what the numbers are defined for.

use super::{Written, summary};

#[test]
fn a_run_without_rows_has_counts_of_zero_and_no_shares() {
    let expected = concat!(
        r#"{"accuracy":null,"precision":null,"recall":null,"f1":null,"fp_rate":null,"#,
        r#""binary_confusion":{"tp":0,"fp":0,"fn":0,"tn":0},"confusion":{},"#,
        r#""total":0,"correct":0,"incorrect":0,"unlabelled":0,"errors":0,"#,
        r#""block_rate":null,"decisions":{},"#,
        r#""avg_latency_ms":null,"latency":{"p50":0.0,"p95":0.0,"p99":0.0},"#,
        r#""auroc":null,"auprc":null,"ece":null,"score_histogram":[0,0,0,0,0,0,0,0,0,0]}"#,
    );
    assert_eq!(summary(&[]).to_json(), expected);
}

#[test]
fn one_row_is_enough_for_what_needs_no_second() {
    let one = summary(&[(Some("BLOCK"), "BLOCK", 90.0, 7)]);
    assert_eq!((one.accuracy, one.precision, one.recall), (Some(1.0), Some(1.0), Some(1.0)));
    assert_eq!((one.f1, one.fp_rate, one.block_rate), (Some(1.0), None, Some(1.0)));
    assert_eq!((one.auroc, one.auprc, one.ece), (None, Some(1.0), Some(0.1)));
    assert_eq!((one.latency.p50, one.latency.p99, one.avg_latency_ms), (7.0, 7.0, Some(7.0)));
}

#[test]
fn unlabelled_rows_count_where_nothing_is_compared() {
    let unlabelled = summary(&[(None, "BLOCK", 100.0, 10), (None, "ALLOW", 5.0, 20)]);
    let expected = concat!(
        r#"{"accuracy":null,"precision":null,"recall":null,"f1":null,"fp_rate":null,"#,
        r#""binary_confusion":{"tp":0,"fp":0,"fn":0,"tn":0},"confusion":{},"#,
        r#""total":2,"correct":0,"incorrect":0,"unlabelled":2,"errors":0,"#,
        r#""block_rate":0.5,"decisions":{"BLOCK":1,"ALLOW":1},"#,
        r#""avg_latency_ms":15.0,"latency":{"p50":15.0,"p95":19.5,"p99":19.9},"#,
        r#""auroc":null,"auprc":null,"ece":null,"score_histogram":[1,0,0,0,0,0,0,0,0,1]}"#,
    );
    assert_eq!(unlabelled.to_json(), expected);
}

#[test]
fn with_one_class_only_its_own_rates_are_defined() {
    let harmless = summary(&[(Some("ALLOW"), "ALLOW", 0.0, 1), (Some("ALLOW"), "WARN", 30.0, 1)]);
    assert_eq!((harmless.precision, harmless.recall, harmless.f1), (Some(0.0), None, None));
    assert_eq!((harmless.fp_rate, harmless.auroc, harmless.auprc), (Some(0.5), None, None));

    let harmful = summary(&[(Some("BLOCK"), "ALLOW", 0.0, 1), (Some("WARN"), "ALLOW", 30.0, 1)]);
    assert_eq!((harmful.precision, harmful.recall, harmful.f1), (None, Some(0.0), None));
    assert_eq!((harmful.fp_rate, harmful.auroc, harmful.auprc), (None, None, Some(1.0)));
}

#[test]
fn rows_that_could_not_be_evaluated_are_wrong_and_never_flagged() {
    let failed: [Written<'_>; 3] = [
        (Some("BLOCK"), "ERROR", 0.0, 5),
        (Some("ALLOW"), "ERROR", 0.0, 5),
        (None, "ERROR", 0.0, 5),
    ];
    let failed = summary(&failed);
    assert_eq!((failed.accuracy, failed.errors, failed.total), (Some(0.0), 3, 3));
    assert_eq!((failed.precision, failed.recall, failed.f1), (None, Some(0.0), None));
    assert_eq!((failed.fp_rate, failed.block_rate), (Some(0.0), Some(0.0)));
    assert_eq!((failed.auroc, failed.auprc, failed.ece), (Some(0.5), Some(1.0), Some(0.5)));
    let json = failed.to_json();
    assert!(json.contains(r#""confusion":{"BLOCK":{"ERROR":1},"ALLOW":{"ERROR":1}}"#), "{json}");
    assert!(json.contains(r#""decisions":{"ERROR":3}"#), "{json}");
}

#[test]
fn unknown_words_are_flags_and_keep_their_spelling() {
    let odd = summary(&[
        (Some("ALLOW"), "allow", 0.0, 0),
        (Some(""), "\"quoted\"\n", 0.0, 0),
        (Some("NONE"), "NONE", 0.0, 0),
    ]);
    let json = odd.to_json();
    let confusion = concat!(
        r#""binary_confusion":{"tp":1,"fp":1,"fn":1,"tn":0},"#,
        r#""confusion":{"ALLOW":{"allow":1},"":{"\"quoted\"\n":1},"NONE":{"NONE":1}}"#,
    );
    assert!(json.contains(confusion), "{json}");
    assert_eq!((odd.correct, odd.errors), (1, 0));
}
