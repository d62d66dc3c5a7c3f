//! Writes whose turn does not come, and writes that somebody's lock is in the way of.

use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use evalstone_core::case::Case;
use evalstone_core::dataset::{DatasetFilter, NewCase, NewDataset, Reference};
use evalstone_core::error::{Error, Kind};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{DIALECT, Database, caller, case, dataset, on, organization};
use crate::failure::Outcome;
use crate::postgres::group::{GROUPED_BYTES, Group, Work, Written};
use crate::postgres::pool::Pool;
use crate::sqlite::Sqlite;
use crate::{Backend, postgres};

/// Longer than anything here takes, and shorter than what it would take if it waited for what it
/// must not wait for.
pub(super) const LONG: Duration = Duration::from_secs(20);

pub(super) fn run<F: Future<Output = ()>>(test: F) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test);
}

#[test]
fn a_write_given_up_on_sqlite_is_never_done_and_one_that_began_is_waited_for() {
    let database = Database::sqlite();
    run(async {
        let store = database.store();
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let Backend::Sqlite(backend) = store.backend.clone() else { panic!("SQLite") };
        let (began, has_begun) = mpsc::channel();
        let (go, may_go) = mpsc::channel::<()>();
        let slow = tokio::spawn(async move {
            backend
                .write(move |_| {
                    began.send(()).expect("the test listens");
                    may_go.recv().expect("the test lets it go");
                    Ok("done")
                })
                .await
        });
        tokio::task::spawn_blocking(move || has_begun.recv()).await.expect("ran").expect("began");
        let refused = timeout(LONG, store.create_dataset(&me, dataset("late"))).await;
        let refused = refused.expect("it is not kept waiting").expect_err("its turn did not come");
        assert!(matches!(refused.kind(), Kind::Unavailable { .. }), "{refused:?}");
        // By now the other has taken as long.
        go.send(()).expect("it waits for this");
        assert_eq!(slow.await.expect("no panic").expect("it is waited for"), "done");
        store.create_dataset(&me, dataset("next")).await.expect("made");
        let all = store.all_datasets(&me, DIALECT, DatasetFilter::default()).await.expect("listed");
        assert_eq!(all.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["next"]);
    });
}

/// Five writes on SQLite that share their group as far as they can, of which some end otherwise than well: what each
/// is told, and which of them are stored.
async fn group_of_five(
    backend: &Sqlite,
    badly: &[i32],
    end: fn(&mut SqliteConnection) -> Outcome<()>,
) -> (Vec<Result<(), Kind>>, Vec<i32>) {
    let begun = Arc::new(Barrier::new(2));
    let write = |n: i32| {
        let (is_bad, begun) = (badly.contains(&n), Arc::clone(&begun));
        backend.write(move |c| {
            c.batch_execute(&format!("INSERT INTO written VALUES ({n})"))?;
            if n == 0 {
                // The others come while this one is under way, and share its group if it ends well.
                begun.wait();
            }
            if is_bad { end(c) } else { Ok(()) }
        })
    };
    let all_wait = Arc::clone(&begun);
    let go = async { tokio::task::spawn_blocking(move || all_wait.wait()).await };
    let (a, b, c, d, e, _) =
        tokio::join!(biased; write(0), write(1), write(2), write(3), write(4), go);
    let told = [a, b, c, d, e].map(|told| told.map_err(|error| error.kind()));
    let stored = backend.read(|c| Ok(sql::<Integer>("SELECT n FROM written ORDER BY n").load(c)?));
    (told.to_vec(), stored.await.expect("a query"))
}

/// Tries this with each of some ends at some places of a group.
async fn ending_badly(
    backend: &Sqlite,
    end: fn(&mut SqliteConnection) -> Outcome<()>,
    check: impl Fn(&[i32], Vec<Result<(), Kind>>, Vec<i32>),
) {
    let run = |statement: &'static str| backend.write(|c| Ok(c.batch_execute(statement)?));
    run("CREATE TABLE written (n INTEGER NOT NULL)").await.expect("a table");
    for badly in [&[0][..], &[1, 4], &[0, 1, 2], &[3, 4], &[0, 1, 2, 3, 4]] {
        let (told, stored) = group_of_five(backend, badly, end).await;
        check(badly, told, stored);
        run("DELETE FROM written").await.expect("emptied");
    }
}

#[test]
fn a_write_that_fails_on_sqlite_takes_back_its_own_work_alone_wherever_it_stands_in_its_group() {
    on(&Database::sqlite(), async |store| {
        let Backend::Sqlite(backend) = &store.backend else { panic!("SQLite") };
        let refuse = |_: &mut _| Err(Error::not_found("Thing").into());
        ending_badly(backend, refuse, |badly, told, stored| {
            let expected = |n| if badly.contains(&n) { Err(Kind::NotFound) } else { Ok(()) };
            assert_eq!(told, (0..5).map(expected).collect::<Vec<_>>());
            assert_eq!(stored, (0..5).filter(|n| !badly.contains(n)).collect::<Vec<_>>());
        })
        .await;
    });
}

#[test]
fn what_is_told_to_be_stored_on_sqlite_is_stored_although_another_write_panics() {
    type End = fn(&mut SqliteConnection) -> Outcome<()>;
    let at_once: End = |_| panic!("on purpose");
    let inside: End = |c| c.transaction(|_| panic!("on purpose"));
    for end in [at_once, inside] {
        on(&Database::sqlite(), async |store| {
            let Backend::Sqlite(backend) = &store.backend else { panic!("SQLite") };
            ending_badly(backend, end, |badly, told, stored| {
                let done = (0..).zip(&told).filter(|(_, told)| told.is_ok()).map(|(n, _)| n);
                assert_eq!(stored, done.collect::<Vec<_>>(), "{told:?}");
                assert!(badly.iter().all(|n| !stored.contains(n)));
            })
            .await;
        });
    }
}

/// A write that tells when it begins and ends when it is told to.
struct Slow {
    name: &'static str,
    began: mpsc::Sender<&'static str>,
    may_go: mpsc::Receiver<()>,
}

#[test]
fn a_write_given_up_on_postgres_is_never_done_and_one_that_began_is_waited_for() {
    let database = Database::postgres();
    run(async {
        let pool = Pool::new(&database.url, 1, LONG);
        let work = Work::<Slow, &str> {
            run: |_, jobs| {
                Ok(jobs
                    .iter()
                    .map(|job| {
                        job.began.send(job.name).expect("the test listens");
                        job.may_go.recv().expect("the test lets it go");
                        Ok(job.name)
                    })
                    .collect())
            },
            free: |_, jobs| Ok(vec![false; jobs.len()]),
            bytes: |_| 0,
        };
        let group = Group::start("test", pool, work).expect("started");
        let (began, has_begun) = mpsc::channel();
        let slow = |name| {
            let (go, may_go) = mpsc::channel();
            (go, Slow { name, began: began.clone(), may_go })
        };
        let (go, first) = slow("first");
        let (also, late) = slow("late");
        let writing = group.clone();
        let writing = tokio::spawn(async move { writing.submit(first).await });
        let heard = tokio::task::spawn_blocking(move || (has_begun.recv(), has_begun));
        let (name, has_begun) = heard.await.expect("heard");
        assert_eq!(name, Ok("first"));
        let refused = timeout(LONG, group.submit(late)).await.expect("it is not kept waiting");
        assert!(refused.is_err_and(|error| matches!(error.kind(), Kind::Unavailable { .. })));
        assert!(also.send(()).is_err(), "nobody holds it any more");
        go.send(()).expect("it waits for this");
        let written = writing.await.expect("no panic").expect("it is waited for");
        assert!(matches!(written, Written::Done("first")));
        let (go, next) = slow("next");
        go.send(()).expect("it will be asked");
        assert!(matches!(group.submit(next).await, Ok(Written::Done("next"))));
        assert_eq!(has_begun.try_iter().collect::<Vec<_>>(), ["next"]);
    });
}

/// A text that has more bytes than go together with others.
fn heavy() -> String {
    "x".repeat(GROUPED_BYTES)
}

fn heavy_case(n: usize) -> NewCase {
    NewCase { case: Case { name: Some(heavy()), ..case(n).case }, ..case(n) }
}

#[test]
fn a_locked_dataset_keeps_nobody_else_from_writing() {
    let database = Database::postgres();
    run(async {
        let store = database.store();
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let other = caller(&store, &organization(&store, "other").await, None).await;
        let locked = store.create_dataset(&me, dataset("locked")).await.expect("made");
        let free = store.create_dataset(&other, dataset("free")).await.expect("made");
        let mut holder = postgres::connect(&database.url).expect("a connection");
        let lock = format!("BEGIN; SELECT id FROM datasets WHERE id = '{}' FOR UPDATE", locked.id);
        holder.batch_execute(&lock).expect("the lock");
        let (locked, free) = (Reference::Id(locked.id.uuid()), Reference::Id(free.id.uuid()));
        let mut blocked = JoinSet::new();
        let mut others = JoinSet::new();
        for n in 0..40 {
            let (store, other, free) = (store.clone(), other.clone(), free.clone());
            if n < 6 {
                let (store, me, locked) = (store.clone(), me.clone(), locked.clone());
                let new = if n < 2 { case(n) } else { heavy_case(n) };
                blocked.spawn(async move { store.add_case(&me, DIALECT, &locked, new).await });
            }
            others.spawn(async move { store.add_case(&other, DIALECT, &free, case(n)).await });
        }
        let written = timeout(LONG, others.join_all()).await.expect("they are not kept waiting");
        assert!(written.iter().all(Result::is_ok), "{written:?}");
        timeout(LONG, store.ready()).await.expect("in time").expect("there are connections left");
        let new = NewDataset { description: Some(heavy()), ..dataset("heavy") };
        let made = timeout(LONG, store.create_dataset(&me, new)).await.expect("in time");
        made.expect("a new dataset waits for nobody's lock, however large it is");
        assert!(blocked.try_join_next().is_none(), "these wait for the lock");
        holder.batch_execute("COMMIT").expect("the lock is given back");
        assert!(blocked.join_all().await.iter().all(Result::is_ok));
        let counted = store.dataset(&me, DIALECT, &locked).await.expect("a query").expect("there");
        assert_eq!(counted.case_count, 6);
    });
}

#[test]
fn a_heavy_write_shares_no_transaction() {
    const WRITES: usize = 30;
    let database = Database::postgres();
    run(async {
        let store = database.store();
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = |new: NewDataset| {
            let (store, me) = (store.clone(), me.clone());
            async move { store.create_dataset(&me, new).await.expect("made") }
        };
        let light: JoinSet<_> = (0..WRITES).map(|n| made(dataset(&format!("light {n}")))).collect();
        let light = light.join_all().await;
        let shared = transactions(&database, "datasets");
        assert!(shared < WRITES, "light ones are made together");
        let new = |n| NewDataset { description: Some(heavy()), ..dataset(&format!("heavy {n}")) };
        (0..WRITES).map(|n| made(new(n))).collect::<JoinSet<_>>().join_all().await;
        assert_eq!(transactions(&database, "datasets"), shared + WRITES);

        let added = |new: NewCase| {
            let (store, me, dataset) = (store.clone(), me.clone(), light[0].id);
            let dataset = Reference::Id(dataset.uuid());
            async move { store.add_case(&me, DIALECT, &dataset, new).await.expect("stored") }
        };
        (0..WRITES).map(|n| added(case(n))).collect::<JoinSet<_>>().join_all().await;
        let shared = transactions(&database, "cases");
        assert!(shared < WRITES, "light ones are stored together");
        (0..WRITES).map(|n| added(heavy_case(n))).collect::<JoinSet<_>>().join_all().await;
        assert_eq!(transactions(&database, "cases"), shared + WRITES);
    });
}

/// How many transactions have made the rows of a table.
fn transactions(database: &Database, table: &str) -> usize {
    let mut c = postgres::connect(&database.url).expect("a connection");
    let count = format!("(SELECT count(DISTINCT xmin::text)::int FROM {table})");
    let count: i32 = diesel::select(sql::<Integer>(&count)).get_result(&mut c).expect("counted");
    usize::try_from(count).expect("a count")
}
