//! JSON as the suite reads it. The gateway promises key order and number spelling, so the suite
//! has a reader of its own that keeps both, and shares no code with the server that it judges.

mod compare;
mod parse;

pub use compare::{KeyOrder, compare, text_matches};

/// A JSON document with everything that its text said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it was spelled.
    Number(String),
    /// A string with its escapes undone; a lone surrogate keeps its escape.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object: its members in their order, duplicates included.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads a document; an error names the byte at which it is broken.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::document(text)
    }

    /// The value at a JSON pointer such as `/records/0/id`.
    pub fn at(&self, pointer: &str) -> Result<&Self, String> {
        let mut here = self;
        for step in pointer.split('/').skip(1) {
            let name = step.replace("~1", "/").replace("~0", "~");
            let next = match here {
                Self::Object(members) => members.iter().find(|(k, _)| *k == name).map(|(_, v)| v),
                Self::List(items) => name.parse::<usize>().ok().and_then(|at| items.get(at)),
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => None,
            };
            here = next.ok_or_else(|| format!("nothing at {pointer}"))?;
        }
        Ok(here)
    }

    /// A string's or number's text; what a captured variable holds.
    pub fn plain(&self) -> Result<String, String> {
        match self {
            Self::Text(text) | Self::Number(text) => Ok(text.clone()),
            Self::Bool(value) => Ok(value.to_string()),
            Self::Null | Self::List(_) | Self::Object(_) => {
                Err(format!("a string, number or boolean is wanted, not {self:?}"))
            }
        }
    }

    /// The array's items.
    pub fn items(&self) -> Result<&[Self], String> {
        match self {
            Self::List(items) => Ok(items),
            other => Err(format!("an array is wanted, not {other:?}")),
        }
    }
}
