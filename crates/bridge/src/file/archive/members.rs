//! The members of an object, taken out one by one: each must be what it is called for, and none may be
//! left.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{Kind, RawJson, RawObject, View};

/// What a member is to be: the word for it, and how it is read.
pub type Form<T> = (&'static str, fn(View<'_>) -> Option<T>);

/// A text that can be one: without half of a surrogate pair.
pub const TEXT: Form<String> = ("text", |view| view.as_text().map(Cow::into_owned));
/// A whole number.
pub const NUMBER: Form<i64> = ("whole number", |view| view.raw().parse().ok());
/// A number that a double can hold.
pub const REAL: Form<f64> =
    ("number", |view| view.raw().parse().ok().filter(|number: &f64| number.is_finite()));
/// True or false.
pub const FLAG: Form<bool> = ("truth value", |view| view.as_bool());
/// A time by RFC 3339.
pub const TIME: Form<DateTime<Utc>> = ("time", |view| {
    let time = DateTime::parse_from_rfc3339(&view.as_text()?).ok()?;
    Some(time.with_timezone(&Utc))
});
/// An object as it stands.
pub const OBJECT: Form<RawObject> = ("object", |view| RawObject::try_from(view).ok());
/// Any value as it stands; null is one.
pub const JSON: Form<RawJson> = ("value", |view| Some(RawJson::from_view(view)));

/// The members of an object that are not taken yet, by their names.
pub struct Members<'a>(BTreeMap<Cow<'a, str>, View<'a>>);

impl<'a> Members<'a> {
    /// Those of an object.
    ///
    /// # Errors
    /// When it is none, or names a member twice.
    pub fn of(view: View<'a>) -> Result<Self> {
        if view.kind() != Kind::Object {
            let text = format!("an object was expected, not {}", view.kind().as_str());
            return Err(Error::invalid(text));
        }
        let mut members = BTreeMap::new();
        for (key, value) in view.members() {
            let name = key.text_lossy();
            let text = format!("there is {name:?} twice");
            if members.insert(name, value).is_some() {
                return Err(Error::invalid(text));
            }
        }
        Ok(Self(members))
    }

    /// Takes a member as it stands.
    pub fn view(&mut self, name: &str) -> Option<View<'a>> {
        self.0.remove(name)
    }

    /// Takes a member that need not be there.
    ///
    /// # Errors
    /// When it is something else, or null.
    pub fn get<T>(&mut self, name: &str, (word, read): Form<T>) -> Result<Option<T>> {
        let read =
            |view| read(view).ok_or_else(|| Error::invalid(format!("{name:?} is no {word}")));
        self.view(name).map(read).transpose()
    }

    /// Takes a member that must be there.
    ///
    /// # Errors
    /// When it is not, or is something else.
    pub fn need<T>(&mut self, name: &str, form: Form<T>) -> Result<T> {
        self.get(name, form)?.ok_or_else(|| Error::invalid(format!("there is no {name:?}")))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When there is a member left, which nobody knows.
    pub fn end(self) -> Result<()> {
        match self.0.keys().next() {
            Some(name) => Err(Error::invalid(format!("nobody knows what {name:?} means"))),
            None => Ok(()),
        }
    }
}
