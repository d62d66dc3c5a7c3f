//! An object seen without some of its keys.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::json::{Key, ObjectBuilder, RawObject, View};

/// An object of a case as a reading sees it: without the keys that were taken out of it.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    object: View<'a>,
    taken: Vec<&'static str>,
}

impl<'a> Part<'a> {
    /// All of an object. A view of another kind counts as an object without members.
    #[must_use]
    pub fn whole(object: View<'a>) -> Self {
        Self { object, taken: Vec::new() }
    }

    /// The part that is left when keys are taken out, each with all its duplicates.
    #[must_use]
    pub fn without(&self, keys: &[&'static str]) -> Self {
        Self { object: self.object, taken: [&self.taken, keys].concat() }
    }

    /// The members in their order, duplicates and nulls included.
    pub fn members(&self) -> impl Iterator<Item = (Key<'a>, View<'a>)> {
        self.object.members().filter(|(key, _)| !self.is_taken(*key))
    }

    /// The value that a reading sees under a key: the last duplicate's, none when that is null.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<View<'a>> {
        let [value] = self.values_of([key]);
        value
    }

    /// The values that a reading sees under some keys.
    #[must_use]
    pub fn values_of<const N: usize>(&self, keys: [&str; N]) -> [Option<View<'a>>; N] {
        let mut found = [None; N];
        for (key, value) in self.members() {
            if let Some(at) = keys.iter().position(|wanted| key.is(wanted)) {
                found[at] = Some(value);
            }
        }
        found.map(|last| last.filter(|value| !value.is_null()))
    }

    /// The values that a reading sees, one per key.
    #[must_use]
    pub fn values(&self) -> Vec<View<'a>> {
        let last: BTreeMap<_, _> =
            self.members().map(|(key, value)| (key.canonical(), value)).collect();
        last.into_values().filter(|value| !value.is_null()).collect()
    }

    /// Whether a reading sees no value: there are no members, or all are null.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        // The last member is the last of its key. Only where it is null do the others tell.
        match self.members().last() {
            Some((_, last)) => last.is_null() && self.values().is_empty(),
            None => true,
        }
    }

    /// The text of the part: the object's own where nothing is taken out, else its members as they
    /// are spelled, without whitespace between them.
    #[must_use]
    pub fn json(&self) -> Cow<'a, str> {
        if self.object.members().any(|(key, _)| self.is_taken(key)) {
            return Cow::Owned(self.rebuilt().into_string());
        }
        Cow::Borrowed(self.object.raw())
    }

    /// The part as an object of its own.
    #[must_use]
    pub fn to_object(&self) -> RawObject {
        RawObject::trusted(self.json().into_owned())
    }

    fn rebuilt(&self) -> RawObject {
        self.members()
            .fold(ObjectBuilder::new(), |builder, (key, value)| builder.raw_member(key, value))
            .build()
    }

    fn is_taken(&self, key: Key<'_>) -> bool {
        self.taken.iter().any(|taken| key.is(taken))
    }
}
