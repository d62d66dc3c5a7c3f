//! Cases. Their order is the order of their numbers, which is the order they came in.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::case::Case;
use evalstone_core::dataset::{Added, NewCase, Reference, SlotCounts, StoredCase};
use evalstone_core::error::Error;
use evalstone_core::id::{CaseId, Number};
use evalstone_core::lens::slots::case_slots;
use evalstone_core::source::SourceKind;

use super::super::{Backend, Connection, ext};
use super::{attempts, datasets as dataset_queries, source_ids};
use crate::cases::CaseJob;
use crate::failure::{Failure, Outcome};
use crate::records::cases::{CaseKey, CasePlace, CaseRecord, NEW_CASE_COLUMNS, NewCaseRecord};
use crate::schema::{cases, datasets};
use crate::types::{Key, Time};

/// How many rows one INSERT carries: enough that its cost per row falls little more, few enough that nobody waits long
/// for its end. A load carries fewer where others come with short work.
pub const ROWS_PER_INSERT: usize = 50;
const _: () = assert!(ROWS_PER_INSERT * NEW_CASE_COLUMNS <= ext::MAX_BINDS);

/// What is made here.
const KIND: SourceKind = SourceKind::Case;

/// Whose lock a group of single cases takes (organization and dataset), and for whom. The datasets
/// come first in the order, which so is the same for all groups: two of them cannot wait for each
/// other.
type Target = (Key, Key, Key);

/// Stores single cases that arrived together. The outer failure is the whole group's; an inner
/// one belongs to its case alone.
pub fn add_each(c: &mut Connection, jobs: &[CaseJob]) -> Outcome<Vec<Outcome<StoredCase>>> {
    attempts::begin(c, jobs.iter().map(|job| &job.caller))?;
    let mut targets: Vec<Option<Target>> = Vec::with_capacity(jobs.len());
    let mut counts: BTreeMap<Target, (i64, SlotCounts, &CaseJob)> = BTreeMap::new();
    for job in jobs {
        let target = target_of(c, job)?;
        if let Some(target) = target {
            let (added, slots, _) = counts.entry(target).or_insert((0, SlotCounts::default(), job));
            *added += 1;
            slots.add(job.slots);
        }
        targets.push(target);
    }
    let mut heads: HashMap<Target, dataset_queries::Head> = HashMap::new();
    for (target, (added, slots, job)) in counts {
        if let Some(head) = bump(c, &job.caller, job.dialect, target.1, added, slots)? {
            heads.insert(target, head);
        }
    }
    let ids: Vec<CaseId> =
        jobs.iter().map(|job| job.new.id.unwrap_or_else(|| job.caller.new_id(KIND))).collect();
    let mut rows = Vec::with_capacity(jobs.len());
    for ((job, id), target) in jobs.iter().zip(&ids).zip(&targets) {
        if let Some(head) = target.as_ref().and_then(|target| heads.get(target)) {
            rows.push(NewCaseRecord::of(job.caller.organization.into(), head.id, *id, &job.new));
        }
    }
    let mut stored = insert(c, &rows)?;
    let outcomes: Vec<Outcome<StoredCase>> = jobs
        .iter()
        .zip(&ids)
        .zip(&targets)
        .map(|((job, id), target)| {
            let head = target.as_ref().and_then(|target| heads.get(target));
            let (head, (number, created_at)) = head
                .and_then(|head| {
                    Some((head, stored.remove(&(job.caller.organization.into(), Key::from(*id)))?))
                })
                .ok_or_else(|| Error::not_found("Dataset"))?;
            Ok(StoredCase {
                id: *id,
                number,
                dataset: head.id.into(),
                pipeline: head.pipeline.into(),
                case: job.new.case.clone(),
                origin: job.new.origin.clone(),
                created_at: created_at.into(),
            })
        })
        .collect();
    let made = jobs.iter().zip(&outcomes).filter_map(|(job, outcome)| {
        outcome.as_ref().ok().map(|stored| (&job.caller, Made::Case(stored)))
    });
    attempts::keep(c, made)?;
    for (job, outcome) in jobs.iter().zip(&outcomes) {
        if let Ok(stored) = outcome {
            source_ids::bind(c, &job.caller, KIND, stored.id.uuid())?;
        }
    }
    Ok(outcomes)
}

fn target_of(c: &mut Connection, job: &CaseJob) -> Outcome<Option<Target>> {
    let dataset = dataset_key(c, &job.caller, job.dialect, &job.dataset)?;
    Ok(dataset.map(|dataset| (job.caller.organization.into(), dataset, job.caller.user.into())))
}

/// The key of the dataset that `reference` names, where that can be said without looking at the
/// dataset itself; whether the caller sees it, the write that follows finds out.
pub fn dataset_key(
    c: &mut Connection,
    caller: &Caller,
    dialect: &'static str,
    reference: &Reference,
) -> Outcome<Option<Key>> {
    match reference {
        Reference::Id(id) => Ok(Some(Key(*id))),
        Reference::Number(_) | Reference::Source(_) => {
            Ok(dataset_queries::find(c, caller, dialect, reference)?
                .map(|dataset| dataset.id.into()))
        }
    }
}

/// Takes the lock of the dataset with this id, or of the one that this source id became.
fn bump(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    id: Key,
    added: i64,
    slots: SlotCounts,
) -> Outcome<Option<dataset_queries::Head>> {
    let head = dataset_queries::bump(c, caller, id, added, slots)?;
    if head.is_some() {
        return Ok(head);
    }
    match mapped_dataset(c, caller, dialect, id)? {
        Some(mapped) => dataset_queries::bump(c, caller, mapped, added, slots),
        None => Ok(None),
    }
}

/// The key of the dataset that this source id became.
pub fn mapped_dataset(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    id: Key,
) -> Outcome<Option<Key>> {
    let mapped = source_ids::resolve(c, caller, dialect, SourceKind::Dataset, &id.0.to_string())?;
    Ok(mapped.map(Key))
}

/// Inserts rows and tells the number and time that each got.
pub fn insert(
    c: &mut Connection,
    rows: &[NewCaseRecord<'_>],
) -> Outcome<HashMap<CaseKey, (Number, Time)>> {
    let mut stored = HashMap::with_capacity(rows.len());
    for chunk in rows.chunks(ROWS_PER_INSERT) {
        let made: QueryResult<Vec<CasePlace>> = match chunk {
            [row] => diesel::insert_into(cases::table)
                .values(row)
                .returning(((cases::organization_id, cases::id), cases::number, cases::created_at))
                .get_results(c),
            rows => ext::insert_cases(c, rows),
        };
        let made = made.map_err(explain)?;
        stored.extend(made.into_iter().map(|(key, number, at)| (key, (number, at))));
    }
    Ok(stored)
}

/// Says what the constraint that a new case can break means.
pub fn explain(failure: impl Into<Failure>) -> Failure {
    failure.into().when_id_taken(|| Error::taken("a case with this id exists"))
}

/// Inserts rows without asking for anything back, `at_once` by one INSERT where there is no faster way.
pub fn insert_quietly(
    c: &mut Connection,
    organization: Key,
    dataset: Key,
    new: &[NewCase],
    at_once: usize,
) -> Outcome<()> {
    if let Some(copied) = ext::copy_cases(c, organization, dataset, new) {
        return copied;
    }
    for chunk in new.chunks(at_once) {
        let rows: Vec<NewCaseRecord<'_>> = chunk
            .iter()
            .map(|new| {
                let id = new.id.unwrap_or_else(CaseId::generate);
                NewCaseRecord::of(organization, dataset, id, new)
            })
            .collect();
        diesel::insert_into(cases::table).values(&rows).execute(c).map_err(explain)?;
        if chunk.len() == at_once {
            // Many rows are long work, beside which others have short work (see `company`).
            std::thread::yield_now();
        }
    }
    Ok(())
}

/// Stores cases of one dataset, all or none.
pub fn add_all(
    c: &mut Connection,
    caller: &Caller,
    dialect: &'static str,
    dataset: &Reference,
    new: &[NewCase],
) -> Outcome<Added> {
    attempts::begin(c, [caller])?;
    let not_found = || Error::not_found("Dataset");
    let key = dataset_key(c, caller, dialect, dataset)?.ok_or_else(not_found)?;
    let mut slots = SlotCounts::default();
    for new in new {
        slots.add(case_slots(&new.case));
    }
    let added = i64::try_from(new.len()).map_err(Error::fault)?;
    let head = bump(c, caller, dialect, key, added, slots)?.ok_or_else(not_found)?;
    insert_quietly(c, caller.organization.into(), head.id, new, ROWS_PER_INSERT)?;
    let added = Added { dataset: head.id.into(), added, case_count: head.case_count };
    attempts::keep(c, [(caller, Made::Cases(&added))])?;
    Ok(added)
}

/// Stores cases behind those of a dataset, all or none, if it has `at` of them now.
///
/// # Errors
/// Unavailable when it has another number.
pub fn add_behind(
    c: &mut Connection,
    caller: &Caller,
    dialect: &'static str,
    dataset: &Reference,
    at: i64,
    new: &[NewCase],
) -> Outcome<Added> {
    let added = add_all(c, caller, dialect, dataset, new)?;
    if added.case_count - added.added != at {
        let text = "somebody else has added or deleted cases in between";
        return Err(Error::unavailable(text, Duration::from_secs(1)).into());
    }
    Ok(added)
}

/// The live cases of datasets that a caller sees, to be filtered further.
pub type Seen<'a> = diesel::dsl::IntoBoxed<
    'a,
    diesel::dsl::Filter<
        diesel::dsl::Select<
            diesel::dsl::InnerJoinOn<cases::table, datasets::table, SameDataset>,
            (diesel::dsl::AsSelect<CaseRecord, Backend>, datasets::pipeline_id),
        >,
        diesel::dsl::And<Live, dataset_queries::visible>,
    >,
    Backend,
>;
type SameDataset = diesel::dsl::And<
    diesel::dsl::Eq<datasets::organization_id, cases::organization_id>,
    diesel::dsl::Eq<datasets::id, cases::dataset_id>,
>;
type Live = diesel::dsl::And<
    diesel::dsl::Eq<cases::organization_id, Key>,
    diesel::dsl::IsNull<cases::deleted_at>,
>;

/// The live cases of datasets that the caller sees, with their datasets' pipelines.
pub fn seen<'a>(caller: &Caller) -> Seen<'a> {
    let organization = Key::from(caller.organization);
    cases::table
        .inner_join(
            datasets::table.on(datasets::organization_id
                .eq(cases::organization_id)
                .and(datasets::id.eq(cases::dataset_id))),
        )
        .select((CaseRecord::as_select(), datasets::pipeline_id))
        .filter(
            cases::organization_id
                .eq(organization)
                .and(cases::deleted_at.is_null())
                .and(dataset_queries::visible(organization, caller.user.into())),
        )
        .into_boxed::<Backend>()
}

/// The case that `reference` names.
pub fn find(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    reference: &Reference,
) -> Outcome<Option<StoredCase>> {
    let direct = match reference {
        Reference::Id(id) => seen(caller).filter(cases::id.eq(Key(*id))),
        Reference::Number(number) => seen(caller).filter(cases::number.eq(*number)),
        Reference::Source(_) => return find_by_source(c, caller, dialect, reference),
    };
    let row: Option<(CaseRecord, Key)> = direct.first(c).optional()?;
    match row {
        Some((record, pipeline)) => Ok(Some(record.into_case(pipeline.into()))),
        None => find_by_source(c, caller, dialect, reference),
    }
}

fn find_by_source(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    reference: &Reference,
) -> Outcome<Option<StoredCase>> {
    let source_id = reference.to_string();
    let Some(id) = source_ids::resolve(c, caller, dialect, SourceKind::Case, &source_id)? else {
        return Ok(None);
    };
    let row: Option<(CaseRecord, Key)> =
        seen(caller).filter(cases::id.eq(Key(id))).first(c).optional()?;
    Ok(row.map(|(record, pipeline)| record.into_case(pipeline.into())))
}

/// Deletes a case: it keeps its row, and nothing shows it any more.
pub fn delete(c: &mut Connection, caller: &Caller, id: CaseId) -> Outcome<bool> {
    attempts::begin(c, [caller])?;
    let organization = Key::from(caller.organization);
    let in_sight = datasets::table
        .filter(dataset_queries::visible(organization, caller.user.into()))
        .select(datasets::id);
    let target = cases::table
        .filter(cases::organization_id.eq(organization))
        .filter(cases::id.eq(Key::from(id)))
        .filter(cases::deleted_at.is_null())
        .filter(cases::dataset_id.eq_any(in_sight));
    let deleted: Option<CaseRecord> = diesel::update(target)
        .set(cases::deleted_at.eq(ext::now().nullable()))
        .returning(CaseRecord::as_returning())
        .get_result(c)
        .optional()?;
    let Some(record) = deleted else {
        return Ok(false);
    };
    let dataset = record.dataset_id;
    let case: Case = record.into_case(caller.default_pipeline).case;
    let mut slots = SlotCounts::default();
    slots.remove(case_slots(&case));
    dataset_queries::bump(c, caller, dataset, -1, slots)?;
    attempts::keep(c, [(caller, Made::CaseDeleted(id))])?;
    Ok(true)
}
