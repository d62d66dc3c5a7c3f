//! Which cases of the target the source's cases became, for runs that name them.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use evalstone_core::error::{Error, Result};
use evalstone_kit::remote::{Fetched, RemoteDataset};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use crate::place::Place;
use crate::progress::Silent;
use crate::reading::Reading;

/// Which ids became which. There are as many as cases, so that those that are UUIDs are kept short.
#[derive(Default)]
pub struct CaseIds {
    /// Of the datasets that were looked at.
    known: HashSet<String>,
    /// Where both are UUIDs.
    uuids: HashMap<Uuid, Uuid>,
    /// Where one is not.
    others: HashMap<String, String>,
}

impl CaseIds {
    /// The target's id of the source's case, if it is one of a dataset that was looked at.
    pub fn there(&self, id: &str) -> Option<String> {
        let found = id.parse().ok().and_then(|id: Uuid| self.uuids.get(&id));
        found.map(Uuid::to_string).or_else(|| self.others.get(id).cloned())
    }

    /// Reads a dataset side by side with its counterpart. Once is enough; nobody is told, as its cases were
    /// counted before.
    pub async fn load(
        &mut self,
        (source, dataset): (&Place, &RemoteDataset),
        (target, id): (&Place, &str),
    ) -> Result<()> {
        if !self.known.insert(dataset.id.clone()) {
            return Ok(());
        }
        let loaded = self.read((source, dataset), (target, id)).await;
        if loaded.is_err() {
            self.known.remove(&dataset.id);
        }
        loaded
    }

    async fn read(
        &mut self,
        (source, dataset): (&Place, &RemoteDataset),
        (target, id): (&Place, &str),
    ) -> Result<()> {
        let mut reading = Reading::of(source, dataset, target, &Silent);
        let mut walk = target.remote.cases(id);
        while let Some(piece) = walk.try_next().await? {
            for found in piece {
                let expected = reading.next().await?;
                let pair = expected.map(|expected| expected.fetched).zip(found.ok());
                let Some((here, there)) = pair else {
                    return Err(changed());
                };
                self.note(here, there);
            }
        }
        match reading.next().await? {
            None => Ok(()),
            Some(_) => Err(changed()),
        }
    }

    fn note(&mut self, here: Fetched, there: Fetched) {
        let (Some(here), Some(there)) = (here.id, there.id) else { return };
        match (here.parse(), there.parse()) {
            (Ok(here), Ok(there)) => drop(self.uuids.insert(here, there)),
            _ => drop(self.others.insert(here, there)),
        }
    }
}

fn changed() -> Error {
    Error::unavailable("a dataset of its cases has just changed", Duration::ZERO)
}
