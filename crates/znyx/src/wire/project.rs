//! Projects and their environments.

use chrono::{DateTime, Utc};
use evalstone_core::json::{View, object};
use evalstone_core::key::RawKey;
use evalstone_core::project::MAX_ENVIRONMENT_NAME;

use super::time;
use crate::body::Body;
use crate::json::array;
use crate::validation::{Place, Problems, Reader, members};

/// A project as answers show it (contract §2.4).
#[derive(Debug)]
pub struct Project {
    /// The UUID.
    pub id: String,
    /// The organization's UUID.
    pub org_id: String,
    /// The name, any text.
    pub name: String,
    /// The short name that may stand for the id in paths.
    pub slug: String,
    /// Its environments.
    pub environments: Vec<Environment>,
    /// Their runtime keys. How many they are is shown, too.
    pub runtime_keys: Vec<RuntimeKey>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// An environment of a project.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The UUID.
    pub id: String,
    /// The project's UUID.
    pub project_id: String,
    /// The name, which may stand for the id in paths.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A runtime key of an environment.
#[derive(Debug)]
pub struct RuntimeKey {
    /// The environment's name.
    pub env_name: String,
    /// The environment's UUID.
    pub env_id: String,
    /// The key itself, which only the answer has that made it.
    pub raw_key: Option<RawKey>,
    /// Its first characters.
    pub key_prefix: String,
    /// When it stops working, if ever.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Project {
    /// The project's JSON text.
    pub fn to_json(&self) -> String {
        let Self { id, org_id, name, slug, environments, runtime_keys, created_at } = self;
        object(|object| {
            object.text("id", id);
            object.text("org_id", org_id);
            object.text("name", name);
            object.text("slug", slug);
            object.json("environments", &array(environments.iter().map(Environment::to_json)));
            object.plain("runtime_keys_created", runtime_keys.len());
            object.json("runtime_keys", &array(runtime_keys.iter().map(RuntimeKey::to_json)));
            object.text("created_at", &time(*created_at));
        })
    }
}

impl Environment {
    /// The environment's JSON text.
    pub fn to_json(&self) -> String {
        let Self { id, project_id, name, created_at } = self;
        object(|object| {
            object.text("id", id);
            object.text("project_id", project_id);
            object.text("name", name);
            object.text("created_at", &time(*created_at));
        })
    }
}

impl RuntimeKey {
    fn to_json(&self) -> String {
        let Self { env_name, env_id, raw_key, key_prefix, expires_at } = self;
        object(|object| {
            object.text("env_name", env_name);
            object.text("env_id", env_id);
            if let Some(raw_key) = raw_key {
                object.text("raw_key", raw_key.expose());
            }
            object.text("key_prefix", key_prefix);
            object.nullable_text("expires_at", expires_at.map(time).as_deref());
        })
    }
}

/// The body that makes a project. Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProject {
    /// The name, any text.
    pub name: String,
}

impl NewProject {
    /// There is no payload in the body that would be inside of anything.
    pub const WRAPPING: usize = 0;

    /// Reads the body.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let name = read_name(body, Reader::plain)?;
        Ok(Self { name })
    }
}

/// The body that makes an environment. Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEnvironment {
    /// The name: 1 to 64 characters.
    pub name: String,
}

impl NewEnvironment {
    /// There is no payload in the body that would be inside of anything.
    pub const WRAPPING: usize = 0;

    /// Reads the body.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let name = read_name(body, |reader, place, value| {
            reader.short(place, value, MAX_ENVIRONMENT_NAME)
        })?;
        Ok(Self { name })
    }
}

/// The one field of a body, by the rule that its text must meet.
fn read_name(
    body: &Body,
    rule: impl FnOnce(&mut Reader, &Place<'_>, View<'_>) -> Option<String>,
) -> Result<String, Problems> {
    let mut reader = Reader::default();
    let name = reader.body(body).and_then(|model| {
        let [name] = members(model, ["name"]);
        let place = Place::BODY.key("name");
        let value = reader.required(&place, model, name)?;
        rule(&mut reader, &place, value)
    });
    name.ok_or_else(|| reader.into_problems())
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;

    fn body(text: &str) -> Body {
        Body::Json(RawJson::parse(text).expect(text))
    }

    fn key(raw_key: Option<RawKey>) -> RuntimeKey {
        RuntimeKey {
            env_name: "dev".to_owned(),
            env_id: "e".to_owned(),
            raw_key,
            key_prefix: "evs_".to_owned(),
            expires_at: None,
        }
    }

    #[test]
    fn the_keys_of_a_project_in_the_order_of_the_page() {
        let created_at = "2026-04-22T12:00:00Z".parse().expect("a time");
        let environment = Environment {
            id: "e".to_owned(),
            project_id: "p".to_owned(),
            name: "dev".to_owned(),
            created_at,
        };
        let project = Project {
            id: "p".to_owned(),
            org_id: "o".to_owned(),
            name: "n".to_owned(),
            slug: "s".to_owned(),
            environments: vec![environment],
            runtime_keys: vec![key(None)],
            created_at,
        };
        assert_eq!(
            project.to_json(),
            r#"{"id":"p","org_id":"o","name":"n","slug":"s","environments":[{"id":"e","project_id":"p","name":"dev","created_at":"2026-04-22T12:00:00.000000Z"}],"runtime_keys_created":1,"runtime_keys":[{"env_name":"dev","env_id":"e","key_prefix":"evs_","expires_at":null}],"created_at":"2026-04-22T12:00:00.000000Z"}"#
        );
    }

    #[test]
    fn a_key_shows_its_value_where_it_was_made() {
        let raw = RawKey::import("secret").expect("a key");
        assert_eq!(
            key(Some(raw)).to_json(),
            r#"{"env_name":"dev","env_id":"e","raw_key":"secret","key_prefix":"evs_","expires_at":null}"#
        );
    }

    #[test]
    fn names() {
        let project = |text| NewProject::read(&body(text)).map_err(|problems| problems.detail());
        assert_eq!(project(r#"{"name":"","slug":5}"#), Ok(NewProject { name: String::new() }));
        assert_eq!(
            project("{}"),
            Err(r#"[{"type":"missing","loc":["body","name"],"msg":"Field required","input":{}}]"#
                .to_owned())
        );
        let environment =
            |text: &str| NewEnvironment::read(&body(text)).map_err(|problems| problems.detail());
        let long = "\u{e9}".repeat(64);
        assert_eq!(
            environment(&format!(r#"{{"name":"{long}"}}"#)),
            Ok(NewEnvironment { name: long.clone() })
        );
        for (name, kind) in [
            (r#""""#.to_owned(), "string_too_short"),
            (format!("\"{long}x\""), "string_too_long"),
            ("null".to_owned(), "string_type"),
        ] {
            let refusal = environment(&format!(r#"{{"name":{name}}}"#)).expect_err(kind);
            assert!(refusal.starts_with(&format!(r#"[{{"type":"{kind}","#)), "{refusal}");
        }
    }
}
