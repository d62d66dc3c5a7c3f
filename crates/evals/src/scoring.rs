//! What every metric takes and gives: a row's fields, arguments, a score (Aegis contract §4.4).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use evalstone_core::json::{RawJson, RawObject, View};

/// A field of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Instructions.
    Prompt,
    /// The user's message.
    Input,
    /// Retrieved passages: a text, or a list of texts in the order of their ranks.
    Context,
    /// The recorded answer.
    Output,
    /// The model answer.
    GoldenAnswer,
}

impl Field {
    /// The field's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Input => "input",
            Self::Context => "context",
            Self::Output => "output",
            Self::GoldenAnswer => "golden_answer",
        }
    }
}

/// What is judged. The values are the case's own (design §2.4), not their texts; JSON null counts as
/// absent.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Instructions.
    pub prompt: Option<RawJson>,
    /// The user's message.
    pub input: Option<RawJson>,
    /// Retrieved passages.
    pub context: Option<RawJson>,
    /// The recorded answer.
    pub output: Option<RawJson>,
    /// The model answer.
    pub golden_answer: Option<RawJson>,
}

impl Row {
    /// The value of a field, if it has one.
    #[must_use]
    pub fn value(&self, field: Field) -> Option<View<'_>> {
        let value = match field {
            Field::Prompt => &self.prompt,
            Field::Input => &self.input,
            Field::Context => &self.context,
            Field::Output => &self.output,
            Field::GoldenAnswer => &self.golden_answer,
        };
        value.as_ref().map(RawJson::view).filter(|view| !view.is_null())
    }

    /// The field as a text: a string as it is, anything else as compact JSON. Of a string that is no
    /// Unicode text, lone surrogates are replaced.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<Cow<'_, str>> {
        self.value(field).map(|view| view.as_text_lossy().unwrap_or_else(|| view.compact()))
    }

    /// The text of a field that a metric cannot do without.
    ///
    /// # Errors
    /// A failure that names the field when the row does not have it.
    pub fn required(&self, field: Field) -> Result<Cow<'_, str>, Failure> {
        self.text(field).ok_or_else(|| Failure::missing(field))
    }
}

/// A metric's arguments as they were given: a JSON object, checked against what the catalogue
/// declares. An argument that is null counts as absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arguments<'a>(Option<View<'a>>);

impl<'a> Arguments<'a> {
    /// These arguments.
    #[must_use]
    pub fn of(given: Option<&'a RawObject>) -> Self {
        Self(given.map(RawObject::view))
    }

    /// The value of an argument, if it was given.
    #[must_use]
    pub fn get(self, name: &str) -> Option<View<'a>> {
        self.0.and_then(|given| given.get(name)).filter(|view| !view.is_null())
    }

    /// A boolean argument, or its default.
    #[must_use]
    pub fn flag(self, name: &str, default: bool) -> bool {
        self.get(name).and_then(View::as_bool).unwrap_or(default)
    }

    /// A number, if it was given.
    #[must_use]
    pub fn number(self, name: &str) -> Option<f64> {
        self.get(name).and_then(|view| view.raw().parse().ok())
    }

    /// A text, if it was given.
    #[must_use]
    pub fn text(self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).and_then(View::as_text_lossy)
    }
}

/// What a metric says of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// 0 to 100, higher is better.
    pub value: f64,
    /// Why it is that, for people.
    pub explanation: String,
    /// What else is known, a JSON object; nothing for structural metrics.
    pub details: Option<RawObject>,
    /// What it cost; nothing for metrics without a model.
    pub cost: Option<Cost>,
}

impl Score {
    /// A score of a metric without a model.
    #[must_use]
    pub fn structural(value: f64, explanation: impl Into<String>) -> Self {
        Self { value, explanation: explanation.into(), details: None, cost: None }
    }

    /// All or nothing, with the reason.
    #[must_use]
    pub fn all_or_nothing(holds: bool, explanation: impl Into<String>) -> Self {
        Self::structural(if holds { 100.0 } else { 0.0 }, explanation)
    }
}

/// Why a metric cannot score a row; people read it as the evaluation's explanation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl Failure {
    /// The row lacks a field that the metric needs.
    #[must_use]
    pub fn missing(field: Field) -> Self {
        Self(format!("the row has no {}", field.as_str()))
    }
}

/// An amount of money in millionths of a millionth of a unit, so that a price a million tokens with
/// six decimals counts exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(pub u64);

/// As a decimal number without superfluous zeros, such as `0.0004`.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNIT: u64 = 1_000_000_000_000;
        let (whole, part) = (self.0 / UNIT, self.0 % UNIT);
        let digits = format!("{part:012}");
        match digits.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            digits => write!(f, "{whole}.{digits}"),
        }
    }
}

/// Why a text is no [`Cost`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of money of at most twelve decimals")]
pub struct NotCost;

/// Reads any spelling of a decimal number that is exactly a cost, with an exponent, too: Python writes
/// small ones as `4E-7`.
impl FromStr for Cost {
    type Err = NotCost;

    fn from_str(text: &str) -> Result<Self, NotCost> {
        /// The decimals of a unit.
        const DECIMALS: i64 = 12;
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| NotCost)?),
            None => (text, 0),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = [whole, part].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotCost);
        }
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Self(0));
        }
        let length = |text: &str| i64::try_from(text.len()).map_err(|_| NotCost);
        let zeros = length(&digits)? - length(significant)?;
        let scale = DECIMALS + i64::from(exponent) - length(part)? + zeros;
        let unit = u32::try_from(scale).ok().and_then(|scale| 10_u64.checked_pow(scale));
        let value: u64 = significant.parse().map_err(|_| NotCost)?;
        unit.and_then(|unit| value.checked_mul(unit)).map(Self).ok_or(NotCost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_cost_is_read_exactly() {
        for (text, cost) in [
            ("0", 0),
            ("0.0000000000000", 0),
            ("0E-10", 0),
            ("0.0004", 400_000_000),
            ("00.000400000000000", 400_000_000),
            ("4E-7", 400_000),
            ("1.5e+1", 15_000_000_000_000),
            (".5", 500_000_000_000),
            ("12.345000000001", 12_345_000_000_001),
            ("18446744.073709551615", u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Cost(cost)), "{text}");
        }
        for text in [
            "",
            ".",
            "-1",
            "+1",
            "1,5",
            "1.2.3",
            "1e",
            "e1",
            "0x1",
            " 1",
            "NaN",
            "0.0000000000001",
            "18446744.073709551616",
            "1e99999",
            "1e-99999",
            "1e9999999999",
        ] {
            assert_eq!(text.parse::<Cost>(), Err(NotCost), "{text}");
        }
    }

    #[test]
    fn costs_are_decimal_numbers() {
        for (cost, expected) in [
            (0, "0"),
            (400_000_000, "0.0004"),
            (1_000_000_000_000, "1"),
            (12_345_000_000_001, "12.345000000001"),
        ] {
            assert_eq!(Cost(cost).to_string(), expected);
        }
    }

    #[test]
    fn a_value_that_is_no_text_is_read_as_compact_json() {
        let row = Row {
            output: Some(RawJson::parse("{\"a\": [1, 2]}").expect("JSON")),
            input: Some(RawJson::from_text("x")),
            context: Some(RawJson::parse("null").expect("JSON")),
            ..Row::default()
        };
        assert_eq!(row.text(Field::Output).as_deref(), Some("{\"a\":[1,2]}"));
        assert_eq!(row.text(Field::Input).as_deref(), Some("x"));
        assert_eq!(row.required(Field::Context), Err(Failure::missing(Field::Context)));
        assert_eq!(
            Failure::missing(Field::GoldenAnswer).to_string(),
            "the row has no golden_answer"
        );
    }
}
