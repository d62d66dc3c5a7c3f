//! Building objects from members.

use std::fmt::{Display, Write as _};

use super::raw::RawObject;
use super::string;
use super::view::{Key, View};

/// Writes an object into a text member by member, in the order of the calls: no whitespace between
/// them, each value as it is spelled. A key that is there already is not replaced: it becomes a
/// duplicate.
#[derive(Debug)]
pub struct ObjectWriter<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> ObjectWriter<'a> {
    /// Opens an object at the text's end.
    pub fn open(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    /// Goes on with an object at the text's end that has members already.
    pub fn resume(out: &'a mut String) -> Self {
        Self { out, empty: false }
    }

    /// Adds a key and gives the text to which its value is to be written.
    pub fn key(&mut self, key: &str) -> &mut String {
        self.part();
        string::push_token(self.out, key);
        self.out.push(':');
        self.out
    }

    /// Adds a value that is JSON already.
    pub fn json(&mut self, key: &str, json: &str) {
        self.key(key).push_str(json);
    }

    /// Adds a string.
    pub fn text(&mut self, key: &str, text: &str) {
        string::push_token(self.key(key), text);
    }

    /// Adds a number or a boolean.
    pub fn plain(&mut self, key: &str, value: impl Display) {
        // Writing into a String cannot fail.
        let _ = write!(self.key(key), "{value}");
    }

    /// Adds a string that needs no escapes, such as an id or a time.
    pub fn bare(&mut self, key: &str, text: impl Display) {
        // Writing into a String cannot fail.
        let _ = write!(self.key(key), "\"{text}\"");
    }

    /// Adds a string that needs no escapes, or `null` for none.
    pub fn nullable_bare(&mut self, key: &str, text: Option<impl Display>) {
        match text {
            Some(text) => self.bare(key, text),
            None => self.json(key, "null"),
        }
    }

    /// Adds a number or a boolean, or `null` for none.
    pub fn nullable(&mut self, key: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.plain(key, value),
            None => self.json(key, "null"),
        }
    }

    /// Adds a value that is JSON already, or `null` for none.
    pub fn nullable_json(&mut self, key: &str, json: Option<&str>) {
        self.json(key, json.unwrap_or("null"));
    }

    /// Adds a string, or `null` for none.
    pub fn nullable_text(&mut self, key: &str, text: Option<&str>) {
        match text {
            Some(text) => self.text(key, text),
            None => self.json(key, "null"),
        }
    }

    /// Closes the object.
    pub fn close(self) {
        self.out.push('}');
    }

    fn spelled(&mut self, key: &str) -> &mut String {
        self.part();
        self.out.push_str(key);
        self.out.push(':');
        self.out
    }

    /// Writes what stands between two members, where there is one already.
    fn part(&mut self) {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
    }
}

/// How many bytes most objects have at least: what one begins with, so that it need not grow often.
const LEAST_OBJECT: usize = 128;

/// The text of an object whose members `write` adds.
#[must_use]
pub fn object(write: impl FnOnce(&mut ObjectWriter<'_>)) -> String {
    let mut text = String::with_capacity(LEAST_OBJECT);
    let mut object = ObjectWriter::open(&mut text);
    write(&mut object);
    object.close();
    text
}

/// Makes an object of its own, by the rules of [`ObjectWriter`].
#[derive(Clone, Debug)]
pub struct ObjectBuilder {
    text: String,
}

impl ObjectBuilder {
    /// An object without members yet.
    #[must_use]
    pub fn new() -> Self {
        Self { text: "{".to_owned() }
    }

    /// Adds a member.
    #[must_use]
    pub fn member(self, key: &str, value: View<'_>) -> Self {
        self.with(|object| object.json(key, value.raw()))
    }

    /// Adds a member whose value is the string `text`.
    #[must_use]
    pub fn text_member(self, key: &str, text: &str) -> Self {
        self.with(|object| object.text(key, text))
    }

    /// Adds a member taken from another object, its key spelled as there.
    #[must_use]
    pub fn raw_member(self, key: Key<'_>, value: View<'_>) -> Self {
        self.with(|object| object.spelled(key.raw()).push_str(value.raw()))
    }

    /// The object.
    #[must_use]
    pub fn build(mut self) -> RawObject {
        self.text.push('}');
        RawObject::trusted(self.text)
    }

    fn with(mut self, write: impl FnOnce(&mut ObjectWriter<'_>)) -> Self {
        let empty = self.text.len() == 1;
        write(&mut ObjectWriter { out: &mut self.text, empty });
        self
    }
}

impl Default for ObjectBuilder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_spelling() {
        let text = object(|object| {
            object.text("z", "a\"\u{0}");
            object.json("payload", r#"{"b": 1.0,"a":1e400}"#);
            object.plain("n", -3);
            object.plain("yes", true);
            object.bare("b", 4);
            object.nullable_bare("c", None::<i64>);
            object.nullable_bare("d", Some(5));
            object.nullable("m", None::<i64>);
            object.nullable("o", Some(1_i128 << 100));
            object.nullable_text("t", None);
            object.nullable_text("u", Some(""));
            object.nullable_json("r", None);
            object.nullable_json("s", Some("[1]"));
            object.key("\"").push_str("{}");
        });
        let expected = r#"{"z":"a\"\u0000","payload":{"b": 1.0,"a":1e400},"n":-3,"yes":true,"b":"4","c":null,"d":"5","m":null,"o":1267650600228229401496703205376,"t":null,"u":"","r":null,"s":[1],"\"":{}}"#;
        assert_eq!(text, expected);
        assert_eq!(object(|_| ()), "{}");
    }

    #[test]
    fn an_object_goes_on_behind_what_was_written_elsewhere() {
        let mut text = r#"{"a":[]"#.to_owned();
        let mut object = ObjectWriter::resume(&mut text);
        object.plain("b", 1);
        object.close();
        assert_eq!(text, r#"{"a":[],"b":1}"#);
    }
}
