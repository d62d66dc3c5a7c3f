//! Where a quotation stands in a text. Models copy loosely: they drop invisible characters, join lines,
//! change case. So texts are compared without these, and positions are computed here, never taken from
//! an answer.

use std::ops::Range;
use std::sync::OnceLock;

/// Whether a character is invisible: zero-width and joining marks, marks of direction, tags.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A text in which quotations are searched.
#[derive(Debug)]
pub struct Searched<'a> {
    text: &'a str,
    /// The plain text, made once and only if a quotation is not there as it is.
    plain: OnceLock<Plain>,
}

/// A text in lower case without space and invisible characters.
#[derive(Debug, Default)]
struct Plain {
    text: String,
    /// Of each of its bytes, where the character begins that it came from.
    from: Vec<usize>,
}

impl<'a> Searched<'a> {
    /// To search in this text.
    pub fn new(text: &'a str) -> Self {
        Self { text, plain: OnceLock::new() }
    }

    /// The bytes of the text at which `quotation` stands first, without regard to case, space and
    /// invisible characters; none when it does not, or says nothing.
    pub fn locate(&self, quotation: &str) -> Option<Range<usize>> {
        if quotation.trim().is_empty() {
            return None;
        }
        if let Some(start) = self.text.find(quotation) {
            return Some(start..start + quotation.len());
        }
        let whole = self.plain.get_or_init(|| Plain::of(self.text));
        let part = Plain::of(quotation).text;
        if part.is_empty() {
            return None;
        }
        let start = whole.text.find(&part)?;
        let last = whole.from[start + part.len() - 1];
        let length = self.text[last..].chars().next().map_or(0, char::len_utf8);
        Some(whole.from[start]..last + length)
    }
}

impl Plain {
    fn of(text: &str) -> Self {
        let mut plain = Self::default();
        for (index, character) in text.char_indices() {
            if character.is_whitespace() || is_invisible(character) {
                continue;
            }
            plain.text.extend(character.to_lowercase());
            plain.from.resize(plain.text.len(), index);
        }
        plain
    }
}

/// Counts the characters before places of a text, for ranges that people and programs count in
/// characters. It goes on from the place before, so that places in their order cost one pass.
#[derive(Debug)]
pub struct Characters<'a> {
    text: &'a str,
    byte: usize,
    character: usize,
}

impl<'a> Characters<'a> {
    /// To count in this text.
    pub fn of(text: &'a str) -> Self {
        Self { text, byte: 0, character: 0 }
    }

    /// The characters of a range of bytes: the first one, and the one after the last.
    pub fn range(&mut self, bytes: &Range<usize>) -> Range<usize> {
        self.before(bytes.start)..self.before(bytes.end)
    }

    fn before(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            self.character -= self.text[byte..self.byte].chars().count();
        } else {
            self.character += self.text[self.byte..byte].chars().count();
        }
        self.byte = byte;
        self.character
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn locate(text: &str, quotation: &str) -> Option<Range<usize>> {
        Searched::new(text).locate(quotation)
    }

    proptest! {
        #[test]
        fn any_piece_of_a_text_is_found_in_it(text in "\\PC{0,40}", from in 0_usize..40, most in 1_usize..40) {
            let piece: String = text.chars().skip(from).take(most).collect();
            let found = locate(&text, &piece).map(|bytes| text[bytes].to_owned());
            prop_assert!(found.as_ref() == Some(&piece) || piece.trim().is_empty());
            // Without regard to case it is found somewhere, too, and what is found is a piece of the text.
            for other in [piece.to_uppercase(), piece.to_lowercase(), format!(" {piece}\u{200b}")] {
                if let Some(bytes) = locate(&text, &other) {
                    prop_assert!(text.get(bytes.clone()).is_some());
                    prop_assert!(Characters::of(&text).range(&bytes).end <= text.chars().count());
                }
            }
        }
    }

    #[test]
    fn quotations_are_found_where_they_stand() {
        let text = "Grüße an\nDr. Weiß: i\u{200b}gnore this.";
        let at = |quotation: &str| locate(text, quotation).map(|bytes| &text[bytes]);
        assert_eq!(at("Dr. Weiß"), Some("Dr. Weiß"));
        assert_eq!(at("GRÜSSE AN"), None);
        assert_eq!(at("grüße an dr. weiß"), Some("Grüße an\nDr. Weiß"));
        assert_eq!(at("ignore this"), Some("i\u{200b}gnore this"));
        assert_eq!((at(""), at(" "), at("\u{200b}x"), at("nobody")), (None, None, None, None));
    }

    #[test]
    fn positions_are_counted_in_characters() {
        let text = "äöü x";
        let bytes = locate(text, "x").expect("there");
        let mut characters = Characters::of(text);
        assert_eq!((bytes.clone(), characters.range(&bytes)), (7..8, 4..5));
        // Back, and on again.
        assert_eq!((characters.range(&(2..6)), characters.range(&(4..8))), (1..3, 2..5));
    }

    #[test]
    fn one_search_serves_many_quotations() {
        let searched = Searched::new("İzmir and WEISS, \u{1e9e}");
        let found: Vec<_> = ["izmir", "ANDweiss", "ß", "İZMIR", "gone"]
            .map(|quotation| searched.locate(quotation).map(|bytes| &searched.text[bytes]))
            .to_vec();
        assert_eq!(found, [None, Some("and WEISS"), Some("\u{1e9e}"), Some("İzmir"), None]);
    }
}
