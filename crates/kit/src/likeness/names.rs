//! What things are called on two sides, as far as that is known.

use std::collections::HashMap;

use evalstone_core::source::SourceKind;

/// A thing by one of its ids.
pub type Name = (SourceKind, String);

/// Pairs of ids: each id of one side has at most one of the other.
#[derive(Clone, Debug, Default)]
pub struct Names {
    theirs: HashMap<Name, String>,
    ours: HashMap<Name, String>,
    /// What was not known in the beginning, in the order in which it was learned.
    learned: Vec<(SourceKind, String, String)>,
}

impl Names {
    /// Adds a pair that is known from elsewhere.
    pub fn know(&mut self, kind: SourceKind, ours: &str, theirs: &str) {
        self.theirs.insert((kind, ours.to_owned()), theirs.to_owned());
        self.ours.insert((kind, theirs.to_owned()), ours.to_owned());
    }

    /// Their id for one of ours.
    #[must_use]
    pub fn theirs(&self, kind: SourceKind, ours: &str) -> Option<&str> {
        self.theirs.get(&(kind, ours.to_owned())).map(String::as_str)
    }

    /// Our id for one of theirs.
    #[must_use]
    pub fn ours(&self, kind: SourceKind, theirs: &str) -> Option<&str> {
        self.ours.get(&(kind, theirs.to_owned())).map(String::as_str)
    }

    /// Whether the two ids can name the same thing. Two that were both unknown do from now on.
    pub(crate) fn agree(&mut self, kind: SourceKind, ours: &str, theirs: &str) -> bool {
        match (self.theirs(kind, ours), self.ours(kind, theirs)) {
            (Some(known), _) => known == theirs,
            (None, Some(_)) => false,
            (None, None) => {
                self.know(kind, ours, theirs);
                self.learned.push((kind, ours.to_owned(), theirs.to_owned()));
                true
            }
        }
    }

    /// What was learned: kind, our id, their id.
    #[must_use]
    pub fn learned(&self) -> &[(SourceKind, String, String)] {
        &self.learned
    }

    /// How much has been learned until now, for [`Self::forget`].
    pub(crate) const fn mark(&self) -> usize {
        self.learned.len()
    }

    /// Forgets what was learned since.
    pub(crate) fn forget(&mut self, mark: usize) {
        while self.learned.len() > mark {
            if let Some((kind, ours, theirs)) = self.learned.pop() {
                self.theirs.remove(&(kind, ours));
                self.ours.remove(&(kind, theirs));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: SourceKind = SourceKind::Case;

    #[test]
    fn a_pair_is_kept_once_it_was_learned() {
        let mut names = Names::default();
        names.know(KIND, "a", "1");
        assert!(names.agree(KIND, "a", "1") && !names.agree(KIND, "a", "2"));
        assert!(!names.agree(KIND, "b", "1"), "one of theirs has one of ours");
        assert!(names.agree(SourceKind::Run, "b", "1"), "kinds are apart");
        assert!(names.agree(KIND, "b", "2") && !names.agree(KIND, "b", "3"));
        assert_eq!(names.learned().len(), 2);
        names.forget(0);
        assert!(names.agree(KIND, "b", "3"), "forgotten");
        assert_eq!((names.theirs(KIND, "a"), names.ours(KIND, "3")), (Some("1"), Some("b")));
    }
}
