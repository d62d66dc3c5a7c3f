//! Comparing lists: which item of theirs is which of ours.

use std::collections::HashMap;

use super::compare::{Comparison, Place, What};
use super::node::Part;

/// How long lists are whose items are looked for one by one; longer ones are told apart by ids only.
const SEARCHED: usize = 64;

impl Comparison<'_> {
    /// Compares two lists. Items in another order are one difference, not as many as there are items.
    pub(super) fn lists(&mut self, place: &Place, ours: &[Part<'_>], theirs: &[Part<'_>]) {
        let item = place.item();
        if ours.len() == theirs.len() {
            let (mark, found) = (self.names.mark(), self.found.len());
            self.one_by_one(&item, ours, theirs);
            if self.found.len() == found {
                return;
            }
            // What was learned of items that may not belong together is not known.
            self.names.forget(mark);
            if !self.may_search() {
                return;
            }
            self.found.truncate(found);
            let partners = self.partners(&item, ours, theirs);
            let is_whole = partners.iter().all(Option::is_some);
            let in_order = partners.iter().enumerate().all(|(at, partner)| *partner == Some(at));
            if in_order || !is_whole {
                self.one_by_one(&item, ours, theirs);
                return;
            }
            let first = partners.iter().enumerate().find(|(at, partner)| **partner != Some(*at));
            let moved = first.map(|(at, _)| at).unwrap_or_default();
            let to = partners[moved].unwrap_or_default();
            let position = |at: usize| format!("item {moved} at position {at}");
            self.note(&place.pointer, What::Order, position(moved), position(to));
            self.aligned(&item, ours, theirs, &partners);
        } else {
            let [mine, other] = [ours.len(), theirs.len()].map(|length| length.to_string());
            self.note(&place.pointer, What::Length, mine, other);
            let partners = self.partners(&item, ours, theirs);
            self.aligned(&item, ours, theirs, &partners);
        }
    }

    fn one_by_one(&mut self, item: &Place, ours: &[Part<'_>], theirs: &[Part<'_>]) {
        for (mine, other) in ours.iter().zip(theirs) {
            self.parts(item, *mine, *other);
        }
    }

    /// Compares those items that belong together.
    fn aligned(
        &mut self,
        item: &Place,
        ours: &[Part<'_>],
        theirs: &[Part<'_>],
        partners: &[Option<usize>],
    ) {
        for (mine, partner) in ours.iter().zip(partners) {
            if let Some(partner) = partner {
                self.parts(item, *mine, theirs[*partner]);
            }
        }
    }

    /// Where each of our items stands in their list: the row with the id that is known for it, else the
    /// first equal one that is left.
    fn partners(
        &mut self,
        item: &Place,
        ours: &[Part<'_>],
        theirs: &[Part<'_>],
    ) -> Vec<Option<usize>> {
        let by_id: HashMap<String, usize> = theirs
            .iter()
            .enumerate()
            .filter_map(|(at, row)| Some((self.row_id(item, *row)?.1, at)))
            .collect();
        let mut taken = vec![false; theirs.len()];
        let mut partners = vec![None; ours.len()];
        for (row, partner) in ours.iter().zip(&mut partners) {
            let known = self.known_row(item, *row).and_then(|id| by_id.get(&id).copied());
            if let Some(at) = known.filter(|at| !taken[*at]) {
                taken[at] = true;
                *partner = Some(at);
            }
        }
        if ours.len().max(theirs.len()) > SEARCHED {
            return partners;
        }
        for (at, row) in ours.iter().enumerate() {
            if partners[at].is_none() {
                // Its own place first, so that equal items stay where they are.
                let others = (0..theirs.len()).filter(|other| *other != at);
                let free: Vec<usize> = std::iter::once(at)
                    .chain(others)
                    .filter(|other| taken.get(*other) == Some(&false))
                    .collect();
                let equal = free
                    .into_iter()
                    .find(|other| self.may_search() && self.are_equal(item, *row, theirs[*other]));
                if let Some(other) = equal {
                    taken[other] = true;
                    partners[at] = Some(other);
                }
            }
        }
        partners
    }
}
