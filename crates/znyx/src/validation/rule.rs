//! Pydantic's rules, with its names of them and its messages.

use evalstone_core::json::object;
use evalstone_kit::pydantic::json::Mismatch;

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
    /// A string of fewer characters than this.
    StringTooShort(usize),
    /// A string of more characters than this.
    StringTooLong(usize),
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
    /// Nothing that could be an integer.
    IntType,
    /// A number that is no integer.
    IntFromFloat,
    /// A number beyond all that floats can be.
    FiniteNumber,
    /// A string that spells no integer.
    IntParsing,
    /// An integer of more digits than are read.
    IntParsingSize,
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
    /// Nothing that could be a number.
    FloatType,
    /// A string that is no number.
    FloatParsing,
    /// None of these words.
    LiteralError(&'static [&'static str]),
    /// None of these words, which the vendor's code lists in one place.
    Enum(&'static [&'static str]),
    /// Not an object, where the model of that name is expected.
    ModelType(&'static str),
    /// A key that the model does not have.
    ExtraForbidden,
    /// An array without items.
    TooShort,
}

impl From<Mismatch> for Rule {
    fn from(mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::BoolType => Self::BoolType,
            Mismatch::BoolParsing => Self::BoolParsing,
            Mismatch::IntType => Self::IntType,
            Mismatch::IntFromFloat => Self::IntFromFloat,
            Mismatch::FiniteNumber => Self::FiniteNumber,
            Mismatch::IntParsing => Self::IntParsing,
            Mismatch::IntParsingSize => Self::IntParsingSize,
        }
    }
}

impl Rule {
    /// Pydantic's name of it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::StringType => "string_type",
            Self::StringUnicode => "string_unicode",
            Self::ValueError(_) => "value_error",
            Self::StringTooShort(_) => "string_too_short",
            Self::StringTooLong(_) => "string_too_long",
            Self::BoolType => Mismatch::BoolType.kind(),
            Self::BoolParsing => Mismatch::BoolParsing.kind(),
            Self::ListType => "list_type",
            Self::DictType => "dict_type",
            Self::ModelAttributesType => "model_attributes_type",
            Self::JsonInvalid(_) => "json_invalid",
            Self::IntType => Mismatch::IntType.kind(),
            Self::IntFromFloat => Mismatch::IntFromFloat.kind(),
            Self::FiniteNumber => Mismatch::FiniteNumber.kind(),
            Self::IntParsing => Mismatch::IntParsing.kind(),
            Self::IntParsingSize => Mismatch::IntParsingSize.kind(),
            Self::TooManyItems { .. } => "too_long",
            Self::GreaterThanEqual(_) => "greater_than_equal",
            Self::LessThanEqual(_) => "less_than_equal",
            Self::FloatType => "float_type",
            Self::FloatParsing => "float_parsing",
            Self::LiteralError(_) => "literal_error",
            Self::Enum(_) => "enum",
            Self::ModelType(_) => "model_type",
            Self::ExtraForbidden => "extra_forbidden",
            Self::TooShort => "too_short",
        }
    }

    /// Pydantic's message.
    pub fn message(&self) -> String {
        let plain = match self {
            Self::Missing => "Field required",
            Self::StringType => "Input should be a valid string",
            Self::StringUnicode => {
                "Input should be a valid string, unable to parse raw data as a unicode string"
            }
            Self::StringTooShort(least) => {
                return format!("String should have at least {}", characters(*least));
            }
            Self::StringTooLong(most) => {
                return format!("String should have at most {}", characters(*most));
            }
            Self::ValueError(why) => return format!("Value error, {why}"),
            Self::BoolType => Mismatch::BoolType.message(),
            Self::BoolParsing => Mismatch::BoolParsing.message(),
            Self::ListType => "Input should be a valid list",
            Self::DictType => "Input should be a valid dictionary",
            Self::ModelAttributesType => {
                "Input should be a valid dictionary or object to extract fields from"
            }
            Self::ModelType(name) => {
                return format!("Input should be a valid dictionary or instance of {name}");
            }
            Self::ExtraForbidden => "Extra inputs are not permitted",
            Self::JsonInvalid(_) => "JSON decode error",
            Self::IntType => Mismatch::IntType.message(),
            Self::IntFromFloat => Mismatch::IntFromFloat.message(),
            Self::FiniteNumber => Mismatch::FiniteNumber.message(),
            Self::IntParsing => Mismatch::IntParsing.message(),
            Self::IntParsingSize => Mismatch::IntParsingSize.message(),
            Self::FloatType => "Input should be a valid number",
            Self::FloatParsing => {
                "Input should be a valid number, unable to parse string as a number"
            }
            Self::LiteralError(words) | Self::Enum(words) => {
                return format!("Input should be {}", either(words));
            }
            Self::TooShort => "List should have at least 1 item after validation, not 0",
            Self::TooManyItems { most, count } => {
                return format!(
                    "List should have at most {most} items after validation, not {count}"
                );
            }
            Self::GreaterThanEqual(least) => {
                return format!("Input should be greater than or equal to {least}");
            }
            Self::LessThanEqual(most) => {
                return format!("Input should be less than or equal to {most}");
            }
        };
        plain.to_owned()
    }

    /// Pydantic's context: what the message names, once more.
    pub fn context(&self) -> Option<String> {
        match self {
            Self::ValueError(_) => Some(object(|object| object.json("error", "{}"))),
            Self::JsonInvalid(why) => Some(object(|object| object.text("error", why))),
            Self::TooManyItems { most, count } => Some(object(|object| {
                object.text("field_type", "List");
                object.plain("max_length", most);
                object.plain("actual_length", count);
            })),
            Self::StringTooShort(least) => Some(object(|object| object.plain("min_length", least))),
            Self::StringTooLong(most) => Some(object(|object| object.plain("max_length", most))),
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
            | Self::IntType
            | Self::IntFromFloat
            | Self::FiniteNumber
            | Self::IntParsing
            | Self::IntParsingSize
            | Self::FloatType
            | Self::FloatParsing
            | Self::LiteralError(_)
            | Self::Enum(_)
            | Self::ModelType(_)
            | Self::ExtraForbidden
            | Self::TooShort => None,
        }
    }
}

fn characters(count: usize) -> String {
    format!("{count} character{}", if count == 1 { "" } else { "s" })
}

/// Words in quotes, the last two joined by `or`.
fn either(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}
