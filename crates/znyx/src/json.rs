//! Writing JSON answers: keys in the vendor's order, payloads as they are spelled.

use evalstone_core::json::encode;

/// An object in the making. Keys are ours and need no escapes.
pub struct Object {
    text: String,
}

impl Object {
    /// An object without members yet.
    pub fn new() -> Self {
        Self { text: "{".to_owned() }
    }

    /// Adds a member whose value is the JSON text `value`.
    pub fn raw(mut self, key: &'static str, value: &str) -> Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
        self.text.push_str(value);
        self
    }

    /// Adds a string.
    pub fn text(self, key: &'static str, value: &str) -> Self {
        self.raw(key, &encode(value))
    }

    /// Adds a number.
    pub fn number(self, key: &'static str, value: i64) -> Self {
        self.raw(key, &value.to_string())
    }

    /// Adds a truth value.
    pub fn boolean(self, key: &'static str, value: bool) -> Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    /// Adds a JSON text, or null.
    pub fn nullable_raw(self, key: &'static str, value: Option<&str>) -> Self {
        self.raw(key, value.unwrap_or("null"))
    }

    /// Adds a string, or null.
    pub fn nullable_text(self, key: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self.raw(key, "null"),
        }
    }

    /// The text so far, of an object whose last member is still to be written to its end.
    pub fn unfinished(self) -> String {
        self.text
    }

    /// The object's text.
    pub fn build(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

/// The text of an array of JSON texts.
pub fn array<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = "[".to_owned();
    for item in items {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(item.as_ref());
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::{Object, array};

    #[test]
    fn members_keep_their_order_and_spelling() {
        let text = Object::new()
            .text("z", "a\"\u{0}")
            .raw("payload", r#"{"b": 1.0,"a":1e400}"#)
            .number("n", -3)
            .boolean("yes", true)
            .boolean("no", false)
            .nullable_text("t", None)
            .nullable_text("u", Some(""))
            .nullable_raw("r", None)
            .nullable_raw("s", Some("[1]"))
            .build();
        let expected = r#"{"z":"a\"\u0000","payload":{"b": 1.0,"a":1e400},"n":-3,"yes":true,"no":false,"t":null,"u":"","r":null,"s":[1]}"#;
        assert_eq!(text, expected);
        assert_eq!(Object::new().build(), "{}");
    }

    #[test]
    fn arrays() {
        assert_eq!(array(["1", "{}"]), "[1,{}]");
        assert_eq!(array::<&str>([]), "[]");
    }
}
