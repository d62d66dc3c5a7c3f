//! Organizations, their projects, and their tokens (contract §2.4).

use std::collections::HashMap;

use evalstone_core::caller::Caller;
use evalstone_core::id::{EnvironmentId, OrganizationId};
use evalstone_core::key::{KeyKind, RawKey};
use evalstone_core::organization::{ApiKey, Organization};
use evalstone_core::project::{Environment, Project, ProjectOverview, RuntimeKey};

use crate::wire;

/// An organization as the vendor shows it.
pub fn organization(organization: Organization) -> wire::Organization {
    let Organization {
        id,
        number: _,
        slug,
        name,
        personal: _,
        default_pipeline: _,
        created_at,
        updated_at: _,
    } = organization;
    wire::Organization { id: id.to_string(), name, slug, created_at }
}

/// A project of this organization as the vendor shows it. `raw_keys` are its runtime keys' values,
/// in their order, where they were just made.
pub fn project(
    organization: OrganizationId,
    overview: ProjectOverview,
    raw_keys: impl IntoIterator<Item = RawKey>,
) -> wire::Project {
    let ProjectOverview { project, environments, runtime_keys } = overview;
    let Project { id, number: _, name, slug, created_at } = project;
    let names: HashMap<EnvironmentId, String> =
        environments.iter().map(|one| (one.id, one.name.clone())).collect();
    let mut raw_keys = raw_keys.into_iter();
    let shown = |key: RuntimeKey| {
        let RuntimeKey { environment: id, prefix, expires_at } = key;
        let raw_key = raw_keys.next();
        let env_name = names.get(&id)?.clone();
        let env_id = id.to_string();
        Some(wire::RuntimeKey { env_name, env_id, raw_key, key_prefix: prefix, expires_at })
    };
    wire::Project {
        id: id.to_string(),
        org_id: organization.to_string(),
        name,
        slug,
        runtime_keys: runtime_keys.into_iter().filter_map(shown).collect(),
        environments: environments.into_iter().map(environment).collect(),
        created_at,
    }
}

/// An environment as the vendor shows it.
pub fn environment(environment: Environment) -> wire::Environment {
    let Environment { id, number: _, project, name, created_at } = environment;
    wire::Environment { id: id.to_string(), project_id: project.to_string(), name, created_at }
}

/// A key of the caller's organization as the vendor shows a token, with its value where it was just
/// made.
pub fn token(caller: &Caller, key: ApiKey, raw_key: Option<RawKey>) -> wire::Token {
    let ApiKey {
        id: _,
        number,
        email: _,
        kind,
        project,
        environment,
        prefix,
        expires_at,
        last_used_at,
        revoked_at: _,
        created_at,
        rotated_at,
    } = key;
    wire::Token {
        id: number,
        key_type: kind,
        org_id: caller.organization.to_string(),
        project_id: project.map(|id| id.to_string()),
        environment_id: environment.map(|id| id.to_string()),
        key_prefix: prefix,
        raw_key,
        created_at,
        expires_at,
        last_used_at,
        rotated_at,
    }
}

/// The kind of token that a query names: all where it names none; none where there is no such kind.
pub fn kind(query: &wire::TokenQuery) -> Option<Option<KeyKind>> {
    match &query.kind {
        None => Some(None),
        Some(word) => KeyKind::from_word(word).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use evalstone_core::id::ProjectId;

    use super::*;

    fn at() -> DateTime<Utc> {
        "2026-04-22T12:00:00Z".parse().expect("a time")
    }

    #[test]
    fn each_runtime_key_stands_with_its_environment_and_its_value() {
        let id = ProjectId::generate();
        let environments: Vec<Environment> = ["dev", "prod"]
            .into_iter()
            .map(|name| Environment {
                id: EnvironmentId::generate(),
                number: 1,
                project: id,
                name: name.to_owned(),
                created_at: at(),
            })
            .collect();
        let runtime_keys: Vec<RuntimeKey> = environments
            .iter()
            .rev()
            .map(|one| RuntimeKey {
                environment: one.id,
                prefix: format!("p-{}", one.name),
                expires_at: None,
            })
            .collect();
        let project_of = |raw: Vec<RawKey>| {
            let overview = ProjectOverview {
                project: Project {
                    id,
                    number: 1,
                    name: "n".to_owned(),
                    slug: "s".to_owned(),
                    created_at: at(),
                },
                environments: environments.clone(),
                runtime_keys: runtime_keys.clone(),
            };
            let shown = project(OrganizationId::generate(), overview, raw);
            let value =
                |key: &wire::RuntimeKey| key.raw_key.as_ref().map(|k| k.expose().to_owned());
            let rows = shown.runtime_keys.iter();
            rows.map(|key| (key.env_name.clone(), key.key_prefix.clone(), value(key)))
                .collect::<Vec<_>>()
        };
        let row = |name: &str, raw: Option<&str>| {
            (name.to_owned(), format!("p-{name}"), raw.map(str::to_owned))
        };
        assert_eq!(project_of(Vec::new()), [row("prod", None), row("dev", None)]);
        let raw = ["first", "second"].map(|text| RawKey::import(text).expect("a key"));
        assert_eq!(
            project_of(raw.into()),
            [row("prod", Some("first")), row("dev", Some("second"))]
        );
    }

    #[test]
    fn kinds_of_tokens() {
        let kind = |word: Option<&str>| {
            kind(&wire::TokenQuery { project: None, kind: word.map(str::to_owned) })
        };
        assert_eq!(kind(None), Some(None));
        assert_eq!(kind(Some("ci")), Some(Some(KeyKind::Ci)));
        assert_eq!(kind(Some("CI")), None);
    }
}
