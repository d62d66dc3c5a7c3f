//! The entries of a 422 answer, in Pydantic's words (contract §1.3).

use evalstone_core::json::{self, ObjectWriter};
use evalstone_kit::pydantic::Place;
use evalstone_kit::pydantic::json::Mismatch;

use super::write_array;

/// Which part of a request a field stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// A segment of the path.
    Path,
    /// The query string.
    Query,
    /// The body; the parts of a form count as such.
    Body,
}

impl Location {
    const fn place(self) -> Place<'static> {
        match self {
            Self::Path => Place::PATH,
            Self::Query => Place::QUERY,
            Self::Body => Place::BODY,
        }
    }
}

/// How a value breaks the schema, with what Pydantic's words of it name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A field that must be there is not.
    Missing,
    /// Not of the type that is wanted, where Pydantic converts what it can.
    Mismatch(Mismatch),
    /// Not a string.
    StringType,
    /// A string with a lone surrogate, which is no text.
    StringUnicode,
    /// A string of more characters than this.
    StringTooLong(usize),
    /// Less than this.
    Below(i64),
    /// More than this.
    Above(i64),
    /// Not an array.
    ListType,
    /// Not an object, where one of any keys is wanted.
    DictType,
    /// Not an object, where one of certain fields is wanted.
    ModelType,
    /// Not JSON, for this reason.
    JsonInvalid(String),
    /// Text where a file is wanted.
    NoFile,
}

impl Rule {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Mismatch(mismatch) => mismatch.kind(),
            Self::StringType => "string_type",
            Self::StringUnicode => "string_unicode",
            Self::StringTooLong(_) => "string_too_long",
            Self::Below(_) => "greater_than_equal",
            Self::Above(_) => "less_than_equal",
            Self::ListType => "list_type",
            Self::DictType => "dict_type",
            Self::ModelType => "model_attributes_type",
            Self::JsonInvalid(_) => "json_invalid",
            Self::NoFile => "value_error",
        }
    }

    fn message(&self) -> String {
        let plain = match self {
            Self::Missing => "Field required",
            Self::Mismatch(mismatch) => mismatch.message(),
            Self::StringType => "Input should be a valid string",
            Self::StringUnicode => {
                "Input should be a valid string, unable to parse raw data as a unicode string"
            }
            Self::StringTooLong(most) => {
                return format!("String should have at most {most} characters");
            }
            Self::Below(least) => {
                return format!("Input should be greater than or equal to {least}");
            }
            Self::Above(most) => return format!("Input should be less than or equal to {most}"),
            Self::ListType => "Input should be a valid list",
            Self::DictType => "Input should be a valid dictionary",
            Self::ModelType => {
                "Input should be a valid dictionary or object to extract fields from"
            }
            Self::JsonInvalid(_) => "JSON decode error",
            Self::NoFile => "Value error, Expected UploadFile, received: <class 'str'>",
        };
        plain.to_owned()
    }

    /// What else Pydantic says, as JSON.
    fn context(&self) -> Option<String> {
        match self {
            Self::Missing
            | Self::Mismatch(_)
            | Self::StringType
            | Self::StringUnicode
            | Self::ListType
            | Self::DictType
            | Self::ModelType => None,
            Self::StringTooLong(most) => Some(format!("{{\"max_length\":{most}}}")),
            Self::Below(least) => Some(format!("{{\"ge\":{least}}}")),
            Self::Above(most) => Some(format!("{{\"le\":{most}}}")),
            Self::JsonInvalid(why) => Some(format!("{{\"error\":{}}}", json::encode(why))),
            Self::NoFile => Some("{\"error\":{}}".to_owned()),
        }
    }
}

/// One thing that does not fit the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    rule: Rule,
    /// The way to it, as JSON.
    loc: String,
    /// The last name on that way.
    field: String,
    /// What was found there, as JSON.
    input: String,
}

impl Problem {
    /// A value at this place of a JSON body, or the JSON text of what was found instead.
    pub fn new(rule: Rule, place: &Place<'_>, input: &str) -> Self {
        let (loc, field) = (place.loc(), place.name().to_owned());
        Self { rule, loc, field, input: input.to_owned() }
    }

    /// A required field of a form is not there.
    pub fn missing(location: Location, field: &'static str) -> Self {
        Self::new(Rule::Missing, &location.place().key(field), "null")
    }

    fn write(&self, out: &mut String) {
        let Self { rule, loc, field: _, input } = self;
        let mut object = ObjectWriter::open(out);
        object.text("type", rule.kind());
        object.json("loc", loc);
        object.text("msg", &rule.message());
        object.json("input", input);
        if let Some(context) = rule.context() {
            object.json("ctx", &context);
        }
        object.close();
    }
}

/// The body of a 422 answer.
pub fn write_problems(problems: &[Problem]) -> String {
    let mut body = String::from("{\"detail\":");
    write_array(&mut body, problems, Problem::write);
    body.push('}');
    body
}

/// A text that was sent in the path, the query or a form, to say what is wrong with it.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    location: Location,
    field: &'static str,
    text: &'a str,
}

impl<'a> Input<'a> {
    /// The text of a field.
    pub const fn new(location: Location, field: &'static str, text: &'a str) -> Self {
        Self { location, field, text }
    }

    /// The text itself.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// It breaks this rule.
    pub fn breaks(&self, rule: Rule) -> Problem {
        let Self { location, field, text } = *self;
        Problem::new(rule, &location.place().key(field), &json::encode(text))
    }
}

/// Shows the field and the message.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", json::encode(&self.field), self.rule.message())
    }
}
