//! Imports of samples.

use evalstone_core::json::{RawJson, object};

use super::SampleInput;
use crate::body::Body;
use crate::validation::{Place, Problems, Reader, members};

/// The body that imports samples (contract §3.7). Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// A file's text.
    pub content: String,
    /// What kind of file it is, any text.
    pub format: String,
}

impl Import {
    /// There is no payload in the body itself: the content is one string.
    pub const WRAPPING: usize = 0;
    /// The format of a body that names none.
    const DEFAULT: &'static str = "json";

    /// Reads the body.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let fields = Self::fields(&mut reader, body);
        let problems = reader.into_problems();
        fields.filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn fields(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [content, format] = members(model, ["content", "format"]);
        let at = |name| Place::BODY.key(name);
        let content = reader
            .required(&at("content"), model, content)
            .and_then(|content| reader.text(&at("content"), content));
        let format = match format {
            Some(format) => reader.text(&at("format"), format),
            None => Some(Self::DEFAULT.to_owned()),
        };
        Some(Self { content: content?, format: format? })
    }
}

/// A sample as a row of a file brings it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRow {
    /// The sample.
    pub input: SampleInput,
    /// What the system answered to the sample's text, a JSON string.
    pub output_text: Option<RawJson>,
}

/// The answer to an import (contract U1).
#[derive(Clone, Debug)]
pub struct Imported {
    /// How many samples were imported.
    pub imported: i64,
    /// The dataset's UUID.
    pub dataset_id: String,
    /// How many it has now.
    pub sample_count: i64,
}

impl Imported {
    /// The answer's JSON text.
    pub fn to_json(&self) -> String {
        let Self { imported, dataset_id, sample_count } = self;
        object(|object| {
            object.plain("imported", *imported);
            object.text("dataset_id", dataset_id);
            object.plain("sample_count", *sample_count);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, String), String> {
        let json = RawJson::parse(text).expect(text);
        Import::read(&Body::Json(json))
            .map(|Import { content, format }| (content, format))
            .map_err(|problems| problems.detail())
    }

    #[test]
    fn contents_are_decoded_and_json_unless_said_otherwise() {
        let pair = |content: &str, format: &str| Ok((content.to_owned(), format.to_owned()));
        assert_eq!(read(r#"{"content":"a\u0000\n\ud83d\ude00"}"#), pair("a\0\n\u{1f600}", "json"));
        assert_eq!(read(r#"{"format":"xml","content":"","x":1}"#), pair("", "xml"));
    }

    #[test]
    fn all_problems_in_the_order_of_the_fields() {
        let wrong = r#"[{"type":"string_type","loc":["body","content"],"msg":"Input should be a valid string","input":[]},{"type":"string_type","loc":["body","format"],"msg":"Input should be a valid string","input":null}]"#;
        assert_eq!(read(r#"{"format":null,"content":[]}"#), Err(wrong.to_owned()));
        let missing =
            r#"[{"type":"missing","loc":["body","content"],"msg":"Field required","input":{}}]"#;
        assert_eq!(read("{}"), Err(missing.to_owned()));
        let lone = read(r#"{"content":"\ud800"}"#).expect_err("no text");
        assert!(lone.contains(r#""type":"string_unicode","loc":["body","content"]"#), "{lone}");
    }

    #[test]
    fn the_answer_to_an_import() {
        let imported = Imported { imported: 2, dataset_id: "d".to_owned(), sample_count: 3 };
        assert_eq!(imported.to_json(), r#"{"imported":2,"dataset_id":"d","sample_count":3}"#);
    }
}
