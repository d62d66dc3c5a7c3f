//! Aegis records: five texts, each of which may be absent (contract §3.1).

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;

use super::canonical;
use super::text::character;

/// The fields, in the vendor's order.
pub const FIELDS: [&str; 5] = ["prompt", "input", "context", "output", "golden_answer"];

/// A record as a row of a file holds it; an empty text is an absent one. It is displayed as JSON.
#[derive(Clone, Debug)]
pub struct Record(pub [String; 5]);

impl Record {
    /// What an answer shows in each field: the text, or null.
    pub fn shown(&self) -> Vec<String> {
        let token = |text: &String| {
            if text.is_empty() { "null".to_owned() } else { canonical::text(text) }
        };
        self.0.iter().map(token).collect()
    }

    /// Whether no field has a text; such a row is passed over (contract §4.3).
    pub fn is_blank(&self) -> bool {
        self.0.iter().all(String::is_empty)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<String> = FIELDS
            .iter()
            .zip(self.shown())
            .map(|(field, shown)| format!("\"{field}\":{shown}"))
            .collect();
        write!(f, "{{{}}}", members.join(","))
    }
}

/// Any record with at least one text. Often it has the input alone, which is all that some dialects can say.
pub fn record() -> impl Strategy<Value = Record> {
    let input = cell().prop_map(|input| {
        let [prompt, context, output, golden_answer] = [const { String::new() }; 4];
        Record([prompt, input, context, output, golden_answer])
    });
    let any = proptest::array::uniform5(cell()).prop_map(Record);
    prop_oneof![1 => input, 3 => any]
        .prop_filter("a row without any value is passed over", |record| !record.is_blank())
}

/// The text of a cell, sometimes none.
pub fn cell() -> impl Strategy<Value = String> {
    let text = vec(character(), 1..10).prop_map(|characters| characters.into_iter().collect());
    prop_oneof![1 => Just(String::new()), 2 => text]
}
