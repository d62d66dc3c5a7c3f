//! A record: one row of a dataset (seed).

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use evalstone_core::id::Number;
use evalstone_core::json::{self, ObjectWriter};

use super::write_time;

/// The fields of a record, in the vendor's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The instructions.
    Prompt,
    /// The user's message.
    Input,
    /// The retrieved passages.
    Context,
    /// The recorded answer.
    Output,
    /// What a good answer is.
    GoldenAnswer,
}

impl Field {
    /// All of them, in the order of `structure`.
    pub const ALL: [Self; 5] =
        [Self::Prompt, Self::Input, Self::Context, Self::Output, Self::GoldenAnswer];

    /// The vendor's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Input => "input",
            Self::Context => "context",
            Self::Output => "output",
            Self::GoldenAnswer => "golden_answer",
        }
    }

    /// The field of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }
}

/// The string of a field as a JSON token, so that what no text can hold passes too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a>(Cow<'a, str>);

impl<'a> Token<'a> {
    /// The token of a text.
    pub fn of_text(text: &str) -> Self {
        Self(json::encode(text).into())
    }

    /// Takes a JSON string token.
    pub fn trusted(token: impl Into<Cow<'a, str>>) -> Self {
        Self(token.into())
    }

    /// The token, quotes included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The token, owned.
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }

    /// Whether the string is empty.
    pub fn is_empty(&self) -> bool {
        self.0 == "\"\""
    }
}

/// What a record holds, in the order of [`Field::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a>(pub [Option<Token<'a>>; 5]);

/// A record as it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The record's number.
    pub id: Number,
    /// The number of the dataset's owner; none for a dataset of the organization as a whole.
    pub user_id: Option<Number>,
    /// The dataset's number.
    pub dataset_id: Number,
    /// The five fields.
    pub fields: Fields<'a>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

impl Record<'_> {
    /// Writes the record. Records never change, so `updated_at` is null.
    pub fn write(&self, out: &mut String) {
        let Self { id, user_id, dataset_id, fields, created_at } = self;
        let mut object = ObjectWriter::open(out);
        object.plain("id", id);
        object.nullable("user_id", *user_id);
        object.plain("dataset_id", dataset_id);
        for (field, token) in Field::ALL.into_iter().zip(&fields.0) {
            object.nullable_json(field.as_str(), token.as_ref().map(Token::as_str));
        }
        write_time(object.key("created_at"), Some(*created_at));
        object.json("updated_at", "null");
        object.close();
    }
}
