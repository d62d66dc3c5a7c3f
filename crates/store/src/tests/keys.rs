use chrono::{TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Kind, Result};
use evalstone_core::id::{EnvironmentId, ProjectId};
use evalstone_core::key::{Grant, KeyKind, RawKey};
use evalstone_core::organization::{ApiKey, KeyFilter};

use super::{caller, on_both, organization};
use crate::access::NewKey;
use crate::{Backend, Store};

/// An administrator, a project of theirs and one of its environments.
async fn scene(store: &Store) -> (Caller, ProjectId, EnvironmentId) {
    let acme = organization(store, "acme").await;
    let me = caller(store, &acme, None).await;
    let project = store.project(&me, "default").await.expect("a query").expect("a project").id;
    let dev = store.environment(&me, project, "dev").await.expect("a query").expect("dev").id;
    (me, project, dev)
}

fn grant(kind: KeyKind, project: Option<ProjectId>, environment: Option<EnvironmentId>) -> Grant {
    Grant { kind, project, environment, lifetime: TimeDelta::days(90) }
}

fn raw() -> RawKey {
    RawKey::generate().expect("randomness")
}

async fn issue(store: &Store, who: &Caller, grant: Grant) -> Result<ApiKey> {
    store.issue_key(who, grant, &raw()).await
}

/// A grant whose time is over when the key is made.
fn over(grant: Grant) -> Grant {
    Grant { lifetime: TimeDelta::seconds(-1), ..grant }
}

#[test]
fn an_issued_key_stands_for_its_maker_in_its_place() {
    on_both(|store| async move {
        let (me, project, dev) = scene(&store).await;
        for grant in [
            grant(KeyKind::Runtime, Some(project), Some(dev)),
            grant(KeyKind::Ci, Some(project), None),
            grant(KeyKind::Admin, None, None),
        ] {
            let raw = raw();
            let made = store.issue_key(&me, grant, &raw).await.expect("a key");
            assert_eq!((made.kind, made.project), (grant.kind, grant.project));
            assert_eq!((made.environment, made.prefix), (grant.environment, raw.prefix()));
            assert_eq!(made.expires_at, Some(made.created_at + grant.lifetime));
            assert!((made.rotated_at, made.last_used_at, made.revoked_at) == (None, None, None));
            let holder = store.authenticate(raw.expose()).await.expect("a query").expect("valid");
            assert_eq!((holder.organization, holder.user), (me.organization, me.user));
            assert_eq!((holder.project, holder.environment), (grant.project, grant.environment));
            assert_eq!((holder.kind, holder.key), (grant.kind, made.id));
        }
        // The keys of the command line are the whole organization's.
        assert_eq!((me.project, me.environment), (None, None));
    });
}

#[test]
fn an_environment_has_one_runtime_key_at_a_time() {
    on_both(|store| async move {
        let (me, project, dev) = scene(&store).await;
        let of_dev = grant(KeyKind::Runtime, Some(project), Some(dev));
        let of_project = grant(KeyKind::Runtime, Some(project), None);
        for grant in [of_dev, of_project] {
            let first = issue(&store, &me, over(grant)).await.expect("none was there");
            let second = issue(&store, &me, grant).await.expect("the first has expired");
            let taken = issue(&store, &me, grant).await.expect_err("the second has not");
            assert_eq!(taken.kind(), Kind::Taken);
            let all = store.keys(me.organization).await.expect("listed");
            let revoked = |number| all.iter().any(|k| k.number == number && k.revoked_at.is_some());
            assert!(revoked(first.number) && !revoked(second.number));
            assert!(store.revoke_issued_key(&me, second.number).await.expect("done"));
            issue(&store, &me, grant).await.expect("the second is revoked");
        }
        for grant in [grant(KeyKind::Ci, Some(project), None), grant(KeyKind::Admin, None, None)] {
            for _ in 0..2 {
                issue(&store, &me, grant).await.expect("as many as you like");
            }
        }
    });
}

#[test]
fn of_keys_that_are_made_at_once_one_takes_the_place() {
    on_both(|store| async move {
        let (me, project, dev) = scene(&store).await;
        let place = grant(KeyKind::Runtime, Some(project), Some(dev));
        issue(&store, &me, over(place)).await.expect("none was there");
        let tries = (0..8).map(|_| {
            let (store, me) = (store.clone(), me.clone());
            tokio::spawn(async move { issue(&store, &me, place).await })
        });
        let mut made = 0;
        for outcome in tries.collect::<Vec<_>>() {
            match outcome.await.expect("no panic") {
                Ok(_) => made += 1,
                Err(error) => assert_eq!(error.kind(), Kind::Taken, "{error:?}"),
            }
        }
        assert_eq!(made, 1);
    });
}

#[test]
fn rotation_changes_the_value_and_keeps_everything_else() {
    on_both(|store| async move {
        let (me, project, dev) = scene(&store).await;
        let mut value = raw();
        let place = grant(KeyKind::Runtime, Some(project), Some(dev));
        let first = store.issue_key(&me, place, &value).await.expect("a key");
        let mut since = first.created_at;
        for _ in 0..2 {
            let next = raw();
            let rotated = store.rotate_key(&me, first.number, &next).await.expect("a query");
            let rotated = rotated.expect("the key");
            let at = rotated.rotated_at.expect("a time");
            assert!(at >= since && rotated.prefix == next.prefix());
            assert_eq!(rotated.expires_at, Some(at + place.lifetime));
            let ApiKey { id, kind, project, environment, email, created_at, .. } = first.clone();
            assert_eq!((rotated.id, rotated.number, rotated.kind), (id, first.number, kind));
            assert_eq!((rotated.project, rotated.environment), (project, environment));
            assert_eq!((rotated.email, rotated.created_at), (email, created_at));
            assert!(store.authenticate(value.expose()).await.expect("a query").is_none());
            let holder = store.authenticate(next.expose()).await.expect("a query");
            assert_eq!(holder.expect("valid").key, id);
            (value, since) = (next, at);
        }
    });
}

/// Lets every key's times be two hours earlier.
async fn let_two_hours_pass(store: &Store) {
    let done = match &store.backend {
        Backend::Postgres(b) => {
            b.write(|c| {
                Ok(c.batch_execute(
                    "UPDATE api_keys SET created_at = created_at - interval '2 hours', \
                     expires_at = expires_at - interval '2 hours'",
                )?)
            })
            .await
        }
        Backend::Sqlite(b) => {
            b.write(|c| {
                Ok(c.batch_execute(
                    "UPDATE api_keys SET created_at = created_at - 7200000000, \
                     expires_at = expires_at - 7200000000",
                )?)
            })
            .await
        }
    };
    done.expect("the times change");
}

#[test]
fn an_expired_key_can_be_rotated() {
    on_both(|store| async move {
        let (me, project, _) = scene(&store).await;
        let value = raw();
        let hour =
            Grant { lifetime: TimeDelta::hours(1), ..grant(KeyKind::Runtime, Some(project), None) };
        let key = store.issue_key(&me, hour, &value).await.expect("a key");
        let_two_hours_pass(&store).await;
        assert!(store.authenticate(value.expose()).await.expect("a query").is_none());
        let next = raw();
        let rotated = store.rotate_key(&me, key.number, &next).await.expect("a query");
        let end = rotated.expect("the key").expires_at.expect("an end");
        assert!(end > Utc::now() + TimeDelta::minutes(30), "{end}");
        assert!(store.authenticate(next.expose()).await.expect("a query").is_some());
        assert!(store.authenticate(value.expose()).await.expect("a query").is_none());
    });
}

#[test]
fn what_can_be_rotated_and_what_cannot() {
    on_both(|store| async move {
        let (me, project, _) = scene(&store).await;
        let user = store.find_user(me.organization, None).await.expect("a query").expect("one").id;
        let eternal = NewKey::of(&raw(), KeyKind::Admin, None);
        let id = store.register_key(me.organization, user, eternal).await.expect("registered");
        let all = store.keys(me.organization).await.expect("listed");
        let number = all.iter().find(|key| key.id == id).expect("listed").number;
        let rotated = store.rotate_key(&me, number, &raw()).await.expect("a query");
        assert_eq!(rotated.expect("the key").expires_at, None, "it never had an end");

        let key = issue(&store, &me, grant(KeyKind::Ci, Some(project), None)).await.expect("a key");
        let other = organization(&store, "other").await;
        let they = caller(&store, &other, None).await;
        assert!(store.rotate_key(&they, key.number, &raw()).await.expect("a query").is_none());
        assert!(!store.revoke_issued_key(&they, key.number).await.expect("a query"));
        assert!(store.revoke_issued_key(&me, key.number).await.expect("a query"));
        assert!(!store.revoke_issued_key(&me, key.number).await.expect("a query"), "only once");
        assert!(store.rotate_key(&me, key.number, &raw()).await.expect("a query").is_none());
        for nobody in [0, -1, i64::MAX] {
            assert!(store.rotate_key(&me, nobody, &raw()).await.expect("a query").is_none());
            assert!(!store.revoke_issued_key(&me, nobody).await.expect("a query"));
        }
    });
}

#[test]
fn lists_of_keys_are_filtered_and_leave_out_revoked_ones() {
    on_both(|store| async move {
        let (me, project, dev) = scene(&store).await;
        let runtime = issue(&store, &me, grant(KeyKind::Runtime, Some(project), Some(dev))).await;
        let ci = issue(&store, &me, grant(KeyKind::Ci, Some(project), None)).await;
        let admin = issue(&store, &me, grant(KeyKind::Admin, None, None)).await;
        let gone = issue(&store, &me, grant(KeyKind::Admin, None, None)).await;
        let [runtime, ci, admin, gone] =
            [runtime, ci, admin, gone].map(|made| made.expect("a key").number);
        assert!(store.revoke_issued_key(&me, gone).await.expect("done"));
        let own = store.keys(me.organization).await.expect("listed")[0].number;
        for (project_only, kind, expected) in [
            (None, None, vec![own, runtime, ci, admin]),
            (Some(project), None, vec![runtime, ci]),
            (None, Some(KeyKind::Admin), vec![admin]),
            (Some(project), Some(KeyKind::Ci), vec![ci]),
            (Some(project), Some(KeyKind::Admin), vec![]),
            (Some(ProjectId::generate()), None, vec![]),
        ] {
            let filter = KeyFilter { project: project_only, kind };
            let found = store.issued_keys(&me, filter).await.expect("listed");
            let numbers: Vec<i64> = found.iter().map(|key| key.number).collect();
            assert_eq!(numbers, expected, "{filter:?}");
        }
    });
}
