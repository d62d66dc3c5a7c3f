//! What is wrong with a row, in words: the vendor's for its rules, with the row's index, its line
//! where it has one, and the field.

use std::borrow::Cow;

use evalstone_core::error::Error;

use crate::validation::Rule;

/// What is wrong with a row, wherever it stands.
#[derive(Debug)]
pub struct Flaw {
    field: Option<Cow<'static, str>>,
    why: Cow<'static, str>,
}

impl Flaw {
    /// A field breaks a rule.
    pub fn of(field: impl Into<Cow<'static, str>>, rule: &Rule) -> Self {
        Self::at(field, rule.message())
    }

    /// Something else is wrong with a field.
    pub fn at(field: impl Into<Cow<'static, str>>, why: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), why: why.into() }
    }

    /// The row as a whole is wrong.
    pub fn whole(why: impl Into<Cow<'static, str>>) -> Self {
        Self { field: None, why: why.into() }
    }

    /// The error of the row at this index, from 0, which begins on this line, from 1, if it is known.
    pub fn in_row(self, index: u64, line: Option<u64>) -> Error {
        let Self { field, why } = self;
        let line = line.map_or_else(String::new, |line| format!(" (line {line})"));
        let field = field.map_or_else(String::new, |field| format!("{field}: "));
        Error::invalid(format!("Invalid row {index}{line}: {field}{why}"))
    }
}
