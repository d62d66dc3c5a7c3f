//! The spans of one body, within bounded room.

use evalstone_core::error::Result;
use evalstone_core::json::RawJson;
use evalstone_core::trace::NewSpan;

use super::marks;
use super::refused::Refused;
use super::writer::{Writer, full};

/// Spans to be stored, and those that cannot be.
#[derive(Debug)]
pub struct Batch {
    /// Spans to be stored.
    pub spans: Vec<NewSpan>,
    /// What is told of those that cannot be.
    pub refused: Refused,
    room: usize,
}

impl Batch {
    /// A batch whose spans take so many bytes at the most. Each takes its resource and its scope
    /// with it, which a body says but once.
    pub fn new(room: usize) -> Self {
        Self { spans: Vec::new(), refused: Refused::default(), room }
    }

    /// Writes a value of at most the room that is left, which was sent as so many bytes.
    pub fn writer(&self, sent: usize) -> Writer {
        // In JSON, and with the names of the fields, what was packed takes nearly twice as much.
        Writer::new(self.room, 2 * sent)
    }

    /// Adds a span, or notes why it cannot be stored.
    ///
    /// # Errors
    /// `TooLarge` when there is no room for it.
    pub fn add(&mut self, body: RawJson, resource: &RawJson, scope: &RawJson) -> Result<()> {
        let marks = match marks::read(body.view()) {
            Ok(marks) => marks,
            Err(problem) => {
                self.refused.note(&problem);
                return Ok(());
            }
        };
        // What is read from the span's body, such as its name, takes at most as much again.
        let texts = 2 * body.as_str().len() + resource.as_str().len() + scope.as_str().len();
        let size = size_of::<NewSpan>() + texts;
        self.room = self.room.checked_sub(size).ok_or_else(full)?;
        self.spans.push(marks.into_span(body, resource.clone(), scope.clone()));
        Ok(())
    }
}
