//! How Pydantic reads single values when it is not strict, in its order of checks.

use evalstone_core::json::{Kind, View};

use super::shape;
use crate::validation::{Rule, boolean, float, integer};

/// Reads a boolean.
pub fn flag(value: View<'_>) -> Result<bool, Rule> {
    text(value)?;
    boolean::parse(value)
}

/// Reads a whole number, cut off at the ends of `i128`.
pub fn whole(value: View<'_>) -> Result<i128, Rule> {
    text(value)?;
    integer::parse(value)
}

/// Reads a number.
pub fn number(value: View<'_>) -> Result<f64, Rule> {
    text(value)?;
    float::parse(value)
}

/// The string that a value is, and no text where it is none.
///
/// # Errors
/// A lone surrogate, which Pydantic cannot read, only pass on.
fn text(value: View<'_>) -> Result<String, Rule> {
    match value.as_text() {
        Some(text) => Ok(text.into_owned()),
        None if value.kind() == Kind::String => Err(Rule::StringUnicode),
        None => Ok(String::new()),
    }
}

/// Whether a value is one of these words; none of them are of other kinds than strings.
pub fn word(value: View<'_>, words: &[&str], otherwise: Rule) -> Result<(), Rule> {
    let text = text(value)?;
    let is_one = value.kind() == Kind::String && words.contains(&text.as_str());
    if is_one { Ok(()) } else { Err(otherwise) }
}

/// Checks a bound on both sides; the larger one comes first.
pub fn within<T: PartialOrd + Copy>(
    value: T,
    least: Option<i64>,
    most: Option<i64>,
    number: fn(i64) -> T,
) -> Result<(), Rule> {
    // What is no number is neither above nor below.
    let keeps_below =
        |most| matches!(value.partial_cmp(&number(most)), Some(order) if order.is_le());
    let keeps_above =
        |least| matches!(value.partial_cmp(&number(least)), Some(order) if order.is_ge());
    match (least, most) {
        (_, Some(most)) if !keeps_below(most) => Err(Rule::LessThanEqual(most)),
        (Some(least), _) if !keeps_above(least) => Err(Rule::GreaterThanEqual(least)),
        _ => Ok(()),
    }
}

/// Checks a rule beyond the shape that a value has.
pub fn rule(value: View<'_>, rule: shape::Rule) -> Result<(), Rule> {
    let is_empty = || value.items().next().is_none();
    match rule {
        shape::Rule::NotEmpty if is_empty() => {
            Err(own_rule("a list that is given must not be empty"))
        }
        shape::Rule::AtLeastOne if is_empty() => Err(Rule::TooShort),
        shape::Rule::Hosts if value.items().any(is_blank) => {
            Err(own_rule("each entry must name a host"))
        }
        shape::Rule::Band => band(value),
        shape::Rule::Hex => hex(value),
        shape::Rule::NotEmpty | shape::Rule::AtLeastOne | shape::Rule::Hosts => Ok(()),
    }
}

/// A rule of the vendor's code, in our own words.
fn own_rule(why: &str) -> Rule {
    Rule::ValueError(why.to_owned())
}

/// Whether Python strips all of it.
fn is_blank(item: View<'_>) -> bool {
    let is_space = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    item.as_text().is_some_and(|text| text.chars().all(is_space))
}

fn band(value: View<'_>) -> Result<(), Rule> {
    let ends: Vec<i128> = value.items().filter_map(|end| whole(end).ok()).collect();
    let [low, high] = ends[..] else {
        return Err(own_rule("a band has two ends, the low one and the high one"));
    };
    if !(0..=100).contains(&low) || !(0..=100).contains(&high) {
        return Err(own_rule("a band lies between 0 and 100"));
    }
    if low > high {
        return Err(own_rule("a band's low end must not be above its high end"));
    }
    Ok(())
}

/// Python reads blanks between pairs of digits over.
fn hex(value: View<'_>) -> Result<(), Rule> {
    let text = value.as_text_lossy().unwrap_or_default();
    let length = text.chars().count();
    if length < 32 || !length.is_multiple_of(2) {
        return Err(own_rule("a key has an even number of hexadecimal digits, 32 at the least"));
    }
    let is_pair = |pair: &[u8]| pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
    let mut rest = text.as_bytes();
    loop {
        rest = rest.trim_ascii_start();
        // A vertical tab is a blank to Python, too.
        rest = match rest {
            [] => return Ok(()),
            [b'\x0b', rest @ ..] => rest,
            _ if rest.get(..2).is_some_and(is_pair) => &rest[2..],
            _ => return Err(own_rule("a key has hexadecimal digits only")),
        };
    }
}
