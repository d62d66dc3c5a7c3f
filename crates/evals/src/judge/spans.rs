//! Where a quotation stands in a text. Models copy loosely: they drop invisible characters, join lines,
//! change case. So texts are compared without these, and positions are computed here, never taken from
//! an answer.

use std::ops::Range;

/// Whether a character is invisible: zero-width and joining marks, marks of direction, tags.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The bytes of `text` at which `quotation` stands first, without regard to case, space and invisible
/// characters; none when it does not, or says nothing.
pub fn locate(text: &str, quotation: &str) -> Option<Range<usize>> {
    if quotation.trim().is_empty() {
        return None;
    }
    if let Some(start) = text.find(quotation) {
        return Some(start..start + quotation.len());
    }
    let (whole, at) = plain(text);
    let (part, _) = plain(quotation);
    if part.is_empty() {
        return None;
    }
    let start = whole.find(&part)?;
    // Every byte of the plain text knows the bytes of the character that it came from.
    Some(at[start].start..at[start + part.len() - 1].end)
}

/// The number of characters before a byte of a text, for ranges that people and programs count in
/// characters.
pub fn characters(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let start = text[..bytes.start].chars().count();
    start..start + text[bytes.clone()].chars().count()
}

fn plain(text: &str) -> (String, Vec<Range<usize>>) {
    let (mut plain, mut at) = (String::new(), Vec::new());
    for (index, character) in text.char_indices() {
        if character.is_whitespace() || is_invisible(character) {
            continue;
        }
        plain.extend(character.to_lowercase());
        at.resize(plain.len(), index..index + character.len_utf8());
    }
    (plain, at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
                    prop_assert!(characters(&text, &bytes).end <= text.chars().count());
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
        assert_eq!((bytes.clone(), characters(text, &bytes)), (7..8, 4..5));
    }
}
