//! The mark by which an experiment that was moved to a server is found again there: the vendor keeps
//! no ids of other places, but metadata.
//!
//! It is a member of the metadata, an object:
//!
//! * `id`, `created_at`: which experiment it is where it comes from;
//! * `moved`: the digest of all that came of it, once that had been sent; not there before;
//! * `was`: the value that the member had there, if it had any;
//! * `metadata`: `{}` where the metadata was that; otherwise metadata that holds nothing but the mark
//!   was none.

use chrono::SecondsFormat;
use evalstone_core::json::{Kind, RawObject, View, encode, object};
use evalstone_kit::remote::runs::RemoteRun;

use super::splice::{last_member, place, spliced, without_member};

/// The member's key.
const KEY: &str = "evalstone_source";
const ID: &str = "id";
const CREATED_AT: &str = "created_at";
const MOVED: &str = "moved";
const WAS: &str = "was";
const METADATA: &str = "metadata";

/// Which experiment it is where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    id: String,
    /// In milliseconds: the vendor shows no more, so both ways of reading one experiment agree.
    created_at: String,
}

/// What a mark says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where the experiment comes from.
    pub source: Source,
    /// The digest of what came of it there, in hexadecimal, once all of that was here.
    pub moved: Option<String>,
}

impl Source {
    /// The run as its own place names it.
    pub fn of(run: &RemoteRun) -> Self {
        let created_at = run.run.created_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        Self { id: run.id.clone(), created_at }
    }
}

impl Mark {
    /// The mark that metadata carries, if any.
    pub fn of(metadata: View<'_>) -> Option<Self> {
        read(last_member(metadata, KEY)?.1)
    }

    /// The metadata with this mark. Every other byte stays.
    pub fn put(&self, metadata: Option<&RawObject>) -> RawObject {
        let Some(metadata) = metadata else {
            return RawObject::trusted(format!("{{{}:{}}}", encode(KEY), self.write(&[])));
        };
        // It goes into the place of a member that is there: a server may keep only one of two.
        if let Some((_, was)) = last_member(metadata.view(), KEY) {
            let text = metadata.as_str();
            let change = (place(text, was.raw()), self.write(&[(WAS, was.raw())]));
            return RawObject::trusted(spliced(text, &[change]));
        }
        let rest: &[(&str, &str)] = if metadata.is_empty() { &[(METADATA, "{}")] } else { &[] };
        let mark = RawObject::trusted(self.write(rest));
        metadata.with_members(&[(KEY, mark.view())])
    }

    fn write(&self, rest: &[(&str, &str)]) -> String {
        let Self { source: Source { id, created_at }, moved } = self;
        object(|object| {
            object.text(ID, id);
            object.text(CREATED_AT, created_at);
            if let Some(moved) = moved {
                object.text(MOVED, moved);
            }
            rest.iter().for_each(|(key, value)| object.json(key, value));
        })
    }
}

/// The metadata without its mark, byte for byte as it was before [`Mark::put`], unless the server has
/// spelled it anew.
pub fn unmarked(metadata: RawObject) -> Option<RawObject> {
    let view = metadata.view();
    let Some((index, mark)) = last_member(view, KEY).filter(|(_, value)| read(*value).is_some())
    else {
        return Some(metadata);
    };
    if let Some(was) = mark.get(WAS) {
        let change = (place(view.raw(), mark.raw()), was.raw().to_owned());
        return Some(RawObject::trusted(spliced(view.raw(), &[change])));
    }
    let rest = RawObject::trusted(without_member(view, index));
    let was_none = rest.is_empty() && mark.get(METADATA).is_none();
    (!was_none).then_some(rest)
}

fn read(mark: View<'_>) -> Option<Mark> {
    let text = |key: &str| mark.get(key).and_then(View::as_text);
    if mark.kind() != Kind::Object {
        return None;
    }
    let source = Source { id: text(ID)?.into_owned(), created_at: text(CREATED_AT)?.into_owned() };
    let moved = text(MOVED).map(std::borrow::Cow::into_owned);
    Some(Mark { source, moved })
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;

    fn raw(text: &str) -> RawObject {
        RawJson::parse(text).expect(text).try_into().expect(text)
    }

    fn mark(moved: Option<&str>) -> Mark {
        let source = Source { id: "i\"".to_owned(), created_at: "t".to_owned() };
        Mark { source, moved: moved.map(str::to_owned) }
    }

    #[test]
    fn a_mark_comes_off_as_it_was_put_on() {
        for text in [
            "{}",
            "{ }",
            r#"{ "a" : 1.0, "a":"\ud800" }"#,
            r#"{"evalstone_source":"mine"}"#,
            r#"{ "evalstone_source" : {"id":"x","created_at":"y"} , "b":[ ]}"#,
            r#"{"evalst\u006fne_source":1,"evalstone_source": null }"#,
        ] {
            for moved in [None, Some("0a")] {
                let marked = mark(moved).put(Some(&raw(text)));
                assert_eq!(RawJson::parse(marked.as_str()).map(drop), Ok(()), "{marked:?}");
                assert_eq!(Mark::of(marked.view()), Some(mark(moved)), "{marked:?}");
                assert_eq!(unmarked(marked), Some(raw(text)));
            }
        }
        let marked = mark(None).put(None);
        assert_eq!(marked.as_str(), r#"{"evalstone_source":{"id":"i\"","created_at":"t"}}"#);
        assert_eq!(unmarked(marked), None);
    }

    #[test]
    fn a_mark_is_put_behind_what_is_there() {
        let marked = mark(Some("0a")).put(Some(&raw(r#"{ "a": 1 }"#)));
        assert_eq!(
            marked.as_str(),
            r#"{ "a": 1,"evalstone_source":{"id":"i\"","created_at":"t","moved":"0a"} }"#
        );
    }

    #[test]
    fn a_server_may_have_put_it_elsewhere() {
        let shuffled = r#"{"evalstone_source": {"created_at": "t", "id": "i"}, "a": 1}"#;
        assert_eq!(unmarked(raw(shuffled)), Some(raw(r#"{"a": 1}"#)));
    }

    #[test]
    fn what_is_no_mark_stays() {
        for text in [
            "{}",
            r#"{"evalstone_source":null}"#,
            r#"{"evalstone_source":{"id":"i"}}"#,
            r#"{"evalstone_source":{"id":1,"created_at":"t"}}"#,
            r#"{"evalstone_source":["id","created_at"]}"#,
        ] {
            assert_eq!(Mark::of(raw(text).view()), None);
            assert_eq!(unmarked(raw(text)), Some(raw(text)));
        }
    }
}
