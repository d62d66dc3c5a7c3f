//! Writing JSON objects into a text.

use std::fmt::{Display, Write as _};

use chrono::{DateTime, Utc};
use evalstone_core::json;

use super::write_time;

/// Writes one object, member by member, in the order of the calls. Keys are plain words.
pub struct ObjectWriter<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> ObjectWriter<'a> {
    /// Opens an object.
    pub fn open(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    /// Adds a key and gives the text to which its value is to be written.
    pub fn key(&mut self, key: &str) -> &mut String {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        self.out
    }

    /// A value that is JSON already.
    pub fn json(&mut self, key: &str, json: &str) {
        self.key(key).push_str(json);
    }

    /// A string.
    pub fn text(&mut self, key: &str, text: &str) {
        self.json(key, &json::encode(text));
    }

    /// A number or a boolean.
    pub fn plain(&mut self, key: &str, value: impl Display) {
        // Writing into a String cannot fail.
        let _ = write!(self.key(key), "{value}");
    }

    /// A number, or `null` for none.
    pub fn nullable(&mut self, key: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.plain(key, value),
            None => self.json(key, "null"),
        }
    }

    /// A time, or `null` for none.
    pub fn time(&mut self, key: &str, time: Option<DateTime<Utc>>) {
        write_time(self.key(key), time);
    }

    /// Closes the object.
    pub fn close(self) {
        self.out.push('}');
    }
}
