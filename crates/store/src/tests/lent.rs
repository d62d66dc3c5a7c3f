//! Pieces that are lent.

use evalstone_core::dataset::{CaseFilter, Reference};

use super::{DIALECT, caller, case, dataset, on_both, organization};

#[test]
fn what_was_lent_is_dropped_when_the_next_piece_is_read() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let new = (0..1_500).map(case).collect();
        let reference = Reference::Id(made.id.uuid());
        store.add_cases(&me, DIALECT, &reference, new).await.expect("added");
        let of_dataset = CaseFilter { dataset: Some(made.id), pipeline: None };
        let of_all = CaseFilter { dataset: None, pipeline: None };
        for filter in [of_dataset, of_all] {
            let mut pages = store.case_pages(&me, filter);
            let mut numbers = Vec::new();
            loop {
                let piece = pages.lend().await.expect("a piece");
                if piece.is_empty() {
                    break;
                }
                numbers.extend(piece.iter().map(|case| case.number));
            }
            assert!(numbers.len() == 1_500 && numbers.is_sorted());
            let kept: usize = pages.returned.take().iter().map(Vec::len).sum();
            assert_eq!(kept, 500, "the first piece was dropped when the second was read");
        }
    });
}
