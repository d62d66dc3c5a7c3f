//! What an XML text may cost, found out before it is parsed.
//!
//! The parser recurses into elements, compares each attribute of an element with all others, and
//! looks a prefix up among all that are in scope.

use super::parsing::place;

/// The longest text, in bytes. `libxml2` refuses any single text of more than 10 million.
pub const LONGEST: usize = 10 << 20;
/// The deepest nesting; the same as `libxml2`'s.
pub const DEEPEST: usize = 256;
/// The most attributes of one element.
pub const MOST_ATTRIBUTES: usize = 1_000;
/// The most namespaces that may be declared in each other.
pub const MOST_NAMESPACES: usize = 250;
/// The longest declarations of a document type, in bytes in all: entities and default attributes
/// multiply what is written.
pub const LONGEST_DECLARATIONS: usize = 64 << 10;

/// Whether a text is within the limits, in one pass that knows of XML only how markup begins and
/// ends. It is right about depth as far as the text is well-formed, and beyond nobody reads on.
///
/// # Errors
/// Which limit is exceeded, and where.
pub fn within_limits(text: &str) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let mut scan = Scan { text, at: 0, namespaces: Vec::new(), in_scope: 0, declared: 0 };
    while let Some(found) = text[scan.at..].find('<') {
        scan.at += found;
        scan.markup().map_err(|what| format!("{what} ({})", place(text, scan.at)))?;
    }
    Ok(())
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Of each open element how many namespaces it declares.
    namespaces: Vec<usize>,
    /// Their sum.
    in_scope: usize,
    /// The bytes of declarations so far.
    declared: usize,
}

/// What a tag or declaration is made of.
#[derive(Default)]
struct Tag {
    /// Its length in bytes.
    length: usize,
    attributes: usize,
    namespaces: usize,
    is_empty: bool,
}

impl Scan<'_> {
    /// Goes past the markup that begins here.
    fn markup(&mut self) -> Result<(), String> {
        let rest = &self.text[self.at..];
        if let Some(length) = past(rest, "<!--", "-->").or_else(|| past(rest, "<![CDATA[", "]]>")) {
            self.at += length;
        } else if let Some(length) = past(rest, "<?", "?>") {
            self.at += length;
        } else if rest.starts_with("<!") {
            let length = tag(rest).length;
            self.declared += length;
            if self.declared > LONGEST_DECLARATIONS {
                return Err(format!(
                    "the document type has more than {LONGEST_DECLARATIONS} bytes"
                ));
            }
            self.at += length;
        } else if rest.starts_with("</") {
            self.in_scope -= self.namespaces.pop().unwrap_or_default();
            self.at += tag(rest).length;
        } else {
            self.element(&tag(rest))?;
        }
        Ok(())
    }

    fn element(&mut self, tag: &Tag) -> Result<(), String> {
        if tag.attributes > MOST_ATTRIBUTES {
            return Err(format!("an element has more than {MOST_ATTRIBUTES} attributes"));
        }
        if self.in_scope + tag.namespaces > MOST_NAMESPACES {
            return Err(format!(
                "more than {MOST_NAMESPACES} namespaces are declared in each other"
            ));
        }
        if !tag.is_empty {
            self.namespaces.push(tag.namespaces);
            self.in_scope += tag.namespaces;
        }
        if self.namespaces.len() > DEEPEST {
            return Err(format!("elements are nested deeper than {DEEPEST} levels"));
        }
        self.at += tag.length;
        Ok(())
    }
}

/// The length of what begins and ends like that; all of the text if the end is missing.
fn past(rest: &str, begin: &str, end: &str) -> Option<usize> {
    let inside = rest.strip_prefix(begin)?;
    Some(inside.find(end).map_or(rest.len(), |found| begin.len() + found + end.len()))
}

/// The tag or declaration that begins here. A document type's own ends where its inner
/// declarations begin.
fn tag(rest: &str) -> Tag {
    let bytes = rest.as_bytes();
    // Without an end it takes all of the text.
    let mut tag = Tag { length: bytes.len(), ..Tag::default() };
    let mut quote = None;
    let opens_subset = rest.starts_with("<!DOCTYPE");
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => {
                tag.length = at + 1;
                tag.is_empty = bytes[at - 1] == b'/';
                return tag;
            }
            (None, b'[') if opens_subset => {
                tag.length = at + 1;
                return tag;
            }
            (None, b'=') => {
                tag.attributes += 1;
                tag.namespaces += usize::from(declares_namespace(&bytes[..at]));
            }
            (None, _) => {}
        }
    }
    tag
}

/// Whether the name before an equals sign is `xmlns`, alone or as a prefix.
fn declares_namespace(before: &[u8]) -> bool {
    let name = before.trim_ascii_end();
    let name = name.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    name.starts_with(b"xmlns")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_exactly() {
        let deep = |depth: usize| format!("{}{}", "<a b='/'>".repeat(depth), "</a>".repeat(depth));
        let attributes = |count: usize| format!("<a {}/>", "b = '<' ".repeat(count));
        let namespaces = |count: usize| format!("<r>{}</r>", "<a xmlns:b='='>".repeat(count));
        let declarations =
            |count: usize| format!("<!DOCTYPE a [{}]><a/>", "<!ENTITY e '>'>".repeat(count));
        for (fits, exceeds) in [
            (deep(DEEPEST), deep(DEEPEST + 1)),
            (attributes(MOST_ATTRIBUTES), attributes(MOST_ATTRIBUTES + 1)),
            (namespaces(MOST_NAMESPACES), namespaces(MOST_NAMESPACES + 1)),
            (declarations(4_300), declarations(4_400)),
            (" ".repeat(LONGEST), " ".repeat(LONGEST + 1)),
        ] {
            assert_eq!(within_limits(&fits), Ok(()));
            assert!(within_limits(&exceeds).is_err(), "{}", &exceeds[..20]);
        }
    }

    #[test]
    fn what_is_no_element_does_not_count() {
        let many = DEEPEST + 1;
        for text in [
            "<a/>",
            "<!--<a>-->",
            "<![CDATA[<a>]]>",
            "<?a <a> ?>",
            "<a></a>",
            "<a b='>'/>",
            "<a b='1' xmlns='u'/>",
        ] {
            assert_eq!(within_limits(&format!("<r>{}", text.repeat(many))), Ok(()), "{text}");
        }
        assert_eq!(within_limits("<"), Ok(()));
        assert_eq!(within_limits("<!-- é <a"), Ok(()));
    }
}
