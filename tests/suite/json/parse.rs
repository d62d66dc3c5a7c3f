//! A strict reader of RFC 8259 text.

use super::Json;

pub fn document(text: &str) -> Result<Json, String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value()?;
    reader.blanks();
    if reader.at < text.len() { reader.fail("nothing more") } else { Ok(value) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn fail<T>(&self, wanted: &str) -> Result<T, String> {
        let rest: String = self.text[self.at..].chars().take(24).collect();
        Err(format!("broken JSON at byte {}: {wanted} wanted, found {rest:?}", self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), String> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        self.fail(&format!("{:?}", char::from(byte)))
    }

    fn value(&mut self) -> Result<Json, String> {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.list(),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => self.fail("a value"),
        }
    }

    fn word(&mut self) -> Result<Json, String> {
        let words =
            [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))];
        for (word, value) in words {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.fail("a value")
    }

    fn list(&mut self) -> Result<Json, String> {
        self.take(b'[')?;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() != Some(b']') {
            loop {
                items.push(self.value()?);
                self.blanks();
                if self.peek() != Some(b',') {
                    break;
                }
                self.at += 1;
            }
        }
        self.take(b']')?;
        Ok(Json::List(items))
    }

    fn object(&mut self) -> Result<Json, String> {
        self.take(b'{')?;
        let mut members = Vec::new();
        self.blanks();
        if self.peek() != Some(b'}') {
            loop {
                self.blanks();
                let key = self.string()?;
                self.blanks();
                self.take(b':')?;
                members.push((key, self.value()?));
                self.blanks();
                if self.peek() != Some(b',') {
                    break;
                }
                self.at += 1;
            }
        }
        self.take(b'}')?;
        Ok(Json::Object(members))
    }

    fn digits(&mut self) -> Result<(), String> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == from { self.fail("a digit") } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json, String> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Json::Number(self.text[from..self.at].to_owned()))
    }

    fn string(&mut self) -> Result<String, String> {
        self.take(b'"')?;
        let mut out = String::new();
        loop {
            let Some(c) = self.text[self.at..].chars().next() else {
                return self.fail("the end of a string");
            };
            match c {
                '"' => break,
                '\\' => self.escape(&mut out)?,
                '\0'..='\u{1f}' => return self.fail("an escaped control character"),
                other => {
                    out.push(other);
                    self.at += other.len_utf8();
                }
            }
        }
        self.take(b'"')?;
        Ok(out)
    }

    fn escape(&mut self, out: &mut String) -> Result<(), String> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(out),
            _ => return self.fail("an escape"),
        };
        out.push(plain);
        self.at += 2;
        Ok(())
    }

    fn unicode_escape(&mut self, out: &mut String) -> Result<(), String> {
        let Some(unit) = self.code_unit(self.at) else {
            return self.fail("four hexadecimal digits");
        };
        let low = if (0xd800..0xdc00).contains(&unit) { self.code_unit(self.at + 6) } else { None };
        let pair = low
            .and_then(|low| char::decode_utf16([unit, low]).next())
            .and_then(|decoded| decoded.ok().filter(|c| *c as u32 > 0xffff));
        if let Some(c) = pair {
            out.push(c);
            self.at += 12;
            return Ok(());
        }
        match char::from_u32(u32::from(unit)) {
            Some(c) => out.push(c),
            None => out.push_str(&self.text[self.at..self.at + 6]),
        }
        self.at += 6;
        Ok(())
    }

    /// The code unit of the `\uXXXX` that begins at `at`, if one does.
    fn code_unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then_some(())?;
        u16::from_str_radix(digits, 16).ok()
    }
}
