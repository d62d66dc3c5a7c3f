//! Datasets of a catalogue's entries: one in each organization.

use std::sync::{Arc, Barrier};

use evalstone_core::caller::Role;
use evalstone_core::dataset::{DatasetFilter, NewCase, NewDataset, Reference};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::OrganizationId;
use evalstone_core::key::KeyKind;

use super::{DIALECT, caller, case, dataset, on_both, organization};

const ENTRY: &str = "jailbreak-basics";

fn cases(count: usize) -> impl Iterator<Item = Result<NewCase>> + Send + 'static {
    (0..count).map(|n| Ok(case(n)))
}

#[test]
fn an_entry_is_installed_once_in_each_organization() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let me = caller(&store, &acme, None).await;
        let ann = caller(&store, &acme, Some("ann@example.com")).await;
        let eve = caller(&store, &other, None).await;
        let first = store.install_dataset(&me, dataset("basics"), ENTRY, cases(3)).await;
        let first = first.expect("installed");
        assert_eq!((first.case_count, first.updated_at), (3, None));
        let again = store.install_dataset(&ann, dataset("another name"), ENTRY, cases(4)).await;
        let again = again.expect("there");
        assert_eq!((again.id, again.name.as_str(), again.case_count), (first.id, "basics", 3));
        let theirs = store.install_dataset(&eve, dataset("basics"), ENTRY, cases(3)).await;
        let theirs = theirs.expect("installed");
        assert_ne!(theirs.id, first.id);
        let by_entry = Reference::Source(ENTRY.to_owned());
        let found = store.dataset(&ann, DIALECT, &by_entry).await.expect("a query");
        assert_eq!(found.map(|found| found.id), Some(first.id));
        let names = vec!["unknown".to_owned(), ENTRY.to_owned(), "x".repeat(5_000)];
        let installed = store.datasets_of_sources(&eve, DIALECT, names.clone()).await;
        let installed = installed.expect("a query");
        assert_eq!(installed.into_iter().collect::<Vec<_>>(), [(ENTRY.to_owned(), theirs.id)]);
        let elsewhere = store.datasets_of_sources(&eve, "other", names).await.expect("a query");
        assert!(elsewhere.is_empty());
    });
}

#[test]
fn however_many_install_at_once_one_is_made() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        // Nobody gives the first case before all have found that the entry is not installed.
        let all_there = Arc::new(Barrier::new(4));
        let installs: Vec<_> = (0..4)
            .map(|_| {
                let (store, me, all_there) = (store.clone(), me.clone(), Arc::clone(&all_there));
                let source = (0..600).map(move |n| {
                    if n == 0 {
                        all_there.wait();
                    }
                    Ok(case(n))
                });
                tokio::spawn(async move {
                    store.install_dataset(&me, dataset("basics"), ENTRY, source).await
                })
            })
            .collect();
        let mut ids = Vec::new();
        for install in installs {
            let installed = install.await.expect("no panic").expect("installed");
            assert_eq!(installed.case_count, 600);
            ids.push(installed.id);
        }
        ids.dedup();
        assert_eq!(ids.len(), 1);
        let all = store.all_datasets(&me, DIALECT, DatasetFilter::default()).await;
        assert_eq!(all.expect("listed").len(), 1);
        assert!(store.unfinished_loads().await.expect("a query").is_empty());
    });
}

#[test]
fn once_it_is_deleted_it_can_be_installed_again() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let installed = store.install_dataset(&me, dataset("basics"), ENTRY, cases(2)).await;
            let id = installed.expect("installed").id;
            ids.push(id);
            assert!(store.delete_dataset(&me, id).await.expect("deleted"));
            store.sweep().await.expect("swept");
            let by_entry = Reference::Source(ENTRY.to_owned());
            assert!(store.dataset(&me, DIALECT, &by_entry).await.expect("a query").is_none());
            let names = vec![ENTRY.to_owned()];
            let installed = store.datasets_of_sources(&me, DIALECT, names).await;
            assert!(installed.expect("a query").is_empty());
        }
        ids.dedup();
        assert_eq!(ids.len(), 3);
    });
}

#[test]
fn an_install_that_fails_leaves_nothing_in_the_way() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let broken = cases(700).chain([Err(Error::invalid("row 700"))]);
        let refused = store.install_dataset(&me, dataset("basics"), ENTRY, broken).await;
        assert_eq!(refused.expect_err("refused").message(), "row 700");
        let installed = store.install_dataset(&me, dataset("basics"), ENTRY, cases(1)).await;
        assert_eq!(installed.expect("installed").case_count, 1);
    });
}

#[test]
fn an_entry_that_somebody_keeps_private_is_taken() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let ann = caller(&store, &acme, Some("ann@example.com")).await;
        let bob = caller(&store, &acme, Some("bob@example.com")).await;
        let private = NewDataset { shared: false, ..dataset("private") };
        store.install_dataset(&ann, private, ENTRY, cases(1)).await.expect("installed");
        let refused = store.install_dataset(&bob, dataset("mine"), ENTRY, cases(1)).await;
        assert_eq!(refused.expect_err("taken").kind(), Kind::Taken);
        let names = vec![ENTRY.to_owned()];
        let seen = store.datasets_of_sources(&bob, DIALECT, names).await.expect("a query");
        assert!(seen.is_empty());
    });
}

#[test]
fn the_gateway_acts_as_the_service_user_without_a_key() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let keyed = caller(&store, &acme, None).await;
        let service = store.service_caller(acme.id).await.expect("a caller");
        assert_eq!((service.user, service.organization), (keyed.user, acme.id));
        assert_eq!(service.default_pipeline, acme.default_pipeline);
        assert_eq!((service.kind, service.role), (KeyKind::Admin, Role::Admin));
        assert!(service.key.uuid().is_nil() && service.may_write());
        let made = store.create_dataset(&service, dataset("own")).await.expect("made");
        assert_eq!(made.owner.map(|owner| owner.id), Some(keyed.user));
        let unknown = store.service_caller(OrganizationId::generate()).await;
        assert_eq!(unknown.expect_err("unknown").kind(), Kind::NotFound);
    });
}
