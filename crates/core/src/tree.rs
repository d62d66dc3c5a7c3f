//! The tree that the spans of a trace make. Spans come from anywhere: parents may be missing, and
//! hostile ones may name each other as their parents.

use std::collections::HashMap;

use crate::trace::SpanId;

/// What makes a span a part of the tree.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// The span.
    pub id: SpanId,
    /// The span it happened in, as it says.
    pub parent: Option<SpanId>,
}

/// A span's place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of the links it is.
    pub index: usize,
    /// How many spans stand above it.
    pub depth: usize,
}

/// The tree. Nothing here recurses, so that no depth of it can overflow the stack.
#[derive(Debug)]
pub struct Tree {
    parent: Vec<Option<usize>>,
    first_child: Vec<Option<usize>>,
    next_sibling: Vec<Option<usize>>,
}

impl Tree {
    /// The tree of these spans. Those whose parent is not among them stand at the top; siblings
    /// stay in the order in which they are given.
    #[must_use]
    pub fn of(links: &[Link]) -> Self {
        let mut known = HashMap::with_capacity(links.len());
        for (index, link) in links.iter().enumerate() {
            known.entry(link.id).or_insert(index);
        }
        let parent: Vec<Option<usize>> =
            links.iter().map(|link| known.get(&link.parent?).copied()).collect();
        let mut tree = Self {
            parent,
            first_child: vec![None; links.len()],
            next_sibling: vec![None; links.len()],
        };
        for index in (0..links.len()).rev() {
            if let Some(parent) = tree.parent[index] {
                tree.next_sibling[index] = tree.first_child[parent].replace(index);
            }
        }
        tree
    }

    /// Every span once, each before its children. Spans that stand in a circle are shown below
    /// the first of them.
    #[must_use]
    pub fn whole(&self) -> Vec<Place> {
        let mut walk = Walk::new(self);
        let tops = (0..self.parent.len()).filter(|index| self.parent[*index].is_none());
        tops.for_each(|top| walk.below(top));
        // Whatever no top leads to stands in a circle or below one.
        (0..self.parent.len()).for_each(|index| walk.below(index));
        walk.places
    }

    /// One span and all below it.
    #[must_use]
    pub fn branch(&self, index: usize) -> Vec<Place> {
        let mut walk = Walk::new(self);
        walk.below(index);
        walk.places
    }

    /// Those above a span, the topmost first; of many the `most` that are nearest.
    #[must_use]
    pub fn above(&self, index: usize, most: usize) -> Vec<usize> {
        let step = |index: &usize| self.parent[*index];
        let mut above: Vec<usize> = std::iter::successors(step(&index), step).take(most).collect();
        above.reverse();
        above
    }
}

struct Walk<'a> {
    tree: &'a Tree,
    seen: Vec<bool>,
    places: Vec<Place>,
}

impl<'a> Walk<'a> {
    fn new(tree: &'a Tree) -> Self {
        Self { tree, seen: vec![false; tree.parent.len()], places: Vec::new() }
    }

    fn below(&mut self, index: usize) {
        let mut waiting = vec![Place { index, depth: 0 }];
        while let Some(place) = waiting.pop() {
            if std::mem::replace(&mut self.seen[place.index], true) {
                continue;
            }
            self.places.push(place);
            let siblings = |index: &usize| self.tree.next_sibling[*index];
            let children = std::iter::successors(self.tree.first_child[place.index], siblings);
            let from = waiting.len();
            waiting.extend(children.map(|index| Place { index, depth: place.depth + 1 }));
            waiting[from..].reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn links(pairs: &[(u64, u64)]) -> Vec<Link> {
        let id = |number: u64| SpanId(number.to_be_bytes());
        let link = |(own, parent): &(u64, u64)| Link {
            id: id(*own),
            parent: Some(id(*parent)).filter(|_| *parent != 0),
        };
        pairs.iter().map(link).collect()
    }

    fn shown(places: &[Place], pairs: &[(u64, u64)]) -> Vec<(u64, usize)> {
        places.iter().map(|place| (pairs[place.index].0, place.depth)).collect()
    }

    #[test]
    fn children_stand_below_their_parents_whichever_came_first() {
        let pairs = [(3, 2), (2, 1), (1, 0), (4, 1), (5, 2)];
        let tree = Tree::of(&links(&pairs));
        assert_eq!(shown(&tree.whole(), &pairs), [(1, 0), (2, 1), (3, 2), (5, 2), (4, 1)]);
        assert_eq!(shown(&tree.branch(1), &pairs), [(2, 0), (3, 1), (5, 1)]);
        assert_eq!(tree.above(0, 9), [2, 1]);
        assert_eq!(tree.above(0, 1), [1]);
    }

    #[test]
    fn spans_without_their_parents_stand_at_the_top() {
        let pairs = [(2, 9), (3, 2), (4, 0)];
        let tree = Tree::of(&links(&pairs));
        assert_eq!(shown(&tree.whole(), &pairs), [(2, 0), (3, 1), (4, 0)]);
    }

    #[test]
    fn circles_end() {
        let pairs = [(1, 1), (2, 3), (3, 2), (4, 3), (5, 0)];
        let tree = Tree::of(&links(&pairs));
        let expected = [(5, 0), (1, 0), (2, 0), (3, 1), (4, 2)];
        assert_eq!(shown(&tree.whole(), &pairs), expected);
        assert_eq!(tree.above(3, 5).len(), 5);
        assert_eq!(shown(&tree.branch(1), &pairs), [(2, 0), (3, 1), (4, 2)]);
    }

    #[test]
    fn a_chain_of_any_depth_is_walked() {
        let pairs: Vec<(u64, u64)> = (1..=100_000).map(|number| (number, number - 1)).collect();
        let places = Tree::of(&links(&pairs)).whole();
        assert_eq!(places.last(), Some(&Place { index: 99_999, depth: 99_999 }));
    }

    proptest! {
        #[test]
        fn every_span_is_shown_once_and_after_its_parent(
            parents in prop::collection::vec(0_u64..12, 0..10)
        ) {
            let pairs: Vec<(u64, u64)> =
                parents.iter().enumerate().map(|(i, parent)| (i as u64 + 1, *parent)).collect();
            let places = Tree::of(&links(&pairs)).whole();
            let mut indices: Vec<usize> = places.iter().map(|place| place.index).collect();
            for (at, place) in places.iter().enumerate().filter(|(_, place)| place.depth > 0) {
                let parent = pairs[place.index].1;
                let above = places[..at].iter().rev().find(|p| p.depth == place.depth - 1);
                prop_assert_eq!(above.map(|p| pairs[p.index].0), Some(parent));
            }
            indices.sort_unstable();
            prop_assert_eq!(indices, (0..pairs.len()).collect::<Vec<_>>());
        }
    }
}
