//! Datasets.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use evalstone_core::id::DatasetId;
use evalstone_core::json::{ObjectWriter, View};
use evalstone_kit::query::{self, last};

use super::{CUSTOM, Window, time};
use crate::body::Body;
use crate::validation::{Place, Problems, Reader, members, nullable};

/// A dataset as answers show it (contract §3.0).
#[derive(Clone, Debug)]
pub struct Dataset<'a> {
    /// The UUID.
    pub id: DatasetId,
    /// The name, any text.
    pub name: &'a str,
    /// What it is for.
    pub description: Option<&'a str>,
    /// The theme.
    pub category: Option<&'a str>,
    /// How far it can be trusted, any text.
    pub trust_level: Cow<'a, str>,
    /// Where it comes from.
    pub source: &'a str,
    /// How many samples it has.
    pub sample_count: i64,
    /// Whether it is offered as an open benchmark.
    pub is_public: bool,
    /// Who made it, as the client said.
    pub created_by: Option<&'a str>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, if ever.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Dataset<'_> {
    /// Appends the dataset's JSON text.
    pub fn write(&self, text: &mut String) {
        let Self {
            id,
            name,
            description,
            category,
            trust_level,
            source,
            sample_count,
            is_public,
            created_by,
            created_at,
            updated_at,
        } = self;
        let mut object = ObjectWriter::open(text);
        object.bare("id", id);
        object.text("name", name);
        object.nullable_text("description", *description);
        object.nullable_text("category", *category);
        object.text("trust_level", trust_level);
        object.text("source", source);
        object.plain("sample_count", sample_count);
        object.plain("is_public", is_public);
        object.nullable_text("created_by", *created_by);
        object.bare("created_at", time(*created_at));
        object.nullable_bare("updated_at", updated_at.map(time));
        object.close();
    }

    /// The dataset's JSON text.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }
}

/// The body that makes a dataset (seed 000, contract §3.1). Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDataset {
    /// The name, any text.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The theme.
    pub category: Option<String>,
    /// How far it can be trusted, any text.
    pub trust_level: String,
    /// Whether it is offered as an open benchmark.
    pub is_public: bool,
    /// Who makes it.
    pub created_by: Option<String>,
}

impl NewDataset {
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
        const NAMES: [&str; 6] =
            ["name", "description", "category", "trust_level", "is_public", "created_by"];
        let model = reader.body(body)?;
        let [name, description, category, trust_level, is_public, created_by] =
            members(model, NAMES);
        let at = |name| Place::BODY.key(name);
        let name = reader
            .required(&at("name"), model, name)
            .and_then(|name| reader.plain(&at("name"), name));
        let mut text = |name, value| reader.plain(&at(name), value);
        let description = nullable(description).and_then(|value| text("description", value));
        let category = nullable(category).and_then(|value| text("category", value));
        let trust_level = match trust_level {
            Some(value) => text("trust_level", value),
            None => Some(CUSTOM.to_owned()),
        };
        let is_public = match is_public {
            Some(value) => reader.boolean(&at("is_public"), value),
            None => Some(false),
        };
        let created_by =
            nullable(created_by).and_then(|value| reader.plain(&at("created_by"), value));
        Some(Self {
            name: name?,
            description,
            category,
            trust_level: trust_level?,
            is_public: is_public?,
            created_by,
        })
    }
}

/// The body that changes a dataset (contract U4). A field that is not there leaves its own as it is;
/// so does a null, but for the fields that may be null themselves. Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetUpdate {
    /// The new name, any text.
    pub name: Option<String>,
    /// What it is for from now on, or nothing.
    pub description: Option<Option<String>>,
    /// The new theme, or none.
    pub category: Option<Option<String>>,
    /// How far it can be trusted from now on, any text.
    pub trust_level: Option<String>,
    /// Whether it is offered as an open benchmark.
    pub is_public: Option<bool>,
}

impl DatasetUpdate {
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
        const NAMES: [&str; 5] = ["name", "description", "category", "trust_level", "is_public"];
        let model = reader.body(body)?;
        let [name, description, category, trust_level, is_public] = members(model, NAMES);
        let mut text = |name, value: Option<View<'_>>| {
            nullable(value).and_then(|value| reader.plain(&Place::BODY.key(name), value))
        };
        let name = text("name", name);
        let description = description.map(|value| text("description", Some(value)));
        let category = category.map(|value| text("category", Some(value)));
        let trust_level = text("trust_level", trust_level);
        let is_public = nullable(is_public)
            .and_then(|value| reader.boolean(&Place::BODY.key("is_public"), value));
        Some(Self { name, description, category, trust_level, is_public })
    }
}

/// What the list of datasets is asked for (seed 002, contract §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetQuery {
    /// One theme (legacy).
    pub category: Option<String>,
    /// Themes, joined by commas.
    pub categories: Option<String>,
    /// A source.
    pub source: Option<String>,
    /// The part of the list.
    pub window: Window,
}

impl DatasetQuery {
    /// How many datasets a page has (contract U2).
    const DEFAULT: i64 = 50;
    /// How many it may have.
    const MOST: i64 = 200;

    /// Reads a query string. Other names are ignored; of a name that is repeated the last counts.
    pub fn read(query: &str) -> Result<Self, Problems> {
        let pairs = query::parse(query);
        let text = |name| last(&pairs, name).map(str::to_owned);
        Ok(Self {
            category: text("category"),
            categories: text("categories"),
            source: text("source"),
            window: Window::read(query, Self::DEFAULT, Self::MOST)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::{Body, Dataset, DatasetQuery, DatasetUpdate, NewDataset, Window};

    fn read(text: &str) -> Result<NewDataset, String> {
        let json = RawJson::parse(text).expect(text);
        NewDataset::read(&Body::Json(json)).map_err(|problems| problems.detail())
    }

    #[test]
    fn the_smallest_body_has_the_documented_defaults() {
        let expected = NewDataset {
            name: "support-bot-fp-regression".to_owned(),
            description: None,
            category: None,
            trust_level: "custom".to_owned(),
            is_public: false,
            created_by: None,
        };
        assert_eq!(read(r#"{"name":"support-bot-fp-regression"}"#), Ok(expected.clone()));
        let nulls = r#"{"name":"support-bot-fp-regression","description":null,"category":null,"created_by":null}"#;
        assert_eq!(read(nulls), Ok(expected));
    }

    #[test]
    fn of_duplicates_the_last_counts_and_keys_may_be_escaped() {
        let new = read(r#"{"name":5,"n\u0061me":"","is_public":"Yes","source":"znyx_sample"}"#);
        let new = new.expect("valid");
        assert_eq!((new.name.as_str(), new.is_public), ("", true));
    }

    #[test]
    fn all_problems_in_the_order_of_the_fields() {
        let body = r#"{"created_by":true,"is_public":null,"trust_level":null,"category":{"a" : 1.0},"description":[1, 2],"name":5}"#;
        let expected = [
            r#"{"type":"string_type","loc":["body","name"],"msg":"Input should be a valid string","input":5}"#,
            r#"{"type":"string_type","loc":["body","description"],"msg":"Input should be a valid string","input":[1,2]}"#,
            r#"{"type":"string_type","loc":["body","category"],"msg":"Input should be a valid string","input":{"a":1.0}}"#,
            r#"{"type":"string_type","loc":["body","trust_level"],"msg":"Input should be a valid string","input":null}"#,
            r#"{"type":"bool_type","loc":["body","is_public"],"msg":"Input should be a valid boolean","input":null}"#,
            r#"{"type":"string_type","loc":["body","created_by"],"msg":"Input should be a valid string","input":true}"#,
        ];
        assert_eq!(read(body), Err(format!("[{}]", expected.join(","))));
        let missing = r#"[{"type":"missing","loc":["body","name"],"msg":"Field required","input":{"description":5}},{"type":"string_type","loc":["body","description"],"msg":"Input should be a valid string","input":5}]"#;
        assert_eq!(read(r#"{"description":5}"#), Err(missing.to_owned()));
    }

    #[test]
    fn text_that_no_column_can_hold_is_refused_by_its_field() {
        let refusal = read(r#"{"name":"ab\u0000","created_by":"\ud800"}"#).expect_err("refused");
        let expected = r#"[{"type":"value_error","loc":["body","name"],"msg":"Value error, name holds the character U+0000 at position 3, which cannot be stored","input":"ab\u0000","ctx":{"error":{}}},{"type":"string_unicode","loc":["body","created_by"],"msg":"Input should be a valid string, unable to parse raw data as a unicode string","input":"\ud800"}]"#;
        assert_eq!(refusal, expected);
    }

    #[test]
    fn bodies_that_are_no_object() {
        let detail = |body: &Body| NewDataset::read(body).expect_err("refused").detail();
        assert_eq!(
            detail(&Body::Missing),
            r#"[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]"#
        );
        let message = "Input should be a valid dictionary or object to extract fields from";
        let expected = |input: &str| {
            format!(
                r#"[{{"type":"model_attributes_type","loc":["body"],"msg":"{message}","input":{input}}}]"#
            )
        };
        assert_eq!(detail(&Body::Text("{\"a\":1}".to_owned())), expected(r#""{\"a\":1}""#));
        for json in ["[]", "null", "\"x\"", "1.50", "true"] {
            assert_eq!(read(json), Err(expected(json)), "{json}");
        }
    }

    #[test]
    fn nulls_clear_what_may_be_null_and_leave_the_rest() {
        let update = |text: &str| {
            let json = RawJson::parse(text).expect(text);
            DatasetUpdate::read(&Body::Json(json)).map_err(|problems| problems.detail())
        };
        let nothing = DatasetUpdate {
            name: None,
            description: None,
            category: None,
            trust_level: None,
            is_public: None,
        };
        assert_eq!(update(r#"{"source":"x","created_by":"y"}"#), Ok(nothing.clone()));
        let nulls = r#"{"name":null,"description":null,"category":null,"trust_level":null,"is_public":null}"#;
        let cleared =
            DatasetUpdate { description: Some(None), category: Some(None), ..nothing.clone() };
        assert_eq!(update(nulls), Ok(cleared));
        let all =
            r#"{"name":"n","description":"","category":"c","trust_level":"t","is_public":"on"}"#;
        let some = |text: &str| Some(text.to_owned());
        let changed = DatasetUpdate {
            name: some("n"),
            description: Some(some("")),
            category: Some(some("c")),
            trust_level: some("t"),
            is_public: Some(true),
        };
        assert_eq!(update(all), Ok(changed));
        let expected = [
            r#"{"type":"string_type","loc":["body","name"],"msg":"Input should be a valid string","input":5}"#,
            r#"{"type":"string_type","loc":["body","category"],"msg":"Input should be a valid string","input":[]}"#,
            r#"{"type":"bool_parsing","loc":["body","is_public"],"msg":"Input should be a valid boolean, unable to interpret input","input":2}"#,
        ];
        let refused = update(r#"{"is_public":2,"category":[],"name":5}"#);
        assert_eq!(refused, Err(format!("[{}]", expected.join(","))));
    }

    #[test]
    fn a_query_with_everything() {
        let query = "category=pii&categories=a%2C+b,&source=customer&limit=7&offset=1&other=x";
        let expected = DatasetQuery {
            category: Some("pii".to_owned()),
            categories: Some("a, b,".to_owned()),
            source: Some("customer".to_owned()),
            window: Window { limit: 7, offset: 1 },
        };
        assert_eq!(DatasetQuery::read(query).map_err(|problems| problems.detail()), Ok(expected));
        assert!(DatasetQuery::read("limit=201").is_err());
    }

    #[test]
    fn a_dataset_shows_all_its_keys() {
        let dataset = Dataset {
            id: "01a22b1b-4df0-760a-aa4f-7f3fa56d8fe8".parse().expect("an id"),
            name: "n",
            description: None,
            category: None,
            trust_level: "custom".into(),
            source: "customer",
            sample_count: 0,
            is_public: false,
            created_by: None,
            created_at: "2026-04-22T12:00:00Z".parse().expect("a time"),
            updated_at: None,
        };
        assert_eq!(
            dataset.to_json(),
            r#"{"id":"01a22b1b-4df0-760a-aa4f-7f3fa56d8fe8","name":"n","description":null,"category":null,"trust_level":"custom","source":"customer","sample_count":0,"is_public":false,"created_by":null,"created_at":"2026-04-22T12:00:00.000000Z","updated_at":null}"#
        );
    }
}
