//! Traces: spans whole, as OpenTelemetry reports them (design §2.5).

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeZone, Utc};
use thiserror::Error;

use crate::json::RawJson;
use crate::run::NewEvaluation;

/// A trace's identifier: 16 bytes, shown as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub [u8; 16]);

/// A span's identifier in its trace: 8 bytes, shown as 16 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(pub [u8; 8]);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not as many hexadecimal digits as the id has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an id in hexadecimal")]
pub struct NotHexadecimal;

impl FromStr for TraceId {
    type Err = NotHexadecimal;

    fn from_str(text: &str) -> Result<Self, NotHexadecimal> {
        hexadecimal(text).map(Self)
    }
}

impl FromStr for SpanId {
    type Err = NotHexadecimal;

    fn from_str(text: &str) -> Result<Self, NotHexadecimal> {
        hexadecimal(text).map(Self)
    }
}

/// As many bytes as the digits of `text` say; in either letter case.
fn hexadecimal<const N: usize>(text: &str) -> Result<[u8; N], NotHexadecimal> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return Err(NotHexadecimal);
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])
            .zip(digit(pair[1]))
            .map(|(high, low)| 16 * high + low)
            .ok_or(NotHexadecimal)?;
    }
    Ok(bytes)
}

/// A span.
#[derive(Clone, Debug)]
pub struct Span {
    /// The trace it belongs to.
    pub trace: TraceId,
    /// Its identifier in that trace; a span that comes again replaces the former.
    pub id: SpanId,
    /// The span it happened in, if any.
    pub parent: Option<SpanId>,
    /// What was done.
    pub name: String,
    /// When it began, in nanoseconds since 1970.
    pub start_ns: i64,
    /// When it ended, in nanoseconds since 1970.
    pub end_ns: i64,
    /// Whether it ended in an error.
    pub failed: bool,
    /// The span whole, in OTLP's JSON form.
    pub body: RawJson,
    /// The resource that reported it, in OTLP's JSON form.
    pub resource: RawJson,
    /// The instrumentation scope that made it, in OTLP's JSON form.
    pub scope: RawJson,
}

/// Nanoseconds since 1970 as a moment; microseconds are kept.
#[must_use]
pub fn moment(ns: i64) -> DateTime<Utc> {
    Utc.timestamp_nanos(ns)
}

/// How a span names the pipeline it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PipelineName {
    /// The organization's default pipeline.
    Default,
    /// By a text that may be an id or a slug.
    Text(String),
}

/// A span to be stored, with what it says it belongs to.
#[derive(Clone, Debug)]
pub struct NewSpan {
    /// The span.
    pub span: Span,
    /// Whether it carries a mark of the dialect, by which its whole trace is worth showing.
    pub marked: bool,
    /// The pipeline, if it names one.
    pub pipeline: Option<PipelineName>,
    /// What it says of a case in a run, if it is a test span.
    pub evaluation: Option<NewEvaluation>,
}

/// Why a span was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The pipeline it names does not exist.
    Pipeline(String),
    /// The run it names does not exist.
    Run(String),
}

/// What became of spans that came together.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// How many were stored.
    pub stored: usize,
    /// Why the others were not.
    pub refused: Vec<Refusal>,
}
