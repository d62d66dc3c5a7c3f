//! Plans that are made once, for values that nobody knows.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use evalstone_core::dataset::{CaseFilter, DatasetFilter, Reference, Window};

use super::walks::{WORK, Work, plans, statements};
use super::{DIALECT, caller, case, dataset, on_both, organization, window};
use crate::postgres::pool::PLANS_KEPT;
use crate::postgres::queries::{case_walks, dataset_lists};
use crate::{Backend, Store, datasets};

/// How many cases the first dataset has, of which the other ones' lists must read nothing.
const MANY: usize = 20_000;

async fn analyze(store: &Store) {
    if let Backend::Postgres(b) = &store.backend {
        // Not left to a background worker that may come too late.
        b.read(|c| Ok(c.batch_execute("ANALYZE")?)).await.expect("analyzed");
    }
}

/// Rows that Postgres reads for something on a connection that plans once.
async fn rows_read(
    store: &Store,
    read: impl Fn(&mut PgConnection) -> crate::failure::Outcome<()> + Send + 'static,
) -> i64 {
    let Backend::Postgres(b) = &store.backend else { return 0 };
    let work = |c: &mut PgConnection| diesel::sql_query(WORK).get_result::<Work>(c);
    let rows = b.read_as_planned(move |c| {
        c.transaction(|c| {
            // What the session has not reported yet counts too.
            let before = work(c)?.rows;
            read(c)?;
            Ok(work(c)?.rows - before)
        })
    });
    rows.await.expect("a count")
}

#[test]
fn a_small_dataset_is_read_by_itself_although_all_cases_known_to_the_planner_are_of_another() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let many = (0..MANY).map(|n| Ok(case(n)));
        store.load_dataset(&me, dataset("large"), many).await.expect("loaded");
        analyze(&store).await;
        let small = store.create_dataset(&me, dataset("small")).await.expect("made");
        let reference = Reference::Id(small.id.uuid());
        let few = (0..5).map(case).collect();
        store.add_cases(&me, DIALECT, &reference, few).await.expect("added");
        let run = statements(&store).await;
        let found = window(&store, &me, small.id, Window { offset: 2, limit: Some(2) }).await;
        assert_eq!(found.len(), 2);
        let filter = CaseFilter { dataset: Some(small.id), pipeline: None };
        let whole = store.case_pages(&me, filter).next().await.expect("read");
        assert_eq!(whole.len(), 5);
        let run = run.lock().expect("unpoisoned").clone();
        let own = "cases_in_order (organization_id=? AND dataset_id=? AND number>? AND number<?)";
        for line in plans(&store.backend, &run).await {
            assert!(!line.contains("cases") || line.contains(own), "{line}");
        }
        let (id, caller) = (small.id, me.clone());
        let read = rows_read(&store, move |c| {
            let from = crate::marks::Mark::default();
            case_walks::number_at(c, &caller, id, from, 3)?;
            let piece = case_walks::page(c, &caller, id, 0, 100, 1 << 20)?;
            assert_eq!(piece.cases.len(), 5);
            Ok(())
        });
        let rows = read.await;
        assert!(rows < 100, "{rows} rows were read");
    });
}

#[test]
fn the_first_page_of_datasets_is_read_alone_on_postgres() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        // What was planned while there was next to nothing must not stay.
        let page = Window { offset: 0, limit: Some(10) };
        let filter = DatasetFilter::default;
        store.create_dataset(&me, dataset("first")).await.expect("made");
        store.datasets(&me, DIALECT, filter(), page).await.expect("listed");
        for n in 0..300 {
            store.create_dataset(&me, dataset(&n.to_string())).await.expect("made");
        }
        tokio::time::sleep(PLANS_KEPT).await;
        let caller = me.clone();
        let read = rows_read(&store, move |c| {
            let place = datasets::Place { before: None, offset: 0 };
            let piece = dataset_lists::piece(c, &caller, DIALECT, &filter(), place, 10, 1 << 20)?;
            assert_eq!(piece.datasets.len(), 10);
            Ok(())
        });
        let rows = read.await;
        assert!(rows < 200, "{rows} rows were read");
    });
}
