//! The entries of a 422 answer, in Pydantic's words (contract §1.3).

use evalstone_core::json::{self, ObjectWriter};

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
    const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Body => "body",
        }
    }
}

/// One thing that does not fit the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: &'static str,
    location: Location,
    field: &'static str,
    message: String,
    /// The text that was sent, if any was.
    input: Option<String>,
    /// What else Pydantic says of it, as JSON.
    context: Option<String>,
}

impl Problem {
    /// A required field is not there.
    pub fn missing(location: Location, field: &'static str) -> Self {
        Self {
            kind: "missing",
            location,
            field,
            message: "Field required".to_owned(),
            input: None,
            context: None,
        }
    }

    fn write(&self, out: &mut String) {
        let Self { kind, location, field, message, input, context } = self;
        let mut object = ObjectWriter::open(out);
        object.text("type", kind);
        object.json("loc", &format!("[\"{}\",\"{field}\"]", location.as_str()));
        object.text("msg", message);
        object.nullable_text("input", input.as_deref());
        if let Some(context) = context {
            object.json("ctx", context);
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

/// A value that was sent, to say what is wrong with it.
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

    /// It is no integer.
    pub fn no_integer(&self) -> Problem {
        let text = "Input should be a valid integer, unable to parse string as an integer";
        self.problem("int_parsing", text, None)
    }

    /// It is an integer of more digits than Pydantic reads.
    pub fn integer_too_long(&self) -> Problem {
        let text = "Unable to parse input string as an integer, exceeded maximum size";
        self.problem("int_parsing_size", text, None)
    }

    /// It is no boolean.
    pub fn no_boolean(&self) -> Problem {
        let text = "Input should be a valid boolean, unable to interpret input";
        self.problem("bool_parsing", text, None)
    }

    /// It is less than `least`.
    pub fn below(&self, least: i64) -> Problem {
        let text = format!("Input should be greater than or equal to {least}");
        self.problem("greater_than_equal", &text, Some(format!("{{\"ge\":{least}}}")))
    }

    /// It is more than `most`.
    pub fn above(&self, most: i64) -> Problem {
        let text = format!("Input should be less than or equal to {most}");
        self.problem("less_than_equal", &text, Some(format!("{{\"le\":{most}}}")))
    }

    /// It has more than `most` characters.
    pub fn too_long(&self, most: usize) -> Problem {
        let text = format!("String should have at most {most} characters");
        self.problem("string_too_long", &text, Some(format!("{{\"max_length\":{most}}}")))
    }

    /// It is text where a file is wanted.
    pub fn no_file(&self) -> Problem {
        let text = "Value error, Expected UploadFile, received: <class 'str'>";
        self.problem("value_error", text, Some("{\"error\":{}}".to_owned()))
    }

    fn problem(&self, kind: &'static str, message: &str, context: Option<String>) -> Problem {
        let Self { location, field, text } = *self;
        let (message, input) = (message.to_owned(), Some(text.to_owned()));
        Problem { kind, location, field, message, input, context }
    }
}

/// Shows the field and the message.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", json::encode(self.field), self.message)
    }
}
