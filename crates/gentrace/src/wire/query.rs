//! Reading a query string parameter by parameter.

use evalstone_core::error::Result;
use evalstone_kit::query;

use super::ids::{GivenPipeline, PipelineChoice};
use super::problems::Problems;
use super::values::plain;

/// Reads a parameter's value; the error tells, with the parameter's name, what is wrong with it.
pub type Read<T> = fn(&str, &str) -> Result<T, String>;

/// A request's query. Of repeated parameters the last one counts; unknown ones are ignored.
#[derive(Debug)]
pub struct Query {
    pairs: Vec<(String, String)>,
    problems: Problems,
}

impl Query {
    /// Takes a query string apart.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { pairs: query::parse(text), problems: Problems::default() }
    }

    /// All parameters in their order.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// What is wrong with the query so far.
    pub fn problems(&mut self) -> &mut Problems {
        &mut self.problems
    }

    /// A parameter's value.
    pub fn value<T>(&mut self, name: &str, read: Read<T>) -> Option<T> {
        let value = query::last(&self.pairs, name)?;
        self.problems.keep(read(name, value))
    }

    /// `pipelineId` and `pipelineSlug`.
    pub fn pipeline(&mut self) -> PipelineChoice {
        PipelineChoice {
            id: self.value("pipelineId", GivenPipeline::parse),
            slug: self.value("pipelineSlug", filled_text),
        }
    }

    /// What the parameters make, if nothing is wrong with any of them.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn finish<T>(self, made: T) -> Result<T> {
        self.problems.into_result(Some(made))
    }
}

/// Text of one character at least, such as the database can compare with.
pub fn filled_text(name: &str, value: &str) -> Result<String, String> {
    if value.is_empty() {
        return Err(format!("'{name}' must not be empty"));
    }
    text(name, value)
}

/// Text such as the database can compare with.
pub fn text(name: &str, value: &str) -> Result<String, String> {
    plain(name, value).map(|()| value.to_owned())
}

/// `true` or `false`, spelled so.
pub fn boolean(name: &str, value: &str) -> Result<bool, String> {
    value.parse().map_err(|_| format!("'{name}' must be true or false"))
}
