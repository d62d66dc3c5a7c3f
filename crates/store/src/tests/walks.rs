//! Lists that are read piece by piece while others write, and what they cost.

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use evalstone_core::dataset::{CaseFilter, Reference, StoredCase};
use evalstone_core::id::CaseId;

use super::{DIALECT, caller, case, dataset, on_both, organization};
use crate::cases::CasePages;
use crate::schema::cases;
use crate::types::{Key, Time};
use crate::{Backend, Store, postgres};

/// Marks a case as deleted behind the gateway's back, from a thread that may block.
fn delete_quietly(backend: &Backend, id: CaseId) {
    let gone = cases::deleted_at.eq(Time(chrono::Utc::now()));
    let target = cases::table.filter(cases::id.eq(Key::from(id)));
    match backend {
        Backend::Postgres(b) => {
            let mut other = postgres::connect(b.url()).expect("the server answers");
            diesel::update(target).set(gone).execute(&mut other).expect("deleted");
        }
        Backend::Sqlite(b) => {
            let deleted =
                b.write_blocking(move |c| Ok(diesel::update(target).set(gone).execute(c)?));
            deleted.expect("deleted");
        }
    }
}

/// Does this before the statement with this number, counted from here, on the connection that the
/// next read takes: the one that was used last.
async fn before_statement(store: &Store, number: usize, what: impl FnOnce() + Send + 'static) {
    let (mut what, mut seen) = (Some(what), 0);
    let hook = move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            seen += 1;
            if let Some(what) = what.take_if(|_| seen == number) {
                what();
            }
        }
    };
    watch(store, hook).await;
}

async fn watch(store: &Store, hook: impl Instrumentation + 'static) {
    let set = match &store.backend {
        Backend::Postgres(b) => b.read(|c| Ok(c.set_instrumentation(hook))).await,
        Backend::Sqlite(b) => b.read(|c| Ok(c.set_instrumentation(hook))).await,
    };
    set.expect("a connection");
}

async fn rest(pages: &mut CasePages) -> Vec<StoredCase> {
    let mut cases = Vec::new();
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            return cases;
        }
        cases.extend(piece);
    }
}

#[test]
fn a_piece_whose_cases_are_deleted_while_it_is_read_does_not_end_the_list() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let reference = Reference::Id(made.id.uuid());
        // Each fills a piece alone.
        let heavy = |n| {
            let mut new = case(n);
            let text = "x".repeat(600 * 1024);
            new.case.output = Some(evalstone_core::json::RawJson::from_text(&text));
            new
        };
        let new: Vec<_> = (0..3).map(heavy).collect();
        store.add_cases(&me, DIALECT, &reference, new).await.expect("added");
        let filter = CaseFilter { dataset: Some(made.id), pipeline: None };
        let all = rest(&mut store.case_pages(&me, filter.clone())).await;
        let ids: Vec<CaseId> = all.iter().map(|case| case.id).collect();
        assert_eq!(ids.len(), 3);
        let (backend, second) = (store.backend.clone(), ids[1]);
        let mut pages = store.case_pages(&me, filter);
        let first = pages.next().await.expect("a piece");
        assert_eq!(first.iter().map(|case| case.id).collect::<Vec<_>>(), ids[..1]);
        // Between looking for the sizes and reading the rows.
        before_statement(&store, 2, move || delete_quietly(&backend, second)).await;
        let left = rest(&mut pages).await;
        assert_eq!(left.iter().map(|case| case.id).collect::<Vec<_>>(), ids[2..]);
    });
}
