//! What a move came to: for every dataset and every run what the source has, what was fetched, written, skipped and
//! rejected, what was lost, and the digests that prove it.

use std::collections::BTreeMap;

use evalstone_core::digest::{DatasetDigest, Digest};
use evalstone_core::normal::Field;
use evalstone_kit::remote::About;
use serde::Serialize;

/// What a move came to.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Where the datasets and runs come from.
    pub source: String,
    /// Where they went.
    pub target: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Whether everything is there, up to the reported loss.
    pub complete: bool,
    /// The datasets in the order of the source.
    pub datasets: Vec<DatasetReport>,
    /// The runs that the target takes, in the order of the source.
    pub runs: Vec<RunReport>,
    /// What the source has and this move does not carry, in words for people.
    pub not_moved: Vec<String>,
}

/// What became of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It was made, or would be.
    Created,
    /// What was there of it was gone on with, or would be.
    Continued,
    /// It was there.
    Skipped,
    /// What is there under its id is something else; it was left alone.
    Differs,
    /// It could not be moved.
    Failed,
}

/// What became of one dataset.
#[derive(Clone, Debug, Serialize)]
pub struct DatasetReport {
    /// Its name.
    pub name: String,
    /// Its id at the source.
    pub source_id: String,
    /// Its id at the target, once it has one.
    pub target_id: Option<String>,
    /// What was done, or would be.
    pub action: Action,
    /// Why, where that needs words.
    pub why: Option<String>,
    /// The counts of its cases.
    #[serde(flatten)]
    pub counts: Counts,
    /// What the target cannot say of it besides its cases.
    pub unsaid: Vec<&'static str>,
    /// What is another at the target besides its cases, where it was there before: it is left as it is.
    pub differs: Vec<&'static str>,
    /// Whether the target was read again and has what it should have; none where nothing was to be
    /// read.
    pub verified: Option<bool>,
    /// The digests.
    pub digests: Digests,
}

/// The counts of a dataset's cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// How many the source says that it has, where it does.
    pub source: Option<u64>,
    /// How many were read there, the unreadable ones among them.
    pub fetched: u64,
    /// How many were written, or would be.
    pub written: u64,
    /// How many were there already.
    pub skipped: u64,
    /// How many could not be read or written; they are in the file of rejects.
    pub rejected: u64,
    /// How many of these could not even be read.
    pub unreadable: u64,
    /// How many lose something in what the target speaks.
    pub lossy: u64,
    /// How many lose which field.
    pub lost: BTreeMap<&'static str, u64>,
}

/// Digests of a dataset in hexadecimal (design §2.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Digests {
    /// Of all cases that could be read at the source.
    pub source: Option<String>,
    /// Of what the target can say of those that it can write.
    pub expected: Option<String>,
    /// Of what the target has.
    pub target: Option<String>,
}

/// What became of a run.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// Its kind: `experiment`, `benchmark` or `scoring`.
    pub kind: &'static str,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its id at the source.
    pub source_id: String,
    /// Its id at the target, once it has one.
    pub target_id: Option<String>,
    /// What was done, or would be.
    pub action: Action,
    /// Why, where that needs words.
    pub why: Option<String>,
    /// What the target cannot say of it besides what came of it, by its members in archives.
    pub unsaid: Vec<String>,
    /// How many rows, evaluations and spans were written, or would be.
    pub written: u64,
    /// Whether what came of it was compared and is as it should be; none where one of both places does not
    /// tell it.
    pub verified: Option<bool>,
    /// The digests of the parts, where both places tell them.
    pub digests: RunDigests,
}

/// Digests of a run's rows, evaluations and spans in hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RunDigests {
    /// Of what the source tells; none where it tells nothing of them.
    pub source: Option<String>,
    /// Of what the target tells.
    pub target: Option<String>,
}

impl RunReport {
    /// Whether the target has the run, as far as both places tell it.
    #[must_use]
    pub fn complete(&self) -> bool {
        match self.action {
            Action::Created | Action::Continued | Action::Skipped => self.verified != Some(false),
            Action::Differs | Action::Failed => false,
        }
    }
}

impl Counts {
    /// Notes what a case loses.
    pub fn lose(&mut self, fields: &[Field]) {
        self.lossy += u64::from(!fields.is_empty());
        for field in fields {
            *self.lost.entry(field.as_str()).or_default() += 1;
        }
    }
}

impl DatasetReport {
    /// Whether the target has all of the dataset, up to the reported loss.
    #[must_use]
    pub fn complete(&self, dry_run: bool) -> bool {
        // A source that has become longer or shorter meanwhile is read again by the next run.
        let all = self.counts.source.is_none_or(|source| source == self.counts.fetched);
        all && self.is_whole(dry_run)
    }

    /// Whether the target has all that was read of the dataset, up to the reported loss.
    #[must_use]
    pub fn is_whole(&self, dry_run: bool) -> bool {
        let done = match self.action {
            Action::Created | Action::Continued | Action::Skipped => true,
            Action::Differs | Action::Failed => false,
        };
        done && self.counts.rejected == 0 && (dry_run || self.verified == Some(true))
    }
}

/// What a dataset that is there says otherwise than the one it is the counterpart of, of what that one
/// says and the target can say.
#[must_use]
pub fn differing(there: &About, like: &About, unsaid: &[&'static str]) -> Vec<&'static str> {
    let texts = [
        ("description", &there.description, &like.description),
        ("category", &there.category, &like.category),
        ("creator", &there.creator, &like.creator),
        ("source", &there.source, &like.source),
    ];
    let other = texts.into_iter().filter(|(_, there, like)| like.is_some() && there != like);
    let mut names: Vec<&'static str> = other.map(|(name, ..)| name).collect();
    if like.archived.is_some() && there.archived.is_some() && there.archived != like.archived {
        names.push("archived");
    }
    names.retain(|name| !unsaid.contains(name));
    names
}

/// A digest in the making as a text.
#[must_use]
pub fn shown(digest: &DatasetDigest) -> String {
    digest.clone().finish().to_string()
}

/// The digest of these cases.
#[must_use]
pub fn digest_of(cases: &[Digest]) -> DatasetDigest {
    let mut digest = DatasetDigest::new();
    cases.iter().for_each(|case| digest.push(case));
    digest
}
