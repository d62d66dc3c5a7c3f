//! One problem, and the list that a 422 answers with.

use std::borrow::Cow;

use evalstone_core::json::object;

use crate::json::array;
use crate::validation::Place;

/// How many problems one answer lists at the most: a body of the largest size can have millions,
/// and each takes more room in the answer than in the body.
const MAX_PROBLEMS: usize = 10_000;

/// The rule that is broken, with what its message or context names.
pub enum Rule {
    /// A field that must be there is not.
    Missing,
    /// Not a string.
    StringType,
    /// A string with a lone surrogate, where text is stored that must be Unicode.
    StringUnicode,
    /// A value that breaks a rule of our own, such as a text with a character that cannot be stored;
    /// the message says which.
    ValueError(String),
    /// Nothing that could be a boolean.
    BoolType,
    /// A string or number that is no boolean.
    BoolParsing,
    /// Not an array.
    ListType,
    /// Not an object, where one of any keys is expected.
    DictType,
    /// Not an object, where a model is expected.
    ModelAttributesType,
    /// Not JSON; the text is Python's.
    JsonInvalid(String),
    /// No integer.
    IntParsing,
    /// An integer of more digits than are read.
    IntParsingSize,
    /// Nothing that could be a number.
    FloatType,
    /// A string that spells no number.
    FloatParsing,
    /// A number that is infinite, or none.
    FiniteNumber,
    /// More characters than a string may have.
    StringTooLong {
        /// The most that it may have.
        most: usize,
    },
    /// More items than a list may have.
    TooManyItems {
        /// The most that it may have.
        most: usize,
        /// How many it has.
        count: usize,
    },
    /// Below the smallest value.
    GreaterThanEqual(i64),
    /// Above the largest value.
    LessThanEqual(i64),
}

impl Rule {
    fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::StringType => "string_type",
            Self::StringUnicode => "string_unicode",
            Self::ValueError(_) => "value_error",
            Self::BoolType => "bool_type",
            Self::BoolParsing => "bool_parsing",
            Self::ListType => "list_type",
            Self::DictType => "dict_type",
            Self::ModelAttributesType => "model_attributes_type",
            Self::JsonInvalid(_) => "json_invalid",
            Self::IntParsing => "int_parsing",
            Self::IntParsingSize => "int_parsing_size",
            Self::FloatType => "float_type",
            Self::FloatParsing => "float_parsing",
            Self::FiniteNumber => "finite_number",
            Self::StringTooLong { .. } => "string_too_long",
            Self::TooManyItems { .. } => "too_long",
            Self::GreaterThanEqual(_) => "greater_than_equal",
            Self::LessThanEqual(_) => "less_than_equal",
        }
    }

    fn message(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Missing => "Field required",
            Self::StringType => "Input should be a valid string",
            Self::StringUnicode => {
                "Input should be a valid string, unable to parse raw data as a unicode string"
            }
            Self::ValueError(why) => return Cow::Owned(format!("Value error, {why}")),
            Self::BoolType => "Input should be a valid boolean",
            Self::BoolParsing => "Input should be a valid boolean, unable to interpret input",
            Self::ListType => "Input should be a valid list",
            Self::DictType => "Input should be a valid dictionary",
            Self::ModelAttributesType => {
                "Input should be a valid dictionary or object to extract fields from"
            }
            Self::JsonInvalid(_) => "JSON decode error",
            Self::IntParsing => {
                "Input should be a valid integer, unable to parse string as an integer"
            }
            Self::IntParsingSize => {
                "Unable to parse input string as an integer, exceeded maximum size"
            }
            Self::FloatType => "Input should be a valid number",
            Self::FloatParsing => {
                "Input should be a valid number, unable to parse string as a number"
            }
            Self::FiniteNumber => "Input should be a finite number",
            Self::StringTooLong { most } => {
                return Cow::Owned(format!("String should have at most {most} characters"));
            }
            Self::TooManyItems { most, count } => {
                return Cow::Owned(format!(
                    "List should have at most {most} items after validation, not {count}"
                ));
            }
            Self::GreaterThanEqual(least) => {
                return Cow::Owned(format!("Input should be greater than or equal to {least}"));
            }
            Self::LessThanEqual(most) => {
                return Cow::Owned(format!("Input should be less than or equal to {most}"));
            }
        })
    }

    fn context(&self) -> Option<String> {
        match self {
            Self::ValueError(_) => Some(object(|object| object.json("error", "{}"))),
            Self::JsonInvalid(why) => Some(object(|object| object.text("error", why))),
            Self::TooManyItems { most, count } => Some(object(|object| {
                object.text("field_type", "List");
                object.plain("max_length", most);
                object.plain("actual_length", count);
            })),
            Self::StringTooLong { most } => Some(object(|object| object.plain("max_length", most))),
            Self::GreaterThanEqual(least) => Some(object(|object| object.plain("ge", least))),
            Self::LessThanEqual(most) => Some(object(|object| object.plain("le", most))),
            Self::Missing
            | Self::StringType
            | Self::StringUnicode
            | Self::BoolType
            | Self::BoolParsing
            | Self::ListType
            | Self::DictType
            | Self::ModelAttributesType
            | Self::FloatType
            | Self::FloatParsing
            | Self::FiniteNumber
            | Self::IntParsing
            | Self::IntParsingSize => None,
        }
    }
}

/// What is wrong with a request, problem by problem.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<String>,
}

impl Problems {
    /// A single problem.
    pub fn one(rule: &Rule, place: &Place<'_>, input: &str) -> Self {
        let mut problems = Self::default();
        problems.add(rule, place, input);
        problems
    }

    /// The body is no JSON: `character` is where, counted from its start. The vendor echoes no
    /// input then.
    pub fn broken_json(character: usize, why: String) -> Self {
        Self::one(&Rule::JsonInvalid(why), &Place::BODY.index(character), "{}")
    }

    /// Adds a problem; `input` is the JSON text of what was found there.
    pub fn add(&mut self, rule: &Rule, place: &Place<'_>, input: &str) {
        if self.list.len() >= MAX_PROBLEMS {
            return;
        }
        self.list.push(object(|object| {
            object.text("type", rule.kind());
            object.json("loc", &place.loc());
            object.text("msg", &rule.message());
            object.json("input", input);
            if let Some(context) = rule.context() {
                object.json("ctx", &context);
            }
        }));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many problems are listed.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The JSON array that `detail` is.
    pub fn detail(&self) -> String {
        array(&self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PROBLEMS, Problems, Rule};
    use crate::validation::Place;

    /// Each item as the real FastAPI and Pydantic write it (contract §1.6).
    #[test]
    fn every_rule_is_worded_as_the_vendor_words_it() {
        let name = Place::BODY.key("name");
        for (rule, input, expected) in [
            (
                Rule::Missing,
                "{}",
                r#"{"type":"missing","loc":["body","name"],"msg":"Field required","input":{}}"#,
            ),
            (
                Rule::StringType,
                "5",
                r#"{"type":"string_type","loc":["body","name"],"msg":"Input should be a valid string","input":5}"#,
            ),
            (
                Rule::StringUnicode,
                r#""\ud800""#,
                r#"{"type":"string_unicode","loc":["body","name"],"msg":"Input should be a valid string, unable to parse raw data as a unicode string","input":"\ud800"}"#,
            ),
            (
                Rule::ValueError("no".to_owned()),
                r#""\u0000""#,
                r#"{"type":"value_error","loc":["body","name"],"msg":"Value error, no","input":"\u0000","ctx":{"error":{}}}"#,
            ),
            (
                Rule::BoolType,
                "null",
                r#"{"type":"bool_type","loc":["body","name"],"msg":"Input should be a valid boolean","input":null}"#,
            ),
            (
                Rule::BoolParsing,
                "2",
                r#"{"type":"bool_parsing","loc":["body","name"],"msg":"Input should be a valid boolean, unable to interpret input","input":2}"#,
            ),
        ] {
            assert_eq!(Problems::one(&rule, &name, input).detail(), format!("[{expected}]"));
        }
    }

    #[test]
    fn rules_of_shapes_and_numbers_are_worded_so_too() {
        let name = Place::BODY.key("name");
        for (rule, input, expected) in [
            (
                Rule::ListType,
                "{}",
                r#"{"type":"list_type","loc":["body","name"],"msg":"Input should be a valid list","input":{}}"#,
            ),
            (
                Rule::DictType,
                "[1]",
                r#"{"type":"dict_type","loc":["body","name"],"msg":"Input should be a valid dictionary","input":[1]}"#,
            ),
            (
                Rule::ModelAttributesType,
                "[]",
                r#"{"type":"model_attributes_type","loc":["body","name"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[]}"#,
            ),
            (
                Rule::IntParsing,
                r#""x""#,
                r#"{"type":"int_parsing","loc":["body","name"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}"#,
            ),
            (
                Rule::IntParsingSize,
                r#""1""#,
                r#"{"type":"int_parsing_size","loc":["body","name"],"msg":"Unable to parse input string as an integer, exceeded maximum size","input":"1"}"#,
            ),
            (
                Rule::GreaterThanEqual(1),
                r#""0""#,
                r#"{"type":"greater_than_equal","loc":["body","name"],"msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}}"#,
            ),
            (
                Rule::LessThanEqual(200),
                r#""999""#,
                r#"{"type":"less_than_equal","loc":["body","name"],"msg":"Input should be less than or equal to 200","input":"999","ctx":{"le":200}}"#,
            ),
        ] {
            assert_eq!(Problems::one(&rule, &name, input).detail(), format!("[{expected}]"));
        }
        assert_eq!(
            Problems::broken_json(8, "Expecting value".to_owned()).detail(),
            r#"[{"type":"json_invalid","loc":["body",8],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}]"#
        );
    }

    #[test]
    fn the_list_has_an_end() {
        let mut problems = Problems::default();
        assert!(problems.is_empty());
        for _ in 0..=MAX_PROBLEMS {
            problems.add(&Rule::Missing, &Place::BODY, "null");
        }
        assert_eq!(problems.len(), MAX_PROBLEMS);
    }
}
