//! What every reader of a formal language needs: a place for parsers that recurse, and words of
//! bounded length.

use std::fmt;
use std::thread;

use crate::scoring::Failure;

/// The stack of a guarded parser, in bytes. It is reserved, and only used as far as one goes deep;
/// the limits on nesting are chosen so that it suffices without optimization too.
const STACK: usize = 128 << 20;
/// The longest text of others that an explanation repeats, in characters.
const LONGEST: usize = 300;

/// Does something that recurses, or that may panic on what its authors did not think of, on a
/// stack of its own.
///
/// # Errors
/// A failure when it panicked, or when there is no thread to be had.
pub fn guarded<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let done = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.map(|thread| thread.join().map_err(|_| Failure("the parser gave up".to_owned())))
    });
    done.map_err(|_| Failure("no thread could be started to parse this".to_owned()))?
}

/// A text of others, cut where it gets long and without control characters.
pub fn brief(text: impl fmt::Display) -> String {
    let text = text.to_string();
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut brief: String = text.chars().take(LONGEST).map(clean).collect();
    if text.chars().nth(LONGEST).is_some() {
        brief.push('…');
    }
    brief
}

/// A place in a text: `line 2, column 5`, both from 1, the column in characters.
pub fn place(text: &str, offset: usize) -> String {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("line {line}, column {column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_failure() {
        assert_eq!(guarded(|| 1), Ok(1));
        let failed = guarded(|| assert_eq!(1, 2, "on purpose"));
        assert_eq!(failed, Err(Failure("the parser gave up".to_owned())));
    }

    #[test]
    fn words_of_others_are_cut() {
        assert_eq!(brief("a\nb\u{1b}c"), "a b c");
        assert_eq!(brief("é".repeat(LONGEST)), "é".repeat(LONGEST));
        assert_eq!(brief("é".repeat(LONGEST + 1)), format!("{}…", "é".repeat(LONGEST)));
    }

    #[test]
    fn places_count_lines_and_characters() {
        for (offset, expected) in
            [(0, "1, column 1"), (2, "1, column 2"), (4, "2, column 1"), (99, "2, column 2")]
        {
            let (line, rest) = expected.split_once(',').expect("a line");
            assert_eq!(place("éa\nb", offset), format!("line {line},{rest}"), "{offset}");
        }
    }
}
