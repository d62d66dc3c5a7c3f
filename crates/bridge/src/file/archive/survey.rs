//! Reading an archive through, before anything of it is used.

use std::collections::HashSet;
use std::path::Path;

use evalstone_core::digest::Digest;
use evalstone_core::error::{Error, Result};
use evalstone_kit::remote::runs::RemoteRun;
use sha2::{Digest as _, Sha256};

use super::lines::{End, Line, Manifest, RunEnd, WITH_RUNS};
use super::read::{Read, Reader};
use super::runs::{PartKind, part_of};
use super::{RunSection, RunSections, Section};

/// What is in an archive.
#[derive(Debug)]
pub struct Sections {
    /// The datasets in their order.
    pub datasets: Vec<Section>,
    /// The runs.
    pub runs: RunSections,
}

/// Where in an archive the next line stands.
enum State {
    /// At its beginning.
    Begin,
    /// Behind a dataset's end, or the head.
    Datasets,
    /// In a dataset.
    Dataset,
    /// Behind a run's end.
    Runs,
    /// In a run that has so many parts, of which the last is of this kind.
    Run(u64, Option<PartKind>),
    /// Behind the manifest.
    End,
}

/// What was seen of an archive so far.
struct Survey {
    state: State,
    version: u64,
    sections: Sections,
    /// The ids of the datasets.
    ids: HashSet<String>,
    ends: Vec<End>,
    run_ends: Vec<RunEnd>,
    manifest: Option<Manifest>,
}

impl Sections {
    /// Reads an archive through.
    ///
    /// # Errors
    /// Invalid when it is not whole: its lines are not those of an archive, there is no manifest at its
    /// end, or the manifest says something else.
    pub fn of(path: &Path) -> Result<Self> {
        let mut reader = Reader::open(path, 0)?;
        let mut survey = Survey {
            state: State::Begin,
            version: 0,
            sections: Self { datasets: Vec::new(), runs: RunSections::default() },
            ids: HashSet::new(),
            ends: Vec::new(),
            run_ends: Vec::new(),
            manifest: None,
        };
        let mut hash = Sha256::new();
        while let Some(read) = reader.next()? {
            survey.see(&read)?;
            if survey.manifest.is_none() {
                hash.update(read.text.as_bytes());
                hash.update(b"\n");
            }
        }
        let Survey { mut sections, ends, run_ends, manifest, .. } = survey;
        let Some(Manifest { datasets, runs, sha256 }) = manifest else {
            return Err(reader.damaged("it was cut off: there is no manifest"));
        };
        let hash = Digest::from_bytes(hash.finalize().into()).to_string();
        if hash != sha256 || datasets != ends || runs != run_ends {
            return Err(reader.damaged("the manifest says something else"));
        }
        for (section, end) in sections.datasets.iter_mut().zip(&ends) {
            section.dataset.case_count = Some(end.cases);
        }
        Ok(sections)
    }
}

impl Survey {
    /// Sees the next line, which must be one that can stand here.
    fn see(&mut self, read: &Read<'_>) -> Result<()> {
        let wrong = |error: Error| read.damaged(error.message());
        self.state = match (&self.state, read.line()?) {
            (State::Begin, Line::Head(version)) => {
                self.version = version;
                State::Datasets
            }
            (State::Datasets, Line::Dataset(dataset)) => {
                if !self.ids.insert(dataset.id.clone()) {
                    return Err(read.damaged("a second dataset with this id"));
                }
                self.sections.datasets.push(Section { dataset: *dataset, offset: read.end });
                State::Dataset
            }
            (State::Dataset, Line::Case(_)) => State::Dataset,
            (State::Dataset, Line::End(end)) => {
                self.ends.push(end);
                State::Datasets
            }
            (State::Datasets | State::Runs, Line::Run(run)) if self.version >= WITH_RUNS => {
                let RemoteRun { id, dataset, .. } = *run;
                let section = RunSection { id, dataset, offset: read.begin };
                self.sections.runs.push(section).map_err(wrong)?;
                State::Run(0, None)
            }
            (State::Run(parts, last), Line::Part(kind, part)) if *last <= Some(kind) => {
                // Nothing of a run is put aside, so that none of it may be wrong.
                part_of(kind, part).map_err(wrong)?;
                State::Run(parts + 1, Some(kind))
            }
            (State::Run(parts, _), Line::RunEnd(end)) => {
                let begun = self.sections.runs.last().map(|section| &section.id);
                if (begun, *parts) != (Some(&end.id), end.parts) {
                    return Err(read.damaged("the run's end says something else"));
                }
                self.run_ends.push(end);
                State::Runs
            }
            (State::Datasets | State::Runs, Line::Manifest(manifest)) => {
                self.manifest = Some(manifest);
                State::End
            }
            (State::End, _) => return Err(read.damaged("a line behind the manifest")),
            _ => return Err(read.damaged("a line that has no place here")),
        };
        Ok(())
    }
}
