//! What a comparison tells.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::{Digests, RunDigests};

/// What a comparison came to.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// What should be there.
    pub source: String,
    /// Where it should be.
    pub target: String,
    /// Whether it is, up to the reported loss.
    pub equal: bool,
    /// The source's datasets, oldest first.
    pub datasets: Vec<DatasetVerdict>,
    /// The source's runs that have ended and that the target takes.
    pub runs: Vec<RunVerdict>,
    /// The other runs of the source, in words for people: nothing is said of them.
    pub not_compared: Vec<String>,
    /// The names of datasets that only the target has. They are no difference: it may have more.
    pub only_target: Vec<String>,
}

/// How a dataset of the source fares at the target.
#[derive(Debug, Serialize)]
pub struct DatasetVerdict {
    /// Its name.
    pub name: String,
    /// Its id at the source.
    pub source_id: String,
    /// The id of its counterpart, if there is one.
    pub target_id: Option<String>,
    /// Whether all is as it should be.
    pub equal: bool,
    /// How many cases are as they should be.
    pub same: u64,
    /// How many are others in their places.
    pub changed: u64,
    /// How many only the target has.
    pub added: u64,
    /// How many the target lacks.
    pub missing: u64,
    /// How many the target cannot say at all, and lacks for that reason.
    pub unsayable: u64,
    /// How many could not be read at the source: of them nothing is known.
    pub unreadable: u64,
    /// What the others lose there.
    pub lossy: u64,
    /// How many lose which field.
    pub lost: BTreeMap<&'static str, u64>,
    /// The digests, where both were read to their ends.
    pub digests: Digests,
    /// The cases, if they are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<CaseVerdict>>,
}

/// How a run of the source fares at the target.
#[derive(Debug, Serialize)]
pub struct RunVerdict {
    /// Its kind: `experiment`, `benchmark` or `scoring`.
    pub kind: &'static str,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its id at the source.
    pub source_id: String,
    /// The id of its counterpart, if there is one.
    pub target_id: Option<String>,
    /// Whether it is as it should be, as far as both places can say.
    pub equal: bool,
    /// Whether what came of it was compared, too; not every place tells it.
    pub in_parts: bool,
    /// What the target cannot say of it besides what came of it.
    pub unsaid: Vec<String>,
    /// What differs.
    pub why: Option<String>,
    /// The digests of the parts, where they were compared.
    pub digests: RunDigests,
}

/// How a case fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Mark {
    /// It is there as it should be.
    #[serde(rename = "=")]
    Same,
    /// Something else is in its place.
    #[serde(rename = "*")]
    Changed,
    /// It is only at the target.
    #[serde(rename = "+")]
    Added,
    /// The target lacks it.
    #[serde(rename = "-")]
    Missing,
}

/// How a case fares, by its ids.
#[derive(Clone, Debug, Serialize)]
pub struct CaseVerdict {
    /// How.
    pub mark: Mark,
    /// Its id at the source.
    pub source_id: Option<String>,
    /// Its id at the target.
    pub target_id: Option<String>,
    /// What it loses there, of the fields of the normal form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<&'static str>,
    /// Why it cannot be there, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Mark {
    /// The sign for people.
    #[must_use]
    pub const fn sign(self) -> char {
        match self {
            Self::Same => '=',
            Self::Changed => '*',
            Self::Added => '+',
            Self::Missing => '-',
        }
    }
}
