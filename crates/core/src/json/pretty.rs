//! A JSON text over several lines, for people to read.

use super::scan;
use super::view::View;

const INDENT: &str = "  ";

impl View<'_> {
    /// The value with a line for every member and item. Only whitespace outside strings changes:
    /// number spelling, escapes, key order and duplicates stay. None when that takes more than
    /// `most` bytes, as deep nesting makes possible for short texts.
    #[must_use]
    pub fn pretty(self, most: usize) -> Option<String> {
        let text = self.raw();
        let bytes = text.as_bytes();
        let mut lines = Lines { out: String::new(), depth: 0 };
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let end = match byte {
                b'{' | b'[' => lines.open(text, at),
                b'}' | b']' => lines.close(text, at),
                b',' => lines.next(at),
                b':' => lines.colon(at),
                byte if scan::is_space(*byte) => scan::space_end(bytes, at),
                _ => lines.copy(text, at, scan::value_end(bytes, at)),
            };
            if lines.out.len() > most {
                return None;
            }
            at = end;
        }
        Some(lines.out)
    }
}

struct Lines {
    out: String,
    depth: usize,
}

/// Each writes what stands at `at` and gives the place after it.
impl Lines {
    fn open(&mut self, text: &str, at: usize) -> usize {
        let inside = scan::space_end(text.as_bytes(), at + 1);
        if matches!(text.as_bytes().get(inside), Some(b'}' | b']')) {
            self.out.push_str(&text[at..=at]);
            return self.copy(text, inside, inside + 1);
        }
        self.out.push_str(&text[at..=at]);
        self.depth += 1;
        self.break_line();
        inside
    }

    fn close(&mut self, text: &str, at: usize) -> usize {
        self.depth = self.depth.saturating_sub(1);
        self.break_line();
        self.copy(text, at, at + 1)
    }

    fn next(&mut self, at: usize) -> usize {
        self.out.push(',');
        self.break_line();
        at + 1
    }

    fn colon(&mut self, at: usize) -> usize {
        self.out.push_str(": ");
        at + 1
    }

    fn copy(&mut self, text: &str, at: usize, end: usize) -> usize {
        // A text that was never checked may begin no value here; it is passed over, not looped on.
        let end = end.max(at + 1);
        self.out.push_str(text.get(at..end).unwrap_or_default());
        end
    }

    fn break_line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.depth {
            self.out.push_str(INDENT);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::json::RawJson;

    fn pretty(text: &str) -> String {
        RawJson::parse(text).expect(text).view().pretty(usize::MAX).expect("there is room")
    }

    #[test]
    fn only_whitespace_changes() {
        assert_eq!(
            pretty(r#"{"b":1.0, "a" : [ true,{} ,[ ], null],"b":"x: {,}\ud800\u00e9"}"#),
            r#"{
  "b": 1.0,
  "a": [
    true,
    {},
    [],
    null
  ],
  "b": "x: {,}\ud800\u00e9"
}"#
        );
        for scalar in ["123456789012345678901234567890.10e+5", r#""é \" ""#, "null", "{}", "-0"] {
            assert_eq!(pretty(scalar), scalar);
        }
    }

    #[test]
    fn what_was_written_comes_back_without_the_lines() {
        let text = r#"{"deep":[[[[{"k":[1,2,{"l":"a\\\"b"}]}]]]],"e":[],"s":" , "}"#;
        assert_eq!(RawJson::trusted(pretty(text)).view().compact(), text);
    }

    #[test]
    fn short_texts_do_not_grow_without_bound() {
        let deep = format!("{}{}{}", "[".repeat(99), "1,".repeat(1_000) + "1", "]".repeat(99));
        let json = RawJson::parse(&deep).expect("deep, not too deep");
        assert_eq!(json.view().pretty(10 * deep.len()), None);
    }
}
