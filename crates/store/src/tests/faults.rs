//! What goes wrong around the store: a full disk, a locked file, a server that hangs up, crowds.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use diesel::result::Error::DatabaseError;
use evalstone_core::dataset::{CaseFilter, Reference};
use evalstone_core::error::Kind;
use evalstone_core::lens::slots::case_slots;
use evalstone_core::source::SourceKind;

use super::{DIALECT, Database, caller, case, dataset, heavy, on, on_both, organization};
use crate::cases::CaseJob;
use crate::gate::LoadGate;
use crate::types::Key;
use crate::{Backend, Options, Store, postgres};

const MEBIBYTE: usize = 1024 * 1024;

fn is_unavailable(kind: Kind) -> bool {
    matches!(kind, Kind::Unavailable { .. })
}

async fn on_the_writer(store: &Store, statements: &'static str) {
    let Backend::Sqlite(backend) = &store.backend else { panic!("SQLite") };
    backend.write(|c| Ok(c.batch_execute(statements)?)).await.expect("a setting");
}

/// A write in whose midst SQLite rolls back the whole transaction, as it does when the disk is full.
async fn spoil(store: &Store) -> Option<Kind> {
    let Backend::Sqlite(backend) = &store.backend else { panic!("SQLite") };
    let spoilt: evalstone_core::error::Result<()> = backend
        .write(|c| {
            c.batch_execute("ROLLBACK")?;
            let full = Box::new("database or disk is full".to_owned());
            Err(DatabaseError(DatabaseErrorKind::Unknown, full).into())
        })
        .await;
    spoilt.err().map(|error| error.kind())
}

#[test]
fn a_full_disk_costs_no_more_than_the_writes_that_found_it_full() {
    on(&Database::sqlite(), async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("a dataset");
        let reference = Reference::Id(made.id.uuid());
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..100 {
            let (store, me, reference) = (store.clone(), me.clone(), reference.clone());
            tasks.spawn(async move {
                if n == 10 {
                    return Err(spoil(&store).await.expect("it fails"));
                }
                let added = store.add_case(&me, DIALECT, &reference, case(n)).await;
                added.map(|_| ()).map_err(|error| error.kind())
            });
        }
        let outcomes = tasks.join_all().await;
        assert!(outcomes.iter().all(|o| o.is_ok() || o.is_err_and(is_unavailable)), "{outcomes:?}");
        let stored = outcomes.iter().filter(|o| o.is_ok()).count() as i64;
        let found = store.dataset(&me, DIALECT, &reference).await.expect("a query").expect("there");
        assert_eq!(found.case_count, stored, "what was refused is not stored");
        store.add_case(&me, DIALECT, &reference, case(0)).await.expect("there is room again");
    });
}

#[test]
fn a_locked_file_turns_away_all_who_wait_at_once() {
    let database = Database::sqlite();
    on(&database, async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        on_the_writer(&store, "PRAGMA busy_timeout = 300").await;
        let path = database.url.strip_prefix("sqlite:").expect("a path");
        let mut other = SqliteConnection::establish(path).expect("a connection");
        other.batch_execute("BEGIN IMMEDIATE").expect("the lock");
        let start = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..40 {
            let (store, me) = (store.clone(), me.clone());
            tasks.spawn(async move {
                let made = store.create_dataset(&me, dataset(&n.to_string())).await;
                made.map(|_| ()).map_err(|error| error.kind())
            });
        }
        assert!(tasks.join_all().await.into_iter().all(|o| o.is_err_and(is_unavailable)));
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        assert_eq!(store.gauges().queued_writes, 0);
        other.batch_execute("ROLLBACK").expect("the lock is given back");
        store.create_dataset(&me, dataset("d")).await.expect("made");
    });
}

/// Ends every other connection to the database, as a restart of the server does.
fn hang_up(url: &str) {
    let mut connection = postgres::connect(url).expect("the server answers");
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    connection.batch_execute(others).expect("hung up");
}

#[test]
fn after_the_server_hung_up_one_request_notices_at_the_most() {
    let database = Database::postgres();
    on(&database, async |store| {
        let Backend::Postgres(backend) = &store.backend else { panic!("Postgres") };
        let nap = || backend.read(|c| Ok(c.batch_execute("SELECT pg_sleep(0.3)")?));
        let (a, b, c, d) = tokio::join!(nap(), nap(), nap(), nap());
        assert!([a, b, c, d].iter().all(Result::is_ok), "four connections are open");
        hang_up(&database.url);
        let mut failures = Vec::new();
        for _ in 0..8 {
            failures.extend(store.ready().await.err().map(|error| error.kind()));
        }
        assert!(failures.len() <= 1, "{failures:?}");
        assert!(failures.into_iter().all(is_unavailable));
    });
}

#[test]
fn a_server_that_hangs_up_during_a_load_is_out_of_reach() {
    let database = Database::postgres();
    on(&database, async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let url = database.url.clone();
        let source = (0..2_000).map(move |n| {
            if n == 100 {
                hang_up(&url);
            }
            Ok(heavy(n, 10_000))
        });
        let error = store.load_dataset(&me, dataset("d"), source).await.expect_err("cut off");
        assert!(is_unavailable(error.kind()), "{error:?}");
    });
}

#[test]
fn without_a_server_everyone_is_told_within_three_seconds() {
    let database = Database::postgres();
    on(&database, async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("a dataset");
        let (server, name) = database.server.as_ref().expect("Postgres");
        let mut connection = postgres::connect(server).expect("the server answers");
        let shut = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
        connection.batch_execute(&shut).expect("shut");
        let others = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        connection.batch_execute(&others).expect("hung up");
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..60 {
            let (store, me, reference) = (store.clone(), me.clone(), Reference::Id(made.id.uuid()));
            tasks.spawn(async move {
                let start = Instant::now();
                let error = if n % 2 == 0 {
                    store.add_case(&me, DIALECT, &reference, case(n)).await.err()
                } else {
                    store.ready().await.err()
                };
                (error.map(|error| error.kind()), start.elapsed())
            });
        }
        for (kind, took) in tasks.join_all().await {
            assert!(kind.is_some_and(is_unavailable), "{kind:?}");
            assert!(took < Duration::from_millis(3_300), "{took:?}");
        }
        let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
        connection.batch_execute(&open).expect("open again");
        tokio::time::sleep(Duration::from_secs(2)).await;
        store.ready().await.expect("recovered");
    });
}

#[test]
fn groups_take_their_locks_in_the_order_of_the_datasets_whoever_asks() {
    let database = Database::postgres();
    on(&database, async |store| {
        let acme = organization(&store, "acme").await;
        let first = caller(&store, &acme, Some("first@example.com")).await;
        let second = caller(&store, &acme, Some("second@example.com")).await;
        let one = store.create_dataset(&first, dataset("one")).await.expect("a dataset");
        let two = store.create_dataset(&first, dataset("two")).await.expect("a dataset");
        let mut holder = postgres::connect(&database.url).expect("a connection");
        let lock = format!("BEGIN; SELECT id FROM datasets WHERE id = '{}' FOR UPDATE", one.id);
        holder.batch_execute(&lock).expect("the lock");
        let jobs = [(first, two.id), (second, one.id)].map(|(caller, dataset)| {
            let new = case(1);
            let slots = case_slots(&new.case);
            CaseJob { caller, dialect: DIALECT, dataset: Reference::Id(dataset.uuid()), new, slots }
        });
        let url = database.url.clone();
        let group = std::thread::spawn(move || {
            let mut connection = postgres::connect(&url).expect("a connection");
            connection.transaction(|c| postgres::queries::cases::add_each(c, &jobs)).map(|_| ())
        });
        std::thread::sleep(Duration::from_millis(500));
        let mut other = postgres::connect(&database.url).expect("a connection");
        let later = format!("SELECT id FROM datasets WHERE id = '{}' FOR UPDATE NOWAIT", two.id);
        let free = other.batch_execute(&later);
        holder.batch_execute("COMMIT").expect("the lock is given back");
        group.join().expect("no panic").expect("both are stored");
        free.expect("the group waits for the first dataset before it takes the second");
    });
}

#[test]
fn a_crowd_of_loads_is_bounded() {
    on(&Database::sqlite(), async |_| {
        let gate = LoadGate::new(1);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let mut tasks = tokio::task::JoinSet::new();
        let busy = gate.clone();
        tasks.spawn(async move { busy.run(move || ended.recv().is_ok()).await.map(|_| ()) });
        tokio::time::sleep(Duration::from_millis(100)).await;
        for _ in 0..64 {
            let gate = gate.clone();
            tasks.spawn(async move { gate.run(|| ()).await.map(|_| ()) });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let refused = gate.run(|| ()).await.map(|_| ()).expect_err("too many");
        assert!(is_unavailable(refused.kind()));
        end.send(()).expect("it waits for this");
        for outcome in tasks.join_all().await {
            outcome.expect("each had its turn");
        }
        assert!(gate.run(|| panic!("a load's bug")).await.expect("a turn").is_err());
        assert!(gate.run(|| ()).await.expect("a turn").is_ok(), "the turn was given back");
    });
}

#[test]
fn a_load_on_sqlite_writes_before_much_has_gathered_whatever_fields_hold_it() {
    let database = Database::sqlite();
    on(&database, async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let path = database.url.strip_prefix("sqlite:").expect("a path").to_owned();
        let source = (0..6).map(move |n| {
            let mut connection = SqliteConnection::establish(&path).expect("a connection");
            let written: i64 =
                crate::schema::cases::table.count().get_result(&mut connection).expect("a count");
            assert!(n - written <= 2, "{written} of {n} are written");
            Ok(heavy(n as usize, MEBIBYTE))
        });
        store.load_dataset(&me, dataset("d"), source).await.expect("loaded");
    });
}

#[test]
fn pieces_of_a_walk_are_bounded_even_when_small_cases_come_before_large_ones() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let sizes = |n: usize| if n < 16 { 10 } else { 300 * 1024 };
        let source = (0..32).map(move |n| Ok(heavy(n, sizes(n))));
        let made = store.load_dataset(&me, dataset("d"), source).await.expect("loaded");
        let filter = CaseFilter { dataset: Some(made.id), pipeline: None };
        let mut pages = store.case_pages(&me, filter);
        let mut seen = Vec::new();
        loop {
            let page = pages.next().await.expect("a page");
            let bytes = |c: &evalstone_core::dataset::StoredCase| {
                c.case.output.as_ref().map_or(0, |output| output.as_str().len())
            };
            let Some((_, all_but_one)) = page.split_last() else {
                break;
            };
            assert!(all_but_one.iter().map(bytes).sum::<usize>() < 512 * 1024);
            seen.extend(page.into_iter().map(|c| c.case.inputs.into_string()));
        }
        assert_eq!(seen, (0..32).map(|n| format!(r#"{{"input": {n}}}"#)).collect::<Vec<_>>());
    });
}

#[test]
fn a_source_id_that_the_index_cannot_hold_is_refused_and_never_found() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let id = Key(uuid::Uuid::now_v7()).0;
        // Not compressible, as an index would otherwise hold it after all.
        let long: String =
            (0..400).map(|n| format!("{:x}", 0x1234_5678_9abc_u64 * (n + 1))).collect();
        for bad in ["a\0b", &long] {
            let kept = store.remember_source_id(&me, DIALECT, SourceKind::Dataset, bad, id).await;
            assert_eq!(kept.expect_err("refused").kind(), Kind::Invalid);
            let reference = Reference::Source(bad.to_owned());
            assert!(store.dataset(&me, DIALECT, &reference).await.expect("a query").is_none());
            assert!(store.case(&me, DIALECT, &reference).await.expect("a query").is_none());
        }
    });
}

#[test]
fn a_statement_timeout_beyond_what_postgres_takes_is_its_longest() {
    let database = Database::postgres();
    let timeout = Duration::from_secs(90 * 24 * 3600);
    let options = Options { statement_timeout: timeout, ..database.options() };
    on(&database, async |_| {
        Store::open(&options).expect("it opens").ready().await.expect("and answers");
    });
}
