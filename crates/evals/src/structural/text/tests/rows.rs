//! What holds for all of them.

use super::super::ALL;
use super::{ask, failure};

/// Metrics that compare.
const TWO_FIELDS: [&str; 4] = ["bleu", "exact_match", "numeric_match", "rouge"];

#[test]
fn a_row_without_a_needed_field_fails() {
    for (metric, _) in ALL {
        for row in ["{}", r#"{"output":null}"#, r#"{"output":null,"golden_answer":"a"}"#] {
            assert_eq!(failure(ask(metric, row, "{}")), "the row has no output", "{metric} {row}");
        }
        let only_output = ask(metric, r#"{"output":"a"}"#, "{}");
        if TWO_FIELDS.contains(metric) {
            assert_eq!(failure(only_output), "the row has no golden_answer", "{metric}");
        } else {
            assert!(only_output.is_ok(), "{metric}");
        }
    }
}

#[test]
fn whatever_a_row_holds_has_a_score_and_a_reason() {
    for (metric, _) in ALL {
        for output in [
            r#""""#,
            r#"" \t\n""#,
            r#""\ud800""#,
            r#""👩‍👩‍👧 שלום""#,
            r#""\u0000""#,
            "0",
            "-1e999",
            "true",
            "[]",
            "{}",
            r#"{"a":[1,"b. c"]}"#,
            r#"".""#,
            r#""'""#,
            r#""'s""#,
        ] {
            let row = format!(r#"{{"output":{output},"golden_answer":{output}}}"#);
            let score = ask(metric, &row, "{}").expect("a score");
            assert!((0.0..=100.0).contains(&score.value), "{metric} {output}: {score:?}");
            assert!(score.explanation.len() > 10, "{metric} {output}: {score:?}");
            assert!(score.details.is_none() && score.cost.is_none(), "{metric} {output}");
        }
    }
}

#[test]
fn arguments_that_are_null_count_as_absent() {
    for (metric, arguments) in [
        ("char_ct_match", r#"{"min_count":null,"custom_exclude_pattern":null}"#),
        ("rouge", r#"{"rouge_type":null,"use_stemmer":null}"#),
        ("is_date", r#"{"allowed_formats":null,"strict_type":null}"#),
        ("numeric_match", r#"{"tolerance":null}"#),
    ] {
        let row = r#"{"output":"The answer is 42.","golden_answer":"It was 43 of the answers"}"#;
        assert_eq!(ask(metric, row, arguments), ask(metric, row, "{}"), "{metric}");
    }
}
