//! Samples.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use evalstone_core::case::DEFAULT_STAGE;
use evalstone_core::id::CaseId;
use evalstone_core::json::{ObjectWriter, RawJson, RawObject, View, object};

use super::{Window, time};
use crate::body::Body;
use crate::validation::{Place, Problems, Reader, members, nullable};

/// A sample as requests bring it (seed 001, contract §3.0). Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleInput {
    /// The text that is evaluated, a JSON string.
    pub input_text: RawJson,
    /// Which side is evaluated, any text.
    pub context: String,
    /// The decision that is expected, a JSON string.
    pub expected_decision: Option<RawJson>,
    /// The rules that are expected to fire, a JSON array of strings.
    pub expected_rule_hits: Option<RawJson>,
    /// Carried along.
    pub metadata: Option<RawObject>,
}

impl SampleInput {
    /// The sample that an object outside of any body is.
    ///
    /// # Errors
    /// Everything that is wrong with it, as the vendor words it.
    pub fn parse(value: View<'_>) -> Result<Self, String> {
        let mut reader = Reader::default();
        let sample = Self::read(&mut reader, &Place::BODY, value);
        let problems = reader.into_problems();
        sample.filter(|_| problems.is_empty()).ok_or_else(|| problems.detail())
    }

    fn read(reader: &mut Reader, place: &Place<'_>, value: View<'_>) -> Option<Self> {
        const NAMES: [&str; 5] =
            ["input_text", "context", "expected_decision", "expected_rule_hits", "metadata"];
        let model = reader.model(place, value)?;
        let [input_text, context, decision, rule_hits, metadata] = members(model, NAMES);
        let at = |name| place.key(name);
        let input_text = reader
            .required(&at("input_text"), model, input_text)
            .and_then(|value| reader.token(&at("input_text"), value));
        let context = match context {
            Some(value) => reader.plain(&at("context"), value),
            None => Some(DEFAULT_STAGE.to_owned()),
        };
        let expected_decision =
            nullable(decision).and_then(|value| reader.token(&at("expected_decision"), value));
        let expected_rule_hits =
            nullable(rule_hits).and_then(|value| reader.tokens(&at("expected_rule_hits"), value));
        let metadata = nullable(metadata).and_then(|value| reader.dict(&at("metadata"), value));
        Some(Self {
            input_text: input_text?,
            context: context?,
            expected_decision,
            expected_rule_hits,
            metadata,
        })
    }
}

/// The body that adds samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSamples {
    /// The samples in their order.
    pub samples: Vec<SampleInput>,
}

impl NewSamples {
    /// The levels around each sample's metadata: the body, its list, the sample.
    pub const WRAPPING: usize = 3;

    /// Reads the body: all its samples, or everything that is wrong with any of them.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let samples = Self::samples(&mut reader, body);
        let problems = reader.into_problems();
        match samples {
            Some(samples) if problems.is_empty() => Ok(Self { samples }),
            _ => Err(problems),
        }
    }

    /// How many samples the body has, whether they are valid or not.
    pub fn count(body: &Body) -> usize {
        let Body::Json(json) = body else {
            return 0;
        };
        let [samples] = members(json.view(), ["samples"]);
        samples.map_or(0, |samples| samples.items().count())
    }

    fn samples(reader: &mut Reader, body: &Body) -> Option<Vec<SampleInput>> {
        let model = reader.body(body)?;
        let place = Place::BODY.key("samples");
        let [samples] = members(model, ["samples"]);
        let samples = reader.required(&place, model, samples)?;
        let items = reader.list(&place, samples)?;
        let read = |(index, item)| SampleInput::read(reader, &place.index(index), item);
        Some(items.enumerate().filter_map(read).collect())
    }
}

/// What a sample says, as the case that it is shown from has it.
#[derive(Debug)]
pub struct Shown<'a> {
    /// A JSON string.
    pub input_text: Cow<'a, str>,
    /// Any text.
    pub context: &'a str,
    /// A JSON string.
    pub expected_decision: Option<View<'a>>,
    /// A JSON array of strings.
    pub expected_rule_hits: Option<View<'a>>,
    /// Carried along.
    pub metadata: Option<&'a RawObject>,
}

impl Shown<'_> {
    /// The same for itself.
    pub fn into_input(self) -> SampleInput {
        let Self { input_text, context, expected_decision, expected_rule_hits, metadata } = self;
        SampleInput {
            input_text: RawJson::trusted(input_text.into_owned()),
            context: context.to_owned(),
            expected_decision: expected_decision.map(RawJson::from_view),
            expected_rule_hits: expected_rule_hits.map(RawJson::from_view),
            metadata: metadata.cloned(),
        }
    }
}

/// A sample as answers show it (contract §3.0).
#[derive(Debug)]
pub struct Sample<'a> {
    /// The UUID.
    pub id: CaseId,
    /// What it says.
    pub shown: Shown<'a>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

impl Sample<'_> {
    /// Appends the sample's JSON text.
    pub fn write(&self, text: &mut String) {
        let Self { id, shown, created_at } = self;
        let Shown { input_text, context, expected_decision, expected_rule_hits, metadata } = shown;
        let mut object = ObjectWriter::open(text);
        object.bare("id", id);
        object.json("input_text", input_text);
        object.text("context", context);
        object.nullable_json("expected_decision", expected_decision.map(View::raw));
        object.nullable_json("expected_rule_hits", expected_rule_hits.map(View::raw));
        object.nullable_json("metadata", metadata.map(RawObject::as_str));
        object.bare("created_at", time(*created_at));
        object.close();
    }
}

/// The answer to added samples (contract U1).
#[derive(Clone, Debug)]
pub struct Added {
    /// How many were added.
    pub added: i64,
    /// The dataset's UUID.
    pub dataset_id: String,
    /// How many it has now.
    pub sample_count: i64,
}

impl Added {
    /// The answer's JSON text.
    pub fn to_json(&self) -> String {
        let Self { added, dataset_id, sample_count } = self;
        object(|object| {
            object.plain("added", *added);
            object.text("dataset_id", dataset_id);
            object.plain("sample_count", *sample_count);
        })
    }
}

/// Which part of a dataset's samples is asked for (contract §3.6, U2).
pub fn sample_window(query: &str) -> Result<Window, Problems> {
    Window::read(query, 100, 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<SampleInput>, String> {
        let json = RawJson::parse(text).expect(text);
        NewSamples::read(&Body::Json(json))
            .map(|NewSamples { samples }| samples)
            .map_err(|problems| problems.detail())
    }

    #[test]
    fn payloads_keep_their_bytes() {
        let sample = r#"{"input_text":"\ud800\u0000\/","context":"t\u006fol","expected_decision":"\u0042","expected_rule_hits":[ "a" ,"\u00e9"],"metadata":{"z" : 1.0,"z":1e400}}"#;
        let read = read(&format!(r#"{{"x":0,"samples":[ {sample} ]}}"#)).expect("valid");
        let [input] = read.as_slice() else { panic!("one sample") };
        let shown = Shown {
            input_text: input.input_text.as_str().into(),
            context: &input.context,
            expected_decision: input.expected_decision.as_ref().map(RawJson::view),
            expected_rule_hits: input.expected_rule_hits.as_ref().map(RawJson::view),
            metadata: input.metadata.as_ref(),
        };
        let id = "01a228b4-0ab3-705a-8f19-e01efcad067c".parse().expect("an id");
        let created_at = "2026-04-22T12:00:00Z".parse().expect("a time");
        let mut text = String::new();
        Sample { id, shown, created_at }.write(&mut text);
        assert_eq!(
            text,
            r#"{"id":"01a228b4-0ab3-705a-8f19-e01efcad067c","input_text":"\ud800\u0000\/","context":"tool","expected_decision":"\u0042","expected_rule_hits":[ "a" ,"\u00e9"],"metadata":{"z" : 1.0,"z":1e400},"created_at":"2026-04-22T12:00:00.000000Z"}"#
        );
    }

    #[test]
    fn defaults() {
        let read = read(
            r#"{"samples":[{"input_text":"","expected_decision":null,"expected_rule_hits":null,"metadata":null,"other":1}]}"#,
        );
        let expected = SampleInput {
            input_text: RawJson::from_text(""),
            context: "input".to_owned(),
            expected_decision: None,
            expected_rule_hits: None,
            metadata: None,
        };
        assert_eq!(read, Ok(vec![expected]));
    }

    #[test]
    fn every_problem_of_every_sample() {
        let body = r#"{"samples":[{"input_text":5,"context":null,"expected_decision":1,"expected_rule_hits":["a",1,null,["x"]],"metadata":[1]},{"input_text":"fine"},{"context":"input"},7]}"#;
        let string = |loc: &str, input: &str| {
            format!(
                r#"{{"type":"string_type","loc":["body","samples",0,{loc}],"msg":"Input should be a valid string","input":{input}}}"#
            )
        };
        let expected = [
            string(r#""input_text""#, "5"),
            string(r#""context""#, "null"),
            string(r#""expected_decision""#, "1"),
            string(r#""expected_rule_hits",1"#, "1"),
            string(r#""expected_rule_hits",2"#, "null"),
            string(r#""expected_rule_hits",3"#, r#"["x"]"#),
            r#"{"type":"dict_type","loc":["body","samples",0,"metadata"],"msg":"Input should be a valid dictionary","input":[1]}"#.to_owned(),
            r#"{"type":"missing","loc":["body","samples",2,"input_text"],"msg":"Field required","input":{"context":"input"}}"#.to_owned(),
            r#"{"type":"model_attributes_type","loc":["body","samples",3],"msg":"Input should be a valid dictionary or object to extract fields from","input":7}"#.to_owned(),
        ];
        assert_eq!(read(body), Err(format!("[{}]", expected.join(","))));
    }

    #[test]
    fn bodies_without_a_list() {
        let missing = r#"[{"type":"missing","loc":["body","samples"],"msg":"Field required","input":{"Samples":[]}}]"#;
        assert_eq!(read(r#"{ "Samples": [] }"#), Err(missing.to_owned()));
        for other in ["{}", "null", "\"x\"", "5", "true"] {
            let expected = format!(
                r#"[{{"type":"list_type","loc":["body","samples"],"msg":"Input should be a valid list","input":{other}}}]"#
            );
            assert_eq!(read(&format!(r#"{{"samples":{other}}}"#)), Err(expected));
        }
        assert_eq!(read(r#"{"samples":[]}"#), Ok(Vec::new()));
    }

    #[test]
    fn samples_are_counted_before_they_are_read() {
        let count = |text: &str| NewSamples::count(&Body::Json(RawJson::parse(text).expect(text)));
        assert_eq!(count(r#"{"samples":[1],"samples":[{},[3,4],null]}"#), 3);
        for none in [r#"{"samples":{"a":1}}"#, "{}", "[1,2]"] {
            assert_eq!(count(none), 0, "{none}");
        }
        assert_eq!(NewSamples::count(&Body::Missing), 0);
    }

    #[test]
    fn a_context_that_no_column_can_hold_is_refused_by_its_field() {
        let refusal = read(r#"{"samples":[{"input_text":"","context":"\u0000"}]}"#);
        let refusal = refusal.expect_err("refused");
        assert!(
            refusal.contains(
                r#""loc":["body","samples",0,"context"],"msg":"Value error, context holds"#
            )
        );
    }

    #[test]
    fn the_answer_to_added_samples() {
        let added = Added { added: 2, dataset_id: "d".to_owned(), sample_count: 3 };
        assert_eq!(added.to_json(), r#"{"added":2,"dataset_id":"d","sample_count":3}"#);
    }

    #[test]
    fn windows_of_samples() {
        assert!(matches!(sample_window(""), Ok(Window { limit: 100, offset: 0 })));
        assert!(matches!(sample_window("limit=1000"), Ok(Window { limit: 1000, offset: 0 })));
        assert!(sample_window("limit=1001").is_err());
    }
}
