//! What people are shown of a run: its rows and the traces beside them, each only as far as there
//! is room, whatever was stored.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::id::CaseId;
use crate::json::RawJson;
use crate::trace::{NotHexadecimal, SpanId, TraceId};

/// A text as far as there is room for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Its beginning, or all of it.
    pub text: String,
    /// How many bytes the whole has.
    pub bytes: u64,
}

impl Excerpt {
    /// A text that there is room for.
    #[must_use]
    pub fn whole(text: String) -> Self {
        Self { bytes: text.len() as u64, text }
    }

    /// Whether the text is all of it.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.text.len() as u64 == self.bytes
    }
}

/// Which evaluation of a run: the span that reported it, in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowKey {
    /// The trace.
    pub trace: TraceId,
    /// The span.
    pub span: SpanId,
}

/// Both in hexadecimal, with a hyphen between them.
impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.trace, self.span)
    }
}

impl FromStr for RowKey {
    type Err = NotHexadecimal;

    fn from_str(text: &str) -> Result<Self, NotHexadecimal> {
        let (trace, span) = text.split_once('-').ok_or(NotHexadecimal)?;
        Ok(Self { trace: trace.parse()?, span: span.parse()? })
    }
}

/// What the rows of a run come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// How many there are.
    pub rows: i64,
    /// How many of them failed.
    pub errors: i64,
    /// Their durations together, in microseconds.
    pub total_micros: f64,
    /// The middle one of their durations, in microseconds; none without rows.
    pub median_micros: Option<f64>,
}

/// Some rows of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// What all of its rows come to.
    pub counts: Counts,
    /// The rows asked for, each with the beginning of its trace.
    pub rows: Vec<(Row, Trace)>,
}

/// An evaluation of a run.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which it is.
    pub key: RowKey,
    /// The stored case, if it was one.
    pub case: Option<CaseId>,
    /// The beginning of the case's name.
    pub name: String,
    /// What the user's code received, as JSON.
    pub inputs: Option<Excerpt>,
    /// What it returned, as JSON.
    pub output: Option<Excerpt>,
    /// What a good answer was when it ran, as JSON.
    pub expected: Option<Excerpt>,
    /// Why it failed, if it did.
    pub error: Option<Excerpt>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
}

/// One of the payloads of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// What the user's code received.
    Inputs,
    /// What it returned.
    Output,
    /// What a good answer was.
    Expected,
    /// Why it failed; a text, not JSON.
    Error,
}

impl Payload {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Inputs, Self::Output, Self::Expected, Self::Error];

    /// The word for it in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Output => "output",
            Self::Expected => "expected",
            Self::Error => "error",
        }
    }

    /// The payload of that word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|payload| payload.as_str() == word)
    }
}

/// A part of a trace, in the order of its tree.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// How many spans the trace has.
    pub total: i64,
    /// Those of this part.
    pub spans: Vec<PlacedSpan>,
    /// Which part it is, from 0.
    pub page: i64,
    /// How many parts there are; no parts at all where only the beginning was wanted.
    pub pages: i64,
}

/// A span in the tree.
#[derive(Clone, Debug)]
pub struct PlacedSpan {
    /// How many spans stand above it in this part.
    pub depth: usize,
    /// Whether it stands here only as the parent of what follows, and in full in an earlier part.
    pub continued: bool,
    /// The span.
    pub span: SpanExcerpt,
}

/// A span as far as there is room for it.
#[derive(Clone, Debug)]
pub struct SpanExcerpt {
    /// Its identifier in its trace.
    pub id: SpanId,
    /// The beginning of its name.
    pub name: String,
    /// When it began, in nanoseconds since 1970.
    pub start_ns: i64,
    /// When it ended, in nanoseconds since 1970.
    pub end_ns: i64,
    /// Whether it ended in an error.
    pub failed: bool,
    /// How many bytes it has with its resource and its scope.
    pub bytes: u64,
    /// All that is known of it, where there is room.
    pub whole: Option<WholeSpan>,
}

/// All that is known of a span, in OTLP's JSON form.
#[derive(Clone, Debug)]
pub struct WholeSpan {
    /// The span.
    pub body: RawJson,
    /// The resource that reported it.
    pub resource: RawJson,
    /// The instrumentation scope that made it.
    pub scope: RawJson,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_by_its_trace_and_its_span() {
        let text = "4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
        let key: RowKey = text.parse().expect("32 and 16 digits");
        assert_eq!(key.to_string(), text.to_lowercase());
        for other in
            ["", "-", &text[1..], &text[..48], &text.replace('-', ""), &text.replace('f', "g")]
        {
            assert_eq!(other.parse::<RowKey>(), Err(NotHexadecimal), "{other}");
        }
    }

    #[test]
    fn an_excerpt_knows_whether_it_is_all() {
        assert!(Excerpt::whole("é".to_owned()).is_whole());
        assert!(!Excerpt { text: "é".to_owned(), bytes: 3 }.is_whole());
    }
}
