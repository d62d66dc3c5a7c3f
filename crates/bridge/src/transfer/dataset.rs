//! Moving one dataset.

use std::time::Duration;

use evalstone_core::digest::DatasetDigest;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_kit::remote::{Fetched, Portion, RemoteDataset};
use futures_util::{StreamExt as _, stream};

use super::{Move, by_name, key};
use crate::compare::{Digests, Standing, compare, digest};
use crate::progress::Event;
use crate::reading::{Expected, Reading};
use crate::rejects::Rejects;
use crate::report::{self, Action, DatasetReport, shown};

/// The longest pause before a dataset is begun again, unless the target asks for more.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What became of a dataset, with what could not be moved of it.
pub struct Moved {
    /// The report.
    pub report: DatasetReport,
    /// The rejects.
    pub rejects: Rejects,
}

/// What is known of a dataset's counterpart.
struct Counterpart {
    dataset: RemoteDataset,
    /// Whether the target knows it by the source's id.
    known: bool,
}

/// What a try came to.
struct Tried<'a> {
    reading: Reading<'a>,
    action: Action,
    target: Option<RemoteDataset>,
    why: Option<String>,
}

impl<'a> Move<'a> {
    /// Moves the dataset that stands at `index` of the source.
    pub async fn one(&'a self, index: usize, dataset: RemoteDataset) -> (usize, Moved) {
        let name = dataset.about.name.clone();
        self.listener.hear(Event::Begun { name: &name, cases: dataset.case_count });
        let moved = self.patiently(index, &dataset).await;
        self.listener.hear(Event::Ended { name: &name });
        (index, moved)
    }

    /// Begins again what fails for a reason that passes.
    async fn patiently(&self, index: usize, dataset: &RemoteDataset) -> Moved {
        let outbound = self.source.outbound(dataset, self.target);
        let (mut left, mut pause) = (self.plan.tries, self.plan.pause);
        let mut furthest = 0;
        loop {
            let mut reading = Reading::of(self.source, dataset, self.target, self.listener);
            let tried = self.attempt(index, &outbound, &mut reading).await;
            let error = match tried {
                Ok((action, target, why)) => {
                    let tried = Tried { reading, action, target, why };
                    return self.closed(dataset, &outbound, tried).await;
                }
                Err(error) => error,
            };
            if error.kind() == Kind::Taken && self.target.remote.otherwise(&dataset.id) {
                continue;
            }
            // What an earlier try got through shows by how far this one came.
            let came = reading.counts.skipped + reading.counts.written;
            if came > furthest {
                (left, pause, furthest) = (self.plan.tries, self.plan.pause, came);
            }
            let asked = match error.kind() {
                Kind::Unavailable { retry_after } if left > 0 => retry_after,
                _ => {
                    let why = Some(error.message().to_owned());
                    let tried = Tried { reading, action: Action::Failed, target: None, why };
                    return self.closed(dataset, &outbound, tried).await;
                }
            };
            left -= 1;
            let why = error.message();
            self.listener.hear(Event::Again { name: &dataset.about.name, why });
            tokio::time::sleep(asked.max(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.look_again(&dataset.about.name).await;
        }
    }

    /// Lists the target's datasets of one name anew: nobody knows what was made of it.
    async fn look_again(&self, name: &str) {
        // If even that fails, the next try will.
        if let Ok(mut there) = by_name(self.target).await {
            let found = there.remove(&key(name)).unwrap_or_default();
            self.there.borrow_mut().insert(key(name), found);
        }
    }

    /// One try: finds the counterpart and writes what it lacks.
    async fn attempt(
        &self,
        index: usize,
        outbound: &RemoteDataset,
        reading: &mut Reading<'a>,
    ) -> Result<(Action, Option<RemoteDataset>, Option<String>)> {
        let manner = self.target.remote.manner();
        for candidate in self.candidates(index, reading.dataset).await? {
            let Counterpart { dataset: there, known } = candidate;
            *reading = Reading::of(self.source, reading.dataset, self.target, self.listener);
            let standing = compare(reading, &mut Digests::of(self.target, &there.id)).await?;
            match standing {
                Standing::Equal => {
                    self.claim(index, &there);
                    return Ok((Action::Skipped, Some(there), None));
                }
                Standing::Begun(next) if manner.portion.is_some() => {
                    self.claim(index, &there);
                    let portion = manner.portion.ok_or_else(|| Error::fault("no portion"))?;
                    self.append(&there, reading, Some(*next), portion).await?;
                    return Ok((Action::Continued, Some(there), None));
                }
                Standing::Begun(_) | Standing::Differs(_) if !known => {}
                standing => {
                    let at = match standing {
                        Standing::Differs(at) => at,
                        _ => reading.counts.skipped + 1,
                    };
                    let why = format!("what is there under its id differs from case {at} on");
                    return Ok((Action::Differs, Some(there), Some(why)));
                }
            }
        }
        *reading = Reading::of(self.source, reading.dataset, self.target, self.listener);
        let made = self.make(index, outbound, reading).await?;
        Ok((Action::Created, made, None))
    }

    /// The datasets of the target that may be the counterpart, the likeliest first.
    async fn candidates(&self, index: usize, dataset: &RemoteDataset) -> Result<Vec<Counterpart>> {
        let known = self.target.remote.known(&dataset.id).await?;
        // The same id means something else where another place has numbered, too.
        let known = known.filter(|known| key(&known.about.name) == key(&dataset.about.name));
        let mut found: Vec<Counterpart> =
            known.into_iter().map(|dataset| Counterpart { dataset, known: true }).collect();
        let (there, claimed) = (self.there.borrow(), self.claimed.borrow());
        let owner = |there: &RemoteDataset| claimed.get(&there.id).copied();
        let mut named: Vec<RemoteDataset> = there
            .get(&key(&dataset.about.name))
            .into_iter()
            .flatten()
            .filter(|there| owner(there).is_none_or(|owner| owner == index))
            .filter(|there| found.iter().all(|known| known.dataset.id != there.id))
            .cloned()
            .collect();
        // First what an earlier try has begun; then one that is whole before one that is begun, since of
        // two alike that is the other's.
        named.sort_by_key(|there| (owner(there).is_none(), std::cmp::Reverse(there.case_count)));
        found.extend(named.into_iter().map(|dataset| Counterpart { dataset, known: false }));
        Ok(found)
    }

    fn claim(&self, index: usize, there: &RemoteDataset) {
        self.claimed.borrow_mut().insert(there.id.clone(), index);
    }

    /// Makes the dataset with its cases; none when nothing is to be written.
    async fn make(
        &self,
        index: usize,
        outbound: &RemoteDataset,
        reading: &mut Reading<'a>,
    ) -> Result<Option<RemoteDataset>> {
        if self.plan.dry_run {
            while reading.next().await?.is_some() {
                reading.counts.written += 1;
            }
            return Ok(None);
        }
        let remote = &self.target.remote;
        let manner = remote.manner();
        let made = match manner.portion {
            Some(portion) if !manner.whole => {
                let made = remote.create(outbound).await?;
                self.claim(index, &made);
                self.append(&made, reading, None, portion).await?;
                made
            }
            _ => {
                let cases = stream::try_unfold(&mut *reading, async |reading| {
                    let piece = piece(reading, Vec::new(), UPLOADED).await?;
                    Ok((!piece.is_empty()).then_some((piece, reading)))
                });
                let made = remote.upload(outbound, cases.boxed_local()).await?;
                self.claim(index, &made);
                reading.counts.written = reading.expected.count();
                made
            }
        };
        Ok(Some(made))
    }

    /// Adds what is left of the source to a dataset that has what was read so far but for `next`.
    async fn append(
        &self,
        there: &RemoteDataset,
        reading: &mut Reading<'a>,
        next: Option<Expected>,
        portion: Portion,
    ) -> Result<()> {
        let mut at = reading.counts.skipped;
        let mut next: Vec<Fetched> = next.into_iter().map(|expected| expected.fetched).collect();
        loop {
            let cases = piece(reading, std::mem::take(&mut next), portion).await?;
            if cases.is_empty() {
                return Ok(());
            }
            if !self.plan.dry_run {
                self.target.remote.append(&there.id, at, &cases).await?;
            }
            at += cases.len() as u64;
            reading.counts.written += cases.len() as u64;
        }
    }

    /// Reads the target again and closes the report.
    async fn closed(
        &self,
        dataset: &RemoteDataset,
        outbound: &RemoteDataset,
        tried: Tried<'a>,
    ) -> Moved {
        let Tried { reading, mut action, target, mut why } = tried;
        let Reading { counts, source, expected, rejects, .. } = reading;
        let whole = !matches!(action, Action::Failed | Action::Differs);
        let mut digests = report::Digests::default();
        let mut verified = None;
        if whole {
            digests.source = Some(shown(&source));
            digests.expected = Some(shown(&expected));
        }
        if let Some(there) = target.as_ref().filter(|_| whole && !self.plan.dry_run) {
            match self.settled(there, outbound, action, &expected).await {
                Ok(found) => {
                    digests.target = found;
                    verified = Some(digests.target == digests.expected);
                    if verified == Some(false) {
                        why = Some("what was written is not what is read again".to_owned());
                    }
                }
                Err(error) => {
                    action = Action::Failed;
                    why = Some(error.message().to_owned());
                }
            }
        }
        let unsaid = self.target.unsaid(&outbound.about);
        let before = target.as_ref().filter(|_| action != Action::Created);
        let differs = before.map_or_else(Vec::new, |there| {
            report::differing(&there.about, &outbound.about, &unsaid)
        });
        let report = DatasetReport {
            name: dataset.about.name.clone(),
            source_id: dataset.id.clone(),
            target_id: target.map(|there| there.id),
            action,
            why,
            counts,
            unsaid,
            differs,
            verified,
            digests,
        };
        Moved { report, rejects }
    }
}

impl Move<'_> {
    /// Makes of the target's dataset what it is to be besides its cases, and gives the digest that it has.
    async fn settled(
        &self,
        there: &RemoteDataset,
        outbound: &RemoteDataset,
        action: Action,
        expected: &DatasetDigest,
    ) -> Result<Option<String>> {
        let mut like = outbound.clone();
        if action == Action::Skipped {
            // Whoever has changed it since has meant it.
            like.about.archived = None;
        }
        self.target.remote.settle(there, &like).await?;
        if action == Action::Skipped {
            // It was just read beside the source to its end.
            return Ok(Some(shown(expected)));
        }
        Ok(digest(self.target, &there.id).await?.as_ref().map(shown))
    }
}

/// How many cases go at a time to a place that takes all at once.
const UPLOADED: Portion = Portion { cases: 500, bytes: 1 << 20 };

/// The next cases that can be moved, after these; none at the end.
async fn piece(
    reading: &mut Reading<'_>,
    mut cases: Vec<Fetched>,
    portion: Portion,
) -> Result<Vec<Fetched>> {
    let mut bytes: usize = cases.iter().map(size).sum();
    while cases.len() < portion.cases && bytes < portion.bytes {
        let Some(expected) = reading.next().await? else { break };
        bytes += size(&expected.fetched);
        cases.push(expected.fetched);
    }
    Ok(cases)
}

/// How many bytes a case's payloads have.
fn size(fetched: &Fetched) -> usize {
    let case = &fetched.case;
    let objects = [&case.expected, &case.metadata].into_iter().flatten();
    case.inputs.as_str().len()
        + case.output.as_ref().map_or(0, |output| output.as_str().len())
        + objects.map(|object| object.as_str().len()).sum::<usize>()
}
