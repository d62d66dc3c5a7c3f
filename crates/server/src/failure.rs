//! Why a command failed, in words for the person who typed it.

use std::fmt;

use evalstone_core::error::{Error, Kind};

/// The text of a failed command, without a final period.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// On the command line the operator reads, who may see internal context; and the client's text of
/// a fault speaks of a request, which there is none of here.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match (error.kind(), error.context()) {
            (Kind::Fault, Some(context)) => Self::new(context),
            (_, Some(context)) => Self::new(format!("{error} ({context})")),
            (_, None) => Self::new(error.message()),
        }
    }
}

/// Standard output or input broke.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}
