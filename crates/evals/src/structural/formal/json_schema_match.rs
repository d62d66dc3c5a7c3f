//! `json_schema_match`: whether the output fits a JSON Schema.

use evalstone_core::json::{Kind, View};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use super::json_patterns::MOST_STEPS_BACK;
use super::json_schema_cost::within_limits;
use super::json_tree::parsed;
use super::parsing::{brief, guarded};
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// The longest schema, in bytes.
const LONGEST: usize = 1 << 20;
/// The memory of a pattern's automaton, and of what is kept while it runs, in bytes.
const PATTERN_MEMORY: usize = 1 << 20;

/// Validates against `schema` by `validator`, `Draft7Validator` (the default) or
/// `Draft202012Validator`, as Python's `jsonschema` does: `format` asserts nothing, `$schema` does
/// not change the draft, and no reference leads out of the schema.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    let draft = draft(arguments)?;
    let Some(schema) = arguments.get("schema") else {
        return Ok(Score::all_or_nothing(false, "there is no schema to validate against"));
    };
    if !matches!(schema.kind(), Kind::Object | Kind::Bool) {
        return Err(Failure(format!(
            "the schema is no JSON object but {}",
            schema.kind().as_str()
        )));
    }
    if schema.raw().len() > LONGEST {
        return Err(Failure(format!("the schema is longer than {LONGEST} bytes")));
    }
    match parsed(&output, Field::Output).and_then(instance) {
        Ok(instance) => guarded(|| validated(schema, draft, &instance))?,
        Err(why) => Ok(Score::all_or_nothing(false, why)),
    }
}

fn draft(arguments: Arguments<'_>) -> Result<Draft, Failure> {
    match arguments.text("validator").as_deref() {
        None | Some("Draft7Validator") => Ok(Draft::Draft7),
        Some("Draft202012Validator") => Ok(Draft::Draft202012),
        Some(other) => Err(Failure(format!(
            "there is no validator {}; there are Draft7Validator and Draft202012Validator",
            brief(other)
        ))),
    }
}

fn instance(output: View<'_>) -> Result<Value, String> {
    serde_json::from_str(output.raw())
        .map_err(|error| format!("the output cannot be validated: {error}"))
}

fn validated(schema: View<'_>, draft: Draft, instance: &Value) -> Result<Score, Failure> {
    let schema = serde_json::from_str(schema.raw())
        .map_err(|error| Failure(format!("the schema cannot be read: {}", brief(error))))?;
    within_limits(&schema, instance)
        .map_err(|why| Failure(format!("the output cannot be validated: {why}")))?;
    let validator = compiled(&schema, draft)?;
    let Err(error) = validator.validate(instance) else {
        return Ok(Score::all_or_nothing(true, "the output fits the schema"));
    };
    if let ValidationErrorKind::BacktrackLimitExceeded { .. } = error.kind() {
        let rule = brief(error.schema_path().as_str());
        let why = "takes too many steps on this output";
        return Err(Failure(format!(
            "the output cannot be validated: the pattern at #{rule} {why}"
        )));
    }
    let (place, rule) =
        (brief(error.instance_path().as_str()), brief(error.schema_path().as_str()));
    Ok(Score::all_or_nothing(false, format!("at ${place}: {} (schema: #{rule})", brief(&error))))
}

fn compiled(schema: &Value, draft: Draft) -> Result<Validator, Failure> {
    jsonschema::options()
        .with_draft(draft)
        .should_validate_formats(false)
        .with_pattern_options(
            PatternOptions::fancy_regex()
                .backtrack_limit(MOST_STEPS_BACK)
                .size_limit(PATTERN_MEMORY)
                .dfa_size_limit(PATTERN_MEMORY),
        )
        .offline()
        .build(schema)
        .map_err(|error| Failure(format!("the schema is invalid: {}", brief(error))))
}

#[cfg(test)]
mod tests {
    use super::super::trying::{explained, holds, tried, tried_json};
    use super::*;

    const PERSON: &str = r#"{"schema": {"type": "object", "required": ["name"],
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}}}}"#;

    #[test]
    fn outputs_fit_or_do_not() {
        for (output, fits) in [
            (r#"{"name": "Ann", "age": 3}"#, true),
            (r#"{"name": "Ann", "age": 3.0}"#, true),
            (r#"{"age": 3}"#, false),
            (r#"{"name": 1}"#, false),
            ("[]", false),
            ("no JSON", false),
            ("", false),
        ] {
            assert_eq!(holds(evaluate, output, "", PERSON), fits, "{output}");
        }
        assert_eq!(
            tried_json(evaluate, r#"{"name": "Ann"}"#, "1", PERSON).expect("a score").value,
            100.0
        );
    }

    #[test]
    fn it_says_where_and_which_rule() {
        let expected =
            r#"at $/age: -1 is less than the minimum of 0 (schema: #/properties/age/minimum)"#;
        assert_eq!(explained(evaluate, r#"{"name": "A", "age": -1}"#, "", PERSON), expected);
        assert!(explained(evaluate, "[1,\n?]", "", PERSON).contains("(line 2, column 1)"));
    }

    #[test]
    fn the_validator_is_one_of_two() {
        // Of tuples, and of definitions, each draft knows another spelling.
        let arguments = |validator: &str| {
            format!(
                r#"{{"validator": {validator}, "schema": {{"prefixItems": [{{"type": "string"}}]}}}}"#
            )
        };
        assert!(holds(evaluate, "[1]", "", &arguments("null")));
        assert!(holds(evaluate, "[1]", "", &arguments("\"Draft7Validator\"")));
        assert!(!holds(evaluate, "[1]", "", &arguments("\"Draft202012Validator\"")));
        let failure =
            tried(evaluate, "[1]", "", &arguments("\"Draft4Validator\"")).expect_err("a failure");
        assert!(
            failure
                .0
                .contains("Draft4Validator; there are Draft7Validator and Draft202012Validator")
        );
    }

    #[test]
    fn formats_assert_nothing_and_the_schema_does_not_choose_the_draft() {
        assert!(holds(evaluate, "\"x\"", "", r#"{"schema": {"format": "date"}}"#));
        let schema = r#"{"schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [false]}}"#;
        assert!(holds(evaluate, "[1]", "", schema));
    }

    #[test]
    fn without_a_schema_nothing_fits() {
        assert!(!holds(evaluate, "{}", "", "{}"));
        assert!(!holds(evaluate, "{}", "", "{\"schema\": null}"));
        assert!(holds(evaluate, "{}", "", "{\"schema\": {}}"));
    }

    #[test]
    fn invalid_schemas_are_failures_and_nothing_is_fetched() {
        for schema in [
            r#"{"type": "strange"}"#,
            r##"{"$ref": "#/nowhere"}"##,
            r#"{"$ref": "http://127.0.0.1:9/schema.json"}"#,
            r#"{"$ref": "file:///etc/hostname"}"#,
            r#"{"pattern": "("}"#,
            r#""text""#,
        ] {
            let failure =
                tried(evaluate, "{}", "", &format!("{{\"schema\": {schema}}}")).expect_err(schema);
            assert!(failure.0.starts_with("the schema is "), "{failure}");
        }
    }

    #[test]
    fn patterns_and_schemas_have_limits() {
        let failure = |schema: &str, output: &str| {
            tried(evaluate, output, "", &format!("{{\"schema\": {schema}}}")).expect_err(schema).0
        };
        let output = format!("\"{}b\"", "a".repeat(5_000));
        let back = failure(r#"{"pattern": "^(a|aa)+\\1c$"}"#, &output);
        assert!(back.contains("pattern at #/pattern takes too many steps"), "{back}");
        let large = failure(r#"{"pattern": "[a-z]{200000}"}"#, &output);
        assert!(large.starts_with("the schema is invalid: "), "{large}");
        let long = failure(&format!("{{\"title\": \"{}\"}}", "a".repeat(LONGEST)), "1");
        assert_eq!(long, "the schema is longer than 1048576 bytes");
        assert!(holds(evaluate, "\"ab\"", "", r#"{"schema": {"pattern": "^(?=a)\\w+$"}}"#));
    }

    #[test]
    fn hostile_schemas_are_bounded() {
        for schema in [
            r##"{"$ref": "#"}"##.to_owned(),
            r##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##.to_owned(),
            r##"{"not": {"$ref": "#"}}"##.to_owned(),
            r##"{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}"##.to_owned(),
            r#"{"pattern": "^(a+)+$"}"#.to_owned(),
            format!("{}true{}", "{\"not\":".repeat(90), "}".repeat(90)),
        ] {
            let output = format!("\"{}b\"", "a".repeat(5_000));
            // Whatever comes of it, it comes.
            let _ = tried(evaluate, &output, "", &format!("{{\"schema\": {schema}}}"));
        }
        assert!(!holds(evaluate, &"[".repeat(1_000_000), "", PERSON));
    }
}
