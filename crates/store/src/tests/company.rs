//! Long work beside short reads.

use std::sync::{Arc, Mutex, mpsc};

use diesel::connection::{Connection as _, InstrumentationEvent};
use evalstone_core::dataset::{CaseFilter, Reference};
use tokio::sync::oneshot;

use super::{DIALECT, Database, caller, case, dataset, on_both, organization};
use crate::case_pages::{CasePages, PAUSE};
use crate::loads::PIECE_CASES;
use crate::sqlite::Sqlite;
use crate::{Backend, Store};

/// How many cases each piece of a walk has.
async fn lengths(mut pages: CasePages) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let Some(length) = Some(pages.next().await.expect("a piece").len()).filter(|&n| n > 0) {
        lengths.push(length);
    }
    lengths
}

#[test]
fn a_dataset_is_read_in_small_pieces_while_others_read_but_for_other_such_walks() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let reference = Reference::Id(made.id.uuid());
        let new = (0..4_000).map(case).collect();
        store.add_cases(&me, DIALECT, &reference, new).await.expect("added");
        let walk = || {
            let filter = CaseFilter { dataset: Some(made.id), pipeline: None };
            store.case_pages(&me, filter)
        };
        let sparing = || walk().sparing_others();
        let (one, other, third, last) = (sparing(), sparing(), sparing(), walk());
        assert_eq!(lengths(one).await, [1_000, 2_000, 1_000]);
        assert_eq!(lengths(other).await, [1_000, 2_000, 1_000], "the first one is no company");
        store.dataset(&me, DIALECT, &reference).await.expect("a query");
        let small = match store.backend {
            Backend::Postgres(_) => vec![100; 8],
            Backend::Sqlite(_) => vec![25; 32],
        };
        let expected = [small, vec![2_000, 1_200]].concat();
        assert_eq!(
            lengths(third).await,
            expected,
            "who has read once is taken to have gone after a while"
        );
        assert_eq!(lengths(last).await, [1_000, 2_000, 1_000], "it spares nobody");
    });
}

#[test]
fn a_long_walk_on_postgres_stands_back_while_others_read() {
    const PAUSES: u32 = 8;
    const CASES: usize = 1_000 + 100 * PAUSES as usize - 50;
    let database = Database::postgres();
    let store = database.store();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let reference = Reference::Id(made.id.uuid());
        let new = (0..CASES).map(case).collect();
        store.add_cases(&me, DIALECT, &reference, new).await.expect("added");
        // From here on only those who wait for it make time pass.
        tokio::time::pause();
        let filter = CaseFilter { dataset: Some(made.id), pipeline: None };
        for (others_read, paused) in [(false, 0), (true, PAUSES)] {
            let mut walk = store.case_pages(&me, filter.clone()).sparing_others();
            let (mut rows, began) = (0, tokio::time::Instant::now());
            loop {
                if others_read {
                    store.dataset(&me, DIALECT, &reference).await.expect("a query");
                }
                match walk.next().await.expect("a piece").len() {
                    0 => break,
                    length => rows += length,
                }
            }
            assert_eq!(rows, CASES);
            // The clock's ticks are as long as a pause.
            let expected = PAUSE * paused..=2 * PAUSE * paused;
            assert!(expected.contains(&began.elapsed()), "{others_read}: {:?}", began.elapsed());
        }
    });
}

/// How many rows each INSERT of cases carries from now on.
async fn inserted(backend: &Sqlite) -> Arc<Mutex<Vec<usize>>> {
    let rows = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&rows);
    let hook = move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            if text.starts_with("INSERT INTO `cases`") {
                noted.lock().expect("unpoisoned").push(text.matches("(?").count());
            }
        }
    };
    let set = backend.write(move |c| {
        c.set_instrumentation(hook);
        Ok(())
    });
    set.await.expect("set");
    rows
}

/// Loads as many cases as fill two pieces, and does something before the last of the first piece.
async fn load(store: &Store, name: &str, meanwhile: impl Future<Output = ()>) {
    let me = caller(store, &organization(store, name).await, None).await;
    let (reached, at_half) = oneshot::channel();
    let (go_on, wait) = mpsc::channel();
    let mut reached = Some(reached);
    let source = (0..2 * PIECE_CASES).map(move |n| {
        if let Some(reached) = reached.take_if(|_| n == PIECE_CASES - 1) {
            reached.send(()).expect("the test waits");
            wait.recv().expect("the test goes on");
        }
        Ok(case(n))
    });
    let meanwhile = async {
        at_half.await.expect("the load comes so far");
        meanwhile.await;
        go_on.send(()).expect("the load waits");
    };
    let (loaded, ()) = tokio::join!(store.load_dataset(&me, dataset(name), source), meanwhile);
    assert_eq!(loaded.expect("loaded").case_count, 1_000);
}

#[test]
fn a_load_on_sqlite_inserts_few_rows_at_a_time_while_others_read() {
    let database = Database::sqlite();
    let store = database.store();
    let Backend::Sqlite(backend) = &store.backend else { panic!("a SQLite store") };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let rows = inserted(backend).await;
        load(&store, "alone", async {}).await;
        assert_eq!(std::mem::take(&mut *rows.lock().expect("unpoisoned")), [50; 20]);
        let other = caller(&store, &organization(&store, "other").await, None).await;
        let read = async {
            let unknown = Reference::Number(1);
            let found = store.dataset(&other, DIALECT, &unknown).await.expect("a query");
            assert!(found.is_none());
        };
        load(&store, "watched", read).await;
        assert_eq!(*rows.lock().expect("unpoisoned"), [20; 50]);
    });
}
