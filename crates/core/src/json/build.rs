//! Building objects from members.

use super::raw::RawObject;
use super::string;
use super::view::{Key, View};

/// Writes an object member by member: no whitespace between them, each value as it is spelled.
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

    /// Adds a member. A key that is there already is not replaced: it becomes a duplicate.
    #[must_use]
    pub fn member(self, key: &str, value: View<'_>) -> Self {
        self.spelled(&string::encode(key), value.raw())
    }

    /// Adds a member whose value is the string `text`.
    #[must_use]
    pub fn text_member(self, key: &str, text: &str) -> Self {
        self.spelled(&string::encode(key), &string::encode(text))
    }

    /// Adds a member taken from another object, its key spelled as there.
    #[must_use]
    pub fn raw_member(self, key: Key<'_>, value: View<'_>) -> Self {
        self.spelled(key.raw(), value.raw())
    }

    /// The object.
    #[must_use]
    pub fn build(mut self) -> RawObject {
        self.text.push('}');
        RawObject::trusted(self.text)
    }

    fn spelled(mut self, key: &str, value: &str) -> Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push_str(key);
        self.text.push(':');
        self.text.push_str(value);
        self
    }
}

impl Default for ObjectBuilder {
    fn default() -> Self {
        Self::new()
    }
}
