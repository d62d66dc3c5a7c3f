//! Guardrail policies: what a runtime that evaluates texts is told to look for.
//!
//! A policy is an object keyed by detector, stored under a scope and versioned there. Broader
//! scopes lie below narrower ones ([`resolve`]); digests tell two policies apart as the runtimes do
//! ([`policy_hash`], [`bundle_hash`]).

mod merge;

use chrono::{DateTime, Utc};

use crate::digest::Digest;
use crate::json::{RawObject, python};

pub use merge::merge;

/// Stands for whatever a part of a scope may be.
pub const ANY: &str = "*";
/// The agent that requests name when they name none.
pub const DEFAULT_AGENT: &str = "default";

/// Where a policy applies. Each part is any text without U+0000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyScope {
    /// Whom it is for, usually an organization's id.
    pub tenant: String,
    /// Which of its applications, usually a project's id.
    pub app: String,
    /// Which agent of the application.
    pub agent: String,
    /// Which environment, such as `prod`.
    pub env: String,
}

impl PolicyScope {
    /// What each part of a scope may be that covers this one: the same, any, and of agents the
    /// default one.
    #[must_use]
    pub fn covering(&self) -> [Vec<String>; 4] {
        let Self { tenant, app, agent, env } = self;
        let same_or_any = |part: &String| vec![part.clone(), ANY.to_owned()];
        let mut agents = same_or_any(agent);
        agents.push(DEFAULT_AGENT.to_owned());
        [same_or_any(tenant), same_or_any(app), agents, same_or_any(env)]
    }

    /// How narrow a scope is that covers this one, to be compared with another that does: first by
    /// the tenant, then the application, the agent and the environment.
    fn narrowness(&self, covering: &Self) -> [u8; 4] {
        let Self { tenant, app, agent, env } = covering;
        let rank = |part: &String, wanted: &String| match part {
            part if part == wanted => 2,
            part if part == DEFAULT_AGENT => 1,
            _ => 0,
        };
        let ranks =
            [(tenant, &self.tenant), (app, &self.app), (agent, &self.agent), (env, &self.env)];
        ranks.map(|(part, wanted)| rank(part, wanted))
    }
}

/// A policy to be stored.
#[derive(Clone, Debug)]
pub struct NewPolicy {
    /// Where it applies.
    pub scope: PolicyScope,
    /// The policy itself.
    pub policy: RawObject,
    /// Why it is changed.
    pub change_reason: Option<String>,
    /// Who says so.
    pub created_by: Option<String>,
}

/// A stored policy: one version of its scope's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Where it applies.
    pub scope: PolicyScope,
    /// Which version of the scope's it is, counted from 1.
    pub version: i64,
    /// The policy itself.
    pub policy: RawObject,
    /// Its [`policy_hash`].
    pub hash: String,
    /// Why it was changed.
    pub change_reason: Option<String>,
    /// Who said so.
    pub created_by: Option<String>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

/// The digest by which runtimes name a policy that they load from a file: the first 16 hexadecimal
/// digits of the SHA-256 of its Python JSON.
#[must_use]
pub fn policy_hash(policy: &RawObject) -> String {
    let mut hash = Digest::of(python(policy.view()).as_bytes()).to_string();
    hash.truncate(16);
    hash
}

/// The digest by which runtimes check a bundle: `sha256:` and the SHA-256 of the Python JSON of its
/// policies together with those of scopes of their own.
#[must_use]
pub fn bundle_hash(policies: &RawObject, scope_policies: &RawObject) -> String {
    let (policies, scope_policies) = (python(policies.view()), python(scope_policies.view()));
    let text = format!(r#"{{"policies":{policies},"scope_policies":{scope_policies}}}"#);
    format!("sha256:{}", Digest::of(text.as_bytes()))
}

/// What is in force in a scope, out of the versions whose scopes cover it: each is merged over the
/// broader ones. The answer is the narrowest version with the merged policy; none when nothing
/// covers the scope.
#[must_use]
pub fn resolve(scope: &PolicyScope, mut covering: Vec<PolicyVersion>) -> Option<PolicyVersion> {
    covering.sort_by_key(|version| scope.narrowness(&version.scope));
    let mut resolved = covering.pop()?;
    let mut below = covering.into_iter().map(|version| version.policy);
    if let Some(broadest) = below.next() {
        let merged = below.fold(broadest, |base, policy| merge(&base, &policy));
        resolved.policy = merge(&merged, &resolved.policy);
        resolved.hash = policy_hash(&resolved.policy);
    }
    Some(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::object;

    /// The digests that Python 3.11 computes of what it reads from these texts.
    #[test]
    fn digests_are_those_of_the_runtimes() {
        for (text, hash) in [
            ("{}", "44136fa355b3678a"),
            (
                r#"{"pii":{"enabled":true,"action":"REDACT"},"jailbreak":{"enabled":true,"threshold":60}}"#,
                "cb6211bd24c28853",
            ),
            (
                r#"{"topic_restriction":{"blocked_topics":["Börse","📈","\ud800"],"x":1e16,"y":-0,"x":1e-7}}"#,
                "797c5c5acf518244",
            ),
        ] {
            assert_eq!(policy_hash(&object(text)), hash, "{text}");
        }
        let (policies, scopes) =
            (object(r#"{"pii":{"enabled":true}}"#), object(r#"{"o:p:a:prod":{}}"#));
        assert_eq!(
            bundle_hash(&RawObject::empty(), &RawObject::empty()),
            "sha256:643420c9e43373b61398556310c1bfdbeea78b5f656313b9b3619988eebf5d2a"
        );
        assert_eq!(
            bundle_hash(&policies, &scopes),
            "sha256:985a94234e12d4f7cc52027c5a3665bfc870c2c451a1480ad6a51b3d465e9867"
        );
    }

    fn scope(parts: [&str; 4]) -> PolicyScope {
        let [tenant, app, agent, env] = parts.map(str::to_owned);
        PolicyScope { tenant, app, agent, env }
    }

    fn version(parts: [&str; 4], version: i64, policy: &str) -> PolicyVersion {
        let policy = object(policy);
        PolicyVersion {
            scope: scope(parts),
            version,
            hash: policy_hash(&policy),
            policy,
            change_reason: None,
            created_by: None,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn narrower_scopes_win_in_whatever_order_they_come() {
        let stored = [
            version(["*", "*", "*", "*"], 1, r#"{"n":0,"a":0}"#),
            version(["*", "*", "*", "prod"], 2, r#"{"n":1,"b":1}"#),
            version(["t", "*", "*", "*"], 3, r#"{"n":2,"c":2}"#),
            version(["t", "*", "*", "prod"], 4, r#"{"n":3,"d":3}"#),
            version(["t", "a", "*", "*"], 5, r#"{"n":4,"e":4}"#),
            version(["t", "a", "*", "prod"], 6, r#"{"n":5,"f":5}"#),
            version(["t", "a", "default", "prod"], 7, r#"{"n":6,"g":6}"#),
            version(["t", "a", "g", "*"], 8, r#"{"n":7,"h":7}"#),
            version(["t", "a", "g", "prod"], 9, r#"{"n":8,"i":8}"#),
        ];
        let asked = scope(["t", "a", "g", "prod"]);
        for turn in 0..stored.len() {
            let mut order = stored.to_vec();
            order.rotate_left(turn);
            let resolved = resolve(&asked, order).expect("covered");
            assert_eq!(
                resolved.policy.as_str(),
                r#"{"n":8,"a":0,"b":1,"c":2,"d":3,"e":4,"f":5,"g":6,"h":7,"i":8}"#
            );
            assert_eq!((resolved.version, &resolved.scope), (9, &asked));
            assert_eq!(resolved.hash, policy_hash(&resolved.policy));
        }
    }

    #[test]
    fn a_single_policy_is_in_force_as_it_is_spelled() {
        let asked = scope(["t", "a", "default", "prod"]);
        let own = version(["t", "a", "default", "prod"], 3, r#"{ "a" : 1, "a":2, "apps": 3 }"#);
        assert_eq!(resolve(&asked, vec![own.clone()]), Some(own));
        assert_eq!(resolve(&asked, Vec::new()), None);
    }

    #[test]
    fn a_scope_is_covered_by_itself_any_and_the_default_agent() {
        let [tenants, apps, agents, envs] = scope(["t", "a", "g", "prod"]).covering();
        assert_eq!((tenants, apps), (vec!["t".into(), "*".into()], vec!["a".into(), "*".into()]));
        assert_eq!(agents, ["g", "*", "default"]);
        assert_eq!(envs, ["prod", "*"]);
    }
}
