//! Comparing two places case by case: the target has what it should when every case's digest is that of
//! what the target can say of the source's case (design §2.4).

pub mod verdict;

mod runs;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use evalstone_core::digest::{Digest, case_digest};
use evalstone_core::error::Result;
use evalstone_core::normal::Field;
use evalstone_kit::remote::RemoteDataset;
use futures_util::TryStreamExt as _;
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use crate::compare::{Digests, Standing, compare};
use crate::place::Place;
use crate::progress::{Event, Listener};
use crate::reading::Reading;
use crate::report::{self, Counts, digest_of, shown};
use crate::transfer::{by_name, chosen, key};
use verdict::{CaseVerdict, DatasetVerdict, Mark, Verdict};

/// How long the smallest difference between two datasets is sought; after that, one is found.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is compared.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which datasets of the source, by id or name; all when empty.
    pub chosen: Vec<String>,
    /// Whether every case is told.
    pub each: bool,
    /// Whether runs are compared, too.
    pub runs: bool,
}

/// Compares datasets and runs of `source` with what `target` has of them.
///
/// # Errors
/// When a place cannot be read.
pub async fn verify(
    source: &Place,
    target: &Place,
    wanted: &Wanted,
    listener: &dyn Listener,
) -> Result<Verdict> {
    let Wanted { chosen: names, each, runs } = wanted;
    let (each, all) = (*each, names.is_empty());
    let datasets = chosen(source, names).await?;
    listener.hear(Event::Found(datasets.len()));
    let mut there = by_name(target).await?;
    let mut verdicts: Vec<Option<DatasetVerdict>> = Vec::with_capacity(datasets.len());
    for dataset in &datasets {
        let name = &dataset.about.name;
        listener.hear(Event::Begun { name, cases: dataset.case_count });
        let pair = Pair { source, target, dataset, each, listener };
        verdicts.push(pair.equal_among(&mut there).await?);
        listener.hear(Event::Ended { name });
    }
    // What differs comes second: it must not take what another dataset of its name is equal to.
    let mut judged = Vec::with_capacity(datasets.len());
    for (dataset, verdict) in datasets.iter().zip(verdicts) {
        let pair = Pair { source, target, dataset, each, listener };
        judged.push(match verdict {
            Some(verdict) => verdict,
            None => pair.differing_among(&mut there).await?,
        });
    }
    let verdicts = judged;
    let mut only_target: Vec<String> = Vec::new();
    if all {
        only_target.extend(there.into_values().flatten().map(|dataset| dataset.about.name));
        only_target.sort();
    }
    let compared =
        runs::Pair { source, target, datasets: &datasets, verdicts: &verdicts, listener };
    let (runs, not_compared) = match runs {
        true => compared.verify(all).await?,
        false => (Vec::new(), vec!["runs, as was asked".to_owned()]),
    };
    let equal =
        verdicts.iter().all(|verdict| verdict.equal) && runs.iter().all(|verdict| verdict.equal);
    Ok(Verdict {
        source: source.name.clone(),
        target: target.name.clone(),
        equal,
        datasets: verdicts,
        runs,
        not_compared,
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

    /// The verdict on the counterpart that is equal, which is taken out of those that are left; none when
    /// none is.
    async fn equal_among(
        &self,
        there: &mut HashMap<String, Vec<RemoteDataset>>,
    ) -> Result<Option<DatasetVerdict>> {
        let named = self.named(there).await?;
        for index in 0..named.len() {
            let mut reading = self.reading();
            let mut digests = Digests::of(self.target, &named[index].id);
            if let Standing::Equal = compare(&mut reading, &mut digests).await? {
                drop(digests);
                return self.equal(&named.remove(index), &reading).await.map(Some);
            }
        }
        Ok(None)
    }

    /// The verdict on the likeliest counterpart that is left, or that there is none.
    async fn differing_among(
        &self,
        there: &mut HashMap<String, Vec<RemoteDataset>>,
    ) -> Result<DatasetVerdict> {
        let named = self.named(there).await?;
        let likeliest = (!named.is_empty()).then(|| named.remove(0));
        self.differing(likeliest.as_ref()).await
    }

    /// The datasets of the target of this name: first the one that the source's became, then those with as
    /// many cases.
    async fn named<'t>(
        &self,
        there: &'t mut HashMap<String, Vec<RemoteDataset>>,
    ) -> Result<&'t mut Vec<RemoteDataset>> {
        let known = self.target.remote.known(&self.dataset.id).await?;
        let named = there.entry(key(&self.dataset.about.name)).or_default();
        named.sort_by_key(|one| {
            let known = known.as_ref().is_some_and(|known| known.id == one.id);
            (!known, one.case_count != self.dataset.case_count)
        });
        Ok(named)
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
        verdict.equal = reading.counts.unreadable == 0;
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
            unsayable: counts.rejected - counts.unreadable,
            unreadable: counts.unreadable,
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
