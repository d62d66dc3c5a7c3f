//! A JSON document as comparisons want it.

use std::collections::HashMap;

use evalstone_core::json::{Kind, MAX_DEPTH, View, canonical};

/// A JSON value. The order of keys does not count, and numbers are by their value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number in its canonical spelling.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Part<'a>>),
    /// An object; of duplicate keys the last counts.
    Object(Vec<(String, Part<'a>)>),
}

/// A value that is looked into when that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a>(View<'a>);

impl PartialEq for Part<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for Part<'_> {}

impl<'a> Part<'a> {
    /// The document of this text; none when it is no JSON.
    pub fn parse(text: &'a str) -> Option<Self> {
        View::parse(text, MAX_DEPTH).ok().map(Self)
    }

    /// Looks into it.
    pub fn open(self) -> Node<'a> {
        let Self(view) = self;
        match view.kind() {
            Kind::Null => Node::Null,
            Kind::Bool => Node::Bool(view.as_bool().unwrap_or_default()),
            Kind::Number => Node::Number(canonical(view)),
            Kind::String => Node::Text(view.as_text_lossy().unwrap_or_default().into_owned()),
            Kind::Array => Node::List(view.items().map(Self).collect()),
            Kind::Object => {
                let mut members: Vec<(String, Self)> = Vec::new();
                let mut places: HashMap<String, usize> = HashMap::new();
                for (key, value) in view.members() {
                    let key = key.text_lossy().into_owned();
                    match places.get(&key) {
                        Some(place) => members[*place].1 = Self(value),
                        None => {
                            places.insert(key.clone(), members.len());
                            members.push((key, Self(value)));
                        }
                    }
                }
                Node::Object(members)
            }
        }
    }

    /// One spelling of all that are equal.
    pub fn canonical(self) -> String {
        canonical(self.0)
    }

    /// What kind of value it is.
    pub fn kind(self) -> Kind {
        self.0.kind()
    }

    /// The text of a string or a number, which is what an id can be.
    pub fn scalar(self) -> Option<String> {
        match self.open() {
            Node::Text(text) | Node::Number(text) => Some(text),
            Node::Null | Node::Bool(_) | Node::List(_) | Node::Object(_) => None,
        }
    }

    /// The text as it is spelled.
    pub fn raw(self) -> &'a str {
        self.0.raw()
    }
}
