//! Lists of datasets that are read piece by piece.

use evalstone_core::collection::NewCollection;
use evalstone_core::dataset::{Beside, Dataset, DatasetFilter, NewDataset, Window};
use evalstone_core::json::RawJson;

use super::{DIALECT, caller, dataset, on_both, organization};
use crate::dataset_lists::DatasetPages;

const ALL: Window = Window { offset: 0, limit: None };

async fn pieces(mut pages: DatasetPages) -> Vec<Vec<Dataset>> {
    let mut pieces = Vec::new();
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            return pieces;
        }
        pieces.push(piece.to_vec());
    }
}

fn names(pieces: &[Vec<Dataset>]) -> Vec<&str> {
    pieces.iter().flatten().map(|dataset| dataset.name.as_str()).collect()
}

fn bytes(dataset: &Dataset) -> usize {
    let facet = dataset.facet.as_ref().map_or(0, |facet| facet.as_str().len());
    dataset.name.len() + dataset.description.as_ref().map_or(0, String::len) + facet
}

#[test]
fn pieces_are_bounded_whichever_text_is_long() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let long = "x".repeat(300 * 1024);
        for n in 0..3 {
            let described = NewDataset { description: Some(long.clone()), ..dataset("described") };
            let facet = Some(RawJson::from_text(&long));
            let faceted = NewDataset { facet, ..dataset("faceted") };
            let named = dataset(&format!("{n}{}", "x".repeat(900 * 1024)));
            for new in [dataset("small"), described, faceted, named] {
                store.create_dataset(&me, new).await.expect("made");
            }
        }
        let all = store.dataset_pages(&me, Beside::All(DIALECT), DatasetFilter::default(), ALL);
        let all = pieces(all).await;
        for piece in &all {
            let (_, all_but_one) = piece.split_last().expect("no empty piece");
            assert!(all_but_one.iter().map(bytes).sum::<usize>() < 512 * 1024);
        }
        let shown: Vec<char> = names(&all).iter().map(|n| n.chars().next().expect("it")).collect();
        assert_eq!(shown, ['2', 'f', 'd', 's', '1', 'f', 'd', 's', '0', 'f', 'd', 's']);
        let window = Window { offset: 2, limit: Some(7) };
        let some =
            store.counted_datasets(&me, Beside::All(DIALECT), DatasetFilter::default(), window);
        let (total, some) = some.await.expect("counted");
        assert_eq!((total, names(&pieces(some).await)), (12, names(&all)[2..9].to_vec()));
    });
}

#[test]
fn a_list_shows_beside_each_dataset_what_is_asked_for_and_reads_no_more() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let mut numbers = Vec::new();
        for name in ["a", "b", "c"] {
            let facet = Some(RawJson::from_text(&"1".repeat(300 * 1024)));
            let new = NewDataset { facet, ..dataset(name) };
            numbers.push(store.create_dataset(&me, new).await.expect("made").number);
        }
        let new = NewCollection { origin: DIALECT, name: "all".to_owned(), datasets: numbers };
        let collection = store.create_collection(&me, new).await.expect("made").number;
        let mine = (Some(me.user_number), Some(collection));
        for (beside, owner_and_collection, has_facet) in [
            (Beside::All(DIALECT), mine, true),
            (Beside::Facet(DIALECT), (None, None), true),
            (Beside::All("other"), mine, false),
            (Beside::Nothing, (None, None), false),
        ] {
            let found = store.dataset_pages(&me, beside, DatasetFilter::default(), ALL);
            let found = pieces(found).await;
            // What is not shown takes no room.
            assert_eq!(found.len(), if has_facet { 2 } else { 1 }, "{beside:?}");
            assert_eq!(names(&found), ["c", "b", "a"]);
            for dataset in found.into_iter().flatten() {
                let owner = dataset.owner.map(|owner| owner.number);
                assert_eq!((owner, dataset.collection), owner_and_collection, "{beside:?}");
                assert_eq!(dataset.facet.is_some(), has_facet, "{beside:?}");
            }
        }
    });
}

#[test]
fn a_list_is_whole_and_in_order_whatever_its_length() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        for n in 0..401 {
            store.create_dataset(&me, dataset(&n.to_string())).await.expect("made");
        }
        let expected: Vec<String> = (0..401).rev().map(|n| n.to_string()).collect();
        for (offset, limit, piece_lengths) in [
            (0, None, vec![50, 100, 100, 100, 51]),
            (1, None, vec![50, 100, 100, 100, 50]),
            (0, Some(50), vec![50]),
            (150, Some(250), vec![50, 100, 100]),
            (400, Some(9), vec![1]),
            (401, Some(9), vec![]),
        ] {
            let window = Window { offset, limit };
            let found =
                store.dataset_pages(&me, Beside::All(DIALECT), DatasetFilter::default(), window);
            let found = pieces(found).await;
            assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), piece_lengths);
            let offset = usize::try_from(offset).expect("small");
            let length = piece_lengths.iter().sum::<usize>();
            assert_eq!(names(&found), expected[offset..offset + length].to_vec());
        }
    });
}

#[test]
fn whoever_asks_at_the_same_time_is_shown_their_own() {
    on_both(async |store| {
        let acme = organization(&store, "acme").await;
        let ann = caller(&store, &acme, Some("ann@example.com")).await;
        let bob = caller(&store, &acme, Some("bob@example.com")).await;
        let facet = Some(RawJson::from_text("mine"));
        let private = NewDataset { shared: false, facet, ..dataset("private") };
        store.create_dataset(&ann, private).await.expect("made");
        store.create_dataset(&ann, dataset("shared")).await.expect("made");
        let mut asked = tokio::task::JoinSet::new();
        for n in 0..60 {
            let (who, dialect) = [(&ann, DIALECT), (&bob, DIALECT), (&ann, "other")][n % 3];
            let (store, who) = (store.clone(), who.clone());
            asked.spawn(async move {
                let page = store.datasets(&who, dialect, DatasetFilter::default(), ALL).await;
                let page = page.expect("listed");
                let facets = page.rows.iter().filter(|row| row.facet.is_some()).count();
                (n % 3, page.total, page.rows.len(), facets)
            });
        }
        while let Some(shown) = asked.join_next().await {
            let (of, total, rows, facets) = shown.expect("no panic");
            let expected = [(2, 2, 1), (1, 1, 0), (2, 2, 0)][of];
            assert_eq!((total, rows, facets), expected);
        }
    });
}
