//! The one spelling that all equal JSON values share (design §2.4, "Digest"): RFC 8785's order of
//! keys and fewest escapes, but numbers by their exact value, duplicate keys in their order, and
//! lone surrogates as escapes.

use std::fmt::Write as _;

use super::value::{Member, Value};

/// A value's canonical JSON.
pub fn value(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Number(spelled) => number(spelled),
        Value::Text(text) => string(&text.units()),
        Value::List(list) => {
            let items: Vec<String> = list.items().map(self::value).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(object) => members(object.members()),
    }
}

/// The canonical JSON of an object of these members.
pub fn members(members: &[Member]) -> String {
    let mut sorted: Vec<_> = members.iter().map(|member| (member.key.units(), member)).collect();
    // The sort is stable, which keeps duplicate keys in their order.
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    let spelled: Vec<String> = sorted
        .into_iter()
        .map(|(key, member)| format!("{}:{}", string(&key), value(&member.value)))
        .collect();
    format!("{{{}}}", spelled.join(","))
}

/// The canonical token of a text.
pub fn text(text: &str) -> String {
    string(&text.encode_utf16().collect::<Vec<_>>())
}

/// The canonical token of these code units.
pub fn string(units: &[u16]) -> String {
    let mut token = "\"".to_owned();
    for found in char::decode_utf16(units.iter().copied()) {
        let character = match found {
            Ok(character) => character,
            Err(lone) => {
                let _ = write!(token, "\\u{:04x}", lone.unpaired_surrogate());
                continue;
            }
        };
        match character {
            '"' => token.push_str("\\\""),
            '\\' => token.push_str("\\\\"),
            '\u{8}' => token.push_str("\\b"),
            '\t' => token.push_str("\\t"),
            '\n' => token.push_str("\\n"),
            '\u{c}' => token.push_str("\\f"),
            '\r' => token.push_str("\\r"),
            '\0'..='\u{1f}' => {
                let _ = write!(token, "\\u{:04x}", u32::from(character));
            }
            other => token.push(other),
        }
    }
    token.push('"');
    token
}

/// The canonical spelling of a number: its digits without zeros at the ends, and the exponent
/// unless it is 0. The exponents of generated numbers are short.
pub fn number(spelled: &str) -> String {
    let magnitude = spelled.trim_start_matches('-');
    let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    let shift = (digits.len() - kept.len()) as i128 - fraction.len() as i128;
    let exponent = exponent.parse::<i128>().expect("a short exponent") + shift;
    let sign = if spelled.starts_with('-') { "-" } else { "" };
    match (kept.trim_start_matches('0'), exponent) {
        ("", _) => "0".to_owned(),
        (kept, 0) => format!("{sign}{kept}"),
        (kept, _) => format!("{sign}{kept}e{exponent}"),
    }
}
