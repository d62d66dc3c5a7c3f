//! The one check that every payload passes when it enters: syntax and depth, in one pass.

use thiserror::Error;

use super::scan;

/// The deepest nesting a payload may have: `[]` is 1 deep (design §2.6).
pub const MAX_DEPTH: usize = 100;

/// Where and why a text is no acceptable JSON payload.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{} at byte {offset}", kind.to_string().trim_end_matches(" at"))]
pub struct Fault {
    /// The place, in bytes from the start of the text.
    pub offset: usize,
    /// The reason.
    pub kind: FaultKind,
}

/// Why a text is no acceptable JSON payload.
///
/// The syntax messages and their places are those of `CPython`'s `json` module (3.11), because
/// the Python services whose scripts come here show them to their users.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FaultKind {
    /// Not JSON; the message says what was expected.
    #[error("{0}")]
    Syntax(&'static str),
    /// Arrays and objects are nested deeper than allowed.
    #[error("nested deeper than {max} levels")]
    TooDeep {
        /// The allowed depth.
        max: usize,
    },
    /// The bytes are not UTF-8.
    #[error("invalid UTF-8")]
    NotUtf8,
}

impl Fault {
    /// The place in characters from the start of `text`, which must be the text that was checked.
    #[must_use]
    pub fn char_offset(&self, text: impl AsRef<[u8]>) -> usize {
        let bytes = text.as_ref();
        let before = &bytes[..self.offset.min(bytes.len())];
        before.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
    }
}

/// Checks that `text` is one JSON value nested at most `max_depth` deep.
///
/// What RFC 8259's grammar allows is kept and so allowed: lone surrogate escapes, `\u0000`,
/// numbers of any length or size, duplicate keys, `-0`.
///
/// # Errors
/// The first [`Fault`], never [`FaultKind::NotUtf8`].
pub fn check(text: &str, max_depth: usize) -> Result<(), Fault> {
    Checker { bytes: text.as_bytes(), at: 0, open: Vec::new(), max_depth }.run()
}

/// Checks bytes like [`check`] and gives them as text.
///
/// # Errors
/// The first [`Fault`]; bytes that are not UTF-8 are reported before any other fault.
pub fn check_bytes(bytes: &[u8], max_depth: usize) -> Result<&str, Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Fault { offset: error.valid_up_to(), kind: FaultKind::NotUtf8 })?;
    check(text, max_depth)?;
    Ok(text)
}

#[derive(Clone, Copy)]
enum Container {
    Array,
    Object,
}

/// A cursor over the text with the containers that are open at it. An explicit stack instead of
/// recursion: hostile input decides how deep it goes.
struct Checker<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Container>,
    max_depth: usize,
}

impl Checker<'_> {
    fn run(mut self) -> Result<(), Fault> {
        self.skip_space();
        loop {
            if self.begin_value()? && self.end_value()? {
                return Ok(());
            }
        }
    }

    /// Consumes a scalar or an empty container (true), or the beginning of a container up to its
    /// first value (false).
    fn begin_value(&mut self) -> Result<bool, Fault> {
        match self.peek() {
            Some(b'[') => self.begin_array(),
            Some(b'{') => self.begin_object(),
            Some(b'"') => self.string().map(|()| true),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| true),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            _ => Err(self.expecting_value()),
        }
    }

    fn begin_array(&mut self) -> Result<bool, Fault> {
        self.push(Container::Array)?;
        if self.peek() == Some(b']') {
            self.pop();
            return Ok(true);
        }
        Ok(false)
    }

    fn begin_object(&mut self) -> Result<bool, Fault> {
        self.push(Container::Object)?;
        if self.peek() == Some(b'}') {
            self.pop();
            return Ok(true);
        }
        self.key()?;
        Ok(false)
    }

    /// After a value: closes the containers that end here. True at the end of the text, false at
    /// the next value.
    fn end_value(&mut self) -> Result<bool, Fault> {
        loop {
            self.skip_space();
            match (self.open.last(), self.peek()) {
                (None, None) => return Ok(true),
                (None, Some(_)) => return Err(self.syntax("Extra data")),
                (Some(Container::Array), Some(b']')) | (Some(Container::Object), Some(b'}')) => {
                    self.pop();
                }
                (Some(container), Some(b',')) => {
                    let container = *container;
                    self.at += 1;
                    self.skip_space();
                    if matches!(container, Container::Object) {
                        self.key()?;
                    }
                    return Ok(false);
                }
                (Some(_), _) => return Err(self.syntax("Expecting ',' delimiter")),
            }
        }
    }

    fn push(&mut self, container: Container) -> Result<(), Fault> {
        if self.open.len() >= self.max_depth {
            let kind = FaultKind::TooDeep { max: self.max_depth };
            return Err(Fault { offset: self.at, kind });
        }
        self.open.push(container);
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn pop(&mut self) {
        self.open.pop();
        self.at += 1;
    }

    /// Consumes a key, its colon and the space after it.
    fn key(&mut self) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("Expecting property name enclosed in double quotes"));
        }
        self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.syntax("Expecting ':' delimiter"));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        loop {
            self.at += scan::run_length(&self.bytes[self.at..], |byte| {
                byte != b'"' && byte != b'\\' && byte >= 0x20
            });
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(start)?,
                Some(_) => return Err(self.syntax("Invalid control character at")),
                None => return Err(unterminated(start)),
            }
        }
    }

    fn escape(&mut self, start: usize) -> Result<(), Fault> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let hex = self.bytes.get(self.at + 2..self.at + 6);
                if !hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(syntax(self.at + 1, "Invalid \\uXXXX escape"));
                }
                self.at += 6;
            }
            Some(_) => return Err(self.syntax("Invalid \\escape")),
            None => return Err(unterminated(start)),
        }
        Ok(())
    }

    /// Consumes the longest number that starts here; what follows it is judged by what may follow
    /// a value.
    fn number(&mut self) -> Result<(), Fault> {
        let digits = |from: usize| {
            scan::run_length(self.bytes.get(from..).unwrap_or_default(), |b| b.is_ascii_digit())
        };
        let mut end = self.at + usize::from(self.peek() == Some(b'-'));
        match self.bytes.get(end) {
            Some(b'0') => end += 1,
            Some(b'1'..=b'9') => end += digits(end),
            _ => return Err(self.expecting_value()),
        }
        if self.bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + sign);
            if exponent > 0 {
                end += 1 + sign + exponent;
            }
        }
        self.at = end;
        Ok(())
    }

    fn literal(&mut self, literal: &[u8]) -> Result<bool, Fault> {
        if !self.bytes[self.at..].starts_with(literal) {
            return Err(self.expecting_value());
        }
        self.at += literal.len();
        Ok(true)
    }

    fn skip_space(&mut self) {
        self.at = scan::space_end(self.bytes, self.at);
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn expecting_value(&self) -> Fault {
        self.syntax("Expecting value")
    }

    fn syntax(&self, message: &'static str) -> Fault {
        syntax(self.at, message)
    }
}

fn unterminated(start: usize) -> Fault {
    syntax(start, "Unterminated string starting at")
}

fn syntax(offset: usize, message: &'static str) -> Fault {
    Fault { offset, kind: FaultKind::Syntax(message) }
}
