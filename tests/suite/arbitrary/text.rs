//! JSON strings.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A JSON string: the UTF-16 code units that it stands for, and how each is spelled. It is
/// displayed as the token, quotes included.
#[derive(Clone, Debug, Default)]
pub struct Text(Vec<Piece>);

#[derive(Clone, Debug)]
struct Piece {
    spelled: String,
    units: Vec<u16>,
}

/// How a character is spelled, where it may be.
#[derive(Clone, Copy, Debug)]
pub enum Spelling {
    /// As itself, or else with the fewest characters.
    Plain,
    /// By the escape of two characters, if it has one.
    Short,
    /// By code units in lower-case hexadecimal.
    Lower,
    /// By code units in upper-case hexadecimal.
    Upper,
}

/// The escapes of two characters.
const SHORT: [(char, char); 8] = [
    ('"', '"'),
    ('\\', '\\'),
    ('/', '/'),
    ('\u{8}', 'b'),
    ('\u{c}', 'f'),
    ('\n', 'n'),
    ('\r', 'r'),
    ('\t', 't'),
];

/// Characters that a text format or a careless program treats in a way of its own.
const AWKWARD: [char; 24] = [
    'a',
    ' ',
    '"',
    '\\',
    '/',
    '\0',
    '\u{1}',
    '\u{8}',
    '\t',
    '\n',
    '\u{c}',
    '\r',
    '\u{7f}',
    ',',
    '{',
    ']',
    'é',
    '\u{301}',
    '漢',
    '\u{2028}',
    '\u{feff}',
    '\u{ffff}',
    '😀',
    '\u{10ffff}',
];

impl Text {
    /// A text, each character spelled so where it may be.
    pub fn spelled(text: &str, spelling: Spelling) -> Self {
        Self(text.chars().map(|character| Piece::of(character, spelling)).collect())
    }

    /// A text as itself.
    pub fn plain(text: &str) -> Self {
        Self::spelled(text, Spelling::Plain)
    }

    /// The code units.
    pub fn units(&self) -> Vec<u16> {
        self.0.iter().flat_map(|piece| &piece.units).copied().collect()
    }

    /// The text; none with a lone surrogate, which no text holds.
    pub fn text(&self) -> Option<String> {
        String::from_utf16(&self.units()).ok()
    }

    /// Whether it stands for this text.
    pub fn is(&self, text: &str) -> bool {
        self.units().into_iter().eq(text.encode_utf16())
    }

    /// Whether it stands for nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Piece {
    fn of(character: char, spelling: Spelling) -> Self {
        let units = character.encode_utf16(&mut [0; 2]).to_vec();
        let short = SHORT.iter().find(|(meant, _)| *meant == character);
        let needs_escape = character < ' ' || matches!(character, '"' | '\\');
        let spelled = match (spelling, short) {
            (Spelling::Plain, _) | (Spelling::Short, None) if !needs_escape => {
                character.to_string()
            }
            (Spelling::Plain | Spelling::Short, Some((_, letter))) => format!("\\{letter}"),
            (Spelling::Upper, _) => units.iter().map(|unit| format!("\\u{unit:04X}")).collect(),
            _ => units.iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        };
        Self { spelled, units }
    }

    fn lone(unit: u16, upper: bool) -> Self {
        let spelled = if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
        Self { spelled, units: vec![unit] }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelled: String = self.0.iter().map(|piece| piece.spelled.as_str()).collect();
        write!(f, "\"{spelled}\"")
    }
}

/// Any string, with lone surrogates, too.
pub fn text() -> impl Strategy<Value = Text> {
    let character = (character(), spelling());
    let piece = prop_oneof![
        15 => character.prop_map(|(character, spelling)| Piece::of(character, spelling)),
        1 => (0xd800..=0xdfff_u16, any::<bool>()).prop_map(|(unit, upper)| Piece::lone(unit, upper)),
    ];
    vec(piece, 0..8).prop_map(Text)
}

/// A string that a plain-text column holds: without U+0000 and lone surrogates.
pub fn column_text() -> impl Strategy<Value = Text> {
    let character = (character().prop_filter("U+0000", |found| *found != '\0'), spelling());
    let piece = character.prop_map(|(character, spelling)| Piece::of(character, spelling));
    vec(piece, 0..8).prop_map(Text)
}

/// One of these texts, in any spelling.
pub fn word(words: &'static [&'static str]) -> impl Strategy<Value = Text> {
    (select(words), spelling()).prop_map(|(word, spelling)| Text::spelled(word, spelling))
}

/// Any character.
pub fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        2 => prop::char::range(' ', '~'),
        2 => select(&AWKWARD[..]),
        1 => any::<char>(),
    ]
}

/// Any spelling, most often the plain one.
pub fn spelling() -> impl Strategy<Value = Spelling> {
    prop_oneof![
        3 => Just(Spelling::Plain),
        1 => Just(Spelling::Short),
        1 => Just(Spelling::Lower),
        1 => Just(Spelling::Upper),
    ]
}
