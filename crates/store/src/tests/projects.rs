use diesel::connection::SimpleConnection;
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
