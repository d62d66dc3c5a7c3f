//! Files good and bad.

use evalstone_core::error::Kind;
use evalstone_core::json::{RawJson, encode};
use evalstone_kit::limits::Limits;

use super::{Format, collect, rows, stream};
use crate::wire::{ImportedRow, SampleInput};

const CSV: Format = Format::Csv;
const JSON: Format = Format::Json;

/// The rows of a content, or why there are none.
pub fn read(content: &str, format: Format) -> Result<Vec<ImportedRow>, String> {
    let cap = Limits::default().record;
    rows(content.as_bytes(), format, cap)
        .and_then(Iterator::collect)
        .map_err(|error| error.message().to_owned())
}

/// Each row's fields in JSON: text, context, decision, rule hits, metadata, output.
fn shown(content: &str, format: Format) -> Vec<String> {
    let fields = |row: ImportedRow| {
        let ImportedRow { input, output_text } = row;
        let SampleInput { input_text, context, expected_decision, expected_rule_hits, metadata } =
            input;
        let or_null = |json: Option<RawJson>| json.map_or("null".to_owned(), RawJson::into_string);
        [
            input_text.into_string(),
            encode(&context),
            or_null(expected_decision),
            or_null(expected_rule_hits),
            or_null(metadata.map(RawJson::from)),
            or_null(output_text),
        ]
        .join(" ")
    };
    read(content, format).expect("good").into_iter().map(fields).collect()
}

fn refusal(content: &str, format: Format) -> String {
    read(content, format).expect_err("refused")
}

#[test]
fn formats_have_names() {
    let parse = |name| Format::parse(name).map_err(|error| error.message().to_owned());
    assert_eq!(parse("json"), Ok(JSON));
    assert_eq!(parse(" CSV "), Ok(CSV));
    assert_eq!(parse("JsonL"), Ok(Format::JsonLines));
    for bad in ["xml", "", "json5"] {
        assert_eq!(parse(bad), Err(format!("Unsupported format: {bad}")));
    }
}

#[test]
fn json_rows_are_samples_to_the_byte() {
    let content = "\u{feff}[ {\"input_text\":\"\\u00e9\\/\\ud800\",\"context\":\"o\\u0075tput\",\
        \"expected_decision\":\"bl\\u006fck\",\"expected_rule_hits\":[ \"a\" ],\
        \"metadata\":{\"z\" : 1.0,\"z\":1e400}, \"id\": 7} ,\n {\"input_text\":\"\"}]";
    assert_eq!(
        shown(content, JSON),
        [
            r#""\u00e9\/\ud800" "output" "bl\u006fck" [ "a" ] {"z" : 1.0,"z":1e400} null"#,
            r#""" "input" null null null null"#,
        ]
    );
    assert!(read(" [ ] ", JSON).expect("good").is_empty());
}

#[test]
fn json_rows_may_use_aliases_of_which_the_first_with_a_value_counts() {
    let content = r#"[
        {"prompt":"p","text":"t","label":"WARN","expected":"BLOCK"},
        {"prompt":"p","text":null,"expected_decision":null,"label":"WARN","lang":"de","language":null},
        {"text":"t","input_text":"i","language":"en","lang":"de","metadata":{ "a":1 }},
        {"text":"t","context":"output","output_text":"o"},
        {"text":"t","output_text":"","expected_rule_hits":null,"metadata":null}
    ]"#;
    assert_eq!(
        shown(content, JSON),
        [
            r#""t" "input" "BLOCK" null null null"#,
            r#""p" "input" "WARN" null {"language":"de"} null"#,
            r#""i" "input" null null { "a":1,"language":"en" } null"#,
            r#""t" "output" null null null "o""#,
            r#""t" "input" null null null null"#,
        ]
    );
}

#[test]
fn one_object_a_line_or_one_alone() {
    let two = ["\"a\" \"input\" null null null null", "\"b\" \"input\" null null null null"];
    let lines = "{\"text\":\"a\"}\r\n\n  {\"text\": \"b\"}  \n";
    assert_eq!(shown(lines, JSON), two);
    assert_eq!(shown(lines, Format::JsonLines), two);
    assert_eq!(shown("\u{feff}{\n\"text\":\n\"a\"}", JSON), two[..1]);
    assert!(read("\n", Format::JsonLines).expect("good").is_empty());
}

#[test]
fn contents_that_are_no_json() {
    for (content, why) in [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("nope", "Expecting value: line 1 column 1 (char 0)"),
        ("[\n {\"text\": \"é\"},\n x]", "Expecting value: line 3 column 2 (char 19)"),
        ("[] []", "Extra data: line 1 column 4 (char 3)"),
        ("{\"text\" 1}", "Expecting ':' delimiter: line 1 column 9 (row 0)"),
        (
            "{\"text\":\"a\"}\n\n{\"text\":\"é\",}\n",
            "Expecting property name enclosed in double quotes: line 3 column 13 (row 1)",
        ),
        ("\"text\"", "an array of objects is expected, found: string"),
        ("null", "an array of objects is expected, found: null"),
    ] {
        assert_eq!(refusal(content, JSON), format!("Invalid JSON content: {why}"), "{content}");
    }
    let deep = format!("[{{\"text\":\"\",\"metadata\":{}}}]", "[".repeat(101));
    assert!(
        refusal(&deep, JSON).starts_with("Invalid JSON content: nested deeper than 102 levels")
    );
}

#[test]
fn bad_json_rows_are_named_by_index_and_field() {
    let good = r#"{"text":"a"}"#;
    for (row, why) in [
        ("{}", "input_text: Field required"),
        (r#"{"input_text":null}"#, "input_text: Input should be a valid string"),
        (r#"{"prompt":5}"#, "prompt: Input should be a valid string"),
        (r#"{"text":"","context":null}"#, "context: Input should be a valid string"),
        (
            r#"{"text":"","context":"\ud800"}"#,
            "context: Input should be a valid string, unable to parse raw data as a unicode string",
        ),
        (
            r#"{"text":"","context":"a\u0000"}"#,
            "context: context holds the character U+0000 at position 2, which cannot be stored",
        ),
        (r#"{"text":"","label":true}"#, "label: Input should be a valid string"),
        (
            r#"{"text":"","expected_rule_hits":"x"}"#,
            "expected_rule_hits: Input should be a valid list",
        ),
        (
            r#"{"text":"","expected_rule_hits":["x",1]}"#,
            "expected_rule_hits[1]: Input should be a valid string",
        ),
        (r#"{"text":"","metadata":[1]}"#, "metadata: Input should be a valid dictionary"),
        (r#"{"text":"","output_text":{}}"#, "output_text: Input should be a valid string"),
        (
            r#"{"text":"","lang":"de","metadata":{"l\u0061nguage":1}}"#,
            "language: the row's metadata has this key, too",
        ),
        ("[]", "Input should be a valid dictionary or object to extract fields from"),
    ] {
        let array = format!("[{good}, {row}, {{}}]");
        assert_eq!(refusal(&array, JSON), format!("Invalid row 1: {why}"));
        let lines = format!("{good}\n\n{row}\n{{}}");
        assert_eq!(refusal(&lines, JSON), format!("Invalid row 1 (line 3): {why}"));
    }
}

#[test]
fn csv_rows_have_what_their_cells_say() {
    let content = "\u{feff} Input_Text , CONTEXT,expected_decision,expected_rule_hits,metadata,language,output_text,Team\r\n\
        \"a, \"\"b\"\"\n\", output , Block ,\"[\"\"x\"\",  \"\"y\"\"]\",\"{\"\"k\"\" : 1.0}\",de,said, Red \r\n\
        c,,,a | b;c,,,,\r\n\
        d, , ,\"|,\", ,,,\r\n";
    assert_eq!(
        shown(content, CSV),
        [
            r#""a, \"b\"\n" "output" "BLOCK" ["x",  "y"] {"k" : 1.0,"language":"de","Team":" Red "} "said""#,
            r#""c" "input" null ["a","b","c"] null null"#,
            r#""d" "input" null [] null null"#,
        ]
    );
    assert_eq!(shown("prompt\n a \n", CSV), [r#"" a " "input" null null null null"#]);
    assert!(read("text,context\n", CSV).expect("good").is_empty());
}

#[test]
fn of_a_headers_aliases_the_first_counts_and_the_others_are_kept() {
    let content = "label,prompt,,text,Expected\nWARN,p,x,t,allow\n";
    assert_eq!(
        shown(content, CSV),
        [r#""t" "input" "ALLOW" null {"label":"WARN","prompt":"p","column 3":"x"} null"#]
    );
}

#[test]
fn headers_that_cannot_be_used() {
    for (content, why) in [
        ("", "there is no header"),
        ("\n\r\n", "there is no header"),
        ("question,answer\na,b\n", "no column is called input_text, text or prompt"),
        ("input_text;context\na;b\n", "no column is called input_text, text or prompt"),
        ("text, TEXT\na,b\n", "two columns are called text"),
        ("text,note,Note,note\na,b,c,d\n", "two columns are called note"),
        ("\"text\na\n", "line 1: the quote that opens here is never closed"),
    ] {
        assert_eq!(refusal(content, CSV), format!("Invalid CSV content: {why}"), "{content:?}");
    }
}

#[test]
fn bad_csv_rows_are_named_by_index_line_and_field() {
    for (rows, why) in [
        (",,,", "(line 4): input_text: Field required"),
        ("a,b,c", "(line 4): it has only 3 of the header's 4 cells"),
        ("a,b,c,d,e", "(line 4): it has more than the header's 4 cells"),
        (
            "a,x\0,,",
            "(line 4): context: context holds the character U+0000 at position 2, which cannot be stored",
        ),
        ("a,,\"[1]\",", "(line 4): expected_rule_hits[0]: Input should be a valid string"),
        (
            "a,,\"[\"\"x\"\"\",",
            "(line 4): expected_rule_hits: Input should be valid JSON: Expecting ',' delimiter (character 5)",
        ),
        ("a,,,[]", "(line 4): metadata: Input should be a valid dictionary"),
        (
            "a,,,plain",
            "(line 4): metadata: Input should be valid JSON: Expecting value (character 1)",
        ),
        ("\"\na\",,\"x", "(line 5): expected_rule_hits: the quote that opens here is never closed"),
    ] {
        let content =
            format!("text,context,expected_rule_hits,metadata\n\"good\nrow\",,,\n{rows}\n,,,\n");
        assert_eq!(refusal(&content, CSV), format!("Invalid row 1 {why}"));
    }
    let twice = "text,metadata,k\na,\"{\"\"k\"\":1}\",2\n";
    assert_eq!(
        refusal(twice, CSV),
        "Invalid row 0 (line 2): k: the row's metadata has this key, too"
    );
}

#[test]
fn there_are_not_too_many_rows_and_they_do_not_grow_too_large() {
    let mut limits = Limits::default();
    limits.samples_per_call.most = 2;
    limits.json_body.bytes = 100;
    let taken = |content: &str, format| {
        let rows = rows(content.as_bytes(), format, limits.record).expect("a header");
        collect(rows, limits.samples_per_call, limits.json_body)
            .map(|cases| cases.len())
            .map_err(|error| (error.kind(), error.message().to_owned()))
    };
    assert_eq!(taken("text\na\nb\n", CSV), Ok(2));
    let many = "the body has over 2 samples (setting limits.samples_per_call)";
    assert_eq!(taken("text\na\nb\nc\n", CSV), Err((Kind::TooLarge, many.to_owned())));
    assert_eq!(
        taken("[{\"text\":\"\"},{\"text\":\"\"},5]", JSON).expect_err("the row").0,
        Kind::Invalid
    );
    let wide = format!("text,{}\na,b\nc,d\n", "x".repeat(250));
    let large = "the samples come to over 400 bytes (4 times the setting limits.json_body)";
    assert_eq!(taken(&wide, CSV), Err((Kind::TooLarge, large.to_owned())));
}

#[test]
fn files_are_read_row_by_row() {
    let cap = Limits::default().record;
    // What comes after the first bad row is not even asked for.
    let file = std::io::Read::chain(&b"text\na\nb,c\n"[..], std::io::repeat(b'x'));
    let mut cases = stream(file, CSV, cap).expect("a header");
    assert!(cases.next().is_some_and(|case| case.is_ok()));
    assert!(cases.next().is_some_and(|case| case.is_err()));
    assert!(cases.next().is_none());
    let lines = stream(&b"{\"text\":\"a\"}\n{\"text\":\"b\"}\n"[..], Format::JsonLines, cap);
    assert_eq!(lines.expect("lines").count(), 2);
}
