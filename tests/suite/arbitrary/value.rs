//! JSON values.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::STAGES;
use super::text::{Spelling, Text, spelling, text, word};

/// A JSON value: what it means, and how it is spelled. It is displayed as its JSON text.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number's spelling.
    Number(String),
    /// A string.
    Text(Text),
    /// An array.
    List(List),
    /// An object.
    Object(Object),
}

/// Whitespace.
type Blank = &'static str;

/// An array.
#[derive(Clone, Debug)]
pub struct List {
    /// What stands in it when it has no items.
    blank: Blank,
    items: Vec<(Blank, Value, Blank)>,
}

/// An object.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// What stands in it when it has no members.
    blank: Blank,
    members: Vec<Member>,
}

/// A member of an object.
#[derive(Clone, Debug)]
pub struct Member {
    /// The key.
    pub key: Text,
    /// The value.
    pub value: Value,
    /// What stands before and behind the key, and before and behind the value.
    blanks: [Blank; 4],
}

/// Keys that readings of a case look for, and some they do not.
const KEYS: [&str; 13] = [
    "a",
    "input",
    "prompt",
    "context",
    "output",
    "stage",
    "golden_answer",
    "decision",
    "rule_hits",
    "question",
    "Input",
    "é",
    "",
];

/// Words that mean something at one of these keys.
const WORDS: [&str; 6] = ["input", "output", "tool", "BLOCK", "ALLOW", "block"];

/// Numbers whose spelling or size a careless parser loses.
const NUMBERS: [&str; 12] = [
    "0",
    "-0",
    "0.0",
    "1.0",
    "10e-1",
    "1E+00",
    "-1.50",
    "9007199254740993",
    "0.1000000000000000055511151231257827",
    "1e400",
    "-1E-400",
    "1e999999999999999999999",
];

impl Value {
    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&Text> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The items, if it is an array.
    pub fn as_items(&self) -> Option<impl Iterator<Item = &Self>> {
        if let Self::List(list) = self { Some(list.items()) } else { None }
    }
}

impl List {
    /// The items.
    pub fn items(&self) -> impl Iterator<Item = &Value> {
        self.items.iter().map(|(_, item, _)| item)
    }
}

impl Object {
    /// The members in their order, duplicates included.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The value of the last member of this key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.members.iter().rev().find(|member| member.key.is(key)).map(|member| &member.value)
    }
}

impl Member {
    /// A member without blanks.
    pub fn plain(key: &str, value: Value) -> Self {
        Self { key: Text::plain(key), value, blanks: [""; 4] }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(spelled) => f.write_str(spelled),
            Self::Text(text) => text.fmt(f),
            Self::List(list) => list.fmt(f),
            Self::Object(object) => object.fmt(f),
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { blank, items } = self;
        let spelled: Vec<String> =
            items.iter().map(|(before, item, after)| format!("{before}{item}{after}")).collect();
        let inside = if items.is_empty() { (*blank).to_owned() } else { spelled.join(",") };
        write!(f, "[{inside}]")
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { blank, members } = self;
        let spelled: Vec<String> = members.iter().map(Member::to_string).collect();
        let inside = if members.is_empty() { (*blank).to_owned() } else { spelled.join(",") };
        write!(f, "{{{inside}}}")
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, blanks: [before, behind, between, after] } = self;
        write!(f, "{before}{key}{behind}:{between}{value}{after}")
    }
}

/// Any value.
pub fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            list(inner.clone()).prop_map(Value::List),
            object_of(inner).prop_map(Value::Object),
        ]
        .boxed()
    })
}

/// Any object.
pub fn object() -> impl Strategy<Value = Object> {
    object_of(value().boxed())
}

/// An array of such items.
pub fn list(item: BoxedStrategy<Value>) -> impl Strategy<Value = List> {
    (blank(), vec((blank(), item, blank()), 0..4)).prop_map(|(blank, items)| List { blank, items })
}

/// An object of these members in any order and with any spelling; what is none is left out.
pub fn object_with(
    members: Vec<(&'static str, BoxedStrategy<Option<Value>>)>,
) -> impl Strategy<Value = Object> {
    let (keys, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let looks = vec((spelling(), blanks()), keys.len());
    let order = Just((0..keys.len()).collect::<Vec<_>>()).prop_shuffle();
    (values, looks, order, blank()).prop_map(move |(values, looks, order, blank)| {
        let member = |at: usize| {
            let (spelling, blanks) = looks[at];
            let value = values[at].clone()?;
            Some(Member { key: Text::spelled(keys[at], spelling), value, blanks })
        };
        Object { blank, members: order.into_iter().filter_map(member).collect() }
    })
}

fn object_of(value: BoxedStrategy<Value>) -> impl Strategy<Value = Object> {
    let key = prop_oneof![3 => word(&KEYS), 1 => text()];
    // A key that has a meaning often has a value that it takes.
    let value = prop_oneof![
        5 => value,
        1 => word(&STAGES).prop_map(Value::Text),
        1 => word(&WORDS).prop_map(Value::Text),
        1 => list(text().prop_map(Value::Text).boxed()).prop_map(Value::List),
        1 => Just(Value::Null),
    ];
    let member =
        (key, value, blanks()).prop_map(|(key, value, blanks)| Member { key, value, blanks });
    (blank(), vec(member, 0..5)).prop_map(|(blank, members)| Object { blank, members })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => number().prop_map(Value::Number),
        4 => text().prop_map(Value::Text),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        select(&NUMBERS[..]).prop_map(str::to_owned),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,20})?",
    ]
}

fn blanks() -> impl Strategy<Value = [Blank; 4]> {
    proptest::array::uniform4(blank())
}

fn blank() -> impl Strategy<Value = Blank> {
    prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\n\t"), 1 => Just("\r\n  ")]
}

/// A value's JSON without blanks, everything else as it is spelled.
pub fn compact(value: &Value) -> String {
    match value {
        Value::List(list) => {
            let items: Vec<String> = list.items().map(compact).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(object) => {
            let member = |Member { key, value, .. }: &Member| format!("{key}:{}", compact(value));
            let members: Vec<String> = object.members.iter().map(member).collect();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

/// A text as a value.
pub fn plain(text: &str) -> Value {
    Value::Text(Text::spelled(text, Spelling::Plain))
}
