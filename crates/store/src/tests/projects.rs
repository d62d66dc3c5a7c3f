use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use evalstone_core::error::Kind;
use evalstone_core::key::{KeyKind, RawKey};
use evalstone_core::project::ENVIRONMENTS;

use super::{Database, caller, on_both, organization};
use crate::{postgres, sqlite};

#[test]
fn every_organization_starts_with_a_project_and_its_environments() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let me = caller(&store, &acme, None).await;
        let they = caller(&store, &other, None).await;
        let project = store.project(&me, "default").await.expect("a query").expect("a project");
        assert_eq!((project.name.as_str(), project.slug.as_str()), ("Default", "default"));
        let id = project.id.to_string();
        for name in [id.as_str(), &id.to_uppercase()] {
            let same = store.project(&me, name).await.expect("a query");
            assert_eq!(same.as_ref(), Some(&project), "{name}");
            assert_eq!(store.project(&they, name).await.expect("a query"), None, "{name}");
        }
        let theirs = store.project(&they, "default").await.expect("a query").expect("their own");
        assert_ne!(theirs.id, project.id);
        for nothing in ["", "Default", "de\0fault", &id.replace('-', "")] {
            let found = store.project(&me, nothing).await.expect("a query");
            assert_eq!(found, None, "{nothing:?}");
        }
        let mut numbers = Vec::new();
        for name in ENVIRONMENTS {
            let found = store.environment(&me, project.id, name).await.expect("a query");
            let environment = found.expect("an environment");
            assert_eq!((environment.project, environment.name.as_str()), (project.id, name));
            let id = environment.id.to_string();
            let same = store.environment(&me, project.id, &id).await.expect("a query");
            assert_eq!(same.as_ref(), Some(&environment));
            for (who, project) in [(&they, project.id), (&they, theirs.id), (&me, theirs.id)] {
                let foreign = store.environment(who, project, &id).await.expect("a query");
                assert_eq!(foreign, None);
            }
            numbers.push(environment.number);
        }
        assert!(numbers.is_sorted(), "{numbers:?}");
        for nothing in ["", "Dev", "test", "\0"] {
            let found = store.environment(&me, project.id, nothing).await.expect("a query");
            assert_eq!(found, None, "{nothing:?}");
        }
    });
}

fn three_keys() -> [RawKey; ENVIRONMENTS.len()] {
    std::array::from_fn(|_| RawKey::generate().expect("randomness"))
}

#[test]
fn a_project_is_made_with_a_runtime_key_for_each_environment() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (raw, month) = (three_keys(), TimeDelta::days(30));
        let made = store.create_project(&me, "Support Bot".to_owned(), &raw, month).await;
        let made = made.expect("a project");
        assert_eq!(made.project.slug, "support-bot");
        let names: Vec<&str> = made.environments.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ENVIRONMENTS);
        for ((raw, key), environment) in raw.iter().zip(&made.runtime_keys).zip(&made.environments)
        {
            assert_eq!((key.environment, &key.prefix), (environment.id, &raw.prefix()));
            let holder = store.authenticate(raw.expose()).await.expect("a query").expect("valid");
            assert_eq!(holder.kind, KeyKind::Runtime);
            assert_eq!(holder.project, Some(made.project.id));
            assert_eq!(holder.environment, Some(environment.id));
            assert_eq!(holder.user, me.user);
        }
        let all = store.project_overviews(&me, None).await.expect("a query");
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].project.slug.as_str(), all[0].runtime_keys.len()), ("default", 0));
        assert_eq!(all[0].environments.len(), 3);
        assert_eq!(all[1], made);
        let one = store.project_overviews(&me, Some(made.project.id)).await.expect("a query");
        assert_eq!(one.as_slice(), std::slice::from_ref(&made));
        let keys = store.keys(acme.id).await.expect("listed");
        let dev = keys.iter().find(|key| key.environment == Some(made.environments[0].id));
        assert!(store.revoke_issued_key(&me, dev.expect("listed").number).await.expect("done"));
        let left = store.project_overviews(&me, Some(made.project.id)).await.expect("a query");
        assert_eq!(left[0].runtime_keys, made.runtime_keys[1..]);
        let other = organization(&store, "other").await;
        let they = caller(&store, &other, None).await;
        assert_eq!(store.project_overviews(&they, Some(made.project.id)).await.expect("none"), []);
    });
}

#[test]
fn projects_of_one_name_have_different_slugs() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let mut slugs = Vec::new();
        for _ in 0..11 {
            let (keys, day) = (three_keys(), TimeDelta::days(1));
            let made = store.create_project(&me, "Default".to_owned(), &keys, day).await;
            slugs.push(made.expect("a project").project.slug);
        }
        assert_eq!(slugs[..2], ["default-2", "default-3"]);
        assert_eq!(slugs[7], "default-9");
        assert!(slugs[8].starts_with("default-") && slugs[8].len() == 20, "{slugs:?}");
        assert_ne!(slugs[9], slugs[10]);
    });
}

#[test]
fn an_environment_s_name_is_unique_in_its_project() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let first = store.project(&me, "default").await.expect("a query").expect("a project").id;
        let made =
            store.create_project(&me, "x".to_owned(), &three_keys(), TimeDelta::days(1)).await;
        let second = made.expect("a project").project.id;
        for project in [first, second] {
            let made = store.create_environment(&me, project, "qa".to_owned()).await;
            let made = made.expect("an environment");
            let found = store.environment(&me, project, "qa").await.expect("a query");
            assert_eq!(found, Some(made));
            for taken in ["qa", "prod"] {
                let again = store.create_environment(&me, project, taken.to_owned()).await;
                assert_eq!(again.expect_err(taken).kind(), Kind::Taken);
            }
        }
    });
}

/// An organization that is older than projects, after the migration.
#[test]
fn organizations_that_were_there_get_a_project_too() {
    for (database, down, up) in [
        (
            Database::sqlite(),
            include_str!("../../../../migrations/sqlite/2026-11-28-000001_projects/down.sql"),
            include_str!("../../../../migrations/sqlite/2026-11-28-000001_projects/up.sql"),
        ),
        (
            Database::postgres(),
            include_str!("../../../../migrations/postgres/2026-11-28-000001_projects/down.sql"),
            include_str!("../../../../migrations/postgres/2026-11-28-000001_projects/up.sql"),
        ),
    ] {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            organization(&database.store(), "acme").await;
            for step in [down, up] {
                if database.kind == "postgres" {
                    let mut connection = postgres::connect(&database.url).expect("connected");
                    connection.batch_execute(step).expect("migrated");
                } else {
                    let path = database.url.strip_prefix("sqlite:").expect("a path");
                    sqlite::connect(path).expect("connected").batch_execute(step).expect("done");
                }
            }
            let store = database.store();
            let acme = store.find_organization("acme").await.expect("a query").expect("acme");
            let me = caller(&store, &acme, None).await;
            let project = store.project(&me, "default").await.expect("a query").expect("one");
            assert_eq!(project.name, "Default", "{}", database.kind);
            let mut numbers = Vec::new();
            for name in ENVIRONMENTS {
                let found = store.environment(&me, project.id, name).await.expect("a query");
                numbers.push(found.expect(name).number);
            }
            assert!(numbers.is_sorted(), "{}: {numbers:?}", database.kind);
        });
    }
}
