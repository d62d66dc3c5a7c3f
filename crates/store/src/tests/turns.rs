//! Writes whose turn does not come, and writes that somebody's lock is in the way of.

use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::Integer;
use evalstone_core::dataset::{DatasetFilter, Reference};
use evalstone_core::error::{Error, Kind};
use tokio::time::timeout;

use super::{DIALECT, Database, caller, case, dataset, organization};
use crate::postgres::group::{Group, Work, Written};
use crate::postgres::pool::Pool;
use crate::{Backend, postgres};

/// Longer than anything here takes, and shorter than what it would take if it waited for what it
/// must not wait for.
const LONG: Duration = Duration::from_secs(20);

fn run<F: Future<Output = ()>>(test: F) {
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

#[test]
fn a_write_that_fails_on_sqlite_takes_back_its_own_work_alone_wherever_it_stands_in_its_group() {
    let database = Database::sqlite();
    run(async {
        let store = database.store();
        let Backend::Sqlite(backend) = &store.backend else { panic!("SQLite") };
        let table = "CREATE TABLE written (n INTEGER NOT NULL)";
        backend.write(move |c| Ok(c.batch_execute(table)?)).await.expect("a table");
        for failing in [vec![0], vec![1, 4], vec![0, 1, 2], vec![3, 4], vec![0, 1, 2, 3, 4]] {
            let began = Arc::new(Barrier::new(2));
            let write = |n: i32| {
                let (fails, began) = (failing.contains(&n), Arc::clone(&began));
                backend.write(move |c| {
                    c.batch_execute(&format!("INSERT INTO written VALUES ({n})"))?;
                    if n == 0 {
                        // The others come while this one is under way, and find it first in their group.
                        began.wait();
                    }
                    if fails { Err(Error::not_found("Thing").into()) } else { Ok(n) }
                })
            };
            let begun = Arc::clone(&began);
            let go = async { tokio::task::spawn_blocking(move || begun.wait()).await };
            let (a, b, c, d, e, _) =
                tokio::join!(biased; write(0), write(1), write(2), write(3), write(4), go);
            let done: Vec<i32> = [a, b, c, d, e].into_iter().filter_map(Result::ok).collect();
            let kept: Vec<i32> = (0..5).filter(|n| !failing.contains(n)).collect();
            assert_eq!(done, kept);
            let stored = "SELECT n FROM written ORDER BY n";
            let stored = backend.read(move |c| Ok(sql::<Integer>(stored).load::<i32>(c)?)).await;
            assert_eq!(stored.expect("a query"), kept);
            let emptied = "DELETE FROM written";
            backend.write(move |c| Ok(c.batch_execute(emptied)?)).await.expect("emptied");
        }
    });
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
        let mut blocked = tokio::task::JoinSet::new();
        let mut others = tokio::task::JoinSet::new();
        for n in 0..40 {
            let (store, other, free) = (store.clone(), other.clone(), free.clone());
            if n < 2 {
                let (store, me, locked) = (store.clone(), me.clone(), locked.clone());
                blocked.spawn(async move { store.add_case(&me, DIALECT, &locked, case(n)).await });
            }
            others.spawn(async move { store.add_case(&other, DIALECT, &free, case(n)).await });
        }
        let written = timeout(LONG, others.join_all()).await.expect("they are not kept waiting");
        assert!(written.iter().all(Result::is_ok), "{written:?}");
        timeout(LONG, store.ready()).await.expect("in time").expect("there are connections left");
        assert!(blocked.try_join_next().is_none(), "these wait for the lock");
        holder.batch_execute("COMMIT").expect("the lock is given back");
        assert!(blocked.join_all().await.iter().all(Result::is_ok));
        let counted = store.dataset(&me, DIALECT, &locked).await.expect("a query").expect("there");
        assert_eq!(counted.case_count, 2);
    });
}
