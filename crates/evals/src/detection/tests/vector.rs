//! The nine rows that the contract's authors captured from the vendor's runtime (ZNYX contract §5.6),
//! and what the vendor's own code makes of them (§3.17).

use evalstone_core::json::View;

use super::{Written, summary};
use crate::detection::{Classes, Compared, Comparison, Row, Tally, compare};

const ROWS: [Written<'static>; 9] = [
    (Some("ALLOW"), "ALLOW", 0.0, 398),
    (Some("BLOCK"), "BLOCK", 100.0, 29),
    (Some("TRANSFORM"), "REDACT", 100.0, 29),
    (Some("REDACT"), "REDACT", 60.0, 18),
    (Some("BLOCK"), "BLOCK", 100.0, 18),
    (Some("WARN"), "BLOCK", 100.0, 19),
    (Some("WARN"), "WARN", 50.0, 18),
    (Some("BLOCK"), "ALLOW", 0.0, 18),
    (Some("ALLOW"), "ALLOW", 0.0, 16),
];

const SUMMARY: &str = concat!(
    r#"{"accuracy":0.6667,"precision":1.0,"recall":0.8571,"f1":0.9231,"fp_rate":0.0,"#,
    r#""binary_confusion":{"tp":6,"fp":0,"fn":1,"tn":2},"#,
    r#""confusion":{"ALLOW":{"ALLOW":2},"BLOCK":{"BLOCK":2,"ALLOW":1},"TRANSFORM":{"REDACT":1},"#,
    r#""REDACT":{"REDACT":1},"WARN":{"BLOCK":1,"WARN":1}},"#,
    r#""total":9,"correct":6,"incorrect":3,"unlabelled":0,"errors":0,"#,
    r#""block_rate":0.3333,"decisions":{"ALLOW":3,"BLOCK":3,"REDACT":2,"WARN":1},"#,
    r#""avg_latency_ms":62.6,"latency":{"p50":18.0,"p95":250.4,"p99":368.5},"#,
    r#""auroc":0.9286,"auprc":0.9821,"ece":0.2111,"score_histogram":[3,0,0,0,0,1,1,0,0,4]}"#,
);

#[test]
fn the_contracts_rows_give_the_contracts_numbers() {
    assert_eq!(summary(&ROWS).to_json(), SUMMARY);
}

#[test]
fn leniency_changes_what_is_right_and_nothing_else() {
    let mut tally = Tally::new();
    for (expected, actual, risk_score, latency_ms) in ROWS {
        let correct = Classes { lenient: true }.is_correct(expected, actual);
        tally.add(Row { expected, actual, risk_score, correct, latency_ms });
    }
    let lenient = SUMMARY
        .replace(r#""accuracy":0.6667"#, r#""accuracy":0.7778"#)
        .replace(r#""correct":6,"incorrect":3"#, r#""correct":7,"incorrect":2"#);
    assert_eq!(tally.finish().to_json(), lenient);
}

#[test]
fn a_stored_summary_is_compared_by_its_numbers() {
    let stored = Compared::read(View::parse(SUMMARY, 10).expect("an object"));
    assert_eq!(stored, Compared::from(&summary(&ROWS)));
    let unchanged = compare(&stored, &stored);
    assert_eq!(unchanged.block_rate_delta, Some(0.0));
    assert_eq!(unchanged.psi, Some(0.0));

    let candidate = Compared::from(&summary(&ROWS[..4]));
    let expected = Comparison {
        block_rate_delta: Some(-0.0833),
        accuracy_delta: Some(0.0833),
        avg_latency_delta_ms: Some(55.9),
        p99_latency_delta_ms: Some(18.4),
        psi: Some(1.4341),
    };
    assert_eq!(compare(&stored, &candidate), expected);
}

#[test]
fn what_a_run_lacks_is_not_compared() {
    let done = Compared::from(&summary(&ROWS));
    let empty = Compared::from(&summary(&[]));
    let partial = r#"{"accuracy":null,"latency":{"p99":1.5},"score_histogram":[1,"2"]}"#;
    let partial = Compared::read(View::parse(partial, 10).expect("an object"));
    for lacking in [empty, partial, Compared::default()] {
        assert_eq!(compare(&done, &lacking), Comparison::default());
        assert_eq!(compare(&lacking, &done), Comparison::default());
    }
}
