use super::super::trying::{explained, holds, tried, tried_json};
use super::*;

const ANY_ORDER: &str = "{\"ignore_order\": true}";
const EXTRA_KEYS: &str = "{\"ignore_extra_keys\": true}";
const BOTH: &str = "{\"ignore_order\": true, \"ignore_extra_keys\": true}";

#[test]
fn values_and_not_spellings_are_compared() {
    for (output, golden, equal) in [
        ("{\"a\":1,\"b\":[true,null]}", " { \"b\" : [true, null], \"a\" : 1.0 } ", true),
        ("1", "true", false),
        ("0", "false", false),
        ("\"1\"", "1", false),
        ("[1,2]", "[2,1]", false),
        ("{\"a\":1,\"a\":2}", "{\"a\":2}", true),
        ("12345678901234567890123", "12345678901234567890124", false),
        ("\"\\u00e9\"", "\"é\"", true),
        ("{}", "[]", false),
    ] {
        assert_eq!(holds(evaluate, output, golden, "{}"), equal, "{output} {golden}");
        assert_eq!(holds(evaluate, golden, output, "{}"), equal, "{golden} {output}");
    }
}

#[test]
fn values_that_are_no_strings_are_taken_as_they_are() {
    let score = |output, golden| tried_json(evaluate, output, golden, "{}").expect("a score").value;
    assert_eq!(score("{\"a\": [1]}", "\"{\\\"a\\\": [1.0]}\""), 100.0);
    assert_eq!(score("[1]", "[2]"), 0.0);
    assert_eq!(score("\"plain words\"", "\"plain words\""), 0.0);
}

#[test]
fn order_may_be_ignored_at_every_depth() {
    for (output, golden, equal) in [
        ("[1,2,2]", "[2,1,2]", true),
        ("[1,2,2]", "[2,1,1]", false),
        ("{\"a\":[[1,2],[3]]}", "{\"a\":[[3],[2,1]]}", true),
        ("[{\"a\":1,\"b\":2},{\"a\":1}]", "[{\"a\":1},{\"b\":2,\"a\":1.0}]", true),
        ("[1]", "[1,1]", false),
    ] {
        assert_eq!(holds(evaluate, output, golden, ANY_ORDER), equal, "{output} {golden}");
        assert!(!holds(evaluate, output, golden, "{\"ignore_order\": false}"));
    }
}

#[test]
fn keys_only_in_the_output_may_be_ignored() {
    for (output, golden, equal) in [
        ("{\"a\":1,\"x\":{}}", "{\"a\":1}", true),
        ("[{\"a\":{\"b\":2,\"x\":1}}]", "[{\"a\":{\"b\":2}}]", true),
        ("{\"a\":1}", "{\"a\":1,\"x\":1}", false),
        ("[{\"a\":1},2]", "[{\"a\":1}]", false),
    ] {
        assert_eq!(holds(evaluate, output, golden, EXTRA_KEYS), equal, "{output} {golden}");
        assert!(!holds(evaluate, output, golden, "{\"ignore_extra_keys\": null}"));
    }
}

#[test]
fn both_may_be_ignored() {
    // The first output item fits both golden ones, the second only one.
    let output = "[{\"a\":1,\"b\":2},{\"a\":1}]";
    assert!(holds(evaluate, output, "[{\"a\":1},{\"b\":2}]", BOTH));
    assert!(holds(evaluate, output, "[{},{\"a\":1}]", BOTH));
    assert!(!holds(evaluate, output, "[{\"b\":2},{\"b\":2}]", BOTH));
    assert!(!holds(evaluate, output, "[{\"a\":1}]", BOTH));
    assert!(holds(evaluate, "[[{\"x\":1}],[2]]", "[[2],[{}]]", BOTH));
}

#[test]
fn it_says_where_the_values_differ() {
    for (output, golden, expected) in [
        (
            "{\"a\":[1,{\"b\":2}]}",
            "{\"a\":[1,{\"b\":\"2\"}]}",
            "at $[\"a\"][1][\"b\"]: the output has a number, the golden answer a string",
        ),
        ("[1]", "[1,2]", "at $: the output has 1 items, the golden answer 2"),
        ("{}", "{\"k\":1}", "at $: the output lacks the key \"k\""),
        ("{\"k\":1}", "{}", "at $: the golden answer lacks the key \"k\""),
        (
            "{",
            "{}",
            "the output is no JSON: Expecting property name enclosed in double quotes (line 1, column 2)",
        ),
        ("{}", "", "the golden answer is no JSON: Expecting value (line 1, column 1)"),
    ] {
        assert_eq!(explained(evaluate, output, golden, "{}"), expected);
    }
}

#[test]
fn hostile_values_are_bounded() {
    let deep = "[".repeat(1_000_000);
    assert!(explained(evaluate, &deep, &deep, BOTH).contains("nested deeper than 100 levels"));
    let many = |key: &str| {
        format!(
            "[{}]",
            (0..20_000).map(|at| format!("{{\"{key}{at}\":1}}")).collect::<Vec<_>>().join(",")
        )
    };
    assert!(holds(evaluate, &many("a"), &many("a"), BOTH));
    assert!(tried(evaluate, &many("a"), &many("b"), BOTH).is_err());
    assert!(!holds(evaluate, &many("a"), &many("b"), ANY_ORDER));
    assert!(!holds(evaluate, &format!("{{\"{}\":1}}", "k".repeat(100_000)), "{}", "{}"));
}

#[test]
fn both_fields_are_required() {
    let row = Row::default();
    assert_eq!(evaluate(&row, Arguments::default()), Err(Failure::missing(Field::Output)));
}
