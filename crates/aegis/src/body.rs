//! A JSON body as FastAPI takes it in and Pydantic reads it (contract §1.3).

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::Payload;
use bytes::Bytes;
use evalstone_core::json::{
    FaultKind, Items, Kind, MAX_DEPTH, RawJson, RawObject, View, check_bytes, encode,
};
use evalstone_kit::limits::Limits;
use evalstone_kit::pydantic::{Place, json};

use crate::errors::Failure;
use crate::wire::coerce;
use crate::wire::problem::{Input, Location, Problem, Rule};

/// How many problems one answer lists at the most: a body of the largest size can have millions,
/// and each takes more room in the answer than in the body.
const MOST_PROBLEMS: usize = 10_000;

/// What came where JSON is expected.
pub enum Body {
    /// Nothing.
    Missing,
    /// Something whose content type is not JSON's. To FastAPI it is one string.
    Text(String),
    /// JSON.
    Json(RawJson),
}

impl Body {
    /// Reads the body. Its payloads are `wrapping` levels inside of it, and each may be as deep as
    /// any payload.
    ///
    /// # Errors
    /// A body over the limit, one that comes too slowly, and JSON that is broken, which FastAPI
    /// reports before it looks at anything else.
    pub async fn read(
        request: &HttpRequest,
        payload: Payload,
        limits: &Limits,
        wrapping: usize,
    ) -> Result<Self, Failure> {
        let Limits { json_body, pace, .. } = limits;
        let bytes = evalstone_kit::body::read(payload, request, *json_body, *pace).await?;
        let content_type = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        Self::of(&bytes, content_type, MAX_DEPTH + wrapping)
            .map_err(|problem| Failure::Schema(vec![problem]))
    }

    /// What came, for comparing it with what comes again.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Missing => &[],
            Self::Text(text) => text.as_bytes(),
            Self::Json(json) => json.as_str().as_bytes(),
        }
    }

    fn of(bytes: &Bytes, content_type: Option<&[u8]>, deepest: usize) -> Result<Self, Problem> {
        if bytes.is_empty() {
            return Ok(Self::Missing);
        }
        if !is_json(content_type) {
            return Ok(Self::Text(String::from_utf8_lossy(bytes).into_owned()));
        }
        // Python's parser leaves a byte order mark out, and does not count it either.
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        match check_bytes(bytes, deepest) {
            Ok(text) => Ok(Self::Json(RawJson::trusted(text.to_owned()))),
            Err(fault) => {
                let why = match &fault.kind {
                    FaultKind::Syntax(why) => (*why).to_owned(),
                    FaultKind::TooDeep { .. } | FaultKind::NotUtf8 => fault.kind.to_string(),
                };
                let place = Place::BODY.index(fault.char_offset(bytes));
                Err(Problem::new(Rule::JsonInvalid(why), &place, "{}"))
            }
        }
    }
}

/// Whether FastAPI parses a body of this content type; one without a content type it parsed until
/// recently, and no script that works there can mean anything else.
fn is_json(content_type: Option<&[u8]>) -> bool {
    let Some(content_type) = content_type.filter(|content_type| !content_type.is_empty()) else {
        return true;
    };
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    let essence = String::from_utf8_lossy(essence).trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

/// Reads one request. A method that finds a problem notes it and gives none, so that all are told
/// at once, in the order in which they were looked for.
#[derive(Default)]
pub struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    /// The end of the reading.
    ///
    /// # Errors
    /// Every problem that was noted.
    pub fn finish(self) -> Result<(), Failure> {
        if self.problems.is_empty() { Ok(()) } else { Err(Failure::Schema(self.problems)) }
    }

    /// The end of a reading that has come to this.
    ///
    /// # Errors
    /// Every problem that was noted.
    pub fn finished<T>(self, read: Option<T>) -> Result<T, Failure> {
        self.finish()?;
        // Whatever could not be read was noted as a problem.
        read.ok_or_else(|| Failure::Schema(Vec::new()))
    }

    /// The integer that a segment of the path spells, cut off at the ends of `i128`.
    pub fn in_path(&mut self, request: &HttpRequest, name: &'static str) -> Option<i128> {
        let text = request.match_info().query(name);
        let read = coerce::integer(Input::new(Location::Path, name, text));
        read.map_err(|problem| self.add(problem)).ok()
    }

    /// The body, which must be an object.
    pub fn body<'v>(&mut self, body: &'v Body) -> Option<View<'v>> {
        match body {
            Body::Missing => self.add(Problem::new(Rule::Missing, &Place::BODY, "null")),
            Body::Text(text) => {
                self.add(Problem::new(Rule::ModelType, &Place::BODY, &encode(text)));
            }
            Body::Json(json) => return self.model(&Place::BODY, json.view()),
        }
        None
    }

    /// An object with fields of its own. Keys that it does not have are ignored.
    pub fn model<'v>(&mut self, place: &Place<'_>, value: View<'v>) -> Option<View<'v>> {
        self.of_kind(place, value, Kind::Object, Rule::ModelType)
    }

    /// The items of an array.
    pub fn list<'v>(&mut self, place: &Place<'_>, value: View<'v>) -> Option<Items<'v>> {
        Some(self.of_kind(place, value, Kind::Array, Rule::ListType)?.items())
    }

    /// An object of any keys, as it is spelled.
    pub fn dict(&mut self, place: &Place<'_>, value: View<'_>) -> Option<RawObject> {
        let dict = self.of_kind(place, value, Kind::Object, Rule::DictType)?;
        RawObject::try_from(dict).ok()
    }

    /// A string that is read as the text it stands for.
    pub fn text(&mut self, place: &Place<'_>, value: View<'_>) -> Option<String> {
        let token = self.of_kind(place, value, Kind::String, Rule::StringType)?;
        let text = token.as_text();
        if text.is_none() {
            self.problem(Rule::StringUnicode, place, value);
        }
        text.map(Cow::into_owned)
    }

    /// The same of at most `most` characters.
    pub fn short(&mut self, place: &Place<'_>, value: View<'_>, most: usize) -> Option<String> {
        let text = self.text(place, value)?;
        if text.chars().count() <= most {
            return Some(text);
        }
        self.problem(Rule::StringTooLong(most), place, value);
        None
    }

    /// An integer, or what Pydantic takes for one, cut off at the ends of `i128`.
    pub fn integer(&mut self, place: &Place<'_>, value: View<'_>) -> Option<i128> {
        let read = json::integer(value);
        read.map_err(|mismatch| self.problem(Rule::Mismatch(mismatch), place, value)).ok()
    }

    /// An array of such integers.
    pub fn integers(&mut self, place: &Place<'_>, value: View<'_>) -> Option<Vec<i128>> {
        let items = self.list(place, value)?;
        let read: Vec<_> =
            items.enumerate().map(|(at, item)| self.integer(&place.index(at), item)).collect();
        read.into_iter().collect()
    }

    /// Such an integer within bounds, which are named by the rule that it breaks.
    pub fn whole(
        &mut self,
        place: &Place<'_>,
        value: View<'_>,
        (least, most): (i64, i64),
    ) -> Option<i64> {
        let number = self.integer(place, value)?;
        let rule = match i64::try_from(number) {
            _ if number < i128::from(least) => Rule::Below(least),
            Ok(number) if number <= most => return Some(number),
            _ => Rule::Above(most),
        };
        self.problem(rule, place, value);
        None
    }

    /// A boolean, or what Pydantic takes for one.
    pub fn boolean(&mut self, place: &Place<'_>, value: View<'_>) -> Option<bool> {
        let read = json::boolean(value);
        read.map_err(|mismatch| self.problem(Rule::Mismatch(mismatch), place, value)).ok()
    }

    /// The value of a field of `model` that must be there.
    pub fn required<'v>(
        &mut self,
        place: &Place<'_>,
        model: View<'_>,
        value: Option<View<'v>>,
    ) -> Option<View<'v>> {
        if value.is_none() {
            self.problem(Rule::Missing, place, model);
        }
        value
    }

    /// Notes a problem with a value.
    pub fn problem(&mut self, rule: Rule, place: &Place<'_>, found: View<'_>) {
        self.add(Problem::new(rule, place, &found.compact()));
    }

    fn of_kind<'v>(
        &mut self,
        place: &Place<'_>,
        value: View<'v>,
        kind: Kind,
        otherwise: Rule,
    ) -> Option<View<'v>> {
        if value.kind() == kind {
            return Some(value);
        }
        self.problem(otherwise, place, value);
        None
    }

    fn add(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

/// The values of an object's members by these names, in their order; of duplicates the last one's.
pub fn members<'v, const N: usize>(object: View<'v>, names: [&str; N]) -> [Option<View<'v>>; N] {
    let mut found = [None; N];
    for (key, value) in object.members() {
        if let Some(at) = names.iter().position(|name| key.is(name)) {
            found[at] = Some(value);
        }
    }
    found
}

/// A field for which null and absence are the same.
pub fn nullable(value: Option<View<'_>>) -> Option<View<'_>> {
    value.filter(|value| !value.is_null())
}

/// A field of which null says something else than absence: none when it is absent, none inside when
/// it is null. What `read` finds wrong it notes itself.
pub fn stated<'v, T>(
    value: Option<View<'v>>,
    read: impl FnOnce(View<'v>) -> Option<T>,
) -> Option<Option<T>> {
    let value = value?;
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::problem::write_problems;

    fn body(text: &str) -> Body {
        Body::Json(RawJson::parse(text).expect(text))
    }

    fn problems(reader: Reader) -> String {
        match reader.finish() {
            Err(Failure::Schema(problems)) => write_problems(&problems),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn broken_json_is_placed_by_characters() {
        let refused = Body::of(&Bytes::from_static("{\"é\":\"é\" x".as_bytes()), None, 100);
        let problem = refused.err().expect("broken");
        let expected = concat!(
            r#"{"detail":[{"type":"json_invalid","loc":["body",9],"msg":"JSON decode error","#,
            r#""input":{},"ctx":{"error":"Expecting ',' delimiter"}}]}"#
        );
        assert_eq!(write_problems(&[problem]), expected);
        let deep = Bytes::from("[".repeat(101));
        let problem = Body::of(&deep, None, 100).err().expect("too deep");
        assert!(write_problems(&[problem]).contains("nested deeper than 100 levels"));
    }

    #[test]
    fn what_is_no_json_is_a_text_and_nothing_is_missing() {
        let read = |content_type: &str, bytes: &'static [u8]| {
            Body::of(&Bytes::from_static(bytes), Some(content_type.as_bytes()), 100)
        };
        let mut reader = Reader::default();
        let text = read("text/plain", b"{}").expect("a text");
        assert!(reader.body(&text).is_none());
        let missing = read("application/json", b"").expect("nothing");
        assert!(reader.body(&missing).is_none());
        let expected = concat!(
            r#"{"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a "#,
            r#"valid dictionary or object to extract fields from","input":"{}"},"#,
            r#"{"type":"missing","loc":["body"],"msg":"Field required","input":null}]}"#
        );
        assert_eq!(problems(reader), expected);
        for json in ["application/json; charset=x", "Application/vnd.api+JSON", ""] {
            assert!(matches!(read(json, b"\xef\xbb\xbf{}"), Ok(Body::Json(_))), "{json}");
        }
    }

    #[test]
    fn all_problems_are_told_with_their_places() {
        let body = body(r#"{"name": 5, "ids": [1, "x", 2.5], "on": "maybe", "map": [], "t": 101}"#);
        let mut reader = Reader::default();
        let model = reader.body(&body).expect("an object");
        let [name, ids, on, map, t, gone] =
            members(model, ["name", "ids", "on", "map", "t", "gone"]);
        let at = |name| Place::BODY.key(name);
        reader.text(&at("name"), name.expect("there"));
        reader.integers(&at("ids"), ids.expect("there"));
        reader.boolean(&at("on"), on.expect("there"));
        reader.dict(&at("map"), map.expect("there"));
        reader.whole(&at("t"), t.expect("there"), (0, 100));
        reader.required(&at("gone"), model, gone);
        let list = problems(reader);
        for part in [
            r#"{"type":"string_type","loc":["body","name"],"msg":"Input should be a valid string","input":5}"#,
            r#""loc":["body","ids",1],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}"#,
            r#"{"type":"int_from_float","loc":["body","ids",2]"#,
            r#"{"type":"bool_parsing","loc":["body","on"]"#,
            r#"{"type":"dict_type","loc":["body","map"],"msg":"Input should be a valid dictionary","input":[]}"#,
            r#""input":101,"ctx":{"le":100}}"#,
            r#"{"type":"missing","loc":["body","gone"],"msg":"Field required","input":{"name":5,"ids""#,
        ] {
            assert!(list.contains(part), "{part} in {list}");
        }
    }

    #[test]
    fn absence_null_and_value_are_three_states() {
        let body = body(r#"{"a": null, "b": "5", "b": 6, "c": "x", "d": "\ud800"}"#);
        let mut reader = Reader::default();
        let model = reader.body(&body).expect("an object");
        let [a, b, c, d, e] = members(model, ["a", "b", "c", "d", "e"]);
        let place = Place::BODY.key("x");
        let mut read = |value| stated(value, |value| reader.integer(&place, value));
        assert_eq!((read(e), read(a), read(b), read(c)), (None, Some(None), Some(Some(6)), None));
        assert!(nullable(a).is_none());
        assert_eq!(reader.text(&place, d.expect("there")), None);
        assert!(problems(reader).contains("string_unicode"));
    }
}
