//! Who sees a run over a dataset that is here, and which collection it is in.

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::Dataset;
use evalstone_core::error::Kind;
use evalstone_core::id::RunId;
use evalstone_core::run::RunKind;
use evalstone_core::run_copy::{NewRunCopy, RunCopy};

use super::super::sharing::{collect, load, share};
use super::super::{caller, on_both, organization};
use super::samples::{benchmark, experiment, in_other_traces, new, scoring};
use super::stored;
use crate::collections::By;
use crate::schema::runs;
use crate::types::Key;
use crate::{Backend, Store};

/// Whether a run is shared, and the collection that it is in.
type Place = (bool, Option<Key>);

async fn place_of(store: &Store, run: RunId) -> Place {
    let row = runs::table.filter(runs::id.eq(Key::from(run)));
    let row = row.select((runs::shared, runs::collection_id));
    let place = match &store.backend {
        Backend::Postgres(b) => b.read(move |c| Ok(row.first(c)?)).await,
        Backend::Sqlite(b) => b.read(move |c| Ok(row.first(c)?)).await,
    };
    place.expect("the run is there")
}

/// A private dataset and one in a shared collection; the collection.
async fn placed(store: &Store, who: &Caller, mark: &str) -> ([Dataset; 2], Key) {
    let private = load(store, who, &format!("private {mark}"), None).await;
    let shared = load(store, who, &format!("shared {mark}"), None).await;
    let collection = collect(store, who, mark, &[shared.number]).await;
    share(store, who, collection, true).await.expect("shared");
    let found = store.collection(who, By::Number(collection)).await.expect("a query");
    ([private, shared], found.expect("found").id.into())
}

#[test]
fn a_run_is_shown_to_nobody_who_does_not_see_its_dataset_nor_to_more_than_it_was() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let ([private, shared], collection) = placed(&store, &me, "here").await;
        let (gone, _) = placed(&store, &me, "gone").await;
        for dataset in &gone {
            assert!(store.delete_dataset(&me, dataset.id).await.expect("a query"));
        }
        let [gone_private, gone_shared] = &gone;
        // The run's own place, where it goes as a scoring run, and as another one.
        let within = (true, Some(collection));
        let cases: [(&Dataset, bool, Option<Place>, Place); 8] = [
            (&private, false, Some((false, None)), (false, None)),
            (&private, true, Some((false, None)), (false, None)),
            (&shared, false, Some(within), (false, None)),
            (&shared, true, Some(within), (true, None)),
            (gone_private, false, None, (false, None)),
            (gone_private, true, None, (false, None)),
            (gone_shared, false, None, (false, None)),
            (gone_shared, true, None, (true, None)),
        ];
        for ((dataset, is_shared, scored, other), mark) in cases.into_iter().zip(1..) {
            for (name, run, parts) in [scoring(), benchmark(), experiment()] {
                let parts = in_other_traces(&parts, mark);
                let run = RunCopy { shared: is_shared, ..run };
                let expected = if run.kind == RunKind::Scoring { scored } else { Some(other) };
                let sent = NewRunCopy { dataset: Some(dataset.id), ..new(run) };
                let id = sent.id;
                let arriving = store.begin_run_copy(&me, sent).await.expect("begun");
                store.add_run_parts(&arriving, parts).await.expect("added");
                let ended = store.end_run_copy(arriving).await;
                let place = match ended {
                    Ok(run) => Some(place_of(&store, run.id).await),
                    Err(error) => {
                        assert_eq!(error.kind(), Kind::NotFound, "{name}");
                        assert!(stored(&store, &me, id).await.is_none(), "{name}");
                        None
                    }
                };
                assert_eq!(place, expected, "{name} that is shared: {is_shared}, case {mark}");
            }
        }
    });
}
