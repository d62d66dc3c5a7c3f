//! The spelling that Python gives to a value, for digests that Python programs compute.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::respell::{Member, Rules, respell};
use super::string;
use super::view::View;

/// The most digits of an integer that `CPython` reads (since 3.11).
const LONGEST_INTEGER: usize = 4300;

/// Why Python cannot read a number and write it as JSON again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PythonFault {
    /// An integer of more digits than it reads.
    TooLong,
    /// A number beyond the largest double, which it reads as infinite.
    Infinite,
}

/// What `json.dumps(value, sort_keys=True, separators=(',', ':'))` writes of the value that
/// `json.loads` reads from this text, by `CPython`'s `json` module.
///
/// Keys are in the order of their code points, of duplicates the last counts. All but printable
/// ASCII is escaped, beyond the basic plane as surrogate pairs; lone surrogates stay. Integers keep
/// their digits, other numbers become the shortest spelling of the nearest double. A number with a
/// [`python_fault`] is written as Python would print it.
#[must_use]
pub fn python(view: View<'_>) -> String {
    let rules = Rules { number, string: ascii, members: sorted_members };
    respell(view, &rules)
}

/// What keeps Python from reading this number and writing it as JSON again.
#[must_use]
pub fn python_fault(token: &str) -> Option<PythonFault> {
    if is_integer(token) {
        let digits = token.trim_start_matches('-').len();
        return (digits > LONGEST_INTEGER).then_some(PythonFault::TooLong);
    }
    double(token).is_infinite().then_some(PythonFault::Infinite)
}

fn is_integer(token: &str) -> bool {
    !token.contains(['.', 'e', 'E'])
}

/// The nearest double. A checked token is always a number.
fn double(token: &str) -> f64 {
    token.parse().unwrap_or(f64::INFINITY)
}

fn number(token: &str) -> Cow<'_, str> {
    if is_integer(token) {
        // Python's integers have no negative zero.
        return Cow::Borrowed(if token == "-0" { "0" } else { token });
    }
    Cow::Owned(float(double(token)))
}

/// Python's `repr` of a double: exponents from 1e16 up and below 1e-4, of two digits at least.
fn float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = shortest(value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..16).contains(&exponent) {
        return format!("{mantissa}e{exponent:+03}");
    }
    // As many decimals as show the same digits, and one at least.
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let decimals = i32::try_from(digits).unwrap_or(i32::MAX) - 1 - exponent;
    format!("{value:.*}", usize::try_from(decimals).unwrap_or_default().max(1))
}

/// The shortest digits that are read as this double, of those the nearest, and of two as near the
/// ones whose last digit is even. Rust's own choice between such two is another.
fn shortest(value: f64) -> String {
    let shortest = format!("{value:e}");
    let mantissa = shortest.split_once('e').map_or("", |(mantissa, _)| mantissa);
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let rounded = format!("{value:.decimals$e}");
    let is_same = rounded.parse::<f64>().is_ok_and(|read| read.to_bits() == value.to_bits());
    if is_same { rounded } else { shortest }
}

/// The string's token in printable ASCII.
fn ascii(token: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\\';
    if token.bytes().all(is_plain) {
        return Cow::Borrowed(token);
    }
    let mut ascii = String::with_capacity(token.len());
    ascii.push('"');
    for unit in string::units(token) {
        push_unit(&mut ascii, unit);
    }
    ascii.push('"');
    Cow::Owned(ascii)
}

fn push_unit(out: &mut String, unit: u16) {
    match u8::try_from(unit) {
        Ok(b'"') => out.push_str("\\\""),
        Ok(b'\\') => out.push_str("\\\\"),
        Ok(b'\x08') => out.push_str("\\b"),
        Ok(b'\t') => out.push_str("\\t"),
        Ok(b'\n') => out.push_str("\\n"),
        Ok(b'\x0c') => out.push_str("\\f"),
        Ok(b'\r') => out.push_str("\\r"),
        Ok(byte @ b' '..=b'~') => out.push(byte.into()),
        _ => {
            // Writing into a String cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
}

fn sorted_members(view: View<'_>) -> Vec<Member<'_>> {
    let members = view.members().map(|(key, value)| {
        let token = key.raw();
        (code_points(token), (ascii(token), value))
    });
    // Of duplicate keys the map keeps the last.
    members.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// The code points of a string token. A lone surrogate is one, as in Python's strings.
fn code_points(token: &str) -> Vec<u32> {
    char::decode_utf16(string::units(token))
        .map(|unit| unit.map_or_else(|lone| lone.unpaired_surrogate().into(), u32::from))
        .collect()
}
