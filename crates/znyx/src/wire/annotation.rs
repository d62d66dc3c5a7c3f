//! Annotations of traces (contract §3.9 to §3.11).

use chrono::{DateTime, Utc};
use evalstone_core::annotation::Label;
use evalstone_core::json::{View, object};
use evalstone_kit::query::{self, last};

use super::{Window, time};
use crate::body::Body;
use crate::validation::{Place, Problems, Reader, members, nullable};

/// An annotation as answers show it.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The UUID.
    pub id: String,
    /// The trace's UUID.
    pub trace_id: String,
    /// What somebody thinks of the trace.
    pub annotation: &'static str,
    /// The detector that is meant.
    pub detector_name: Option<String>,
    /// Why.
    pub notes: Option<String>,
    /// Who said so, as the client said.
    pub annotated_by: Option<String>,
    /// When it was said.
    pub created_at: DateTime<Utc>,
}

impl Annotation {
    /// The annotation's JSON text.
    pub fn to_json(&self) -> String {
        let Self { id, trace_id, annotation, detector_name, notes, annotated_by, created_at } =
            self;
        object(|object| {
            object.text("id", id);
            object.text("trace_id", trace_id);
            object.text("annotation", annotation);
            object.nullable_text("detector_name", detector_name.as_deref());
            object.nullable_text("notes", notes.as_deref());
            object.nullable_text("annotated_by", annotated_by.as_deref());
            object.text("created_at", &time(*created_at));
        })
    }
}

/// The body that annotates a trace. Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAnnotation {
    /// What is thought of the trace.
    pub annotation: Label,
    /// The detector that is meant.
    pub detector_name: Option<String>,
    /// Why.
    pub notes: Option<String>,
    /// Who says so.
    pub annotated_by: Option<String>,
}

impl NewAnnotation {
    /// There is no payload in the body that would be inside of anything.
    pub const WRAPPING: usize = 0;

    /// Reads the body.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let fields = Self::fields(&mut reader, body);
        let problems = reader.into_problems();
        fields.filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn fields(reader: &mut Reader, body: &Body) -> Option<Self> {
        const NAMES: [&str; 4] = ["annotation", "detector_name", "notes", "annotated_by"];
        let model = reader.body(body)?;
        let [annotation, detector_name, notes, annotated_by] = members(model, NAMES);
        let annotation = label(reader, "annotation", model, annotation);
        let mut text = |name, value| {
            nullable(value).and_then(|value| reader.plain(&Place::BODY.key(name), value))
        };
        let detector_name = text("detector_name", detector_name);
        let notes = text("notes", notes);
        let annotated_by = text("annotated_by", annotated_by);
        Some(Self { annotation: annotation?, detector_name, notes, annotated_by })
    }
}

/// The body that exports annotated traces. Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Which annotations.
    pub annotation_type: Label,
    /// The target's id, any text.
    pub dataset_id: String,
}

impl Export {
    /// There is no payload in the body that would be inside of anything.
    pub const WRAPPING: usize = 0;

    /// Reads the body.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let fields = Self::fields(&mut reader, body);
        let problems = reader.into_problems();
        fields.filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn fields(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [annotation_type, dataset_id] = members(model, ["annotation_type", "dataset_id"]);
        let annotation_type = label(reader, "annotation_type", model, annotation_type);
        let place = Place::BODY.key("dataset_id");
        // An id that no text can be is nobody's, which is for the look-up to say.
        let dataset_id = reader
            .required(&place, model, dataset_id)
            .and_then(|value| reader.word(&place, value, |text| Ok(text.to_owned())));
        Some(Self { annotation_type: annotation_type?, dataset_id: dataset_id? })
    }
}

/// The label that a field must name.
fn label(
    reader: &mut Reader,
    name: &'static str,
    model: View<'_>,
    value: Option<View<'_>>,
) -> Option<Label> {
    let place = Place::BODY.key(name);
    let value = reader.required(&place, model, value)?;
    reader.word(&place, value, |text| {
        Label::from_word(text).ok_or_else(|| {
            let words = Label::ALL.map(Label::as_str).join(", ");
            format!("{name} must be one of {words}")
        })
    })
}

/// The answer to an export (contract U1).
#[derive(Clone, Debug)]
pub struct Exported {
    /// How many samples were made.
    pub exported: i64,
    /// The dataset's UUID.
    pub dataset_id: String,
}

impl Exported {
    /// The answer's JSON text.
    pub fn to_json(&self) -> String {
        let Self { exported, dataset_id } = self;
        object(|object| {
            object.plain("exported", *exported);
            object.text("dataset_id", dataset_id);
        })
    }
}

/// What the list of annotations is asked for. An empty text asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnotationQuery {
    /// A trace, by its UUID or the id that it was reported with.
    pub trace_id: Option<String>,
    /// What is thought of it, any text.
    pub annotation_type: Option<String>,
    /// A detector.
    pub detector_name: Option<String>,
    /// The part of the list.
    pub window: Window,
}

impl AnnotationQuery {
    /// How many annotations a page has (contract U2).
    const DEFAULT: i64 = 50;
    /// How many it may have.
    const MOST: i64 = 200;

    /// Reads a query string. Other names are ignored; of a name that is repeated the last counts.
    pub fn read(query: &str) -> Result<Self, Problems> {
        let pairs = query::parse(query);
        let text = |name| last(&pairs, name).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self {
            trace_id: text("trace_id"),
            annotation_type: text("annotation_type"),
            detector_name: text("detector_name"),
            window: Window::read(query, Self::DEFAULT, Self::MOST)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;

    fn body(text: &str) -> Body {
        Body::Json(RawJson::parse(text).expect(text))
    }

    #[test]
    fn the_smallest_annotation() {
        let expected = NewAnnotation {
            annotation: Label::FalsePositive,
            detector_name: None,
            notes: None,
            annotated_by: None,
        };
        for text in [
            r#"{"annotation":"false_positive"}"#,
            r#"{"annotation":"false\u005fpositive","detector_name":null,"notes":null,"annotated_by":null}"#,
        ] {
            let read = NewAnnotation::read(&body(text)).map_err(|problems| problems.detail());
            assert_eq!(read, Ok(expected.clone()), "{text}");
        }
    }

    #[test]
    fn all_problems_of_an_annotation() {
        let text = r#"{"annotation":"wrong","detector_name":5,"notes":"\u0000","annotated_by":[]}"#;
        let refusal = NewAnnotation::read(&body(text)).expect_err("refused").detail();
        let expected = r#"[{"type":"value_error","loc":["body","annotation"],"msg":"Value error, annotation must be one of false_positive, false_negative, correct, acceptable","input":"wrong","ctx":{"error":{}}},{"type":"string_type","loc":["body","detector_name"],"msg":"Input should be a valid string","input":5},{"type":"value_error","loc":["body","notes"],"msg":"Value error, notes holds the character U+0000 at position 1, which cannot be stored","input":"\u0000","ctx":{"error":{}}},{"type":"string_type","loc":["body","annotated_by"],"msg":"Input should be a valid string","input":[]}]"#;
        assert_eq!(refusal, expected);
    }

    #[test]
    fn an_export_names_a_label_and_a_dataset() {
        let read = |text: &str| Export::read(&body(text)).map_err(|problems| problems.detail());
        let expected =
            Export { annotation_type: Label::Correct, dataset_id: "d\u{fffd}".to_owned() };
        assert_eq!(read(r#"{"annotation_type":"correct","dataset_id":"d\ud800"}"#), Ok(expected));
        let missing = r#"[{"type":"missing","loc":["body","annotation_type"],"msg":"Field required","input":{}},{"type":"missing","loc":["body","dataset_id"],"msg":"Field required","input":{}}]"#;
        assert_eq!(read("{}"), Err(missing.to_owned()));
        let wrong = r#"[{"type":"string_type","loc":["body","annotation_type"],"msg":"Input should be a valid string","input":null},{"type":"string_type","loc":["body","dataset_id"],"msg":"Input should be a valid string","input":7}]"#;
        assert_eq!(read(r#"{"annotation_type":null,"dataset_id":7}"#), Err(wrong.to_owned()));
    }

    #[test]
    fn answers() {
        let annotation = Annotation {
            id: "i".to_owned(),
            trace_id: "t".to_owned(),
            annotation: "correct",
            detector_name: None,
            notes: Some("n".to_owned()),
            annotated_by: None,
            created_at: "2026-04-22T12:00:00Z".parse().expect("a time"),
        };
        assert_eq!(
            annotation.to_json(),
            r#"{"id":"i","trace_id":"t","annotation":"correct","detector_name":null,"notes":"n","annotated_by":null,"created_at":"2026-04-22T12:00:00.000000Z"}"#
        );
        let exported = Exported { exported: 2, dataset_id: "d".to_owned() };
        assert_eq!(exported.to_json(), r#"{"exported":2,"dataset_id":"d"}"#);
    }

    #[test]
    fn a_query_with_everything() {
        let query = "trace_id=t&annotation_type=wrong&detector_name=&limit=1";
        let expected = AnnotationQuery {
            trace_id: Some("t".to_owned()),
            annotation_type: Some("wrong".to_owned()),
            detector_name: None,
            window: Window { limit: 1, offset: 0 },
        };
        assert_eq!(AnnotationQuery::read(query).map_err(|p| p.detail()), Ok(expected));
        assert!(AnnotationQuery::read("limit=201").is_err());
    }
}
