//! Generators of hostile payloads and cases for property tests, here and in the dialects
//! (feature `testing`).
//!
//! They make what is valid and awkward: odd spacing, every way to spell an escape, `\u0000`, lone
//! surrogates, numbers no double can hold, duplicate keys, well-known keys with values of the
//! wrong type.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::case::{Case, DECISIONS, STAGES, key};
use crate::json::{RawJson, RawObject, encode};

/// The nesting of generated values at most.
const DEPTH: u32 = 4;

/// Keys that the readings of a case look for, and some they do not.
const KEYS: [&str; 12] = [
    key::PROMPT,
    key::INPUT,
    key::CONTEXT,
    key::STAGE,
    key::OUTPUT,
    key::GOLDEN_ANSWER,
    key::DECISION,
    key::RULE_HITS,
    "question",
    "a",
    "é",
    "",
];

/// Numbers whose spelling or size a careless parser loses.
const NUMBERS: [&str; 16] = [
    "0",
    "-0",
    "0.0",
    "1",
    "1.0",
    "10e-1",
    "1E+0",
    "-1.50",
    "0.1",
    "9007199254740993",
    "123456789012345678901234567890",
    "0.1234567890123456789012345678901234567890",
    "1e400",
    "-1E-400",
    "1e999999999999999999999",
    "12e00",
];

/// Pieces of string tokens: characters as they are and every kind of escape.
const PIECES: [&str; 20] = [
    "a",
    " ",
    "{",
    "]",
    ",",
    "é",
    "漢",
    "😀",
    "\u{7f}",
    "\u{2028}",
    "\\u0000",
    "\\n",
    "\\\"",
    "\\\\",
    "\\/",
    "\\u00e9",
    "\\u00E9",
    "\\ud83d\\ude00",
    "\\ud800",
    "\\uDC00",
];

/// A JSON string token, as the text of a payload holds it, quotes included.
pub fn json_string_token() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(spelled),
    ];
    prop_oneof![
        3 => vec(piece, 0..8).prop_map(|pieces| format!("\"{}\"", pieces.concat())),
        1 => plain_text().prop_map(|text| encode(&text)),
    ]
}

/// The text of any JSON value, without whitespace around it.
pub fn json_value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(DEPTH, 24, 5, |inner| {
        prop_oneof![array_of(inner.clone()), object_of(inner)].boxed()
    })
}

/// The text of any JSON object, without whitespace around it.
pub fn json_object() -> impl Strategy<Value = String> {
    object_of(json_value().boxed())
}

/// Text for names and plain-text columns: any characters but U+0000, sometimes none.
pub fn plain_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        3 => prop::char::range(' ', '~'),
        1 => select(vec!['"', '\\', '\n', '\r', '\t', ',', '\u{1}', 'é', '漢', '😀', '\u{feff}']),
        1 => any::<char>(),
    ];
    vec(character.prop_filter("U+0000", |c| *c != '\0'), 0..12)
        .prop_map(|characters| characters.into_iter().collect())
}

/// Any case of the domain, whichever dialect could write it.
pub fn case() -> impl Strategy<Value = Case> {
    let stage = prop_oneof![4 => select(&STAGES[..]).prop_map(str::to_owned), 1 => plain_text()];
    let fields = (
        option::of(plain_text()),
        option::of(stage),
        payload_object(),
        option::of(json_value().prop_map(RawJson::trusted)),
        option::of(payload_object()),
        option::of(payload_object()),
    );
    fields.prop_map(|(name, stage, inputs, output, expected, metadata)| Case {
        name,
        stage,
        inputs,
        output,
        expected,
        metadata,
    })
}

/// Cases that share some of their fields with the cases of `base` and have the others from
/// anywhere, so that each field is often well and often ill, whatever the others are.
pub fn varied(base: impl Strategy<Value = Case>) -> impl Strategy<Value = Case> {
    let kept = proptest::array::uniform5(prop::bool::weighted(0.7));
    (base, case(), kept).prop_map(|(base, other, [stage, inputs, output, expected, metadata])| {
        Case {
            name: other.name,
            stage: if stage { base.stage } else { other.stage },
            inputs: if inputs { base.inputs } else { other.inputs },
            output: if output { base.output } else { other.output },
            expected: if expected { base.expected } else { other.expected },
            metadata: if metadata { base.metadata } else { other.metadata },
        }
    })
}

/// Objects of the given members in any order, with any spelling of the keys and any spacing. A
/// value is a JSON text; a member without one is left out.
pub fn object_with(
    members: Vec<(&'static str, Option<String>)>,
) -> impl Strategy<Value = RawObject> {
    let count = members.len();
    let members = Just(members).prop_shuffle();
    let look = (any::<bool>(), spacing(), spacing(), spacing(), spacing());
    (members, vec(look, count)).prop_map(|(members, looks)| {
        let spelled = members.into_iter().zip(looks).filter_map(|((key, value), look)| {
            let (escaped, before, after_key, before_value, after) = look;
            let key = if escaped { escaped_throughout(key) } else { encode(key) };
            Some(format!("{before}{key}{after_key}:{before_value}{}{after}", value?))
        });
        RawObject::trusted(format!("{{{}}}", spelled.collect::<Vec<_>>().join(",")))
    })
}

/// None, or an object without members.
pub fn nothing() -> impl Strategy<Value = Option<RawObject>> {
    option::of(Just(RawObject::empty()))
}

fn payload_object() -> impl Strategy<Value = RawObject> {
    prop_oneof![1 => Just("{}".to_owned()), 9 => json_object()].prop_map(RawObject::trusted)
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => select(vec!["null", "true", "false"]).prop_map(str::to_owned),
        2 => select(&NUMBERS[..]).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        4 => json_string_token(),
    ]
}

fn array_of(value: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    vec((spacing(), value, spacing()), 0..5).prop_map(|items| {
        let items: Vec<_> = items
            .into_iter()
            .map(|(before, item, after)| format!("{before}{item}{after}"))
            .collect();
        format!("[{}]", items.join(","))
    })
}

fn object_of(value: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    vec(member(value), 0..5).prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// A member, often one that a reading looks for, with a value it takes, of another type, or null.
fn member(value: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    let verdict = prop_oneof![
        select(&STAGES[..]).prop_map(encode),
        select(&DECISIONS[..]).prop_map(encode),
        vec(json_string_token(), 0..3).prop_map(|rules| format!("[{}]", rules.join(", "))),
    ];
    let value = prop_oneof![5 => value, 2 => verdict, 1 => Just("null".to_owned())];
    (spacing(), key_token(), spacing(), spacing(), value, spacing()).prop_map(
        |(before, key, after_key, before_value, value, after)| {
            format!("{before}{key}{after_key}:{before_value}{value}{after}")
        },
    )
}

fn key_token() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(&KEYS[..]).prop_map(encode),
        1 => select(&KEYS[..]).prop_map(escaped_throughout),
        2 => json_string_token(),
    ]
}

/// A character as it stands between the quotes of a token.
fn spelled(character: char) -> String {
    let token = encode(&character.to_string());
    token[1..token.len() - 1].to_owned()
}

/// The token that spells every code unit of a text as an escape.
fn escaped_throughout(text: &str) -> String {
    let escapes: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    format!("\"{escapes}\"")
}

fn spacing() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(""),
        1 => Just(" "),
        1 => Just("\n\t"),
        1 => Just("\r\n  "),
    ]
    .prop_map(str::to_owned)
}
