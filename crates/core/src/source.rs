//! What a thing is called where it comes from (design §2.1).

use crate::id::Id;

/// What a source id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKind {
    /// A dataset.
    Dataset,
    /// A case.
    Case,
    /// A pipeline.
    Pipeline,
    /// A run.
    Run,
    /// A collection.
    Collection,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Dataset, Self::Case, Self::Pipeline, Self::Run, Self::Collection];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Case => "case",
            Self::Pipeline => "pipeline",
            Self::Run => "run",
            Self::Collection => "collection",
        }
    }

    /// The kind of that word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The longest source id in bytes: it stands in an index whose keys are limited.
pub const MAX_SOURCE_ID: usize = 1024;

/// Whether the id map can hold a source id. Postgres cannot even be asked for U+0000.
#[must_use]
pub fn is_mappable(source_id: &str) -> bool {
    source_id.len() <= MAX_SOURCE_ID && !source_id.contains('\0')
}

/// How a dialect spells ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As UUIDs.
    Uuid,
    /// As public numbers.
    Number,
}

/// The id that somebody else has given to what a write is about to make. The write keeps it in the id
/// map, in its own transaction, and takes it for its own where that can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The dialect in whose words the id is spelled.
    pub dialect: &'static str,
    /// What is made.
    pub kind: SourceKind,
    /// The id.
    pub id: String,
}

impl Assigned {
    /// The id as one of ours, when it is spelled like one.
    #[must_use]
    pub fn as_id<K>(&self) -> Option<Id<K>> {
        self.id.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        for kind in SourceKind::ALL {
            assert_eq!(SourceKind::from_word(kind.as_str()), Some(kind));
        }
        assert_eq!(SourceKind::from_word("organization"), None);
    }
}
