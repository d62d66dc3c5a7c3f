//! What is in collections, and runs, read piece by piece.

use evalstone_core::caller::Caller;
use evalstone_core::collection::{Collection, NewCollection};
use evalstone_core::id::{DatasetId, Number};
use evalstone_core::json::RawObject;
use evalstone_core::scoring::{NewScoring, Scoring, Subject};

use super::benchmarks::filled;
use super::scorings::{given, new, rows};
use super::{DIALECT, caller, case, dataset, on_both, organization};
use crate::Store;
use crate::scorings::{RunsOf, ScoringPages};

async fn collection(store: &Store, who: &Caller, datasets: Vec<Number>) -> Collection {
    let new = NewCollection { origin: DIALECT, name: "c".to_owned(), datasets };
    store.create_collection(who, new).await.expect("a collection")
}

/// The names of the runs, piece by piece.
async fn names(mut pages: ScoringPages) -> Vec<Vec<String>> {
    let mut pieces = Vec::new();
    loop {
        let piece = pages.next().await.expect("a piece");
        if piece.is_empty() {
            return pieces;
        }
        pieces.push(piece.into_iter().map(|run: Scoring| run.name).collect());
    }
}

/// Runs of which the first two have large settings.
async fn make_runs(store: &Store, who: &Caller, subject: impl Fn() -> Subject, prefix: &str) {
    for n in 0..5 {
        let size = if n < 2 { 700 * 1024 } else { 0 };
        let settings = RawObject::trusted(format!(r#"{{"a":"{}"}}"#, "x".repeat(size)));
        let new = NewScoring { settings, ..new(subject(), given(&format!("{prefix}{n}"))) };
        store.make_scoring(who, new).await.expect("made").expect("it is there");
    }
}

#[test]
fn the_datasets_of_a_collection_are_whole_and_in_order_whatever_their_number() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let mut numbers = Vec::new();
        for n in 0..501 {
            let made = store.create_dataset(&me, dataset(&n.to_string())).await.expect("made");
            numbers.push(made.number);
        }
        let of = collection(&store, &me, numbers.clone()).await;
        let mut pages = store.member_pages(&me, of.id);
        let mut found = Vec::new();
        for length in [500, 1, 0, 0] {
            let piece = pages.next().await.expect("a piece");
            assert_eq!(piece.len(), length);
            found.extend(piece.into_iter().map(|member| member.number));
        }
        numbers.reverse();
        assert_eq!(found, numbers);
    });
}

#[test]
fn pieces_of_runs_are_bounded_by_their_settings() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let dataset: DatasetId = filled(&store, &me, vec![case(1)]).await;
        make_runs(&store, &me, || Subject::Dataset { dataset, metrics: 1 }, "d").await;
        let of = collection(&store, &me, Vec::new()).await;
        let own = || match rows(1) {
            Subject::Rows { rows, evaluations, collection: _ } => {
                Subject::Rows { rows, evaluations, collection: Some(of.number) }
            }
            other => other,
        };
        make_runs(&store, &me, own, "c").await;
        let oldest_first = names(store.scoring_pages(&me, RunsOf::Dataset(dataset))).await;
        assert_eq!(oldest_first, [vec!["d0"], vec!["d1", "d2", "d3", "d4"]]);
        let newest_first = names(store.scoring_pages(&me, RunsOf::Collection(of.id))).await;
        assert_eq!(newest_first, [vec!["c4", "c3", "c2", "c1"], vec!["c0"]]);
    });
}
