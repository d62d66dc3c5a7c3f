//! Tokens (contract §1.3, §2.4).

use chrono::{DateTime, TimeDelta, Utc};
use evalstone_core::id::Number;
use evalstone_core::json::{View, encode, object};
use evalstone_core::key::{KeyKind, RawKey};
use evalstone_kit::query::{self, last};

use super::time;
use crate::body::Body;
use crate::json::array;
use crate::validation::{Place, Problems, Reader, members, nullable};

/// How many days a token works that is made without a word about it.
pub const DAYS: i64 = 90;
/// How many it may at the most: ten years.
const MOST_DAYS: i64 = 3650;

/// A token as answers show it. The vendor's page names some of the keys; the others are made after
/// its fashion.
#[derive(Debug)]
pub struct Token {
    /// The number.
    pub id: Number,
    /// What kind of token it is.
    pub key_type: KeyKind,
    /// The organization's UUID.
    pub org_id: String,
    /// The UUID of the one project that it is for.
    pub project_id: Option<String>,
    /// The UUID of the one environment that it is for.
    pub environment_id: Option<String>,
    /// Its first characters.
    pub key_prefix: String,
    /// The token itself, which only the answer has that made it.
    pub raw_key: Option<RawKey>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working, if ever.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, as far as that has been written down yet.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it got its present value, if that is not its first.
    pub rotated_at: Option<DateTime<Utc>>,
}

impl Token {
    /// The token's JSON text.
    pub fn to_json(&self) -> String {
        let Self {
            id,
            key_type,
            org_id,
            project_id,
            environment_id,
            key_prefix,
            raw_key,
            created_at,
            expires_at,
            last_used_at,
            rotated_at,
        } = self;
        object(|object| {
            object.plain("id", id);
            object.text("key_type", key_type.as_str());
            object.text("org_id", org_id);
            object.nullable_text("project_id", project_id.as_deref());
            object.nullable_text("environment_id", environment_id.as_deref());
            object.json("scopes", &array(scopes(*key_type).iter().map(|scope| encode(scope))));
            object.text("key_prefix", key_prefix);
            if let Some(raw_key) = raw_key {
                object.text("raw_key", raw_key.expose());
            }
            object.text("created_at", &time(*created_at));
            object.nullable_text("expires_at", expires_at.map(time).as_deref());
            object.nullable_text("last_used_at", last_used_at.map(time).as_deref());
            object.nullable_text("rotated_at", rotated_at.map(time).as_deref());
        })
    }
}

/// What a token of this kind may do, in the labels of the vendor's pages.
const fn scopes(kind: KeyKind) -> &'static [&'static str] {
    match kind {
        KeyKind::Runtime => &["read", "evaluate"],
        KeyKind::Ci => &["read", "write", "bundle:publish"],
        KeyKind::Admin => &["read", "write", "bundle:publish", "evaluate", "org:admin"],
    }
}

/// The body that makes a token. Other keys are ignored, such as a project for an admin token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// The id or slug of the project that it is for.
    pub project: Option<String>,
    /// The id or name of the environment that it is for.
    pub environment: Option<String>,
    /// How long it works.
    pub lifetime: TimeDelta,
}

impl NewToken {
    /// There is no payload in the body that would be inside of anything.
    pub const WRAPPING: usize = 0;

    /// Reads the body that makes a token of this kind.
    pub fn read(body: &Body, kind: KeyKind) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let fields = Self::fields(&mut reader, body, kind);
        let problems = reader.into_problems();
        fields.filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn fields(reader: &mut Reader, body: &Body, kind: KeyKind) -> Option<Self> {
        let model = reader.body(body)?;
        let [project, environment, days] =
            members(model, ["project_id", "environment_id", "expires_in_days"]);
        let at = |name| Place::BODY.key(name);
        let project = match kind {
            KeyKind::Runtime => reader.required(&at("project_id"), model, project),
            KeyKind::Ci => nullable(project),
            KeyKind::Admin => None,
        };
        let environment = nullable(environment).filter(|_| kind == KeyKind::Runtime);
        let mut name = |key, value: Option<View<'_>>| reader.plain(&at(key), value?);
        let project = name("project_id", project);
        let environment = name("environment_id", environment);
        let days = match days {
            Some(days) => reader.whole(&at("expires_in_days"), days, (1, MOST_DAYS)),
            None => Some(DAYS),
        };
        Some(Self { project, environment, lifetime: TimeDelta::days(days?) })
    }
}

/// Which tokens a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenQuery {
    /// The id or slug of the project that they are for.
    pub project: Option<String>,
    /// Their kind, any text.
    pub kind: Option<String>,
}

impl TokenQuery {
    /// Reads a query string. Other names are ignored; of a name that is repeated the last counts; a
    /// name without a text is not there.
    #[must_use]
    pub fn read(query: &str) -> Self {
        let pairs = query::parse(query);
        let text = |name| last(&pairs, name).filter(|text| !text.is_empty()).map(str::to_owned);
        Self { project: text("project_id"), kind: text("key_type") }
    }
}

/// The number that a path names a token by; none for one that no token can have.
pub fn token_number(segment: &str) -> Result<Option<Number>, Problems> {
    let mut reader = Reader::default();
    let number = reader.in_path("key_id", segment);
    number.map(|number| Number::try_from(number).ok()).ok_or_else(|| reader.into_problems())
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;

    fn read(kind: KeyKind, text: &str) -> Result<NewToken, String> {
        let body = Body::Json(RawJson::parse(text).expect(text));
        NewToken::read(&body, kind).map_err(|problems| problems.detail())
    }

    fn new(project: Option<&str>, environment: Option<&str>, days: i64) -> NewToken {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let lifetime = TimeDelta::days(days);
        NewToken { project: owned(project), environment: owned(environment), lifetime }
    }

    #[test]
    fn each_kind_has_its_fields() {
        use KeyKind::{Admin, Ci, Runtime};
        let all = r#"{"expires_in_days":"7.0","environment_id":"e","project_id":"p","x":1}"#;
        assert_eq!(read(Runtime, all), Ok(new(Some("p"), Some("e"), 7)));
        assert_eq!(read(Ci, all), Ok(new(Some("p"), None, 7)));
        assert_eq!(read(Admin, all), Ok(new(None, None, 7)));
        let nulls = r#"{"project_id":null,"environment_id":null}"#;
        assert_eq!(read(Ci, nulls), Ok(new(None, None, 90)));
        let project = r#"{"project_id":"p","environment_id":null,"expires_in_days":3650}"#;
        assert_eq!(read(Runtime, project), Ok(new(Some("p"), None, 3650)));
        // What a kind does not have is not looked at.
        let odd = r#"{"project_id":5,"environment_id":5}"#;
        assert_eq!(read(Admin, odd), Ok(new(None, None, 90)));
    }

    #[test]
    fn all_problems_in_the_order_of_the_fields() {
        let refusal = read(
            KeyKind::Runtime,
            r#"{"expires_in_days":null,"environment_id":5,"project_id":null}"#,
        );
        let expected = [
            r#"{"type":"string_type","loc":["body","project_id"],"msg":"Input should be a valid string","input":null}"#,
            r#"{"type":"string_type","loc":["body","environment_id"],"msg":"Input should be a valid string","input":5}"#,
            r#"{"type":"int_type","loc":["body","expires_in_days"],"msg":"Input should be a valid integer","input":null}"#,
        ];
        assert_eq!(refusal, Err(format!("[{}]", expected.join(","))));
        let refusal = read(KeyKind::Runtime, r#"{"expires_in_days": 3651}"#);
        let expected = [
            r#"{"type":"missing","loc":["body","project_id"],"msg":"Field required","input":{"expires_in_days":3651}}"#,
            r#"{"type":"less_than_equal","loc":["body","expires_in_days"],"msg":"Input should be less than or equal to 3650","input":3651,"ctx":{"le":3650}}"#,
        ];
        assert_eq!(refusal, Err(format!("[{}]", expected.join(","))));
    }

    #[test]
    fn the_keys_of_a_token_stand_in_one_order() {
        let time = |text: &str| text.parse().expect("a time");
        let mut token = Token {
            id: 7,
            key_type: KeyKind::Runtime,
            org_id: "o".to_owned(),
            project_id: Some("p".to_owned()),
            environment_id: None,
            key_prefix: "evs_abcd".to_owned(),
            raw_key: None,
            created_at: time("2026-04-22T12:00:00Z"),
            expires_at: Some(time("2026-07-21T12:00:00Z")),
            last_used_at: None,
            rotated_at: None,
        };
        let (head, tail) = (
            r#"{"id":7,"key_type":"runtime","org_id":"o","project_id":"p","environment_id":null,"scopes":["read","evaluate"],"key_prefix":"evs_abcd","#,
            r#""created_at":"2026-04-22T12:00:00.000000Z","expires_at":"2026-07-21T12:00:00.000000Z","last_used_at":null,"rotated_at":null}"#,
        );
        assert_eq!(token.to_json(), format!("{head}{tail}"));
        token.raw_key = Some(RawKey::import("secret").expect("a key"));
        assert_eq!(token.to_json(), format!(r#"{head}"raw_key":"secret",{tail}"#));
        assert!(!format!("{token:?}").contains("secret"));
    }

    #[test]
    fn queries() {
        let query = TokenQuery::read("project_id=a&project_id=b%20c&key_type=&limit=x");
        assert_eq!(query, TokenQuery { project: Some("b c".to_owned()), kind: None });
    }

    #[test]
    fn numbers_in_paths() {
        for (text, number) in [
            ("7", Some(7)),
            (" 5.0 ", Some(5)),
            ("-1", Some(-1)),
            ("99999999999999999999", None),
            ("-99999999999999999999", None),
        ] {
            assert_eq!(token_number(text).expect("a number"), number, "{text}");
        }
        let refusal = token_number("x").expect_err("no number").detail();
        assert_eq!(
            refusal,
            r#"[{"type":"int_parsing","loc":["path","key_id"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}]"#
        );
    }
}
