//! Datasets that are made in one statement, with the few cases that some of them come with.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::Text;
use evalstone_core::attempt::Made;
use evalstone_core::dataset::{Dataset, NewCase, StoredCase};
use evalstone_core::error::Error;
use evalstone_core::id::{CaseId, DatasetId, Number};
use evalstone_core::name_key::HOLDER_CHARS;
use evalstone_core::source::SourceKind;

use super::super::{Connection, ext};
use super::cases::insert as insert_cases;
use super::datasets::{explain, facet_of, record_of, set_golden};
use super::sharing::{IDS_PER_QUERY, taken};
use super::{attempts, source_ids};
use crate::datasets::{Created, DatasetJob};
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::records::cases::{CaseKey, NewCaseRecord};
use crate::records::datasets::{DatasetRecord, NewDatasetRecord, NewFacetRecord};
use crate::schema::{dataset_facets, datasets};
use crate::types::{Key, Time};

/// A dataset's key: its organization's and its own, since two organizations may have equal ids.
type DatasetKey = (Key, Key);

/// A dataset that is made.
struct Wanted<'a> {
    job: &'a DatasetJob,
    id: DatasetId,
    cases: Vec<(CaseId, &'a NewCase)>,
}

impl<'a> Wanted<'a> {
    fn of(job: &'a DatasetJob) -> Self {
        let id = job.new.id.unwrap_or_else(|| job.caller.new_id(SourceKind::Dataset));
        let cases = job.cases.iter().flatten();
        let cases = cases.map(|new| (new.id.unwrap_or_else(CaseId::generate), new));
        Self { job, id, cases: cases.collect() }
    }

    fn organization(&self) -> Key {
        self.job.caller.organization.into()
    }

    fn row(&self) -> NewDatasetRecord<'_> {
        let Self { job, id, cases } = self;
        record_of(&job.caller, *id, &job.new).with_cases(cases.iter().map(|(_, new)| &new.case))
    }

    fn case_rows(&self) -> impl Iterator<Item = NewCaseRecord<'_>> {
        let (organization, dataset) = (self.organization(), Key::from(self.id));
        self.cases.iter().map(move |(id, new)| NewCaseRecord::of(organization, dataset, *id, new))
    }

    /// The dataset with its cases, of which the database has told the rest.
    fn made(
        &self,
        row: DatasetRecord,
        places: &mut HashMap<CaseKey, (Number, Time)>,
    ) -> Outcome<Created> {
        let DatasetJob { caller, new, cases: _ } = self.job;
        let owner = (caller.user_number, caller.email.clone());
        let facet = new.facet.as_ref().map(|facet| facet.as_str().to_owned());
        let dataset = row.into_dataset(Some(owner), None, facet);
        let stored = |(id, new): &(CaseId, &NewCase)| {
            let (number, created_at) = places.remove(&(self.organization(), Key::from(*id)))?;
            Some(StoredCase {
                id: *id,
                number,
                dataset: dataset.id,
                pipeline: dataset.pipeline,
                case: new.case.clone(),
                origin: new.origin.clone(),
                created_at: created_at.into(),
            })
        };
        let cases: Option<Vec<StoredCase>> = self.cases.iter().map(stored).collect();
        let cases = cases.ok_or_else(|| Error::fault("an inserted case was not returned"))?;
        Ok(Created { dataset, cases })
    }
}

/// Makes datasets with their cases, each owned by its caller. The outer failure is the whole group's; an
/// inner one belongs to its dataset alone.
pub fn create_each(c: &mut Connection, jobs: &[DatasetJob]) -> Outcome<Vec<Outcome<Created>>> {
    attempts::begin(c, jobs.iter().map(|job| &job.caller))?;
    let names = TakenNames::of(c, jobs)?;
    let wanted: Vec<Wanted<'_>> =
        jobs.iter().filter(|job| !names.have(job)).map(Wanted::of).collect();
    let mut rows = insert(c, &wanted)?;
    insert_facets(c, &wanted)?;
    let cases: Vec<NewCaseRecord<'_>> = wanted.iter().flat_map(Wanted::case_rows).collect();
    let mut places = insert_cases(c, &cases)?;
    let mut made = Vec::with_capacity(wanted.len());
    for dataset in &wanted {
        let id = dataset.id;
        source_ids::bind(c, &dataset.job.caller, SourceKind::Dataset, id.uuid())?;
        let row = rows.remove(&(dataset.organization(), Key::from(id)));
        let row = row.ok_or_else(|| Error::fault("an inserted dataset was not returned"))?;
        made.push(dataset.made(row, &mut places)?);
    }
    let kept = wanted.iter().zip(&made).map(|(Wanted { job, id, cases: _ }, made)| {
        let is_loaded = job.cases.is_some();
        let made = if is_loaded { Made::Loaded(*id) } else { Made::Dataset(&made.dataset) };
        (&job.caller, made)
    });
    attempts::keep(c, kept)?;
    let mut made = made.into_iter();
    let outcome = |job| if names.have(job) { Err(taken().into()) } else { next(&mut made) };
    Ok(jobs.iter().map(outcome).collect())
}

/// Makes one alone, which may also become its pipeline's golden dataset.
pub fn create(c: &mut Connection, job: &DatasetJob) -> Outcome<Created> {
    let mut outcomes = create_each(c, std::slice::from_ref(job))?;
    let created = outcomes.pop().ok_or_else(|| Error::fault("a dataset was not made"))??;
    if job.new.golden {
        let Dataset { id, pipeline, .. } = created.dataset;
        set_golden(c, &job.caller, pipeline, id, true)?;
    }
    Ok(created)
}

fn next(made: &mut impl Iterator<Item = Created>) -> Outcome<Created> {
    Ok(made.next().ok_or_else(|| Error::fault("a dataset was not made"))?)
}

/// The names that new datasets cannot have, in the organizations where some are made.
struct TakenNames {
    /// Whole keys.
    held: HashSet<(Key, String)>,
    /// What stands in the keys of shared datasets behind their holders.
    shared: HashSet<(Key, String)>,
}

impl TakenNames {
    /// Those that these jobs ask for. The indexes refuse what is taken in the meantime.
    fn of(c: &mut Connection, jobs: &[DatasetJob]) -> Outcome<Self> {
        let mut asked: HashMap<Key, Vec<&str>> = HashMap::new();
        for job in jobs {
            if let Some(key) = &job.new.name_key {
                asked.entry(job.caller.organization.into()).or_default().push(key);
            }
        }
        let (mut held, mut shared) = (HashSet::new(), HashSet::new());
        for (organization, keys) in asked {
            for keys in keys.chunks(IDS_PER_QUERY) {
                let found = held_among(c, organization, keys)?;
                held.extend(found.into_iter().map(|key| (organization, key)));
                let labels: Vec<&str> = keys.iter().map(|key| label_of(key)).collect();
                let found = shared_among(c, organization, &labels)?;
                shared.extend(found.into_iter().map(|label| (organization, label)));
            }
        }
        Ok(Self { held, shared })
    }

    fn have(&self, job: &DatasetJob) -> bool {
        let Some(key) = &job.new.name_key else { return false };
        let organization = Key::from(job.caller.organization);
        let label = label_of(key).to_owned();
        self.held.contains(&(organization, key.clone()))
            || self.shared.contains(&(organization, label))
    }
}

/// What stands in a key behind its holder, in the words of the index of shared names.
const LABEL: &str = "substr(datasets.name_key, 37)";

/// Those of these keys that somebody has. SQLite keeps a statement for one prepared, and none for several.
fn held_among(c: &mut Connection, organization: Key, keys: &[&str]) -> QueryResult<Vec<String>> {
    let key = datasets::name_key.assume_not_null();
    let own = datasets::table.filter(datasets::organization_id.eq(organization)).select(key);
    match keys {
        [one] => own.filter(key.eq(*one)).load(c),
        several => own.filter(key.eq_any(several)).load(c),
    }
}

/// Those of these names that a shared dataset has.
fn shared_among(
    c: &mut Connection,
    organization: Key,
    labels: &[&str],
) -> QueryResult<Vec<String>> {
    let label = fixed::<Text>(LABEL);
    let own = datasets::table
        .filter(datasets::organization_id.eq(organization))
        .filter(datasets::shared)
        .select(label);
    match labels {
        [one] => own.filter(label.eq(*one)).load(c),
        several => own.filter(label.eq_any(several)).load(c),
    }
}

fn label_of(key: &str) -> &str {
    key.get(HOLDER_CHARS..).unwrap_or_default()
}

/// Inserts the datasets' rows.
fn insert(
    c: &mut Connection,
    wanted: &[Wanted<'_>],
) -> Outcome<HashMap<DatasetKey, DatasetRecord>> {
    let rows: Vec<NewDatasetRecord<'_>> = wanted.iter().map(Wanted::row).collect();
    let made: QueryResult<Vec<(Key, DatasetRecord)>> = match rows.as_slice() {
        [] => Ok(Vec::new()),
        [row] => diesel::insert_into(datasets::table)
            .values(row)
            .returning((datasets::organization_id, DatasetRecord::as_returning()))
            .get_results(c),
        rows => ext::insert_datasets(c, rows),
    };
    let made = made.map_err(explain)?;
    Ok(made.into_iter().map(|(organization, row)| ((organization, row.id), row)).collect())
}

fn insert_facets(c: &mut Connection, wanted: &[Wanted<'_>]) -> Outcome<()> {
    let facets = wanted.iter().filter_map(|new| facet_of(&new.job.caller, new.id, &new.job.new));
    let facets: Vec<NewFacetRecord<'_>> = facets.collect();
    match facets.as_slice() {
        [] => 0,
        [row] => diesel::insert_into(dataset_facets::table).values(row).execute(c)?,
        rows => ext::insert_facets(c, rows)?,
    };
    Ok(())
}
