//! Putting one side's ids in the place of the other's, and nothing else: all other bytes stay.

use std::borrow::Cow;

use evalstone_core::json::{Kind, View, encode};

use super::node::{Node, Part};
use super::{Call, Likeness, Mask, parameter, segments};

/// Says what stands in the place of an id; none when it stays. It may also only look.
pub type Rename<'a> = &'a mut dyn FnMut(Mask, &str) -> Option<String>;

impl Likeness {
    /// A call's path and query with other ids.
    pub fn rewrite_target(&self, call: &Call, target: &str, rename: Rename<'_>) -> String {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let mut written = String::with_capacity(target.len());
        for (given, wanted) in segments(path).zip(segments(call.path)) {
            let mask = parameter(wanted).and_then(|name| self.mask("", name));
            let renamed = mask.and_then(|mask| rename(mask, given));
            written.push('/');
            written.push_str(renamed.as_deref().unwrap_or(given));
        }
        if path.ends_with('/') {
            written.push('/');
        }
        if let Some(query) = query {
            written.push('?');
            let pairs: Vec<Cow<'_, str>> =
                query.split('&').map(|pair| self.rewrite_pair(pair, rename)).collect();
            written.push_str(&pairs.join("&"));
        }
        written
    }

    fn rewrite_pair<'a>(&self, pair: &'a str, rename: Rename<'_>) -> Cow<'a, str> {
        let Some((name, value)) = pair.split_once('=') else {
            return pair.into();
        };
        // An id has nothing to be escaped, so one that is escaped is none.
        let renamed = self.mask("", name).and_then(|mask| rename(mask, value));
        renamed.map_or(pair.into(), |renamed| format!("{name}={renamed}").into())
    }

    /// A JSON body with other ids: those that stand in its own fields, alone or in a list. A body that is
    /// none stays as it is.
    pub fn rewrite_body<'a>(&self, body: &'a str, rename: Rename<'_>) -> Cow<'a, str> {
        let Some(document) = Part::parse(body) else {
            return body.into();
        };
        let Node::Object(members) = document.open() else {
            return body.into();
        };
        let mut changes: Vec<(usize, usize, String)> = Vec::new();
        for (name, value) in members {
            let Some(mask) = self.mask("", &name) else {
                continue;
            };
            match value.open() {
                Node::List(items) => {
                    for item in items {
                        changes.extend(replacement(body, item, mask, rename));
                    }
                }
                _ => changes.extend(replacement(body, value, mask, rename)),
            }
        }
        changes.sort_unstable();
        let mut written = String::with_capacity(body.len());
        let mut at = 0;
        for (from, to, text) in changes {
            written.push_str(&body[at..from]);
            written.push_str(&text);
            at = to;
        }
        written.push_str(&body[at..]);
        written.into()
    }

    /// Every id in an answer that names something in the id map.
    #[must_use]
    pub fn ids(&self, call: &Call, body: &str) -> Vec<super::names::Name> {
        let mut found = Vec::new();
        if let Some(document) = Part::parse(body) {
            self.collect(call, document, "", 0, &mut found);
        }
        found
    }

    fn collect(
        &self,
        call: &Call,
        part: Part<'_>,
        parent: &str,
        depth: usize,
        found: &mut Vec<super::names::Name>,
    ) {
        match part.open() {
            Node::List(items) => {
                items
                    .into_iter()
                    .for_each(|item| self.collect(call, item, parent, depth + 1, found));
            }
            Node::Object(members) => {
                for (name, value) in members {
                    match self.field(call, parent, &name, depth) {
                        Some(Mask::Id(kind)) => {
                            let listed = match value.open() {
                                Node::List(items) => items,
                                _ => vec![value],
                            };
                            let ids = listed.into_iter().filter_map(Part::scalar);
                            found.extend(ids.map(|id| (kind, id)));
                        }
                        Some(_) => {}
                        None => self.collect(call, value, &name, depth_of(value, depth), found),
                    }
                }
            }
            Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => {}
        }
    }

    /// What a field of an answer holds. `depth` is that of its object: the answer itself has none, a row of a
    /// list in it two, and an object in it that is no row more.
    pub(super) fn field(
        &self,
        call: &Call,
        parent: &str,
        name: &str,
        depth: usize,
    ) -> Option<Mask> {
        let subject = call.subject.filter(|_| name == "id" && depth <= DEPTH_OF_ROWS);
        self.mask(parent, name).or(subject.map(Mask::Id))
    }
}

/// How many lists and objects are around a row of an answer.
const DEPTH_OF_ROWS: usize = 2;

/// How deep the value of a field lies, whose object is this deep.
pub(super) fn depth_of(value: Part<'_>, depth: usize) -> usize {
    if value.kind() == Kind::Object { depth + DEPTH_OF_ROWS + 1 } else { depth + 1 }
}

/// Which bytes of the body become what.
fn replacement(
    body: &str,
    value: Part<'_>,
    mask: Mask,
    rename: Rename<'_>,
) -> Option<(usize, usize, String)> {
    let renamed = rename(mask, &value.scalar()?)?;
    let text = if value.kind() == Kind::String { encode(&renamed) } else { renamed };
    // The value is a part of the body, so its place is the distance of the two.
    let from = value.raw().as_ptr() as usize - body.as_ptr() as usize;
    Some((from, from + value.raw().len(), text))
}

/// The field `id` of a JSON object that may be too long to be held: read from `body` to its end.
///
/// # Errors
/// When it cannot be read, or is no JSON.
pub fn top_level_id(body: impl std::io::Read) -> std::io::Result<Option<String>> {
    #[derive(serde::Deserialize)]
    struct Made {
        id: Option<serde_json::Value>,
    }
    let made: Made = serde_json::from_reader(std::io::BufReader::new(body))?;
    Ok(match made.id {
        Some(serde_json::Value::String(text)) => Some(text),
        Some(serde_json::Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

/// Whether a body is JSON at all.
#[must_use]
pub fn is_json(body: &str) -> bool {
    View::parse(body, evalstone_core::json::MAX_DEPTH).is_ok()
}

#[cfg(test)]
pub(super) mod tests {
    use evalstone_core::source::SourceKind;

    use super::super::tests::SAMPLE;
    use super::*;

    pub(crate) fn upper(mask: Mask, id: &str) -> Option<String> {
        match mask {
            Mask::Id(SourceKind::Dataset) => Some(id.to_uppercase()),
            Mask::Organization => Some("home".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn ids_in_paths_and_queries_are_renamed() {
        let call = SAMPLE.call("GET", "/v1/acme/sets/abc").expect("known");
        let rewrite = |target: &str| SAMPLE.rewrite_target(call, target, &mut upper);
        assert_eq!(rewrite("/v1/acme/sets/abc"), "/v1/home/sets/ABC");
        assert_eq!(
            rewrite("/v1/acme/sets/abc/?x=%20&set_id=q&y"),
            "/v1/home/sets/ABC/?x=%20&set_id=Q&y"
        );
    }

    #[test]
    fn only_the_bytes_of_ids_change_in_a_body() {
        let rewrite = |body: &str| SAMPLE.rewrite_body(body, &mut upper).into_owned();
        let body =
            r#" { "n":1.0 ,"set_id" : "a\u0062" ,"inputs":{"set_id":"x"}, "set_ids":["a" ,3]}"#;
        let renamed =
            r#" { "n":1.0 ,"set_id" : "AB" ,"inputs":{"set_id":"x"}, "set_ids":["A" ,3]}"#;
        assert_eq!(rewrite(body), renamed);
        for same in ["", "{", "[1]", "{\"set_id\":null}", "{\"org\":\"a\"}"] {
            assert_eq!(rewrite(same), same);
        }
    }

    #[test]
    fn an_answers_ids_are_found() {
        let call = SAMPLE.call("POST", "/v1/o/sets").expect("known");
        let body =
            r#"{"id":"s","user":{"id":1},"rows":[{"id":"r","inputs":{"id":"no"}}],"set_ids":[2]}"#;
        let found = SAMPLE.ids(call, body);
        let expected =
            [(SourceKind::Dataset, "s"), (SourceKind::Case, "r"), (SourceKind::Dataset, "2")];
        assert_eq!(found, expected.map(|(kind, id)| (kind, id.to_owned())));
    }

    #[test]
    fn the_id_of_an_object_of_any_length() {
        let id = |text: &str| top_level_id(text.as_bytes()).ok().flatten();
        assert_eq!(id(r#"{"records":[{"id":7}],"id":12}"#).as_deref(), Some("12"));
        assert_eq!(id(r#"{"id":"x"}"#).as_deref(), Some("x"));
        assert_eq!(id(r#"{"id":null}"#), None);
        assert_eq!(id("[1"), None);
    }
}
