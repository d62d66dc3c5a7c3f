//! Bundles (contract §2.4, §5.4; the vendor's pages bundles/list, bundles/get, bundles/publish and
//! runtime/get-latest-bundle).

use chrono::{DateTime, Utc};
use evalstone_core::json::{RawObject, object};

use super::{in_64_bits, time};
use crate::body::Body;
use crate::validation::{Place, Problems, Reader, members};

/// The version of the format of [`BundleFile`].
const FORMAT: i64 = 1;

/// A bundle as lists show it.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The UUID.
    pub id: String,
    /// Which of its environment's bundles it is, counted from 1.
    pub version: i64,
    /// The digest of its policies.
    pub policy_hash: String,
    /// Whether the environment's runtimes get it.
    pub is_active: bool,
    /// Who published it.
    pub published_by: Option<String>,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

impl Bundle {
    /// The bundle's JSON text.
    pub fn to_json(&self) -> String {
        self.written(None)
    }

    fn written(&self, policies: Option<&RawObject>) -> String {
        let Self { id, version, policy_hash, is_active, published_by, published_at } = self;
        object(|object| {
            object.text("id", id);
            object.plain("version", *version);
            object.text("policy_hash", policy_hash);
            object.plain("is_active", *is_active);
            object.nullable_text("published_by", published_by.as_deref());
            object.text("published_at", &time(*published_at));
            if let Some(policies) = policies {
                object.json("policies_json", policies.as_str());
            }
        })
    }
}

/// A bundle with its policies.
#[derive(Clone, Debug)]
pub struct BundleDetail {
    /// What lists show of it.
    pub bundle: Bundle,
    /// What is in force in the environment.
    pub policies_json: RawObject,
}

impl BundleDetail {
    /// The bundle's JSON text.
    pub fn to_json(&self) -> String {
        let Self { bundle, policies_json } = self;
        bundle.written(Some(policies_json))
    }
}

/// A bundle as a runtime loads it. It is not signed.
#[derive(Clone, Debug)]
pub struct BundleFile {
    /// The UUID.
    pub bundle_id: String,
    /// The organization's UUID.
    pub org_id: String,
    /// The project's UUID.
    pub project_id: String,
    /// The environment's name.
    pub environment: String,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// What is in force.
    pub policies: RawObject,
    /// The digest of both kinds of policies.
    pub policy_hash: String,
    /// What is in force for agents that have a policy of their own.
    pub scope_policies: RawObject,
}

impl BundleFile {
    /// The file's JSON text.
    pub fn to_json(&self) -> String {
        let Self {
            bundle_id,
            org_id,
            project_id,
            environment,
            published_at,
            policies,
            policy_hash,
            scope_policies,
        } = self;
        object(|object| {
            object.plain("version", FORMAT);
            object.text("bundle_id", bundle_id);
            object.text("org_id", org_id);
            object.text("project_id", project_id);
            object.text("environment", environment);
            object.text("published_at", &time(*published_at));
            object.json("policies", policies.as_str());
            object.text("policy_hash", policy_hash);
            object.json("signature", "null");
            object.json("scope", r#"{"tenant_id":"","app_id":"","agent_id":"","env":""}"#);
            object.json("scope_policies", scope_policies.as_str());
            object.json("signature_v2", "null");
        })
    }

    /// What tells this bundle from any other in an `ETag`. Its id is a part of it: the runtimes name
    /// the bundle by it in what they decide.
    pub fn tag(&self) -> String {
        format!("{}-{}", self.bundle_id, self.policy_hash)
    }
}

/// The body that publishes a bundle. Other keys are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBundle {
    /// What is in force in the environment.
    pub policies: RawObject,
    /// Who publishes it.
    pub published_by: Option<String>,
}

impl NewBundle {
    /// The level around the policies: the body.
    pub const WRAPPING: usize = 1;

    /// Reads the body. Who publishes may be left out, but is no null.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let fields = Self::fields(&mut reader, body);
        let problems = reader.into_problems();
        fields.filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn fields(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [policies, published_by] = members(model, ["policies", "published_by"]);
        let place = Place::BODY.key("policies");
        let policies =
            reader.required(&place, model, policies).and_then(|value| reader.policy(&place, value));
        let place = Place::BODY.key("published_by");
        let published_by = published_by.and_then(|value| reader.plain(&place, value));
        Some(Self { policies: policies?, published_by })
    }
}

/// The version that a path names.
pub fn bundle_version(segment: &str) -> Result<i64, Problems> {
    let mut reader = Reader::default();
    let version = reader.in_path("version", segment).map(in_64_bits);
    version.ok_or_else(|| reader.into_problems())
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;

    fn object_of(text: &str) -> RawObject {
        RawJson::parse(text).expect(text).try_into().expect(text)
    }

    fn read(text: &str) -> Result<NewBundle, String> {
        let body = Body::Json(RawJson::parse(text).expect(text));
        NewBundle::read(&body).map_err(|problems| problems.detail())
    }

    #[test]
    fn a_bundle_with_and_without_its_policies() {
        let bundle = Bundle {
            id: "b".to_owned(),
            version: 2,
            policy_hash: "sha256:0".to_owned(),
            is_active: true,
            published_by: None,
            published_at: "2026-04-22T12:00:00Z".parse().expect("a time"),
        };
        let row = r#"{"id":"b","version":2,"policy_hash":"sha256:0","is_active":true,"published_by":null,"published_at":"2026-04-22T12:00:00.000000Z""#;
        assert_eq!(bundle.to_json(), format!("{row}}}"));
        let detail = BundleDetail { bundle, policies_json: object_of(r#"{ "a" : 1.0 }"#) };
        assert_eq!(detail.to_json(), format!(r#"{row},"policies_json":{{ "a" : 1.0 }}}}"#));
    }

    #[test]
    fn a_file_has_every_key_of_the_format() {
        let file = BundleFile {
            bundle_id: "b".to_owned(),
            org_id: "o".to_owned(),
            project_id: "p".to_owned(),
            environment: "prod".to_owned(),
            published_at: "2026-04-22T12:00:00Z".parse().expect("a time"),
            policies: object_of(r#"{ "a" : 1.0 }"#),
            policy_hash: "sha256:0".to_owned(),
            scope_policies: object_of("{}"),
        };
        assert_eq!(
            file.to_json(),
            r#"{"version":1,"bundle_id":"b","org_id":"o","project_id":"p","environment":"prod","published_at":"2026-04-22T12:00:00.000000Z","policies":{ "a" : 1.0 },"policy_hash":"sha256:0","signature":null,"scope":{"tenant_id":"","app_id":"","agent_id":"","env":""},"scope_policies":{},"signature_v2":null}"#
        );
        assert_eq!(file.tag(), "b-sha256:0");
    }

    #[test]
    fn bodies_that_publish() {
        let bare = NewBundle { policies: object_of("{}"), published_by: None };
        assert_eq!(read(r#"{"policies":{},"x":1}"#), Ok(bare.clone()));
        let signed = NewBundle { published_by: Some("dana".to_owned()), ..bare };
        assert_eq!(read(r#"{"policies":{},"published_by":"dana"}"#), Ok(signed));
        let expected = [
            r#"{"type":"missing","loc":["body","policies"],"msg":"Field required","input":{"published_by":null}}"#,
            r#"{"type":"string_type","loc":["body","published_by"],"msg":"Input should be a valid string","input":null}"#,
        ];
        assert_eq!(read(r#"{"published_by":null}"#), Err(format!("[{}]", expected.join(","))));
        assert!(read(r#"{"policies":[]}"#).expect_err("refused").contains("dict_type"));
        assert!(
            read(r#"{"policies":{"a":1e999}}"#).expect_err("refused").contains("finite_number")
        );
    }

    #[test]
    fn versions_in_paths() {
        let version = |text: &str| bundle_version(text).map_err(|problems| problems.detail());
        assert_eq!(version("42"), Ok(42));
        assert_eq!(version("-1"), Ok(-1));
        assert_eq!(version("99999999999999999999"), Ok(i64::MAX));
        assert_eq!(
            version("latest"),
            Err(r#"[{"type":"int_parsing","loc":["path","version"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"latest"}]"#.to_owned())
        );
    }
}
