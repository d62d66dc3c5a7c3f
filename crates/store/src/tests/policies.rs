use std::time::Duration;

use evalstone_core::attempt::{Attempt, Fingerprint, Made, Sign};
use evalstone_core::caller::Caller;
use evalstone_core::json::RawObject;
use evalstone_core::policy::{NewPolicy, PolicyScope, PolicyVersion, policy_hash};

use super::{caller, on_both, organization};
use crate::Store;
use crate::attempts::Begun;

fn scope(text: &str) -> PolicyScope {
    let parts: Vec<String> = text.split('/').map(str::to_owned).collect();
    let [tenant, app, agent, env] = parts.try_into().expect("four parts");
    PolicyScope { tenant, app, agent, env }
}

fn policy(scope_text: &str, policy: &str) -> NewPolicy {
    NewPolicy {
        scope: scope(scope_text),
        policy: RawObject::trusted(policy.to_owned()),
        change_reason: None,
        created_by: None,
    }
}

async fn write(store: &Store, who: &Caller, scope: &str, text: &str) -> PolicyVersion {
    store.write_policy(who, policy(scope, text)).await.expect("written")
}

async fn found(
    store: &Store,
    who: &Caller,
    text: &str,
    version: Option<i64>,
) -> Option<PolicyVersion> {
    store.policy(who, &scope(text), version).await.expect("a query")
}

#[test]
fn versions_count_from_one_in_each_scope_and_stay() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let text = r#"{ "pii" : {"enabled": true, "x": 1.0, "x": 1e400} }"#;
        let reasoned = NewPolicy {
            change_reason: Some("why".to_owned()),
            created_by: Some("dana".to_owned()),
            ..policy("t/a/g/prod", text)
        };
        let first = store.write_policy(&me, reasoned).await.expect("written");
        assert_eq!((first.version, first.policy.as_str()), (1, text));
        assert_eq!(first.scope, scope("t/a/g/prod"));
        assert_eq!(first.hash, policy_hash(&first.policy));
        assert_eq!(first.change_reason.as_deref(), Some("why"));
        assert_eq!(first.created_by.as_deref(), Some("dana"));
        let second = write(&store, &me, "t/a/g/prod", "{}").await;
        assert_eq!((second.version, second.created_by.as_deref()), (2, None));
        assert_eq!(write(&store, &me, "t/a/*/prod", "{}").await.version, 1);
        assert_eq!(found(&store, &me, "t/a/g/prod", Some(1)).await, Some(first));
        assert_eq!(found(&store, &me, "t/a/g/prod", None).await, Some(second));
        for (missing, version) in
            [("t/a/g/prod", Some(3)), ("t/a/g/prod", Some(0)), ("t/a/g/PROD", None)]
        {
            assert_eq!(found(&store, &me, missing, version).await, None);
        }
    });
}

#[test]
fn writers_at_the_same_time_lose_no_version() {
    const WRITERS: usize = 40;
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let writers = (0..WRITERS).map(|writer| {
            let (store, me) = (store.clone(), me.clone());
            let text = format!(r#"{{"writer":{writer}}}"#);
            tokio::spawn(async move { write(&store, &me, "t/a/g/prod", &text).await })
        });
        let mut written = Vec::new();
        for writer in writers.collect::<Vec<_>>() {
            written.push(writer.await.expect("it ends"));
        }
        written.sort_by_key(|version| version.version);
        let versions: Vec<i64> = written.iter().map(|version| version.version).collect();
        assert_eq!(versions, (1..=40).collect::<Vec<i64>>());
        for version in written {
            let kept = found(&store, &me, "t/a/g/prod", Some(version.version)).await;
            assert_eq!(kept, Some(version));
        }
    });
}

#[test]
fn a_policy_is_resolved_out_of_the_latest_versions_that_cover_its_scope() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        for (scope, policy) in [
            ("*/*/*/*", r#"{"pii":{"old":true}}"#),
            ("*/*/*/*", r#"{"pii":{"enabled":true,"action":"WARN"}}"#),
            ("t/a/*/prod", r#"{"pii":{"action":"REDACT"}}"#),
            ("t/a/g/prod", r#"{"pii":{"action":"BLOCK"}}"#),
            ("t/a/g/prod", r#"{"toxicity":{"enabled":true}}"#),
            ("t/a/g/dev", r#"{"foreign":1}"#),
            ("t/b/*/prod", r#"{"foreign":1}"#),
            ("u/*/*/*", r#"{"foreign":1}"#),
        ] {
            write(&store, &me, scope, policy).await;
        }
        let resolved = |text: &'static str, version| {
            let (store, me) = (store.clone(), me.clone());
            async move {
                let found = store.resolved_policy(&me, &scope(text), version).await;
                found.expect("a query").map(|found| (found.version, found.policy.into_string()))
            }
        };
        assert_eq!(
            resolved("t/a/g/prod", None).await,
            Some((
                2,
                r#"{"pii":{"enabled":true,"action":"REDACT"},"toxicity":{"enabled":true}}"#.into()
            ))
        );
        let earlier = r#"{"pii":{"enabled":true,"action":"BLOCK"}}"#;
        assert_eq!(resolved("t/a/g/prod", Some(1)).await, Some((1, earlier.into())));
        assert_eq!(resolved("t/a/g/prod", Some(3)).await, None);
        let inherited = r#"{"pii":{"enabled":true,"action":"REDACT"}}"#;
        assert_eq!(resolved("t/a/h/prod", None).await, Some((1, inherited.into())));
        assert_eq!(resolved("t/a/h/prod", Some(1)).await, None);
        let broadest = r#"{"pii":{"enabled":true,"action":"WARN"}}"#;
        assert_eq!(resolved("x/y/z/w", None).await, Some((2, broadest.into())));
    });
}

#[test]
fn the_newest_policy_of_a_hash_is_found_whatever_its_spelling() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        write(&store, &me, "t/a/g/prod", r#"{"a":1,"b":2}"#).await;
        // Of two that were written in one millisecond, all that the clock counts, none is the newest.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let newest = write(&store, &me, "t/a/h/prod", r#"{ "b":2, "a":1 }"#).await;
        write(&store, &me, "t/a/h/prod", r#"{"a":1,"b":2.0}"#).await;
        let by_hash = store.policy_by_hash(&me, &newest.hash).await.expect("a query");
        assert_eq!(by_hash, Some(newest));
        assert_eq!(store.policy_by_hash(&me, "0123456789abcdef").await.expect("a query"), None);
    });
}

#[test]
fn another_organization_has_other_policies() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let mine = write(&store, &me, "*/*/*/*", r#"{"mine":1}"#).await;
        assert_eq!(found(&store, &eve, "*/*/*/*", None).await, None);
        let scope = scope("*/*/*/*");
        assert_eq!(store.resolved_policy(&eve, &scope, None).await.expect("a query"), None);
        assert_eq!(store.policy_by_hash(&eve, &mine.hash).await.expect("a query"), None);
        assert_eq!(write(&store, &eve, "*/*/*/*", "{}").await.version, 1);
    });
}

#[test]
fn a_repeated_write_is_done_once() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let attempt = || Attempt {
            fingerprint: Fingerprint::of(&[b"once"]),
            sign: Sign::Name { content: None },
            note: |made, _| match made {
                Made::Policy(policy) => Ok(policy.version.to_string()),
                other => Ok(format!("{other:?}")),
            },
            hold: None,
        };
        let Begun::First(who) = store.begin(me.clone(), Some(attempt())).await.expect("begun")
        else {
            panic!("nothing came before");
        };
        write(&store, &who, "t/a/g/prod", "{}").await;
        drop(who);
        let again = store.begin(me.clone(), Some(attempt())).await.expect("begun");
        assert!(matches!(again, Begun::Again(note) if note == "1"));
    });
}
