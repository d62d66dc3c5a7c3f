use evalstone_core::bundle::{Bundle, BundleHead, NewBundle};
use evalstone_core::caller::Caller;
use evalstone_core::error::Kind;
use evalstone_core::id::{EnvironmentId, ProjectId};
use evalstone_core::json::RawObject;
use evalstone_core::policy::{NewPolicy, PolicyScope, bundle_hash};
use evalstone_core::project::{Environment, Project};

use super::{caller, on_both, organization};
use crate::Store;

/// The organization's first project, and one of its environments.
async fn place(store: &Store, who: &Caller, name: &str) -> (Project, Environment) {
    let project = store.project(who, "default").await.expect("a query").expect("a project");
    let environment = store.environment(who, project.id, name).await.expect("a query");
    (project, environment.expect("an environment"))
}

fn object(text: &str) -> RawObject {
    RawObject::trusted(text.to_owned())
}

async fn publish(store: &Store, who: &Caller, at: EnvironmentId, policies: &str) -> Bundle {
    let new = NewBundle { policies: object(policies), published_by: None };
    store.publish_bundle(who, at, new).await.expect("published")
}

async fn heads(store: &Store, who: &Caller, at: EnvironmentId) -> Vec<(i64, bool)> {
    let list = store.bundles(who, at).await.expect("a query");
    list.into_iter().map(|BundleHead { version, active, .. }| (version, active)).collect()
}

#[test]
fn publishing_counts_and_activates_in_its_environment() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (project, prod) = place(&store, &me, "prod").await;
        let (_, dev) = place(&store, &me, "dev").await;
        assert_eq!(store.active_bundle(&me).await.expect("a query"), None);
        assert_eq!(heads(&store, &me, prod.id).await, []);
        let policies = r#"{ "pii" : {"enabled": true, "x": 1.0} }"#;
        let new = NewBundle { policies: object(policies), published_by: Some("dana".to_owned()) };
        let first = store.publish_bundle(&me, prod.id, new).await.expect("published");
        assert_eq!((first.version, first.active), (1, true));
        assert_eq!((first.project, first.environment), (project.id, prod.id));
        assert_eq!(first.environment_name, "prod");
        assert_eq!((first.policies.as_str(), first.scope_policies.as_str()), (policies, "{}"));
        assert_eq!(first.hash, bundle_hash(&first.policies, &first.scope_policies));
        assert_eq!(first.published_by.as_deref(), Some("dana"));
        assert_eq!(store.active_bundle(&me).await.expect("a query"), Some(first.clone()));
        publish(&store, &me, dev.id, "{}").await;
        assert_eq!(store.active_bundle(&me).await.expect("a query"), Some(first.clone()));
        let second = publish(&store, &me, prod.id, "{}").await;
        assert_eq!((second.version, second.published_by.as_deref()), (2, None));
        assert_eq!(heads(&store, &me, prod.id).await, [(2, true), (1, false)]);
        assert_eq!(heads(&store, &me, dev.id).await, [(1, true)]);
        let earlier = store.bundle_version(&me, prod.id, 1).await.expect("a query");
        assert_eq!(earlier.as_ref(), Some(&Bundle { active: false, ..first.clone() }));
        assert_eq!(store.bundle(&me, &first.id.to_string()).await.expect("a query"), earlier);
        let list = store.bundles(&me, prod.id).await.expect("a query");
        assert_eq!(list, [BundleHead::from(&second), BundleHead::from(&earlier.expect("found"))]);
    });
}

#[test]
fn an_earlier_bundle_can_be_made_active_again() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, prod) = place(&store, &me, "prod").await;
        for policies in [r#"{"a":1}"#, r#"{"a":2}"#] {
            publish(&store, &me, prod.id, policies).await;
        }
        for _ in 0..2 {
            let back = store.activate_bundle(&me, prod.id, 1).await.expect("a query");
            let back = back.expect("the version is there");
            assert!(back.active && back.policies.as_str() == r#"{"a":1}"#);
            assert_eq!(heads(&store, &me, prod.id).await, [(2, false), (1, true)]);
            assert_eq!(store.active_bundle(&me).await.expect("a query"), Some(back));
        }
        for missing in [i64::MIN, -1, 0, 3, i64::MAX] {
            let refused = store.activate_bundle(&me, prod.id, missing).await.expect("a query");
            assert_eq!(refused, None, "{missing}");
            let unknown = store.bundle_version(&me, prod.id, missing).await.expect("a query");
            assert_eq!(unknown, None, "{missing}");
        }
        assert_eq!(heads(&store, &me, prod.id).await, [(2, false), (1, true)]);
        assert_eq!(publish(&store, &me, prod.id, "{}").await.version, 3);
    });
}

#[test]
fn publishers_at_the_same_time_lose_no_version() {
    const PUBLISHERS: usize = 40;
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, prod) = place(&store, &me, "prod").await;
        let publishers = (0..PUBLISHERS).map(|publisher| {
            let (store, me) = (store.clone(), me.clone());
            let text = format!(r#"{{"publisher":{publisher}}}"#);
            tokio::spawn(async move { publish(&store, &me, prod.id, &text).await })
        });
        let mut versions = Vec::new();
        for publisher in publishers.collect::<Vec<_>>() {
            versions.push(publisher.await.expect("it ends").version);
        }
        versions.sort_unstable();
        assert_eq!(versions, (1..=40).collect::<Vec<i64>>());
        let expected: Vec<(i64, bool)> = (1..=40).rev().map(|v| (v, v == 40)).collect();
        assert_eq!(heads(&store, &me, prod.id).await, expected);
    });
}

#[test]
fn the_latest_policies_of_agents_go_with_a_bundle() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (project, prod) = place(&store, &me, "prod").await;
        let (tenant, app) = (acme.id.to_string(), project.id.to_string());
        for ([tenant, app, agent, env], policy) in [
            ([tenant.as_str(), &app, "support", "prod"], r#"{"pii":{"action":"WARN"}}"#),
            ([&tenant, &app, "support", "prod"], r#"{"pii":{"action":"BLOCK"}}"#),
            ([&tenant, &app, "a", "prod"], r#"{"secrets":{"enabled":true}}"#),
            ([&tenant, &app, "default", "prod"], r#"{"foreign":1}"#),
            ([&tenant, &app, "*", "prod"], r#"{"foreign":1}"#),
            ([&tenant, &app, "support", "dev"], r#"{"foreign":1}"#),
            ([&tenant, "*", "support", "prod"], r#"{"foreign":1}"#),
            (["*", &app, "support", "prod"], r#"{"foreign":1}"#),
        ] {
            let parts = [tenant, app, agent, env].map(str::to_owned);
            let [tenant, app, agent, env] = parts;
            let new = NewPolicy {
                scope: PolicyScope { tenant, app, agent, env },
                policy: object(policy),
                change_reason: None,
                created_by: None,
            };
            store.write_policy(&me, new).await.expect("written");
        }
        let published = publish(&store, &me, prod.id, r#"{"pii":{"enabled":true}}"#).await;
        let of_a = r#"{"pii":{"enabled":true},"secrets":{"enabled":true}}"#;
        let of_support = r#"{"pii":{"enabled":true,"action":"BLOCK"}}"#;
        let expected = format!(
            r#"{{"{tenant}:{app}:a:prod":{of_a},"{tenant}:{app}:support:prod":{of_support}}}"#
        );
        assert_eq!(published.scope_policies.as_str(), expected);
        assert_eq!(published.hash, bundle_hash(&published.policies, &published.scope_policies));
        let kept = store.bundle_version(&me, prod.id, 1).await.expect("a query");
        assert_eq!(kept, Some(published));
    });
}

#[test]
fn a_key_gets_the_active_bundle_of_its_place() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (project, prod) = place(&store, &me, "prod").await;
        let (_, dev) = place(&store, &me, "dev").await;
        let (_, staging) = place(&store, &me, "staging").await;
        let of_dev = publish(&store, &me, dev.id, r#"{"dev":1}"#).await;
        let of_prod = publish(&store, &me, prod.id, r#"{"prod":1}"#).await;
        let other = Some(ProjectId::generate());
        for (project, environment, expected) in [
            (None, None, Some(&of_prod)),
            (Some(project.id), None, Some(&of_prod)),
            (Some(project.id), Some(prod.id), Some(&of_prod)),
            (Some(project.id), Some(dev.id), Some(&of_dev)),
            (Some(project.id), Some(staging.id), None),
            (other, None, None),
        ] {
            let holder = Caller { project, environment, ..me.clone() };
            let active = store.active_bundle(&holder).await.expect("a query");
            assert_eq!(active.as_ref(), expected);
        }
    });
}

#[test]
fn bundles_are_found_by_their_hash_in_their_organization() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let (_, prod) = place(&store, &me, "prod").await;
        publish(&store, &me, prod.id, r#"{"a":1,"b":2}"#).await;
        let newest = publish(&store, &me, prod.id, r#"{"b":2,"a":1}"#).await;
        let by_hash = store.bundle_by_hash(&me, &newest.hash).await.expect("a query");
        assert_eq!(by_hash.as_ref(), Some(&newest));
        for unknown in ["", "sha256:0", "\0"] {
            assert_eq!(store.bundle_by_hash(&me, unknown).await.expect("a query"), None);
            assert_eq!(store.bundle(&me, unknown).await.expect("a query"), None);
        }
        assert_eq!(store.bundle_by_hash(&eve, &newest.hash).await.expect("a query"), None);
        assert_eq!(store.bundle(&eve, &newest.id.to_string()).await.expect("a query"), None);
        assert_eq!(store.active_bundle(&eve).await.expect("a query"), None);
        assert_eq!(heads(&store, &eve, prod.id).await, []);
        assert_eq!(store.activate_bundle(&eve, prod.id, 1).await.expect("a query"), None);
        let new = NewBundle { policies: object("{}"), published_by: None };
        let refused = store.publish_bundle(&eve, prod.id, new).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::NotFound);
    });
}
