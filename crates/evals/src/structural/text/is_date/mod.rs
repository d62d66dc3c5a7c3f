//! `is_date`: whether the output is a date.

mod iso;
mod strptime;

use evalstone_core::json::{Kind, View};

use crate::scoring::{Arguments, Failure, Field, Row, Score};
use strptime::Format;

/// The most formats: each becomes a pattern for each row.
const MOST_FORMATS: usize = 100;

/// What a date says besides the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    /// A time of day.
    time: bool,
    /// An offset from UTC, or a zone.
    zone: bool,
}

/// Accepts dates: the object `{"$date": "…"}`, JSON's one serialization of a date that is no string
/// (MongoDB's Extended JSON), and, unless `strict_type` (true), strings. Either holds an existing day and
/// time as `allowed_formats` (Python's `strptime`) read them, without those as ISO 8601 and RFC 3339 write
/// them: `2026-04-02`, `2026-04-02T12:30:00.5+02:00`. `require_datetime` (false) wants a time of day,
/// `require_timezone` (false) an offset from UTC.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.value(Field::Output).ok_or_else(|| Failure::missing(Field::Output))?;
    let formats = formats(arguments)?;
    let refused = |why: String| Ok(Score::all_or_nothing(false, why));
    let text = match output.kind() {
        Kind::String if arguments.flag("strict_type", true) => {
            return refused(
                "the output is a string, which strict_type does not accept as a date".to_owned(),
            );
        }
        Kind::String => output.as_text_lossy(),
        _ => output.get("$date").and_then(View::as_text_lossy),
    };
    let Some(text) = text else {
        return refused(format!("the output is a JSON {}, not a date", output.kind().as_str()));
    };
    let read: Vec<Moment> = match &formats {
        Some(formats) => formats.iter().filter_map(|format| format.read(&text)).collect(),
        None => iso::read(&text).into_iter().collect(),
    };
    let needs_time = arguments.flag("require_datetime", false);
    let needs_zone = arguments.flag("require_timezone", false);
    let suits = |moment: &Moment| (moment.time || !needs_time) && (moment.zone || !needs_zone);
    let why = match (read.first(), read.iter().any(suits)) {
        (_, true) => return Ok(Score::all_or_nothing(true, "the output is a date")),
        (Some(moment), false) if needs_time && !moment.time => {
            "the output is a date without the time that require_datetime wants"
        }
        (Some(_), false) => "the output is a date without the zone that require_timezone wants",
        (None, false) if formats.is_some() => {
            "the output is not a date in any of the allowed_formats"
        }
        (None, false) => "the output is not a date as ISO 8601 writes it",
    };
    refused(why.to_owned())
}

/// The formats of `allowed_formats`; none when there are none.
fn formats(arguments: Arguments<'_>) -> Result<Option<Vec<Format>>, Failure> {
    let Some(given) = arguments.get("allowed_formats") else { return Ok(None) };
    if given.items().nth(MOST_FORMATS).is_some() {
        return Err(Failure(format!("allowed_formats may hold {MOST_FORMATS} formats at most")));
    }
    let formats: Result<Vec<_>, _> =
        given.items().filter_map(View::as_text_lossy).map(|text| Format::parse(&text)).collect();
    formats.map(|formats| (!formats.is_empty()).then_some(formats))
}
