//! Compares an answer with what a scenario expects: exactly, but for the matchers.

use super::Json;

/// The matchers: strings that stand for a kind of value in an expected document.
const MATCHERS: [&str; 11] = [
    "<any>",
    "<string>",
    "<nonempty>",
    "<int>",
    "<number>",
    "<bool>",
    "<uuid>",
    "<time:seconds>",
    "<time:millis>",
    "<time:micros>",
    "<hex64>",
];

/// As an array's last element: whatever follows is right.
const REST: &str = "<rest>";

/// Whether the order of an object's keys is part of the comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum KeyOrder {
    /// It is: the vendors' key order is part of the contract.
    Fixed,
    /// It is not.
    Free,
}

/// Compares; an error names the place by its JSON pointer.
pub fn compare(expected: &Json, actual: &Json, order: KeyOrder) -> Result<(), String> {
    at("", expected, actual, order)
}

/// Whether `text` satisfies `expected`, which is a matcher or the text itself.
pub fn text_matches(expected: &str, text: &str) -> bool {
    matcher(expected).map_or(text == expected, |name| fits(name, &Json::Text(text.to_owned())))
}

fn matcher(text: &str) -> Option<&'static str> {
    MATCHERS.into_iter().find(|name| *name == text)
}

fn at(place: &str, expected: &Json, actual: &Json, order: KeyOrder) -> Result<(), String> {
    match (expected, actual) {
        (Json::Text(text), _) if matcher(text).is_some() => {
            if fits(text, actual) {
                Ok(())
            } else {
                differ(place, expected, actual)
            }
        }
        (Json::Object(wanted), Json::Object(found)) => objects(place, wanted, found, order),
        (Json::List(wanted), Json::List(found)) => lists(place, wanted, found, order),
        _ if expected == actual => Ok(()),
        _ => differ(place, expected, actual),
    }
}

fn differ(place: &str, expected: &Json, actual: &Json) -> Result<(), String> {
    let place = if place.is_empty() { "the document" } else { place };
    Err(format!("{place}: expected {expected:?}, found {actual:?}"))
}

fn objects(
    place: &str,
    wanted: &[(String, Json)],
    found: &[(String, Json)],
    order: KeyOrder,
) -> Result<(), String> {
    let names = |members: &[(String, Json)]| -> Vec<String> {
        let mut names: Vec<String> = members.iter().map(|(name, _)| name.clone()).collect();
        if order == KeyOrder::Free {
            names.sort();
        }
        names
    };
    if names(wanted) != names(found) {
        let (wanted, found) = (names(wanted), names(found));
        return Err(format!("{place}: expected the keys {wanted:?}, found {found:?}"));
    }
    let sorted = |members: &[(String, Json)]| {
        let mut members = members.to_vec();
        if order == KeyOrder::Free {
            members.sort_by(|a, b| a.0.cmp(&b.0));
        }
        members
    };
    for ((name, wanted), (_, found)) in sorted(wanted).iter().zip(sorted(found).iter()) {
        at(&format!("{place}/{name}"), wanted, found, order)?;
    }
    Ok(())
}

fn lists(place: &str, wanted: &[Json], found: &[Json], order: KeyOrder) -> Result<(), String> {
    let open = wanted.last() == Some(&Json::Text(REST.to_owned()));
    let wanted = if open { &wanted[..wanted.len() - 1] } else { wanted };
    if found.len() < wanted.len() || (!open && found.len() > wanted.len()) {
        let (wanted, found) = (wanted.len(), found.len());
        return Err(format!("{place}: expected {wanted} elements, found {found}"));
    }
    for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
        at(&format!("{place}/{index}"), wanted, found, order)?;
    }
    Ok(())
}

fn fits(name: &str, actual: &Json) -> bool {
    match (name, actual) {
        ("<any>", _) => true,
        ("<string>", Json::Text(_)) => true,
        ("<nonempty>", Json::Text(text)) => !text.is_empty(),
        ("<int>", Json::Number(text)) => text.bytes().all(|b| b.is_ascii_digit() || b == b'-'),
        ("<number>", Json::Number(_)) => true,
        ("<bool>", Json::Bool(_)) => true,
        ("<uuid>", Json::Text(text)) => shape(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"),
        ("<time:seconds>", Json::Text(text)) => shape(text, "dddd-dd-ddTdd:dd:ddZ"),
        ("<time:millis>", Json::Text(text)) => shape(text, "dddd-dd-ddTdd:dd:dd.dddZ"),
        ("<time:micros>", Json::Text(text)) => shape(text, "dddd-dd-ddTdd:dd:dd.ddddddZ"),
        ("<hex64>", Json::Text(text)) => shape(text, &"h".repeat(64)),
        _ => false,
    }
}

/// Whether `text` has the shape: `d` stands for a digit, `h` for a lower-case hexadecimal one.
fn shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(found, wanted)| match wanted {
            b'd' => found.is_ascii_digit(),
            b'h' => found.is_ascii_digit() || (b'a'..=b'f').contains(&found),
            other => found == other,
        })
}
