//! The one spelling that all equal JSON values share.

use std::borrow::Cow;
use std::vec;

use super::view::{Items, Kind, View};
use super::{number, string};

/// The canonical JSON of a value (design §2.4, "Digest"): RFC 8785's key order (by UTF-16 code
/// unit) and fewest escapes, no whitespace, but numbers by their exact value, duplicate keys kept in
/// their order, and lone surrogates kept as lower-case `\uXXXX` escapes.
///
/// The answer is itself valid JSON with the same canonical spelling.
#[must_use]
pub fn canonical(view: View<'_>) -> String {
    let mut out = String::with_capacity(view.raw().len());
    let mut open = Vec::new();
    begin(view, &mut out, &mut open);
    while let Some(container) = open.last_mut() {
        if let Some(value) = container.next_value(&mut out) {
            begin(value, &mut out, &mut open);
        } else {
            out.push(container.closing());
            open.pop();
        }
    }
    out
}

/// A container that has been opened in the output, and what of it is still to be written.
struct Open<'a> {
    rest: Rest<'a>,
    first: bool,
}

enum Rest<'a> {
    Items(Items<'a>),
    Members(vec::IntoIter<(Cow<'a, str>, View<'a>)>),
}

impl<'a> Open<'a> {
    fn new(rest: Rest<'a>) -> Self {
        Self { rest, first: true }
    }

    /// The next value inside, after its comma and key are written.
    fn next_value(&mut self, out: &mut String) -> Option<View<'a>> {
        let (key, value) = match &mut self.rest {
            Rest::Items(items) => (None, items.next()?),
            Rest::Members(members) => {
                let (key, value) = members.next()?;
                (Some(key), value)
            }
        };
        if !self.first {
            out.push(',');
        }
        self.first = false;
        if let Some(key) = key {
            out.push_str(&key);
            out.push(':');
        }
        Some(value)
    }

    fn closing(&self) -> char {
        match self.rest {
            Rest::Items(_) => ']',
            Rest::Members(_) => '}',
        }
    }
}

/// Writes a scalar whole, or opens a container.
fn begin<'a>(view: View<'a>, out: &mut String, open: &mut Vec<Open<'a>>) {
    match view.kind() {
        Kind::Null | Kind::Bool => out.push_str(view.raw()),
        Kind::Number => out.push_str(&number::canonical(view.raw())),
        Kind::String => out.push_str(&string::canonical(view.raw())),
        Kind::Array => {
            out.push('[');
            open.push(Open::new(Rest::Items(view.items())));
        }
        Kind::Object => {
            out.push('{');
            open.push(Open::new(Rest::Members(sorted_members(view).into_iter())));
        }
    }
}

fn sorted_members(view: View<'_>) -> Vec<(Cow<'_, str>, View<'_>)> {
    let mut members: Vec<_> = view.members().map(|(key, value)| (key.canonical(), value)).collect();
    // The sort is stable, which keeps duplicate keys in their order.
    members.sort_by_cached_key(|(key, _)| string::units(key));
    members
}
