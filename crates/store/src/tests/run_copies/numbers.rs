//! What runs that came in are called.

use evalstone_core::caller::Caller;
use evalstone_core::error::Kind;
use evalstone_core::id::RunId;
use evalstone_core::run_copy::{NewRunCopy, RunCopy};

use super::super::scorings::{given, made, new as ours, rows};
use super::super::{DIALECT, caller, on_both, organization};
use super::arrival::rows_kept;
use super::samples::{benchmark, experiment, new, scoring};
use super::{received, stored};
use crate::Store;

#[test]
fn runs_keep_their_names_and_the_first_has_its_name_alone() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, parts) = scoring();
        let first = received(&store, &me, new(run.clone()), &parts).await;
        let second = received(&store, &me, new(run), &parts).await;
        for run in [&first, &second] {
            let found = store.scoring_by_id(&me, run.id).await.expect("a query").expect("found");
            assert_eq!(found.name, "nightly");
        }
        let ask = async || {
            let asked = store.make_scoring(&me, ours(rows(1), given("nightly"))).await;
            asked.map(|made| made.is_some()).map_err(|error| error.kind())
        };
        assert_eq!(ask().await, Err(Kind::Taken));
        // The second one did not have the name for itself.
        assert!(store.delete_scoring(&me, first.id).await.expect("a query"));
        assert_eq!(ask().await, Ok(true));
        // Names of experiments are no such names.
        let (_, run, parts) = experiment();
        let run = RunCopy { name: Some("free".to_owned()), ..run };
        received(&store, &me, new(run), &parts).await;
        made(&store, &me, rows(1), "free").await;
    });
}

/// The id of the scoring run that has this number in the dialect.
async fn of_number(store: &Store, who: &Caller, number: i64) -> Option<RunId> {
    let found = store.scoring(who, DIALECT, number).await.expect("a query");
    found.map(|found| found.id)
}

#[test]
fn a_number_is_taken_over_where_it_is_free_and_else_found_by_the_id_map() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let (_, run, parts) = scoring();
        let numbered =
            |number: i64| NewRunCopy { source_id: Some(number.to_string()), ..new(run.clone()) };
        let free = received(&store, &me, numbered(5_000), &parts).await;
        assert_eq!(free.number, 5_000);
        assert_eq!(of_number(&store, &me, 5_000).await, Some(free.id));
        let ours = made(&store, &me, rows(1), "ours").await;
        assert!(ours.number > 5_000, "later ones get higher numbers");
        // Ours wins as long as it is there.
        let taken = received(&store, &me, numbered(ours.number), &parts).await;
        assert_ne!(taken.number, ours.number);
        assert_eq!(of_number(&store, &me, ours.number).await, Some(ours.id));
        assert!(store.delete_scoring(&me, ours.id).await.expect("a query"));
        assert_eq!(of_number(&store, &me, ours.number).await, Some(taken.id));
        assert_eq!(of_number(&store, &eve, ours.number).await, None);
        let elsewhere = store.scoring(&me, "elsewhere", ours.number).await.expect("a query");
        assert!(elsewhere.is_none(), "the number is the dialect's that it came through");
        // What came first under a number keeps it, until it is gone.
        let late = received(&store, &me, numbered(5_000), &parts).await;
        assert_eq!(of_number(&store, &me, 5_000).await, Some(free.id));
        assert!(store.delete_scoring(&me, free.id).await.expect("a query"));
        store.sweep().await.expect("swept");
        assert_eq!(of_number(&store, &me, 5_000).await, None);
        let next = received(&store, &me, numbered(5_000), &parts).await;
        assert_eq!((next.number, of_number(&store, &me, 5_000).await), (5_000, Some(next.id)));
        assert_eq!(stored(&store, &me, late.id).await.map(|late| late.number), Some(late.number));
    });
}

#[test]
fn a_number_is_not_given_again_when_its_run_is_gone() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (_, run, parts) = scoring();
        let sent = NewRunCopy { source_id: Some("9000".to_owned()), ..new(run) };
        let run = received(&store, &me, sent, &parts).await;
        assert!(store.delete_scoring(&me, run.id).await.expect("a query"));
        store.sweep().await.expect("swept");
        assert_eq!(rows_kept(&store).await, 0);
        assert!(made(&store, &me, rows(1), "n").await.number > 9_000);
    });
}

#[test]
fn only_scoring_runs_take_numbers_over() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        for (name, run, parts) in [benchmark(), experiment()] {
            let sent = NewRunCopy { source_id: Some("7000".to_owned()), ..new(run) };
            let run = received(&store, &me, sent, &parts).await;
            assert_ne!(run.number, 7_000, "{name}");
        }
    });
}
