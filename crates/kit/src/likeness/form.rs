//! The ids in forms.

use std::borrow::Cow;

use super::rewrite::Rename;
use super::{Likeness, Mask};

/// The longest content that can be an id.
const LONGEST_ID: usize = 1024;

/// The longest line that can name a part.
const LONGEST_HEAD: usize = 4096;

impl Likeness {
    /// A form's body with other ids: those that are the whole content of a part with a field's name. None
    /// when nothing changes.
    pub fn rewrite_form(&self, body: &[u8], rename: Rename<'_>) -> Option<Vec<u8>> {
        let mut changes: Vec<(usize, usize, String)> = Vec::new();
        for (field, mask) in self.fields.iter().filter(|(field, _)| !field.contains('.')) {
            for (from, to) in parts_named(body, field) {
                let value = std::str::from_utf8(&body[from..to]).ok().map(str::trim);
                changes.extend(value.and_then(|id| rename(*mask, id)).map(|id| (from, to, id)));
            }
        }
        if changes.is_empty() {
            return None;
        }
        changes.sort_unstable();
        let mut written = Vec::with_capacity(body.len());
        let mut at = 0;
        for (from, to, text) in changes {
            written.extend_from_slice(&body[at..from]);
            written.extend_from_slice(text.as_bytes());
            at = to;
        }
        written.extend_from_slice(&body[at..]);
        Some(written)
    }

    /// Whether a form's body, of which only a piece at a time is in memory, has a part with an id.
    ///
    /// # Errors
    /// When a piece cannot be read.
    pub fn form_has_ids(
        &self,
        pieces: impl Iterator<Item = std::io::Result<Vec<u8>>>,
    ) -> std::io::Result<bool> {
        let is_id = |mask: &Mask| matches!(mask, Mask::Id(_));
        let fields = self.fields.iter().filter(|(field, mask)| is_id(mask) && !field.contains('.'));
        let fields: Vec<&str> = fields.map(|(field, _)| *field).collect();
        let mut seen = Vec::new();
        for piece in pieces {
            seen.extend_from_slice(&piece?);
            let mut at = 0;
            while let Some(length) = memchr::memchr(b'\n', &seen[at..]) {
                if part_name(&seen[at..at + length]).is_some_and(|name| fields.contains(&&*name)) {
                    return Ok(true);
                }
                at += length + 1;
            }
            // A head may begin in one piece and end in the next.
            seen.drain(..at.max(seen.len().saturating_sub(LONGEST_HEAD)));
        }
        Ok(false)
    }
}

/// Where the short contents of the parts with this name stand in a form's body.
fn parts_named(body: &[u8], name: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = memchr::memchr(b'\n', &body[at..]) {
        let line = &body[at..at + length];
        // The line may be the head's last, whose end is a part of the empty line behind it.
        let head = at + length.saturating_sub(1);
        at += length + 1;
        if part_name(line).is_none_or(|said| said != name) {
            continue;
        }
        let Some(content) = find(&body[head..], b"\r\n\r\n").map(|end| head + end + 4) else {
            break;
        };
        let near = &body[content..body.len().min(content + LONGEST_ID)];
        if let Some(length) = find(near, b"\r\n--") {
            found.push((content, content + length));
        }
        at = content;
    }
    found
}

/// The name of the part of whose head this is the line that tells it, in whatever spelling clients have.
fn part_name(line: &[u8]) -> Option<Cow<'_, str>> {
    const FIELD: &[u8] = b"content-disposition";
    if line.len() > LONGEST_HEAD || !line.get(..FIELD.len())?.eq_ignore_ascii_case(FIELD) {
        return None;
    }
    let line = std::str::from_utf8(&line[FIELD.len()..]).ok()?;
    let mut rest = line.trim_start().strip_prefix(':')?;
    while let Some((_, parameters)) = rest.split_once(';') {
        let (name, value) = parameters.split_once('=')?;
        let value = value.trim_start();
        let quoted = value.strip_prefix('"').and_then(|value| value.split_once('"'));
        let (value, behind) = match quoted {
            Some((value, behind)) => (value, behind),
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if name.trim().eq_ignore_ascii_case("name") {
            return Some(value.trim().into());
        }
        rest = behind;
    }
    None
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, wanted)
}

#[cfg(test)]
mod tests {
    use super::super::rewrite::tests::upper;
    use super::super::tests::SAMPLE;
    use super::*;

    #[test]
    fn only_whole_parts_change_in_a_form() {
        let form = |id: &str| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"set_id\"\r\n\r\nset_id\r\n\
                 --b\r\nContent-Disposition: form-data; name=\"set_id\"\r\n\r\n{id}\r\n--b--\r\n"
            )
        };
        let renamed = SAMPLE.rewrite_form(form("ab").as_bytes(), &mut upper);
        assert_eq!(renamed, Some(form("AB").into_bytes()));
        let other = form("ab").replace("name=\"set_id\"", "name=\"other\"");
        assert_eq!(SAMPLE.rewrite_form(other.as_bytes(), &mut upper), None);
    }

    #[test]
    fn parts_are_known_in_any_spelling() {
        let name = |line: &str| part_name(line.as_bytes()).map(Cow::into_owned);
        for line in [
            r#"Content-Disposition: form-data; name="set_id""#,
            r#"content-disposition:form-data;name="set_id""#,
            "Content-Disposition: form-data; name=set_id\r",
            r#"CONTENT-DISPOSITION : form-data; filename="a;b"; Name = "set_id"; x=y"#,
        ] {
            assert_eq!(name(line).as_deref(), Some("set_id"), "{line}");
        }
        for line in
            ["Content-Type: a; name=set_id", "Content-Disposition: form-data", "name=set_id"]
        {
            assert_eq!(name(line), None, "{line}");
        }
        let form = "--b\r\nContent-disposition: form-data; name=set_id\r\n\r\nab\r\n--b--\r\n";
        let renamed = SAMPLE.rewrite_form(form.as_bytes(), &mut upper);
        assert_eq!(renamed, Some(form.replace("ab", "AB").into_bytes()));
    }

    #[test]
    fn ids_of_a_long_form_are_found_between_its_pieces() {
        let form = |name: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n1\r\n--b--\r\n")
        };
        for length in [1, 7, 1000] {
            let found = |name: &str| {
                let form = form(name).into_bytes();
                let pieces: Vec<_> = form.chunks(length).map(|piece| Ok(piece.to_vec())).collect();
                SAMPLE.form_has_ids(pieces.into_iter()).expect("read")
            };
            assert!(found("set_id") && !found("name") && !found("org"), "pieces of {length}");
        }
    }
}
