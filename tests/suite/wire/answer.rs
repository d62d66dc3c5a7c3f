//! An answer, whichever way it was fetched.

use std::fmt;

use crate::json::Json;

/// A status, headers and a body.
#[derive(Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decoded from its transfer coding.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name, in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        self.headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> Result<&str, String> {
        std::str::from_utf8(&self.body).map_err(|error| format!("the body is not UTF-8: {error}"))
    }

    /// The body as JSON, which its content type must say too.
    pub fn json(&self) -> Result<Json, String> {
        let content_type = self.header("content-type").unwrap_or("none");
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence != "application/json" && !essence.ends_with("+json") {
            return Err(format!("a JSON content type is wanted, not {content_type}"));
        }
        Json::parse(self.text()?)
    }

    /// The answer to an HTTP/1.1 request as it stands in `head` and `body`.
    pub fn from_head(head: &str, body: Vec<u8>) -> Result<Self, String> {
        let mut lines = head.lines();
        let status_line = lines.next().unwrap_or_default();
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .ok_or_else(|| format!("no status line: {status_line:?}"))?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Self { status, headers, body })
    }
}

/// The first this many bytes of a body stand in a failure's message.
const SHOWN: usize = 2_000;

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        let shown = &self.body[..self.body.len().min(SHOWN)];
        write!(f, "\n{}", String::from_utf8_lossy(shown))?;
        if self.body.len() > SHOWN {
            write!(f, "… ({} bytes)", self.body.len())?;
        }
        Ok(())
    }
}
