//! Kinds of characters. A character is a Unicode code point, so that an accent written by itself is one.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// A letter of any script (general category L).
pub(super) fn is_letter(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphabetic();
    }
    character.general_category_group() == GeneralCategoryGroup::Letter
}

/// A decimal digit of any script (general category Nd): no fraction, no superscript, no Roman numeral.
pub(super) fn is_digit(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_digit();
    }
    character.general_category() == GeneralCategory::DecimalNumber
}

/// Punctuation of any script (general category P), and the symbols of ASCII, which Python's
/// `string.punctuation` has too.
pub(super) fn is_punctuation(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_punctuation();
    }
    character.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// Whitespace as Python's `str.isspace` has it: Unicode's, and ASCII's four separators.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

/// A character of a word as Python's `\w` has it: a letter, a number of any kind, an underscore.
pub(super) fn is_word(character: char) -> bool {
    character == '_' || character.is_numeric() || is_letter(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_those_of_unicode() {
        for letter in ['a', 'Z', 'é', 'ß', 'я', '語', 'ª', 'ا'] {
            assert!(is_letter(letter) && is_word(letter), "{letter}");
        }
        for other in ['1', '_', ' ', '\u{301}', 'Ⅷ', '²', '😀', 'ⓐ'] {
            assert!(!is_letter(other), "{other}");
        }
        assert!(['0', '9', '٣', '５'].into_iter().all(is_digit));
        assert!(!['²', '½', 'Ⅷ', '一', 'x'].into_iter().any(is_digit));
        assert!(['²', '½', 'Ⅷ', '一', '_'].into_iter().all(is_word));
        assert!(!['\u{301}', '-', '\'', '😀'].into_iter().any(is_word));
        assert!(['.', '$', '`', '_', '—', '。', '¿', '»'].into_iter().all(is_punctuation));
        assert!(!['€', '×', 'a', '1', ' ', '😀'].into_iter().any(is_punctuation));
        assert!([' ', '\n', '\u{a0}', '\u{3000}', '\x1f', '\u{85}'].into_iter().all(is_space));
        assert!(!['\u{200b}', '\0', 'a'].into_iter().any(is_space));
    }
}
