//! Long reads beside short ones.

use evalstone_core::dataset::{CaseFilter, Reference};

use super::{DIALECT, caller, case, dataset, on_both, organization};
use crate::case_pages::CasePages;

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
        let new = (0..1_500).map(case).collect();
        store.add_cases(&me, DIALECT, &reference, new).await.expect("added");
        let walk = || {
            let filter = CaseFilter { dataset: Some(made.id), pipeline: None };
            store.case_pages(&me, filter)
        };
        let sparing = || walk().sparing_others();
        let (one, other, third, last) = (sparing(), sparing(), sparing(), walk());
        assert_eq!(lengths(one).await, [1_000, 500]);
        assert_eq!(lengths(other).await, [1_000, 500], "the first one is no company");
        store.dataset(&me, DIALECT, &reference).await.expect("a query");
        let expected = [vec![100; 8], vec![700]].concat();
        assert_eq!(
            lengths(third).await,
            expected,
            "who has read once is taken to have gone after a while"
        );
        assert_eq!(lengths(last).await, [1_000, 500], "it spares nobody");
    });
}
