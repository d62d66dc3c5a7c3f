//! Comparing two places case by case: the target has what it should when every case's digest is that of
//! what the target can say of the source's case (design §2.4).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use evalstone_core::digest::{Digest, case_digest};
use evalstone_core::error::Result;
use evalstone_core::normal::Field;
use evalstone_kit::remote::RemoteDataset;
use futures_util::TryStreamExt as _;
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use crate::compare::{Digests, Standing, compare};
use crate::place::Place;
use crate::progress::{Event, Listener};
use crate::reading::Reading;
use crate::report::{self, Counts, digest_of, shown};
use crate::transfer::{by_name, chosen, key};

/// How long the smallest difference between two datasets is sought; after that, one is found.
const PATIENCE: Duration = Duration::from_secs(20);

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
    /// What the others lose there.
    pub lossy: u64,
    /// How many lose which field.
    pub lost: std::collections::BTreeMap<&'static str, u64>,
    /// The digests, where both were read to their ends.
    pub digests: report::Digests,
    /// The cases, if they are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<CaseVerdict>>,
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

/// Compares the chosen datasets of `source` (all, when none is) with what `target` has of them; with
/// `each`, every case is told.
///
/// # Errors
/// When a place cannot be read.
pub async fn verify(
    source: &Place,
    target: &Place,
    wanted: &[String],
    each: bool,
    listener: &dyn Listener,
) -> Result<Verdict> {
    let datasets = chosen(source, wanted).await?;
    listener.hear(Event::Found(datasets.len()));
    let mut there = by_name(target).await?;
    let mut verdicts = Vec::with_capacity(datasets.len());
    for dataset in &datasets {
        let name = &dataset.about.name;
        listener.hear(Event::Begun { name, cases: dataset.case_count });
        let pair = Pair { source, target, dataset, each, listener };
        verdicts.push(pair.judge(&mut there).await?);
        listener.hear(Event::Ended { name });
    }
    let mut only_target: Vec<String> = Vec::new();
    if wanted.is_empty() {
        only_target.extend(there.into_values().flatten().map(|dataset| dataset.about.name));
        only_target.sort();
    }
    Ok(Verdict {
        source: source.name.clone(),
        target: target.name.clone(),
        equal: verdicts.iter().all(|verdict| verdict.equal),
        datasets: verdicts,
        only_target,
    })
}

/// A dataset and where its counterpart is sought.
struct Pair<'a> {
    source: &'a Place,
    target: &'a Place,
    dataset: &'a RemoteDataset,
    each: bool,
    listener: &'a dyn Listener,
}

/// A case as it was read for a comparison.
struct Seen {
    digest: Option<Digest>,
    id: Option<String>,
    lost: Vec<&'static str>,
}

impl Pair<'_> {
    fn reading(&self) -> Reading<'_> {
        Reading::of(self.source, self.dataset, self.target, self.listener)
    }

    /// Judges the best of the counterparts, and takes it out of those that are left.
    async fn judge(
        &self,
        there: &mut HashMap<String, Vec<RemoteDataset>>,
    ) -> Result<DatasetVerdict> {
        let name = key(&self.dataset.about.name);
        let known = self.target.remote.known(&self.dataset.id).await?;
        let named = there.entry(name.clone()).or_default();
        // The one that it became comes first, then those with as many cases.
        named.sort_by_key(|one| {
            let known = known.as_ref().is_some_and(|known| known.id == one.id);
            (!known, one.case_count != self.dataset.case_count)
        });
        for index in 0..named.len() {
            let mut reading = self.reading();
            let mut digests = Digests::of(self.target, &named[index].id);
            if let Standing::Equal = compare(&mut reading, &mut digests).await? {
                drop(digests);
                return self.equal(&named.remove(index), &reading).await;
            }
        }
        if named.is_empty() {
            return self.differing(None).await;
        }
        let candidate = named.remove(0);
        self.differing(Some(&candidate)).await
    }

    async fn equal(&self, there: &RemoteDataset, reading: &Reading<'_>) -> Result<DatasetVerdict> {
        let expected = Some(shown(&reading.expected));
        let digests = report::Digests {
            source: Some(shown(&reading.source)),
            target: expected.clone(),
            expected,
        };
        let mut verdict = self.verdict(Some(there), &reading.counts, digests);
        verdict.same = reading.expected.count();
        verdict.equal = true;
        if self.each {
            let (seen, unsayable) = self.seen().await?;
            let there = seen_there(self.target, &there.id).await?;
            let mut cases = marked(
                &[DiffOp::Equal { old_index: 0, new_index: 0, len: seen.len() }],
                &seen,
                &there,
            );
            cases.extend(unsayable);
            verdict.cases = Some(cases);
        }
        Ok(verdict)
    }

    async fn differing(&self, there: Option<&RemoteDataset>) -> Result<DatasetVerdict> {
        let mut reading = self.reading();
        while reading.next().await?.is_some() {}
        let (seen, unsayable) = self.seen().await?;
        let found = match there {
            Some(there) => seen_there(self.target, &there.id).await?,
            None => Vec::new(),
        };
        let digests_of = |seen: &[Seen]| seen.iter().map(|one| one.digest).collect::<Vec<_>>();
        let (old, new) = (digests_of(&seen), digests_of(&found));
        let deadline = Some(Instant::now() + PATIENCE);
        let ops = capture_diff_slices_deadline(Algorithm::Patience, &old, &new, deadline);
        let target: Option<Vec<Digest>> = new.iter().copied().collect();
        let digests = report::Digests {
            source: Some(shown(&reading.source)),
            expected: Some(shown(&reading.expected)),
            target: there.and(target).map(|cases| shown(&digest_of(&cases))),
        };
        let mut verdict = self.verdict(there, &reading.counts, digests);
        let mut cases = marked(&ops, &seen, &found);
        for case in &cases {
            match case.mark {
                Mark::Same => verdict.same += 1,
                Mark::Changed => verdict.changed += 1,
                Mark::Added => verdict.added += 1,
                Mark::Missing => verdict.missing += 1,
            }
        }
        if self.each {
            cases.extend(unsayable);
            verdict.cases = Some(cases);
        }
        Ok(verdict)
    }

    fn verdict(
        &self,
        there: Option<&RemoteDataset>,
        counts: &Counts,
        digests: report::Digests,
    ) -> DatasetVerdict {
        DatasetVerdict {
            name: self.dataset.about.name.clone(),
            source_id: self.dataset.id.clone(),
            target_id: there.map(|there| there.id.clone()),
            equal: false,
            same: 0,
            changed: 0,
            added: 0,
            missing: 0,
            unsayable: counts.rejected,
            lossy: counts.lossy,
            lost: counts.lost.clone(),
            digests,
            cases: None,
        }
    }

    /// The source's cases as the target should have them, and those that it cannot.
    async fn seen(&self) -> Result<(Vec<Seen>, Vec<CaseVerdict>)> {
        let (mut seen, mut unsayable) = (Vec::new(), Vec::new());
        let mut walk = self.source.remote.cases(&self.dataset.id);
        let cannot = |source_id: Option<String>, why: String| CaseVerdict {
            mark: Mark::Missing,
            source_id,
            target_id: None,
            lost: Vec::new(),
            why: Some(why),
        };
        while let Some(piece) = walk.try_next().await? {
            for read in piece {
                let fetched = match read {
                    Ok(fetched) => fetched,
                    Err(unreadable) => {
                        unsayable.push(cannot(None, unreadable.why));
                        continue;
                    }
                };
                match self.target.round_trip(&fetched.case) {
                    Err(why) => unsayable.push(cannot(fetched.id, why.0)),
                    Ok(there) => {
                        let lost = evalstone_core::loss::loss(&fetched.case, &there);
                        seen.push(Seen {
                            digest: Some(case_digest(&there)),
                            id: fetched.id,
                            lost: lost.into_iter().map(Field::as_str).collect(),
                        });
                    }
                }
            }
        }
        Ok((seen, unsayable))
    }
}

async fn seen_there(place: &Place, id: &str) -> Result<Vec<Seen>> {
    let mut seen = Vec::new();
    let mut walk = place.remote.cases(id);
    while let Some(piece) = walk.try_next().await? {
        seen.extend(piece.into_iter().map(|read| match read {
            Ok(fetched) => {
                Seen { digest: Some(case_digest(&fetched.case)), id: fetched.id, lost: Vec::new() }
            }
            Err(_) => Seen { digest: None, id: None, lost: Vec::new() },
        }));
    }
    Ok(seen)
}

/// Every case with its mark. What is taken out and what is put in at the same place is changed.
fn marked(ops: &[DiffOp], old: &[Seen], new: &[Seen]) -> Vec<CaseVerdict> {
    let mut cases = Vec::with_capacity(old.len().max(new.len()));
    for op in ops {
        let (olds, news) = (&old[op.old_range()], &new[op.new_range()]);
        let both = if matches!(op, DiffOp::Equal { .. }) { Mark::Same } else { Mark::Changed };
        for index in 0..olds.len().max(news.len()) {
            let (old, new) = (olds.get(index), news.get(index));
            let mark = match (old, new) {
                (Some(_), Some(_)) => both,
                (Some(_), None) => Mark::Missing,
                _ => Mark::Added,
            };
            cases.push(CaseVerdict {
                mark,
                source_id: old.and_then(|one| one.id.clone()),
                target_id: new.and_then(|one| one.id.clone()),
                lost: old.map(|one| one.lost.clone()).unwrap_or_default(),
                why: None,
            });
        }
    }
    cases
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(texts: &[&str]) -> Vec<Seen> {
        let one = |text: &&str| Seen {
            digest: Some(Digest::of(text.as_bytes())),
            id: Some((*text).to_owned()),
            lost: Vec::new(),
        };
        texts.iter().map(one).collect()
    }

    fn marks(old: &[&str], new: &[&str]) -> String {
        let (old, new) = (seen(old), seen(new));
        let digests = |seen: &[Seen]| seen.iter().map(|one| one.digest).collect::<Vec<_>>();
        let ops =
            capture_diff_slices_deadline(Algorithm::Patience, &digests(&old), &digests(&new), None);
        marked(&ops, &old, &new).iter().map(|case| case.mark.sign()).collect()
    }

    #[test]
    fn every_case_has_its_mark() {
        assert_eq!(marks(&["a", "b", "c"], &["a", "b", "c"]), "===");
        assert_eq!(marks(&["a", "b", "c"], &["a", "x", "c"]), "=*=");
        assert_eq!(marks(&["a", "b", "c"], &["a", "c"]), "=-=");
        assert_eq!(marks(&["a", "c"], &["a", "b", "c", "d"]), "=+=+");
        assert_eq!(marks(&["a"], &[]), "-");
        assert_eq!(marks(&["a", "b", "c", "d"], &["x", "y", "d"]).replace('-', ""), "**=");
    }
}
