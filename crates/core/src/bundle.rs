//! Bundles: policies as they are published to the runtimes of an environment.

use chrono::{DateTime, Utc};

use crate::id::{BundleId, EnvironmentId, ProjectId};
use crate::json::{ObjectBuilder, RawObject};
use crate::policy::{ANY, PolicyScope, PolicyVersion, merge};

/// The environment of runtimes that name none.
pub const DEFAULT_ENVIRONMENT: &str = "prod";

/// A bundle to be published.
#[derive(Clone, Debug)]
pub struct NewBundle {
    /// What is in force in the environment.
    pub policies: RawObject,
    /// Who publishes it.
    pub published_by: Option<String>,
}

/// A published bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The identifier.
    pub id: BundleId,
    /// The project that it is for.
    pub project: ProjectId,
    /// The environment that it is for.
    pub environment: EnvironmentId,
    /// That environment's name.
    pub environment_name: String,
    /// Which of the environment's bundles it is, counted from 1.
    pub version: i64,
    /// What is in force in the environment.
    pub policies: RawObject,
    /// What is in force for agents that have a policy of their own, by [`scope_key`].
    pub scope_policies: RawObject,
    /// Its [`bundle_hash`](crate::policy::bundle_hash).
    pub hash: String,
    /// Who published it.
    pub published_by: Option<String>,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Whether it is the one that the environment's runtimes get.
    pub active: bool,
}

/// A bundle without its policies, which may be long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleHead {
    /// The identifier.
    pub id: BundleId,
    /// Which of the environment's bundles it is, counted from 1.
    pub version: i64,
    /// Its [`bundle_hash`](crate::policy::bundle_hash).
    pub hash: String,
    /// Who published it.
    pub published_by: Option<String>,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Whether it is the one that the environment's runtimes get.
    pub active: bool,
}

impl From<&Bundle> for BundleHead {
    fn from(bundle: &Bundle) -> Self {
        let Bundle {
            id,
            project: _,
            environment: _,
            environment_name: _,
            version,
            policies: _,
            scope_policies: _,
            hash,
            published_by,
            published_at,
            active,
        } = bundle;
        Self {
            id: *id,
            version: *version,
            hash: hash.clone(),
            published_by: published_by.clone(),
            published_at: *published_at,
            active: *active,
        }
    }
}

/// How a bundle names a scope: its parts joined by colons.
#[must_use]
pub fn scope_key(scope: &PolicyScope) -> String {
    let PolicyScope { tenant, app, agent, env } = scope;
    let parts = [tenant, app, agent, env];
    parts.map(|part| if part.is_empty() { ANY } else { part }).join(":")
}

/// What is in force for each of these agents, by [`scope_key`]: a runtime takes the policy that it
/// finds for an agent as it is, so each agent's own lies over the environment's.
#[must_use]
pub fn scope_policies(policies: &RawObject, agents: &[PolicyVersion]) -> RawObject {
    let add = |object: ObjectBuilder, agent: &PolicyVersion| {
        object.member(&scope_key(&agent.scope), merge(policies, &agent.policy).view())
    };
    agents.iter().fold(ObjectBuilder::new(), add).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::policy_hash;
    use crate::samples::object;

    fn agent(agent: &str, policy: &str) -> PolicyVersion {
        let policy = object(policy);
        PolicyVersion {
            scope: PolicyScope {
                tenant: "o".to_owned(),
                app: "p".to_owned(),
                agent: agent.to_owned(),
                env: "prod".to_owned(),
            },
            version: 1,
            hash: policy_hash(&policy),
            policy,
            change_reason: None,
            created_by: None,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_agents_policy_lies_over_the_environments() {
        let policies = object(r#"{"pii":{"enabled":true,"action":"WARN"}}"#);
        let agents = [
            agent("support", r#"{"pii":{"action":"BLOCK"}}"#),
            agent("a:\"b\"", r#"{"secrets":{ "enabled" : true }}"#),
        ];
        assert_eq!(
            scope_policies(&policies, &agents).as_str(),
            concat!(
                r#"{"o:p:support:prod":{"pii":{"enabled":true,"action":"BLOCK"}},"#,
                r#""o:p:a:\"b\":prod":{"pii":{"enabled":true,"action":"WARN"},"#,
                r#""secrets":{ "enabled" : true }}}"#
            )
        );
        assert_eq!(scope_policies(&policies, &[]), RawObject::empty());
    }

    #[test]
    fn a_part_without_text_is_any() {
        let scope = PolicyScope {
            tenant: String::new(),
            app: "p".to_owned(),
            agent: "*".to_owned(),
            env: String::new(),
        };
        assert_eq!(scope_key(&scope), "*:p:*:*");
    }
}
