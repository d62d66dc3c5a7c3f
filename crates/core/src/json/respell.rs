//! Writing a value anew, each of its parts by a rule.

use std::borrow::Cow;
use std::vec;

use super::view::{Items, Kind, View};

/// How the parts of a value are spelled. Literals have one spelling only.
pub(super) struct Rules {
    /// A number's token.
    pub number: fn(&str) -> Cow<'_, str>,
    /// A string's token.
    pub string: fn(&str) -> Cow<'_, str>,
    /// Which members an object has, in which order, and how their keys are spelled.
    pub members: for<'a> fn(View<'a>) -> Vec<Member<'a>>,
}

/// A key's token, and the value.
pub(super) type Member<'a> = (Cow<'a, str>, View<'a>);

/// Writes a value by these rules, without whitespace.
pub(super) fn respell(view: View<'_>, rules: &Rules) -> String {
    let mut out = String::with_capacity(view.raw().len());
    let mut open = Vec::new();
    begin(view, rules, &mut out, &mut open);
    while let Some(container) = open.last_mut() {
        if let Some(value) = container.next_value(&mut out) {
            begin(value, rules, &mut out, &mut open);
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
    Members(vec::IntoIter<Member<'a>>),
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
fn begin<'a>(view: View<'a>, rules: &Rules, out: &mut String, open: &mut Vec<Open<'a>>) {
    match view.kind() {
        Kind::Null | Kind::Bool => out.push_str(view.raw()),
        Kind::Number => out.push_str(&(rules.number)(view.raw())),
        Kind::String => out.push_str(&(rules.string)(view.raw())),
        Kind::Array => {
            out.push('[');
            open.push(Open::new(Rest::Items(view.items())));
        }
        Kind::Object => {
            out.push('{');
            open.push(Open::new(Rest::Members((rules.members)(view).into_iter())));
        }
    }
}
