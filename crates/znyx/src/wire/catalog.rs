//! The catalog.

use evalstone_core::json::object;

use crate::body::Body;
use crate::validation::{Place, Problems, Reader, members, nullable};

/// An entry as answers show it (contract §3.8, and what is needed to install it).
#[derive(Clone, Debug)]
pub struct CatalogEntry {
    /// Its name in requests.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The theme.
    pub category: Option<String>,
    /// How far it can be trusted.
    pub trust_level: String,
    /// Where it comes from.
    pub source: &'static str,
    /// How many samples it has, where that is known.
    pub sample_count: Option<i64>,
    /// The UUID of its dataset, once it is installed.
    pub dataset_id: Option<String>,
    /// Under which licence its samples are.
    pub licence: Option<String>,
    /// What to do before it can be installed; none when it can be.
    pub hint: Option<String>,
}

impl CatalogEntry {
    /// The entry's JSON text.
    pub fn to_json(&self) -> String {
        let Self {
            id,
            name,
            description,
            category,
            trust_level,
            source,
            sample_count,
            dataset_id,
            licence,
            hint,
        } = self;
        object(|object| {
            object.text("id", id);
            object.text("name", name);
            object.nullable_text("description", description.as_deref());
            object.nullable_text("category", category.as_deref());
            object.text("trust_level", trust_level);
            object.text("source", source);
            object.nullable("sample_count", *sample_count);
            object.plain("installed", dataset_id.is_some());
            object.nullable_text("dataset_id", dataset_id.as_deref());
            object.nullable_text("licence", licence.as_deref());
            object.plain("available", hint.is_none());
            object.nullable_text("hint", hint.as_deref());
        })
    }
}

/// The body that installs an entry. Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Install {
    /// The entry's id or name.
    pub entry: String,
}

impl Install {
    /// There is no payload in the body that would be inside of anything.
    pub const WRAPPING: usize = 0;

    /// Reads the body: the first of its keys that is not null names the entry.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let entry = Self::entry(&mut reader, body);
        let problems = reader.into_problems();
        match entry {
            Some(entry) if problems.is_empty() => Ok(Self { entry }),
            _ => Err(problems),
        }
    }

    fn entry(reader: &mut Reader, body: &Body) -> Option<String> {
        const NAMES: [&str; 4] = ["catalog_id", "dataset_id", "id", "name"];
        let model = reader.body(body)?;
        let named = NAMES.into_iter().zip(members(model, NAMES));
        let given: Vec<_> =
            named.filter_map(|(name, value)| Some((name, nullable(value)?))).collect();
        let texts: Vec<Option<String>> = given
            .into_iter()
            .map(|(name, value)| reader.text(&Place::BODY.key(name), value))
            .collect();
        if texts.is_empty() {
            reader.required(&Place::BODY.key(NAMES[0]), model, None);
        }
        texts.into_iter().next().flatten()
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;

    #[test]
    fn an_entry_shows_all_its_keys() {
        let entry = CatalogEntry {
            id: "i".to_owned(),
            name: "n".to_owned(),
            description: None,
            category: None,
            trust_level: "official".to_owned(),
            source: "znyx_sample",
            sample_count: Some(3),
            dataset_id: None,
            licence: None,
            hint: None,
        };
        assert_eq!(
            entry.to_json(),
            r#"{"id":"i","name":"n","description":null,"category":null,"trust_level":"official","source":"znyx_sample","sample_count":3,"installed":false,"dataset_id":null,"licence":null,"available":true,"hint":null}"#
        );
        let absent = CatalogEntry {
            sample_count: None,
            dataset_id: Some("d".to_owned()),
            hint: Some("h".to_owned()),
            ..entry
        };
        let expected = r#""sample_count":null,"installed":true,"dataset_id":"d","licence":null,"available":false,"hint":"h"}"#;
        assert!(absent.to_json().ends_with(expected));
    }

    #[test]
    fn the_first_key_with_a_value_names_the_entry() {
        let read = |text: &str| {
            let json = RawJson::parse(text).expect(text);
            Install::read(&Body::Json(json))
                .map(|install| install.entry)
                .map_err(|problems| problems.detail())
        };
        assert_eq!(read(r#"{"name":"n","id":"i","dataset_id":null}"#), Ok("i".to_owned()));
        assert_eq!(read(r#"{"name":"n","catalog_id":"c","id":"i"}"#), Ok("c".to_owned()));
        assert_eq!(read(r#"{"dataset_id":""}"#), Ok(String::new()));
        let missing = r#"[{"type":"missing","loc":["body","catalog_id"],"msg":"Field required","input":{"id":null}}]"#;
        assert_eq!(read(r#"{"id":null}"#), Err(missing.to_owned()));
        let wrong = r#"[{"type":"string_type","loc":["body","id"],"msg":"Input should be a valid string","input":1}]"#;
        assert_eq!(read(r#"{"id":1,"catalog_id":"c"}"#), Err(wrong.to_owned()));
    }
}
