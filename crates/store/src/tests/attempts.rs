//! Safe retries: what concurrency, another gateway and failures do to them.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use evalstone_core::attempt::{Attempt, Fingerprint, Made, Sign};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{DatasetFilter, Reference, Window};
use evalstone_core::error::Kind;
use tokio::time::timeout;

use super::{DIALECT, Database, caller, case, dataset, on_both, organization};
use crate::attempts::Begun;
use crate::schema::attempts;
use crate::{Backend, Store, postgres};

const SOON: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);

fn attempt(content: &str, sign: Sign) -> Attempt {
    let note = |made: &Made<'_>, _: &Caller| {
        Ok(match made {
            Made::Dataset(dataset) => dataset.id.to_string(),
            Made::Case(case) => case.id.to_string(),
            Made::Loaded(id) => id.to_string(),
            other => format!("{other:?}"),
        })
    };
    Attempt { fingerprint: Fingerprint::of(&[content.as_bytes()]), sign, note, hold: None }
}

fn tried(content: &str, tries: u32) -> Attempt {
    attempt(content, Sign::Try(tries))
}

fn named(name: &str, content: &str) -> Attempt {
    attempt(name, Sign::Name { content: Some(Fingerprint::of(&[content.as_bytes()])) })
}

async fn first(store: &Store, me: &Caller, attempt: Attempt) -> Caller {
    match store.begin(me.clone(), Some(attempt)).await.expect("begun") {
        Begun::First(caller) => caller,
        Begun::Again(note) => panic!("{note} was kept"),
    }
}

async fn again(store: &Store, me: &Caller, attempt: Attempt) -> String {
    match store.begin(me.clone(), Some(attempt)).await.expect("begun") {
        Begun::Again(note) => note,
        Begun::First(_) => panic!("nothing was kept"),
    }
}

/// Makes a dataset and says its id.
async fn make(store: &Store, who: &Caller) -> String {
    store.create_dataset(who, dataset("d")).await.expect("made").id.to_string()
}

async fn count(store: &Store, me: &Caller) -> i64 {
    let window = Window { offset: 0, limit: Some(0) };
    let page = store.datasets(me, DIALECT, DatasetFilter::default(), window).await;
    page.expect("a page").total
}

#[test]
fn each_answer_serves_one_repeated_request() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let one = make(&store, &first(&store, &me, tried("x", 0)).await).await;
        let two = make(&store, &first(&store, &me, tried("x", 0)).await).await;
        assert_eq!(again(&store, &me, tried("x", 1)).await, two, "the latest first");
        assert_eq!(again(&store, &me, tried("x", 2)).await, two, "which stays the same one's");
        assert_eq!(again(&store, &me, tried("x", 1)).await, one);
        first(&store, &me, tried("x", 1)).await;
        first(&store, &me, tried("y", 1)).await;
        assert_eq!(count(&store, &me).await, 2);
    });
}

#[test]
fn one_organization_knows_nothing_of_another() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let eve = caller(&store, &organization(&store, "other").await, None).await;
        make(&store, &first(&store, &me, tried("x", 0)).await).await;
        make(&store, &first(&store, &me, named("n", "x")).await).await;
        first(&store, &eve, tried("x", 1)).await;
        first(&store, &eve, named("n", "x")).await;
    });
}

#[test]
fn a_name_stands_for_one_content_and_any_number_of_repetitions() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let one = make(&store, &first(&store, &me, named("n", "x")).await).await;
        for _ in 0..3 {
            assert_eq!(again(&store, &me, named("n", "x")).await, one);
        }
        let other = store.begin(me.clone(), Some(named("n", "y"))).await.expect_err("refused");
        assert_eq!(other.kind(), Kind::Invalid);
        make(&store, &first(&store, &me, named("m", "x")).await).await;
        assert_eq!(count(&store, &me).await, 2);
    });
}

#[test]
fn what_failed_leaves_nothing_to_repeat() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        for attempt in [tried("x", 0), named("n", "x")] {
            let who = first(&store, &me, attempt).await;
            let nowhere = Reference::Id(uuid::Uuid::new_v4());
            let missing = store.add_case(&who, DIALECT, &nowhere, case(1)).await;
            assert_eq!(missing.expect_err("no dataset").kind(), Kind::NotFound);
        }
        make(&store, &first(&store, &me, tried("x", 1)).await).await;
        make(&store, &first(&store, &me, named("n", "x")).await).await;
    });
}

#[test]
fn a_failure_is_not_repeated_as_an_earlier_success() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let one = make(&store, &first(&store, &me, tried("x", 0)).await).await;
        drop(first(&store, &me, tried("x", 0)).await);
        let retried = first(&store, &me, tried("x", 1)).await;
        let two = make(&store, &retried).await;
        drop(retried);
        assert_eq!(again(&store, &me, tried("x", 2)).await, two);
        assert_eq!(again(&store, &me, tried("x", 1)).await, one, "that of another client");
    });
}

#[test]
fn a_repetition_waits_for_the_first_without_a_connection() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        for (one, other) in [(tried("x", 0), tried("x", 1)), (named("n", "x"), named("n", "x"))] {
            let running = first(&store, &me, one).await;
            let waiting: Vec<_> = (0..8)
                .map(|_| {
                    let (store, me, other) = (store.clone(), me.clone(), other.clone());
                    tokio::spawn(async move { store.begin(me, Some(other)).await })
                })
                .collect();
            tokio::time::sleep(SOON).await;
            assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
            assert_eq!(store.gauges().pool_in_use, 0, "who waits holds nothing");
            make(&store, &me).await;
            let made = make(&store, &running).await;
            drop(running);
            let mut notes = Vec::new();
            for waiting in waiting {
                let begun = timeout(LONG, waiting).await.expect("in time").expect("no panic");
                match begun.expect("begun") {
                    Begun::Again(note) => notes.push(note),
                    Begun::First(caller) => assert!(caller.repeats()),
                }
            }
            let bound = if other.sign == Sign::Try(1) { 1 } else { 8 };
            assert_eq!(notes, vec![made; bound], "{other:?}");
        }
    });
}

#[test]
fn a_first_request_waits_for_nobody() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let _one = first(&store, &me, tried("x", 0)).await;
        let _retry = first(&store, &me, tried("x", 0)).await;
        let two = timeout(SOON, first(&store, &me, tried("x", 0))).await.expect("at once");
        make(&store, &two).await;
    });
}

#[test]
fn the_first_is_waited_for_when_its_client_has_gone() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let running = first(&store, &me, tried("x", 0)).await;
        // The handler is dropped with the connection; what it asked of the store goes on.
        let mut handler = Box::pin(store.create_dataset(&running, dataset("d")));
        let polled = polled_once(&mut handler).await;
        drop(handler);
        drop(running);
        let note = timeout(LONG, again(&store, &me, tried("x", 1))).await.expect("in time");
        assert!(polled.is_none_or(|made| made == note));
        assert_eq!(count(&store, &me).await, 1);
    });
}

/// Polls once, which hands the write over.
async fn polled_once<F>(handler: &mut std::pin::Pin<Box<F>>) -> Option<String>
where
    F: Future<Output = evalstone_core::error::Result<evalstone_core::dataset::Dataset>>,
{
    tokio::select! {
        biased;
        made = handler.as_mut() => Some(made.expect("made").id.to_string()),
        () = std::future::ready(()) => None,
    }
}

#[test]
fn an_upload_is_kept_with_its_dataset() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let who = first(&store, &me, named("n", "x")).await;
        let rows = (0..3).map(|n| Ok(case(n)));
        let loaded = store.load_dataset(&who, dataset("d"), rows).await.expect("loaded");
        drop(who);
        assert_eq!(again(&store, &me, named("n", "x")).await, loaded.id.to_string());
        let who = first(&store, &me, named("m", "x")).await;
        let broken = evalstone_core::error::Error::invalid("a bad row");
        let rows = [Ok(case(1)), Err(broken)].into_iter();
        store.load_dataset(&who, dataset("e"), rows).await.expect_err("refused");
        drop(who);
        first(&store, &me, named("m", "x")).await;
    });
}

#[test]
fn what_has_expired_is_neither_found_nor_kept() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        make(&store, &first(&store, &me, tried("x", 0)).await).await;
        make(&store, &first(&store, &me, named("n", "x")).await).await;
        let past = match &store.backend {
            Backend::Postgres(_) => "'2020-01-01'",
            Backend::Sqlite(_) => "0",
        };
        let sql = format!("UPDATE attempts SET expires_at = {past}");
        run(&store, sql).await;
        first(&store, &me, tried("x", 1)).await;
        make(&store, &first(&store, &me, named("n", "x")).await).await;
        store.forget_attempts().await.expect("forgotten");
        assert_eq!(again(&store, &me, named("n", "x")).await.len(), 36, "the later one stays");
        assert_eq!(kept(&store).await, 1);
    });
}

async fn kept(store: &Store) -> i64 {
    match &store.backend {
        Backend::Postgres(b) => b.read(|c| Ok(attempts::table.count().get_result(c)?)).await,
        Backend::Sqlite(b) => b.read(|c| Ok(attempts::table.count().get_result(c)?)).await,
    }
    .expect("a count")
}

async fn run(store: &Store, sql: String) {
    match &store.backend {
        Backend::Postgres(b) => b.write(move |c| Ok(c.batch_execute(&sql)?)).await,
        Backend::Sqlite(b) => b.write(move |c| Ok(c.batch_execute(&sql)?)).await,
    }
    .expect("it runs");
}

#[test]
fn many_expired_attempts_are_forgotten() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        // In crowds that no backend turns away.
        for crowd in 0..24 {
            let mut tasks = tokio::task::JoinSet::new();
            for n in 0..50 {
                let (store, me) = (store.clone(), me.clone());
                tasks.spawn(async move {
                    let who = first(&store, &me, tried(&format!("{crowd} {n}"), 0)).await;
                    make(&store, &who).await;
                });
            }
            tasks.join_all().await;
        }
        assert_eq!(kept(&store).await, 1_200);
        let past = match &store.backend {
            Backend::Postgres(_) => "'2020-01-01'",
            Backend::Sqlite(_) => "rowid",
        };
        run(&store, format!("UPDATE attempts SET expires_at = {past}")).await;
        store.forget_attempts().await.expect("forgotten");
        assert_eq!(kept(&store).await, 0);
    });
}

#[test]
fn another_gateway_is_waited_for() {
    let database = Database::postgres();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (here, there) = (Arc::new(database.store()), Arc::new(database.store()));
        let me = caller(&here, &organization(&here, "acme").await, None).await;
        // Nothing can be made while this connection holds the table.
        let mut holder = postgres::connect(&database.url).expect("a connection");
        holder.batch_execute("BEGIN; LOCK TABLE datasets IN EXCLUSIVE MODE").expect("locked");
        let running = tokio::spawn({
            let (here, me) = (Arc::clone(&here), me.clone());
            async move {
                let who = first(&here, &me, tried("x", 0)).await;
                make(&here, &who).await
            }
        });
        tokio::time::sleep(SOON).await;
        let waiting = tokio::spawn({
            let (there, me) = (Arc::clone(&there), me.clone());
            async move { again(&there, &me, tried("x", 1)).await }
        });
        tokio::time::sleep(SOON).await;
        assert!(!waiting.is_finished() && !running.is_finished());
        assert_eq!(there.gauges().pool_in_use, 0, "who waits holds nothing");
        holder.batch_execute("COMMIT").expect("let go");
        let made = timeout(LONG, running).await.expect("in time").expect("no panic");
        let note = timeout(LONG, waiting).await.expect("in time").expect("no panic");
        assert_eq!(made, note);
        assert_eq!(again(&there, &me, tried("x", 2)).await, made);
        assert_eq!(count(&here, &me).await, 1);
    });
}

#[test]
fn of_two_gateways_with_one_name_one_writes() {
    let database = Database::postgres();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (here, there) = (database.store(), database.store());
        let me = caller(&here, &organization(&here, "acme").await, None).await;
        let (one, two) =
            (first(&here, &me, named("n", "x")).await, first(&there, &me, named("n", "x")).await);
        let made = make(&here, &one).await;
        let late = there.create_dataset(&two, dataset("d")).await.expect_err("overtaken");
        assert!(matches!(late.kind(), Kind::Unavailable { .. }), "{late:?}");
        drop(two);
        assert_eq!(again(&there, &me, named("n", "x")).await, made);
        assert_eq!(count(&here, &me).await, 1);
    });
}
