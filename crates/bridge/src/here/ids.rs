//! Ids that come from elsewhere (design §2.1): UUIDs become ours when they are free, and every one is
//! kept in the id map.

use evalstone_core::case::Origin;
use evalstone_core::dataset::{CaseFilter, NewCase};
use evalstone_core::digest::Digest;
use evalstone_core::error::Result;
use evalstone_core::id::{DatasetId, Id};
use evalstone_core::source::SourceKind;
use evalstone_kit::remote::Fetched;
use uuid::Uuid;

use super::Here;

/// Which of a dataset's ids are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// All that are UUIDs become ours.
    Ours,
    /// Ours are others; the dataset's own is in the id map.
    Mapped,
    /// Ours are others; its own is somebody else's in the id map.
    Taken,
}

impl Here {
    /// Our id of something whose own cannot be ours: the same with every try, so that a later one finds what
    /// an earlier one left.
    pub fn derived<K>(&self, kind: SourceKind, source_id: &str) -> Id<K> {
        let (organization, kind) = (self.caller.organization, kind.as_str());
        let name = format!("{organization}/{}/{kind}/{source_id}", self.dialect);
        let digest = Digest::of(name.as_bytes());
        let mut head = [0; 16];
        head.copy_from_slice(&digest.as_bytes()[..16]);
        Id::from_uuid(uuid::Builder::from_custom_bytes(head).into_uuid())
    }

    /// A case as it is stored.
    pub fn new_case(&self, fetched: Fetched, ids: Ids) -> NewCase {
        let Fetched { id, dataset: _, case, origin } = fetched;
        let own = id.as_deref().filter(|_| ids == Ids::Ours).and_then(|id| id.parse().ok());
        let here = || Origin { dialect: self.dialect.to_owned(), source_id: id, facet: None };
        let origin = origin.unwrap_or_else(here);
        NewCase { id: own, case, origin }
    }

    /// Whether a dataset's id is one by which it goes on being known. Where no dialect is spoken at the other
    /// end, as in files, only UUIDs are; other words are what the file calls it.
    pub fn lasts(&self, source_id: &str) -> bool {
        let spoken = self.dialects.is_empty() && !source_id.is_empty();
        spoken || source_id.parse::<DatasetId>().is_ok()
    }

    /// Which ids of this dataset are kept, as far as is known.
    pub fn ids_of(&self, source_id: &str) -> Ids {
        self.ids.borrow().get(source_id).copied().unwrap_or(Ids::Ours)
    }

    /// Uses one kind of given ids less for this dataset, because one of them is in use; false when none
    /// was used any more.
    pub fn give_up_ids(&self, source_id: &str) -> bool {
        let next = match self.ids_of(source_id) {
            Ids::Ours => Ids::Mapped,
            Ids::Mapped => Ids::Taken,
            Ids::Taken => return false,
        };
        self.ids.borrow_mut().insert(source_id.to_owned(), next);
        true
    }

    /// Keeps in the id map which cases of ours a source's became, where their ids differ.
    pub async fn map_cases(&self, dataset: DatasetId) -> Result<()> {
        let filter = CaseFilter { dataset: Some(dataset), pipeline: None };
        let mut pages = self.store.case_pages(&self.caller, filter);
        loop {
            let piece = pages.next().await?;
            if piece.is_empty() {
                return Ok(());
            }
            let differing = piece.iter().filter_map(|stored| {
                let source = stored.origin.source_id.clone()?;
                (source != stored.id.to_string()).then(|| (source, stored.id.uuid()))
            });
            let differing: Vec<(String, Uuid)> = differing.collect();
            if !differing.is_empty() {
                self.store.remember_cases(&self.caller, self.dialect, differing).await?;
            }
        }
    }
}
