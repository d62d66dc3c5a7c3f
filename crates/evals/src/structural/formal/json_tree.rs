//! JSON as Python's `json` reads it: duplicate keys fall to the last, numbers by their values.

use std::collections::BTreeMap;

use evalstone_core::json::{Kind, MAX_DEPTH, View, canonical};

use super::parsing::place;
use crate::scoring::Field;

/// A value. Two are equal, and ordered alike, by what they mean; an order of kinds and values that
/// has no other meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tree {
    /// `null`.
    Null,
    /// A truth value, which is no number.
    Bool(bool),
    /// A number, as one spelling of its value.
    Number(String),
    /// A string, as its canonical token.
    String(String),
    /// An array.
    Array(Vec<Self>),
    /// An object, its keys as canonical tokens.
    Object(BTreeMap<String, Self>),
}

impl Tree {
    /// The tree of a view, which is nested no deeper than payloads may be, so that it may recurse.
    pub fn of(view: View<'_>) -> Self {
        match view.kind() {
            Kind::Null => Self::Null,
            Kind::Bool => Self::Bool(view.as_bool().unwrap_or_default()),
            Kind::Number => Self::Number(number(view.raw())),
            Kind::String => Self::String(canonical(view)),
            Kind::Array => Self::Array(view.items().map(Self::of).collect()),
            Kind::Object => {
                let members = view.members();
                Self::Object(
                    members.map(|(key, value)| (key.canonical().into(), Self::of(value))).collect(),
                )
            }
        }
    }

    /// Sorts every array within.
    pub fn sort(&mut self) {
        match self {
            Self::Array(items) => {
                items.iter_mut().for_each(Self::sort);
                items.sort();
            }
            Self::Object(members) => members.values_mut().for_each(Self::sort),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => {}
        }
    }

    /// What kind of value it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// One spelling for all numbers that are equal in Python: whole numbers of any length are exact,
/// others are doubles, and a double that is whole equals that whole number.
fn number(token: &str) -> String {
    if token.contains(['.', 'e', 'E']) {
        let double: f64 = token.parse().unwrap_or_default();
        let exact =
            if double.fract() == 0.0 { format!("{double:.0}") } else { format!("{double:e}") };
        return if exact == "-0" { "0".to_owned() } else { exact };
    }
    if token == "-0" { "0".to_owned() } else { token.to_owned() }
}

/// Looks at a text's value.
///
/// # Errors
/// Why it is no JSON, or none that is read, in words.
pub fn parsed<'a>(text: &'a str, field: Field) -> Result<View<'a>, String> {
    View::parse(text, MAX_DEPTH).map_err(|fault| {
        let name = field.as_str().replace('_', " ");
        format!("the {name} is no JSON: {} ({})", fault.kind, place(text, fault.offset))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        Tree::of(View::parse(text, MAX_DEPTH).expect(text))
    }

    #[test]
    fn numbers_are_equal_as_in_python() {
        for (one, other) in [
            ("1", "1.0"),
            ("0", "-0.0"),
            ("-0", "0"),
            ("100", "1e2"),
            ("0.1", "1e-1"),
            ("0.1", "0.1000000000000000055511151231257827"),
            ("1e400", "1e401"),
            ("9007199254740992", "9007199254740993.0"),
        ] {
            assert_eq!(tree(one), tree(other), "{one} {other}");
        }
        for (one, other) in [
            ("100000000000000000000000", "1e23"),
            ("1", "true"),
            ("0", "null"),
            ("9007199254740993", "9007199254740992"),
            ("1", "\"1\""),
        ] {
            assert_ne!(tree(one), tree(other));
        }
    }

    #[test]
    fn spelling_does_not_count_and_the_last_duplicate_does() {
        assert_eq!(tree("{\"a\":1,\"b\":2,\"\\u0061\":3}"), tree(" {\"b\" : 2, \"a\": 3.0}"));
        assert_eq!(tree("\"\\ud83d\\ude00\\/\""), tree("\"😀/\""));
    }
}
