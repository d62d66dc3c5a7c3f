//! `exact_match` and `numeric_match`.

use super::{between, failure, holds, why};

#[test]
fn an_exact_match_is_one_of_characters() {
    for (output, golden, arguments, same) in [
        (r#""a""#, r#""a""#, "{}", true),
        (r#""a""#, r#""A""#, "{}", false),
        (r#""a""#, r#""A""#, r#"{"case_sensitive":false}"#, true),
        (r#""ΣΑΣ""#, r#""σας""#, r#"{"case_sensitive":false}"#, true),
        (r#""straße""#, r#""STRASSE""#, r#"{"case_sensitive":false}"#, false),
        (r#"" a\n""#, r#""a""#, "{}", false),
        (r#"" a\n""#, r#""a""#, r#"{"strip_whitespace":true}"#, true),
        (r#""a b""#, r#""a  b""#, r#"{"strip_whitespace":true}"#, false),
        (r#""""#, r#""""#, "{}", true),
        (r#""é""#, r#""e\u0301""#, "{}", false),
        ("5", r#""5""#, "{}", true),
        ("5", "5.0", "{}", false),
        ("true", r#""True""#, r#"{"case_sensitive":false}"#, true),
        (r#"{ "a" : 1 }"#, r#"{"a":1}"#, "{}", true),
    ] {
        assert_eq!(
            holds(between("exact_match", output, golden, arguments)),
            same,
            "{output} {golden}"
        );
    }
    let told = why(between("exact_match", r#""cost""#, r#""cold""#, "{}"));
    assert_eq!(told, "the output is not the golden answer: they differ from character 3 on");
}

#[test]
fn numbers_match_one_by_one() {
    for (output, golden, near) in [
        (r#""The answer is 42.""#, r#""42""#, true),
        ("42", "42.0", true),
        (r#""1,319.50""#, "1319.5", true),
        (r#""6 weeks are 42 days""#, r#""42 days""#, false),
        (r#""6 weeks are 42 days""#, r#""6, 42""#, true),
        (r#""42, 6""#, r#""6, 42""#, false),
        (r#""forty-two""#, "42", false),
        ("42", r#""forty-two""#, false),
        (r#""""#, r#""""#, false),
        ("true", "1", false),
        (r#""−5""#, "-5", true),
        ("[1, 2]", r#""1 and 2""#, true),
        ("1e999", "1e999", true),
        ("1e999", "-1e999", false),
    ] {
        assert_eq!(
            holds(between("numeric_match", output, golden, "{}")),
            near,
            "{output} {golden}"
        );
    }
}

#[test]
fn tolerances_are_inclusive() {
    for (output, golden, arguments, near) in [
        ("41", "42", r#"{"tolerance":1}"#, true),
        ("41", "42", r#"{"tolerance":0.99}"#, false),
        ("90", "100", r#"{"relative_tolerance":0.1}"#, true),
        ("89.9", "100", r#"{"relative_tolerance":0.1}"#, false),
        // Of the larger magnitude, so that the order of the two does not matter.
        ("100", "90", r#"{"relative_tolerance":0.1}"#, true),
        ("-90", "-100", r#"{"relative_tolerance":0.1}"#, true),
        ("0", "0.5", r#"{"relative_tolerance":0.1,"tolerance":0.5}"#, true),
        ("1e999", "5", r#"{"tolerance":1e300,"relative_tolerance":1}"#, false),
    ] {
        assert_eq!(
            holds(between("numeric_match", output, golden, arguments)),
            near,
            "{output} {golden} {arguments}"
        );
    }
    for name in ["tolerance", "relative_tolerance"] {
        let told = failure(between("numeric_match", "1", "1", &format!(r#"{{"{name}":-0.5}}"#)));
        assert_eq!(told, format!("{name} is below 0: -0.5"));
    }
}

#[test]
fn what_does_not_match_is_named() {
    for (output, golden, told) in [
        ("41", "42", "the output has 41 where the golden answer has 42, 1 apart"),
        ("[1,2]", "1", "the output has 2 numbers, the golden answer 1"),
        ("1", "[1,2]", "the output has 1 number, the golden answer 2"),
        (r#""none""#, "1", "the output has no number"),
        ("1", r#""none""#, "the golden answer has no number"),
    ] {
        assert_eq!(why(between("numeric_match", output, golden, "{}")), told);
    }
}
