//! Reads a request field by field and collects what is wrong with it.

use std::borrow::Cow;

use evalstone_core::json::{
    Items, Kind, PythonFault, RawJson, RawObject, View, encode, python_fault,
};
use evalstone_core::text::check_plain;

use super::{Place, Problems, Rule, boolean, float, integer};
use crate::body::Body;

/// Reads one request. A method that finds a problem notes it and gives none.
#[derive(Default)]
pub struct Reader {
    problems: Problems,
}

impl Reader {
    /// What was wrong.
    pub fn into_problems(self) -> Problems {
        self.problems
    }

    /// The body where the vendor expects a model.
    pub fn body<'v>(&mut self, body: &'v Body) -> Option<View<'v>> {
        match body {
            Body::Missing => {
                self.problems.add(&Rule::Missing, &Place::BODY, "null");
                None
            }
            Body::Text(text) => {
                self.problems.add(&Rule::ModelAttributesType, &Place::BODY, &encode(text));
                None
            }
            Body::Json(json) => self.model(&Place::BODY, json.view()),
        }
    }

    /// An object with fields of its own.
    pub fn model<'v>(&mut self, place: &Place<'_>, value: View<'v>) -> Option<View<'v>> {
        self.of_kind(place, value, Kind::Object, &Rule::ModelAttributesType)
    }

    /// The items of an array.
    pub fn list<'v>(&mut self, place: &Place<'_>, value: View<'v>) -> Option<Items<'v>> {
        let list = self.of_kind(place, value, Kind::Array, &Rule::ListType)?;
        Some(list.items())
    }

    /// An object of any keys, as it is spelled.
    pub fn dict(&mut self, place: &Place<'_>, value: View<'_>) -> Option<RawObject> {
        let dict = self.of_kind(place, value, Kind::Object, &Rule::DictType)?;
        RawObject::try_from(dict).ok()
    }

    /// A policy: an object of any keys, as it is spelled, whose numbers the runtimes can read.
    pub fn policy(&mut self, place: &Place<'_>, value: View<'_>) -> Option<RawObject> {
        let policy = self.dict(place, value)?;
        let before = self.problems.len();
        self.numbers(place, value);
        (self.problems.len() == before).then_some(policy)
    }

    /// Notes the numbers inside that Python cannot carry. It goes as deep as a payload may be.
    fn numbers(&mut self, place: &Place<'_>, value: View<'_>) {
        match value.kind() {
            Kind::Null | Kind::Bool | Kind::String => {}
            Kind::Number => match python_fault(value.raw()) {
                None => {}
                Some(PythonFault::TooLong) => self.problem(&Rule::IntParsingSize, place, value),
                Some(PythonFault::Infinite) => self.problem(&Rule::FiniteNumber, place, value),
            },
            Kind::Array => {
                for (index, item) in value.items().enumerate() {
                    self.numbers(&place.index(index), item);
                }
            }
            Kind::Object => {
                for (key, member) in value.members() {
                    self.numbers(&place.key(&key.text_lossy()), member);
                }
            }
        }
    }

    /// A string of any characters, as it is spelled.
    pub fn token(&mut self, place: &Place<'_>, value: View<'_>) -> Option<RawJson> {
        let token = self.of_kind(place, value, Kind::String, &Rule::StringType)?;
        Some(RawJson::from_view(token))
    }

    /// An array of strings, as it is spelled.
    pub fn tokens(&mut self, place: &Place<'_>, value: View<'_>) -> Option<RawJson> {
        let items = self.list(place, value)?;
        for (index, item) in items.enumerate() {
            self.of_kind(&place.index(index), item, Kind::String, &Rule::StringType);
        }
        Some(RawJson::from_view(value))
    }

    /// A string that is read as the text it stands for.
    pub fn text(&mut self, place: &Place<'_>, value: View<'_>) -> Option<String> {
        let token = self.of_kind(place, value, Kind::String, &Rule::StringType)?;
        let text = token.as_text();
        if text.is_none() {
            self.problem(&Rule::StringUnicode, place, value);
        }
        text.map(Cow::into_owned)
    }

    /// A string that a plain-text column holds (design §2.6).
    pub fn plain(&mut self, place: &Place<'_>, value: View<'_>) -> Option<String> {
        let text = self.text(place, value)?;
        if let Err(error) = check_plain(place.name(), &text) {
            self.problem(&Rule::ValueError(error.message().to_owned()), place, value);
            return None;
        }
        Some(text)
    }

    /// The same of at least one character and at most `most`.
    pub fn short(&mut self, place: &Place<'_>, value: View<'_>, most: usize) -> Option<String> {
        let text = self.plain(place, value)?;
        let rule = match text.chars().count() {
            0 => Rule::StringTooShort(1),
            count if count > most => Rule::StringTooLong(most),
            _ => return Some(text),
        };
        self.problem(&rule, place, value);
        None
    }

    /// A boolean, or what Pydantic takes for one.
    pub fn boolean(&mut self, place: &Place<'_>, value: View<'_>) -> Option<bool> {
        boolean::parse(value).map_err(|rule| self.problem(&rule, place, value)).ok()
    }

    /// An array of objects of any keys, as it is spelled.
    pub fn dicts(&mut self, place: &Place<'_>, value: View<'_>) -> Option<RawJson> {
        let items = self.list(place, value)?;
        for (index, item) in items.enumerate() {
            self.of_kind(&place.index(index), item, Kind::Object, &Rule::DictType);
        }
        Some(RawJson::from_view(value))
    }

    /// A string that is one of these words, as somebody says who knows them.
    pub fn word<T>(
        &mut self,
        place: &Place<'_>,
        value: View<'_>,
        known: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let token = self.of_kind(place, value, Kind::String, &Rule::StringType)?;
        let text = token.as_text_lossy().unwrap_or_default();
        known(&text).map_err(|why| self.problem(&Rule::ValueError(why), place, value)).ok()
    }

    /// A finite number, or what Pydantic takes for one.
    pub fn number(&mut self, place: &Place<'_>, value: View<'_>) -> Option<f64> {
        float::finite(value).map_err(|rule| self.problem(&rule, place, value)).ok()
    }

    /// A whole number within bounds, or what Pydantic takes for one.
    pub fn whole(&mut self, place: &Place<'_>, value: View<'_>, bounds: (i64, i64)) -> Option<i64> {
        let read = integer::parse(value).and_then(|number| integer::within(number, bounds));
        read.map_err(|rule| self.problem(&rule, place, value)).ok()
    }

    /// The value of a field of `model` that must be there.
    pub fn required<'v>(
        &mut self,
        place: &Place<'_>,
        model: View<'_>,
        value: Option<View<'v>>,
    ) -> Option<View<'v>> {
        if value.is_none() {
            self.problem(&Rule::Missing, place, model);
        }
        value
    }

    /// A whole number of the query string within bounds; `default` when it is not given.
    pub fn integer(
        &mut self,
        name: &'static str,
        text: Option<&str>,
        default: i64,
        bounds: (i64, i64),
    ) -> i64 {
        let Some(text) = text else {
            return default;
        };
        match integer::of_text(text).and_then(|number| integer::within(number, bounds)) {
            Ok(value) => value,
            Err(rule) => {
                self.problems.add(&rule, &Place::QUERY.key(name), &encode(text));
                default
            }
        }
    }

    /// A whole number of the path, cut off at the ends of `i128`.
    pub fn in_path(&mut self, name: &'static str, text: &str) -> Option<i128> {
        let note = |rule| self.problems.add(&rule, &Place::PATH.key(name), &encode(text));
        integer::of_text(text).map_err(note).ok()
    }

    /// A whole number of the query string, cut off at the ends of `i128`.
    pub fn in_query(&mut self, name: &'static str, text: Option<&str>) -> Option<i128> {
        let text = text?;
        let note = |rule| self.problems.add(&rule, &Place::QUERY.key(name), &encode(text));
        integer::of_text(text).map_err(note).ok()
    }

    /// What Pydantic takes for a boolean in a query string; `default` when it is not given.
    pub fn switch(&mut self, name: &'static str, text: Option<&str>, default: bool) -> bool {
        let given = text.map(RawJson::from_text);
        let place = Place::QUERY.key(name);
        given.and_then(|given| self.boolean(&place, given.view())).unwrap_or(default)
    }

    fn of_kind<'v>(
        &mut self,
        place: &Place<'_>,
        value: View<'v>,
        kind: Kind,
        otherwise: &Rule,
    ) -> Option<View<'v>> {
        if value.kind() == kind {
            return Some(value);
        }
        self.problem(otherwise, place, value);
        None
    }

    /// Notes a problem with a value.
    pub fn problem(&mut self, rule: &Rule, place: &Place<'_>, found: View<'_>) {
        self.problems.add(rule, place, &found.compact());
    }
}

/// The values of an object's members by these names, in their order; of duplicates the last one's.
pub fn members<'v, const N: usize>(object: View<'v>, names: [&str; N]) -> [Option<View<'v>>; N] {
    let mut found = [None; N];
    for (key, value) in object.members() {
        if let Some(at) = names.iter().position(|name| key.is(name)) {
            found[at] = Some(value);
        }
    }
    found
}

/// A field that may be null: a null and a field that is not there are the same.
pub fn nullable(value: Option<View<'_>>) -> Option<View<'_>> {
    value.filter(|value| !value.is_null())
}
