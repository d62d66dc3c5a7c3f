//! `alpha_perc`, `alphanum_perc`, `is_boolean`, `is_numeric`, `is_string`.

use super::{holds, of, value, why};

#[test]
fn letters_are_counted_among_all_characters() {
    for (output, letters, letters_or_digits) in [
        (r#""abc""#, 100.0, 100.0),
        (r#""abc1""#, 75.0, 100.0),
        (r#""a b1""#, 50.0, 75.0),
        (r#""Ünï""#, 100.0, 100.0),
        (r#""日本5٣""#, 50.0, 100.0),
        // The accent is a character by itself, and none of the numbers is a digit.
        (r#""e\u0301""#, 50.0, 50.0),
        (r#""a²½Ⅷ""#, 25.0, 25.0),
        (r#""""#, 0.0, 0.0),
        (r#"" \n""#, 0.0, 0.0),
        ("true", 100.0, 100.0),
        ("12.5", 0.0, 75.0),
        (r#"{"a": 1}"#, 14.2857, 28.5714),
    ] {
        assert_eq!(value(of("alpha_perc", output, "{}")), letters, "{output}");
        assert_eq!(value(of("alphanum_perc", output, "{}")), letters_or_digits, "{output}");
    }
    let told = why(of("alpha_perc", r#""ab 1""#, "{}"));
    assert_eq!(told, "2 of the output's 4 characters are letters");
    assert_eq!(why(of("alphanum_perc", r#""""#, "{}")), "the output is empty");
}

#[test]
fn booleans_are_true_and_false_in_json_and_in_strings() {
    for output in ["true", "false", r#""true""#, r#""False""#, r#"" TRUE\n""#, r#""fAlSe""#] {
        assert!(holds(of("is_boolean", output, "{}")), "{output}");
    }
    for output in
        ["1", "0", r#""1""#, r#""yes""#, r#""""#, r#""true.""#, "[true]", r#""t rue""#, "{}"]
    {
        assert!(!holds(of("is_boolean", output, "{}")), "{output}");
    }
    assert_eq!(why(of("is_boolean", "1", "{}")), "the output is neither true nor false");
}

#[test]
fn numbers_are_those_of_json_and_of_strings() {
    for output in
        ["5", "-2.50", "1E+9", r#""5""#, r#"" -1.5e3\n""#, r#""+.5""#, r#""5.""#, r#""007""#]
    {
        assert!(holds(of("is_numeric", output, "{}")), "{output}");
    }
    for output in [
        "true",
        "[5]",
        r#""""#,
        r#"" ""#,
        r#""1,000""#,
        r#""5%""#,
        r#""five""#,
        r#""NaN""#,
        r#""inf""#,
        r#""1 2""#,
        r#""٣""#,
        r#""1_0""#,
    ] {
        assert!(!holds(of("is_numeric", output, "{}")), "{output}");
    }
    assert_eq!(why(of("is_numeric", r#""five""#, "{}")), "the output is not a number");
}

#[test]
fn strings_are_those_of_json() {
    for output in [r#""a""#, r#""5""#, r#""true""#, r#""\u200b""#, r#""\ud800""#] {
        assert!(holds(of("is_string", output, "{}")), "{output}");
    }
    for (output, kind) in [("5", "number"), ("true", "boolean"), ("[]", "array"), ("{}", "object")]
    {
        let answer = of("is_string", output, r#"{"allow_empty":true}"#);
        assert_eq!(why(answer), format!("the output is a JSON {kind}, not a string"));
    }
}

#[test]
fn strings_of_nothing_must_be_allowed() {
    let blank = r#"" \n\u3000""#;
    for (output, arguments, accepted) in [
        (r#""""#, "{}", false),
        (r#""""#, r#"{"allow_empty":true}"#, true),
        (r#""""#, r#"{"allow_empty":false,"allow_whitespace_only":true}"#, false),
        (blank, "{}", false),
        (blank, r#"{"allow_whitespace_only":true}"#, true),
        (blank, r#"{"allow_empty":true}"#, false),
    ] {
        assert_eq!(holds(of("is_string", output, arguments)), accepted, "{output} {arguments}");
    }
    let told = why(of("is_string", r#""""#, "{}"));
    assert_eq!(told, "the output is an empty string, which allow_empty does not accept");
}
