//! Formats of dates as Python's `datetime.strptime` reads them in the C locale.

use chrono::{Datelike as _, NaiveDate, Weekday};
use regex::{Captures, Regex, RegexBuilder};

use super::super::characters::is_space;
use super::super::pattern;
use super::Moment;
use crate::scoring::Failure;

/// The longest format, in characters.
const LONGEST: usize = 200;
/// The year of a date that says none.
const NO_YEAR: i32 = 1900;
/// Years of two digits from this one on are of the last century.
const LAST_CENTURY: i32 = 69;

/// A format, ready to read texts.
#[derive(Clone, Debug)]
pub(super) struct Format {
    pattern: Regex,
    says: Moment,
}

impl Format {
    /// Reads a format such as `%d.%m.%Y %H:%M`. Whitespace stands for any amount of it.
    ///
    /// # Errors
    /// A failure that shows the format when it has a directive that there is not, or one twice; another
    /// one when it is too long.
    pub(super) fn parse(format: &str) -> Result<Self, Failure> {
        let refused = |why: &str| Failure(format!("allowed_formats: {format:?} has {why}"));
        if format.chars().count() > LONGEST {
            let why = format!("a format is longer than {LONGEST} characters");
            return Err(Failure(format!("allowed_formats: {why}")));
        }
        let mut translation = Self::translate(format).map_err(|why| refused(&why))?;
        translation.0.insert(0, '^');
        let pattern = RegexBuilder::new(&translation.0).case_insensitive(true).build();
        let pattern = pattern.map_err(|error| match pattern::reason(&error) {
            // Directives are named groups, and two of one name are no pattern.
            reason if reason.contains("duplicate") => refused("a directive twice"),
            reason => refused(&format!("a form that cannot be read: {reason}")),
        })?;
        Ok(Self { pattern, says: translation.1 })
    }

    /// The pattern of a format, and what a text says that it reads; or what is wrong with the format.
    fn translate(format: &str) -> Result<(String, Moment), String> {
        let mut pattern = String::new();
        let mut says = Moment { time: false, zone: false };
        let mut rest = format.chars().peekable();
        while let Some(character) = rest.next() {
            if is_space(character) {
                while rest.next_if(|next| is_space(*next)).is_some() {}
                pattern.push_str(r"\s+");
            } else if character == '%' {
                let name = rest.next().ok_or("a % at its end")?;
                says.time |= "HIMSfpcX".contains(name);
                says.zone |= "zZ".contains(name);
                match composite(name) {
                    Some(format) => pattern.push_str(&Self::translate(format)?.0),
                    None => pattern.push_str(
                        directive(name).ok_or_else(|| format!("an unknown directive %{name}"))?,
                    ),
                }
            } else {
                pattern.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
            }
        }
        Ok((pattern, says))
    }

    /// What a text of this format says; none for another text, or a day or time that there is not.
    pub(super) fn read(&self, text: &str) -> Option<Moment> {
        let found = self.pattern.captures(text)?;
        let whole = found.get(0)?;
        // As Python does it, the first way to read the text is the only one.
        let exists = whole.end() == text.len()
            && number(&found, "S").is_none_or(|second| second < 60)
            && day(&found).is_some();
        exists.then_some(self.says)
    }
}

/// The format for which a directive stands.
fn composite(name: char) -> Option<&'static str> {
    match name {
        'c' => Some("%a %b %d %H:%M:%S %Y"),
        'x' => Some("%m/%d/%y"),
        'X' => Some("%H:%M:%S"),
        _ => None,
    }
}

/// The pattern of a directive. The alternatives are tried in their order.
fn directive(name: char) -> Option<&'static str> {
    Some(match name {
        'a' => "(?P<a>mon|tue|wed|thu|fri|sat|sun)",
        'A' => "(?P<A>wednesday|thursday|saturday|tuesday|monday|friday|sunday)",
        'b' => "(?P<b>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
        'B' => {
            "(?P<B>september|february|november|december|january|october|august|march|april|june|july|may)"
        }
        'd' => "(?P<d>3[01]|[12][0-9]|0[1-9]|[1-9]| [1-9])",
        'f' => "(?P<f>[0-9]{1,6})",
        'G' => "(?P<G>[0-9]{4})",
        'H' => "(?P<H>2[0-3]|[01][0-9]|[0-9])",
        'I' => "(?P<I>1[0-2]|0[1-9]|[1-9])",
        'j' => {
            "(?P<j>36[0-6]|3[0-5][0-9]|[12][0-9][0-9]|0[1-9][0-9]|00[1-9]|[1-9][0-9]|0[1-9]|[1-9])"
        }
        'm' => "(?P<m>1[0-2]|0[1-9]|[1-9])",
        'M' => "(?P<M>[0-5][0-9]|[0-9])",
        'p' => "(?P<p>am|pm)",
        'S' => "(?P<S>6[01]|[0-5][0-9]|[0-9])",
        'u' => "(?P<u>[1-7])",
        'U' => "(?P<U>5[0-3]|[0-4][0-9]|[0-9])",
        'V' => "(?P<V>5[0-3]|0[1-9]|[1-4][0-9]|[0-9])",
        'w' => "(?P<w>[0-6])",
        'W' => "(?P<W>5[0-3]|[0-4][0-9]|[0-9])",
        'y' => "(?P<y>[0-9]{2})",
        'Y' => "(?P<Y>[0-9]{4})",
        'z' => r"(?P<z>[+-][0-9]{2}:?[0-5][0-9](?::?[0-5][0-9](?:\.[0-9]{1,6})?)?|(?-i:Z))",
        'Z' => "(?P<Z>utc|gmt)",
        '%' => "%",
        _ => return None,
    })
}

/// The day, if it exists. A date without year is of 1900, one without month or day of the first.
fn day(found: &Captures<'_>) -> Option<NaiveDate> {
    let weekday = weekday(found);
    if let Some(year) = number(found, "G") {
        return NaiveDate::from_isoywd_opt(year, number(found, "V")?.try_into().ok()?, weekday?);
    }
    if found.name("V").is_some() {
        return None;
    }
    let year = number(found, "Y").or_else(|| number(found, "y").map(of_two_digits));
    let year = year.unwrap_or(NO_YEAR);
    let first = NaiveDate::from_ymd_opt(year, 1, 1).filter(|_| year > 0)?;
    // A day of the year says it all; the 366th of a short year is the next one's first.
    if let Some(day) = number(found, "j") {
        let last = NaiveDate::from_ymd_opt(9999, 12, 31)?;
        return first
            .checked_add_days(chrono::Days::new(u64::try_from(day - 1).ok()?))
            .filter(|day| *day <= last);
    }
    let month = number(found, "m").unwrap_or_else(|| month(found).unwrap_or(1));
    let day = number(found, "d").unwrap_or(1);
    first.with_month(month.try_into().ok()?)?.with_day(day.try_into().ok()?)
}

fn of_two_digits(year: i32) -> i32 {
    if year < LAST_CENTURY { 2000 + year } else { 1900 + year }
}

fn month(found: &Captures<'_>) -> Option<i32> {
    let name = found.name("b").or_else(|| found.name("B"))?;
    let month: chrono::Month = name.as_str().parse().ok()?;
    i32::try_from(month.number_from_month()).ok()
}

fn weekday(found: &Captures<'_>) -> Option<Weekday> {
    if let Some(name) = found.name("a").or_else(|| found.name("A")) {
        return name.as_str().parse().ok();
    }
    let number = number(found, "u").or_else(|| number(found, "w"))?;
    // Monday is 1 for both, Sunday 7 for the one and 0 for the other.
    Weekday::try_from(u8::try_from((number + 6) % 7).ok()?).ok()
}

fn number(found: &Captures<'_>, name: &str) -> Option<i32> {
    found.name(name)?.as_str().trim_start().parse().ok()
}
