//! `is_valid_json`: whether the output is JSON.

use evalstone_core::json::check;

use super::parsing::place;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Holds an output that is one JSON text by RFC 8259, however deep; one that is no string is JSON
/// already.
pub fn evaluate(row: &Row, _: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    Ok(match check(&output, usize::MAX) {
        Ok(()) => Score::all_or_nothing(true, "the output is JSON"),
        Err(fault) => {
            let place = place(&output, fault.offset);
            Score::all_or_nothing(false, format!("the output is no JSON: {} ({place})", fault.kind))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::trying::{explained, holds, tried_json};
    use super::evaluate;
    use crate::scoring::{Arguments, Failure, Field, Row};

    #[test]
    fn json_by_the_rfc() {
        for text in
            ["{}", " [1, 2e3, null] ", "\"x\"", "0", "{\"a\":1,\"a\":2}", "\"\\ud800\"", "1e999"]
        {
            assert!(holds(evaluate, text, "", "{}"), "{text}");
        }
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{'a': 1}",
            "NaN",
            "-Infinity",
            "01",
            "\u{feff}{}",
            "{} {}",
            "\"\t\"",
        ] {
            assert!(!holds(evaluate, text, "", "{}"), "{text}");
        }
    }

    #[test]
    fn what_is_no_string_is_json() {
        for value in ["{\"a\": 1}", "[]", "1.5", "true"] {
            assert_eq!(tried_json(evaluate, value, "1", "{}").expect(value).value, 100.0);
        }
        assert_eq!(tried_json(evaluate, "\"{\"", "1", "{}").expect("a score").value, 0.0);
    }

    #[test]
    fn it_says_where_it_stopped() {
        let expected = "the output is no JSON: Expecting value (line 2, column 4)";
        assert_eq!(explained(evaluate, "[1,\n 2,]", "", "{}"), expected);
    }

    #[test]
    fn any_depth_is_read() {
        let deep = 1_000_000;
        assert!(holds(evaluate, &format!("{}{}", "[".repeat(deep), "]".repeat(deep)), "", "{}"));
        assert!(!holds(evaluate, &"[".repeat(5 * deep), "", "{}"));
    }

    #[test]
    fn the_output_is_required() {
        let row = Row::default();
        assert_eq!(evaluate(&row, Arguments::default()), Err(Failure::missing(Field::Output)));
    }
}
