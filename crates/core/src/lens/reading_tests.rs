use super::Reading;
use crate::case::{Case, STAGES};
use crate::json::View;
use crate::samples::{case, json};

/// What a case is read as: stage, output, inputs.
fn read(case: &Case) -> (Option<String>, Option<String>, String) {
    let reading = Reading::of(case);
    (
        reading.stage().map(str::to_owned),
        reading.output().map(View::raw).map(str::to_owned),
        reading.inputs().json().into_owned(),
    )
}

fn seen(
    stage: Option<&str>,
    output: Option<&str>,
    inputs: &str,
) -> (Option<String>, Option<String>, String) {
    (stage.map(str::to_owned), output.map(str::to_owned), inputs.to_owned())
}

#[test]
fn a_case_with_its_own_stage_and_output_keeps_its_inputs() {
    let inputs = r#"{ "stage":"tool", "output":"x", "input":"hi" }"#;
    let own =
        Case { stage: Some("my own".to_owned()), output: Some(json("[ 1 ]")), ..case(inputs) };
    assert_eq!(read(&own), seen(Some("my own"), Some("[ 1 ]"), inputs));
}

#[test]
fn stage_and_output_are_taken_from_the_inputs_of_a_case_without() {
    let inputs = r#"{ "stage":"tool", "output":[ 1 ], "\u0069nput" : "hi" }"#;
    assert_eq!(read(&case(inputs)), seen(Some("tool"), Some("[ 1 ]"), r#"{"\u0069nput":"hi"}"#));
    let with_stage = Case { stage: Some("input".to_owned()), ..case(inputs) };
    let rest = r#"{"stage":"tool","\u0069nput":"hi"}"#;
    assert_eq!(read(&with_stage), seen(Some("input"), Some("[ 1 ]"), rest));
    let with_output = Case { output: Some(json("false")), ..case(inputs) };
    let rest = r#"{"output":[ 1 ],"\u0069nput":"hi"}"#;
    assert_eq!(read(&with_output), seen(Some("tool"), Some("false"), rest));
}

#[test]
fn only_the_engines_stages_are_taken() {
    for stage in STAGES {
        let inputs = format!("{{\"stage\":\"{stage}\"}}");
        assert_eq!(read(&case(&inputs)), seen(Some(stage), None, "{}"));
    }
    assert_eq!(read(&case(r#"{"stage":"\u0074ool"}"#)), seen(Some("tool"), None, "{}"));
    for other in [r#""TOOL""#, r#""theatre""#, r#""""#, r#"["tool"]"#, "null", "1", r#""\ud800""#] {
        let inputs = format!("{{\"stage\":{other}}}");
        assert_eq!(read(&case(&inputs)), seen(None, None, &inputs));
    }
}

#[test]
fn a_null_output_counts_as_absent() {
    let null = Case { output: Some(json("null")), ..case(r#"{"output":"x","a":1}"#) };
    assert_eq!(read(&null), seen(None, Some("\"x\""), r#"{"a":1}"#));
    let nulls = Case { output: Some(json("null")), ..case(r#"{"output":null}"#) };
    assert_eq!(read(&nulls), seen(None, None, r#"{"output":null}"#));
    assert_eq!(read(&case(r#"{"output":""}"#)), seen(None, Some("\"\""), "{}"));
}

#[test]
fn of_duplicates_the_last_is_taken_and_all_are_removed() {
    let taken = case(r#"{"stage":"x","output":1,"a":0,"stage":"tool","outpu\u0074":2}"#);
    assert_eq!(read(&taken), seen(Some("tool"), Some("2"), r#"{"a":0}"#));
    let left = r#"{"stage":"tool","output":1,"stage":"x","output":null}"#;
    assert_eq!(read(&case(left)), seen(None, None, left));
}
