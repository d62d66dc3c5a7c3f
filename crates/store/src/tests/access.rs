use std::time::Duration;

use chrono::Utc;
use evalstone_core::error::Kind;
use evalstone_core::key::{KeyKind, RawKey};

use super::{caller, on_both, organization};
use crate::access::NewKey;

#[test]
fn a_key_stands_for_its_organization_and_user() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let service = caller(&store, &acme, None).await;
        assert_eq!(service.organization, acme.id);
        assert_eq!(service.organization_slug, "acme");
        assert_eq!(service.default_pipeline, acme.default_pipeline);
        assert!(service.email.contains("acme"));
        assert_eq!(service.kind, KeyKind::Ci);
        let dana = caller(&store, &acme, Some("dana@example.com")).await;
        assert_eq!(dana.email, "dana@example.com");
        assert_ne!(dana.user, service.user);
        assert!(store.authenticate("unknown").await.expect("a query").is_none());
        assert!(store.authenticate("").await.expect("a query").is_none());
    });
}

#[test]
fn expired_and_revoked_keys_stand_for_nobody() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let user =
            store.find_user(acme.id, None).await.expect("a query").expect("the service user");
        let in_an_hour = Utc::now() + Duration::from_secs(3600);
        let an_hour_ago = Utc::now() - Duration::from_secs(3600);
        for (text, expires_at, valid) in [
            ("forever", None, true),
            ("still good", Some(in_an_hour), true),
            ("expired", Some(an_hour_ago), false),
        ] {
            let key = RawKey::import(text).expect("a key");
            let new = NewKey::of(&key, KeyKind::Runtime, expires_at);
            store.register_key(acme.id, user.id, new).await.expect("registered");
            assert_eq!(store.authenticate(text).await.expect("a query").is_some(), valid, "{text}");
        }
        let keys = store.keys(acme.id).await.expect("listed");
        assert_eq!(keys.len(), 3);
        assert!(keys.iter().all(|key| key.revoked_at.is_none()));
        store.revoke_key(acme.id, keys[0].number).await.expect("revoked");
        store.revoke_key(acme.id, keys[0].number).await.expect("a second time changes nothing");
        assert!(store.authenticate("forever").await.expect("a query").is_none());
        let other = organization(&store, "other").await;
        let error = store
            .revoke_key(other.id, keys[1].number)
            .await
            .expect_err("another organization's key");
        assert_eq!(error.kind(), Kind::NotFound);
        assert!(store.authenticate("still good").await.expect("a query").is_some());
    });
}

#[test]
fn a_key_is_registered_once() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let key = RawKey::import("My API Key").expect("a key");
        assert!(!store.is_registered(key.hash()).await.expect("a query"));
        let user = store.find_user(acme.id, None).await.expect("a query").expect("a user");
        store
            .register_key(acme.id, user.id, NewKey::of(&key, KeyKind::Admin, None))
            .await
            .expect("registered");
        assert!(store.is_registered(key.hash()).await.expect("a query"));
        let user = store.find_user(other.id, None).await.expect("a query").expect("a user");
        let again =
            store.register_key(other.id, user.id, NewKey::of(&key, KeyKind::Admin, None)).await;
        assert_eq!(again.expect_err("one organization a key").kind(), Kind::Taken);
    });
}

#[test]
fn the_last_use_is_written_down_later() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let before = Utc::now();
        caller(&store, &acme, None).await;
        assert!(store.keys(acme.id).await.expect("listed")[0].last_used_at.is_none());
        store.flush_last_uses().await.expect("written");
        let used = store.keys(acme.id).await.expect("listed")[0].last_used_at.expect("a time");
        assert!(used >= before - Duration::from_secs(1) && used <= Utc::now());
    });
}

#[test]
fn slugs_and_addresses_are_unique() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let by_slug = store.find_organization("acme").await.expect("a query");
        let by_id = store.find_organization(&acme.id.to_string()).await.expect("a query");
        assert_eq!(by_slug.as_ref(), Some(&acme));
        assert_eq!(by_id.as_ref(), Some(&acme));
        assert!(store.find_organization("nobody").await.expect("a query").is_none());
        let role = evalstone_core::caller::Role::Admin;
        store.create_user(acme.id, "a@b.c", role).await.expect("a user");
        assert_eq!(
            store.create_user(acme.id, "a@b.c", role).await.expect_err("taken").kind(),
            Kind::Taken
        );
        assert_eq!(store.users(acme.id).await.expect("listed").len(), 2);
        assert_eq!(store.organizations().await.expect("listed").len(), 1);
    });
}
