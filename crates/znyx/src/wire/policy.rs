//! Policies (contract §2.4, §5.4; the vendor's pages policies/get and policies/upsert).

use chrono::{DateTime, Utc};
use evalstone_core::json::{RawJson, RawObject, object};
use evalstone_kit::query::{self, last};

use super::{in_64_bits, time};
use crate::body::Body;
use crate::json::array;
use crate::validation::{Place, Problems, Reader, members, nullable};

/// Where a policy applies, as paths and answers name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Whom it is for, usually the organization's id.
    pub tenant_id: String,
    /// Which application, usually a project's id.
    pub app_id: String,
    /// Which agent.
    pub agent_id: String,
    /// Which environment.
    pub env: String,
}

impl Scope {
    /// The most characters that each part has. They stand in an index whose keys are limited.
    const MOST: usize = 128;

    /// The scope that a path names by its parts.
    pub fn of_path((tenant_id, app_id, agent_id, env): (String, String, String, String)) -> Self {
        Self { tenant_id, app_id, agent_id, env }
    }

    /// Whether a policy can be stored here.
    fn check(&self, reader: &mut Reader) {
        let Self { tenant_id, app_id, agent_id, env } = self;
        let parts =
            [("tenant_id", tenant_id), ("app_id", app_id), ("agent_id", agent_id), ("env", env)];
        for (name, part) in parts {
            reader.short(&Place::PATH.key(name), RawJson::from_text(part).view(), Self::MOST);
        }
    }

    /// Whether some policy may be stored here: no column holds U+0000, and no database can be asked
    /// for it.
    pub fn is_possible(&self) -> bool {
        let Self { tenant_id, app_id, agent_id, env } = self;
        [tenant_id, app_id, agent_id, env].iter().all(|part| !part.contains('\0'))
    }
}

/// A version of a policy as answers show it.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Where it applies.
    pub scope: Scope,
    /// Which version of the scope's it is, counted from 1.
    pub version_number: i64,
    /// The policy itself.
    pub policy: RawObject,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Who wrote it.
    pub created_by: Option<String>,
}

impl Policy {
    /// The policy's JSON text.
    pub fn to_json(&self) -> String {
        let Self { scope, version_number, policy, created_at, created_by } = self;
        let Scope { tenant_id, app_id, agent_id, env } = scope;
        object(|object| {
            object.text("tenant_id", tenant_id);
            object.text("app_id", app_id);
            object.text("agent_id", agent_id);
            object.text("env", env);
            object.plain("version_number", *version_number);
            object.json("policy", policy.as_str());
            object.text("created_at", &time(*created_at));
            object.nullable_text("created_by", created_by.as_deref());
        })
    }
}

/// The request that writes a policy. Other keys of its body are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPolicy {
    /// The policy itself.
    pub policy: RawObject,
    /// Why it is written.
    pub change_reason: Option<String>,
}

impl NewPolicy {
    /// The level around the policy: the body.
    pub const WRAPPING: usize = 1;

    /// Reads the body; what is wrong with the scope of the path stands first.
    pub fn read(scope: &Scope, body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        scope.check(&mut reader);
        let fields = Self::fields(&mut reader, body);
        let problems = reader.into_problems();
        fields.filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn fields(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [policy, change_reason] = members(model, ["policy", "change_reason"]);
        let place = Place::BODY.key("policy");
        let policy =
            reader.required(&place, model, policy).and_then(|value| reader.policy(&place, value));
        let place = Place::BODY.key("change_reason");
        let change_reason = nullable(change_reason).and_then(|value| reader.plain(&place, value));
        Some(Self { policy: policy?, change_reason })
    }
}

/// Which policy of a scope is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyQuery {
    /// A version; the latest if none.
    pub version: Option<i64>,
    /// Whether it is merged over those of broader scopes.
    pub resolved: bool,
}

impl PolicyQuery {
    /// Reads a query string.
    pub fn read(query: &str) -> Result<Self, Problems> {
        let pairs = query::parse(query);
        let mut reader = Reader::default();
        let version = reader.in_query("version", last(&pairs, "version")).map(in_64_bits);
        let resolved = reader.switch("resolved", last(&pairs, "resolved"), false);
        let problems = reader.into_problems();
        if problems.is_empty() { Ok(Self { version, resolved }) } else { Err(problems) }
    }
}

/// The body that has a policy checked (contract §2.4, only named there).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyToCheck {
    /// The policy.
    pub policy: RawObject,
}

impl PolicyToCheck {
    /// Reads the body.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let fields = NewPolicy::fields(&mut reader, body);
        let problems = reader.into_problems();
        match fields {
            Some(NewPolicy { policy, change_reason: _ }) if problems.is_empty() => {
                Ok(Self { policy })
            }
            _ => Err(problems),
        }
    }
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of it: one of Pydantic's types, or the vendor's own word.
    pub code: &'static str,
    /// The way to it in the policy, its steps joined by points; empty for the policy itself.
    pub loc: String,
    /// What it is, for people.
    pub message: String,
}

impl Finding {
    fn to_json(&self) -> String {
        let Self { code, loc, message } = self;
        object(|object| {
            object.text("code", code);
            object.text("loc", loc);
            object.text("message", message);
        })
    }
}

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What the vendor's schema refuses.
    pub blockers: Vec<Finding>,
    /// What it takes, but somebody should look at.
    pub warnings: Vec<Finding>,
}

impl Findings {
    /// The answer's JSON text.
    pub fn to_json(&self) -> String {
        let Self { blockers, warnings } = self;
        let list = |findings: &[Finding]| array(findings.iter().map(Finding::to_json));
        object(|object| {
            object.plain("valid", blockers.is_empty());
            object.json("blockers", &list(blockers));
            object.json("warnings", &list(warnings));
        })
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;

    fn usual() -> Scope {
        let [tenant, app, agent, env] = ["t", "a", "default", "prod"].map(str::to_owned);
        Scope::of_path((tenant, app, agent, env))
    }

    fn read(scope: &Scope, text: &str) -> Result<NewPolicy, String> {
        let body = Body::Json(RawJson::parse(text).expect(text));
        NewPolicy::read(scope, &body).map_err(|problems| problems.detail())
    }

    #[test]
    fn a_policy_keeps_its_bytes() {
        let policy = r#"{ "pii" : {"x": 1.0, "x": 12E00, "\u0070": "\ud800"} }"#;
        let new = read(&usual(), &format!(r#"{{"policy":{policy},"change_reason":null}}"#));
        let new = new.expect("valid");
        assert_eq!((new.policy.as_str(), new.change_reason), (policy, None));
        let shown = Policy {
            scope: usual(),
            version_number: 3,
            policy: new.policy,
            created_at: "2026-04-22T12:00:00Z".parse().expect("a time"),
            created_by: Some("dana".to_owned()),
        };
        assert_eq!(
            shown.to_json(),
            format!(
                r#"{{"tenant_id":"t","app_id":"a","agent_id":"default","env":"prod","version_number":3,"policy":{policy},"created_at":"2026-04-22T12:00:00.000000Z","created_by":"dana"}}"#
            )
        );
    }

    #[test]
    fn all_problems_of_the_path_and_the_body() {
        let scope = Scope { tenant_id: "x".repeat(129), env: "a\0".to_owned(), ..usual() };
        let refusal = read(&scope, r#"{"change_reason":5}"#).expect_err("refused");
        let expected = [
            format!(
                r#"{{"type":"string_too_long","loc":["path","tenant_id"],"msg":"String should have at most 128 characters","input":"{}","ctx":{{"max_length":128}}}}"#,
                scope.tenant_id
            ),
            r#"{"type":"value_error","loc":["path","env"],"msg":"Value error, env holds the character U+0000 at position 2, which cannot be stored","input":"a\u0000","ctx":{"error":{}}}"#.to_owned(),
            r#"{"type":"missing","loc":["body","policy"],"msg":"Field required","input":{"change_reason":5}}"#.to_owned(),
            r#"{"type":"string_type","loc":["body","change_reason"],"msg":"Input should be a valid string","input":5}"#.to_owned(),
        ];
        assert_eq!(refusal, format!("[{}]", expected.join(",")));
        assert!(!scope.is_possible() && usual().is_possible());
        for (policy, kind) in [("[]", "dict_type"), ("null", "dict_type"), ("5", "dict_type")] {
            let refusal = read(&usual(), &format!(r#"{{"policy":{policy}}}"#));
            assert!(refusal.expect_err("refused").contains(kind), "{policy}");
        }
    }

    #[test]
    fn numbers_that_no_runtime_can_read_are_refused_where_they_stand() {
        let long = "1".repeat(4301);
        let body = format!(r#"{{"policy":{{"a":[0,{{"b":1e400}}],"c":{long},"d":1e308}}}}"#);
        let expected = [
            r#"{"type":"finite_number","loc":["body","policy","a",1,"b"],"msg":"Input should be a finite number","input":1e400}"#.to_owned(),
            format!(
                r#"{{"type":"int_parsing_size","loc":["body","policy","c"],"msg":"Unable to parse input string as an integer, exceeded maximum size","input":{long}}}"#
            ),
        ];
        assert_eq!(read(&usual(), &body), Err(format!("[{}]", expected.join(","))));
    }

    #[test]
    fn queries() {
        let query = |text: &str| PolicyQuery::read(text).map_err(|problems| problems.detail());
        let expected = |version, resolved| Ok(PolicyQuery { version, resolved });
        assert_eq!(query(""), expected(None, false));
        assert_eq!(query("version=2&resolved=Yes"), expected(Some(2), true));
        assert_eq!(query("version=-1&resolved=0&x=1"), expected(Some(-1), false));
        assert_eq!(query("version=99999999999999999999"), expected(Some(i64::MAX), false));
        assert_eq!(
            query("resolved=maybe&version="),
            Err(r#"[{"type":"int_parsing","loc":["query","version"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":""},{"type":"bool_parsing","loc":["query","resolved"],"msg":"Input should be a valid boolean, unable to interpret input","input":"maybe"}]"#.to_owned())
        );
    }

    #[test]
    fn findings() {
        let finding =
            |loc: &str| Finding { code: "bool_type", loc: loc.to_owned(), message: "m".to_owned() };
        assert_eq!(Findings::default().to_json(), r#"{"valid":true,"blockers":[],"warnings":[]}"#);
        let found =
            Findings { blockers: vec![finding("pii.enabled")], warnings: vec![finding("")] };
        assert_eq!(
            found.to_json(),
            r#"{"valid":false,"blockers":[{"code":"bool_type","loc":"pii.enabled","message":"m"}],"warnings":[{"code":"bool_type","loc":"","message":"m"}]}"#
        );
    }
}
