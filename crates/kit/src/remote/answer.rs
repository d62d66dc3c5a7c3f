//! What a server's answer says, member by member.

use chrono::{DateTime, Utc};
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{Kind, MAX_DEPTH, RawJson, RawObject, View};
use evalstone_core::text::check_plain;

/// An object of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a>(View<'a>);

impl<'a> Answer<'a> {
    /// The object that a text is.
    ///
    /// # Errors
    /// Invalid when it is none.
    pub fn parse(text: &'a str) -> Result<Self> {
        // Payloads may be as deep as that, and stand in lists of an object.
        let view = View::parse(text, MAX_DEPTH + 3)
            .map_err(|fault| Error::invalid(format!("an answer that is no JSON: {fault}")))?;
        Self::of(view)
    }

    /// The object that a value is.
    ///
    /// # Errors
    /// Invalid when it is none.
    pub fn of(view: View<'a>) -> Result<Self> {
        match view.kind() {
            Kind::Object => Ok(Self(view)),
            other => Err(Error::invalid(format!("an object was expected, not {}", other.as_str()))),
        }
    }

    /// A member, unless it is null or not there.
    #[must_use]
    pub fn get(self, name: &str) -> Option<View<'a>> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The elements of a list, each an object.
    ///
    /// # Errors
    /// Invalid when there is no such list.
    pub fn list(self, name: &str) -> Result<impl Iterator<Item = Result<Self>>> {
        let list = self.get(name).filter(|list| list.kind() == Kind::Array);
        let list = list.ok_or_else(|| missing(name, "list"))?;
        Ok(list.items().map(Answer::of))
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// Invalid when it is not.
    pub fn text(self, name: &str) -> Result<String> {
        self.nullable_text(name)?.ok_or_else(|| missing(name, "text"))
    }

    /// A text, or none.
    ///
    /// # Errors
    /// Invalid when it is something else.
    pub fn nullable_text(self, name: &str) -> Result<Option<String>> {
        let text = |value: View<'_>| {
            Ok(value.as_text().ok_or_else(|| missing(name, "text"))?.into_owned())
        };
        self.get(name).map(text).transpose()
    }

    /// A whole number, or none.
    ///
    /// # Errors
    /// Invalid when it is something else.
    pub fn number(self, name: &str) -> Result<Option<u64>> {
        let number = |value: View<'_>| value.raw().parse().map_err(|_| missing(name, "number"));
        self.get(name).map(number).transpose()
    }

    /// Whether a flag is set; one that is not there is not.
    #[must_use]
    pub fn flag(self, name: &str) -> bool {
        self.get(name).and_then(View::as_bool).unwrap_or(false)
    }

    /// A time, as far as it can be read.
    #[must_use]
    pub fn time(self, name: &str) -> Option<DateTime<Utc>> {
        let text = self.get(name)?.as_text()?;
        DateTime::parse_from_rfc3339(&text).ok().map(|time| time.with_timezone(&Utc))
    }

    /// A time, or none.
    ///
    /// # Errors
    /// Invalid when it is something else.
    pub fn nullable_time(self, name: &str) -> Result<Option<DateTime<Utc>>> {
        match (self.get(name), self.time(name)) {
            (Some(_), None) => Err(missing(name, "time")),
            (_, time) => Ok(time),
        }
    }

    /// A whole number as the domain counts, or none.
    ///
    /// # Errors
    /// Invalid when it is something else.
    pub fn count(self, name: &str) -> Result<Option<i64>> {
        let count = |number| i64::try_from(number).map_err(|_| missing(name, "number"));
        self.number(name)?.map(count).transpose()
    }

    /// An object, or none.
    ///
    /// # Errors
    /// Invalid when it is something else.
    pub fn object(self, name: &str) -> Result<Option<RawObject>> {
        let object = |value| RawObject::try_from(value).map_err(|_| missing(name, "object"));
        self.get(name).map(object).transpose()
    }

    /// A text that a column can hold (design §2.6), or none.
    ///
    /// # Errors
    /// Invalid when it is something else.
    pub fn plain(self, name: &str) -> Result<Option<String>> {
        let text = self.nullable_text(name)?;
        text.as_deref().map_or(Ok(()), |text| check_plain(name, text))?;
        Ok(text)
    }

    /// A value as it stands.
    #[must_use]
    pub fn json(self, name: &str) -> Option<RawJson> {
        self.get(name).map(RawJson::from_view)
    }
}

fn missing(name: &str, what: &str) -> Error {
    Error::invalid(format!("an answer without the {what} {name:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_by_their_kinds() {
        let text =
            r#"{"a":"x","n":5,"yes":true,"no":null,"at":"2026-04-02T12:00:00Z","l":[{"a":"y"}]}"#;
        let answer = Answer::parse(text).expect("an object");
        assert_eq!(answer.text("a").expect("a text"), "x");
        assert_eq!(answer.nullable_text("no").expect("none"), None);
        assert_eq!(answer.number("n").expect("a number"), Some(5));
        assert!(answer.flag("yes") && !answer.flag("no") && !answer.flag("none"));
        assert_eq!(answer.time("at").map(|at| at.timestamp()), Some(1_775_131_200));
        assert_eq!(
            answer.json("l").map(|l| l.as_str().to_owned()).as_deref(),
            Some(r#"[{"a":"y"}]"#)
        );
        let names: Result<Vec<String>> =
            answer.list("l").expect("a list").map(|one| one?.text("a")).collect();
        assert_eq!(names.expect("texts"), ["y"]);
        assert!(
            answer.text("n").is_err() && answer.text("no").is_err() && answer.list("a").is_err()
        );
        assert_eq!(answer.nullable_time("at").expect("a time"), answer.time("at"));
        assert_eq!(answer.nullable_time("no").expect("none"), None);
        assert!(answer.nullable_time("a").is_err());
        assert_eq!(answer.count("n").expect("a count"), Some(5));
        assert!(answer.object("no").expect("none").is_none() && answer.object("l").is_err());
        assert_eq!(answer.plain("a").expect("a text").as_deref(), Some("x"));
        let odd = Answer::parse(r#"{"n":9223372036854775808,"t":"\u0000","o":{ }}"#);
        let odd = odd.expect("an object");
        assert!(odd.count("n").is_err() && odd.plain("t").is_err());
        assert_eq!(
            odd.object("o").expect("an object").map(RawObject::into_string).as_deref(),
            Some("{ }")
        );
        assert!(Answer::parse("[]").is_err() && Answer::parse("{").is_err());
    }
}
