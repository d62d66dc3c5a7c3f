//! Rows of runs as they are moved between places.

use chrono::{DateTime, SubsecRound, Utc};
use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::DatasetId;
use evalstone_core::json::RawObject;
use evalstone_core::run::RunKind;
use evalstone_core::run_copy::{NewRunCopy, RunCopy, StoredRunCopy};

use super::runs::status_of;
use crate::schema::runs;
use crate::types::{Key, Time};

#[derive(Debug, Insertable)]
#[diesel(table_name = runs, treat_none_as_default_value = false)]
pub struct NewRunCopyRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub kind: &'a str,
    pub pipeline_id: Key,
    pub owner_id: Option<Key>,
    pub shared: bool,
    pub name: Option<&'a str>,
    pub status: &'a str,
    pub metadata: Option<&'a str>,
    pub origin: &'a str,
    pub finished_at: Option<Time>,
    pub created_at: Time,
    pub dataset_id: Option<Key>,
    pub policy: Option<&'a str>,
    pub policy_version: Option<&'a str>,
    pub bundle_id: Option<&'a str>,
    pub total: i64,
    pub completed: i64,
    pub summary: Option<&'a str>,
    pub failure: Option<&'a str>,
    pub worker: Option<Key>,
    pub started_at: Option<Time>,
    pub threshold: Option<i64>,
    pub settings: Option<&'a str>,
}

impl<'a> NewRunCopyRecord<'a> {
    /// The row of a run of the kind `kind` that its caller owns and that only the one with `token` may write to.
    pub fn of(caller: &Caller, new: &'a NewRunCopy, kind: &'a str, token: Key) -> Self {
        let NewRunCopy { id, origin, source_id: _, dataset, pipeline, run } = new;
        let RunCopy {
            kind: to_be,
            origin: _,
            shared,
            name,
            status,
            metadata,
            threshold,
            settings,
            policy,
            policy_version,
            bundle,
            total,
            completed,
            summary,
            failure,
            created_at,
            started_at,
            finished_at,
        } = run;
        Self {
            organization_id: caller.organization.into(),
            id: (*id).into(),
            kind,
            pipeline_id: pipeline.unwrap_or(caller.default_pipeline).into(),
            owner_id: Some(caller.user.into()),
            shared: *shared,
            name: name.as_deref(),
            status: status.as_str(),
            metadata: metadata.as_ref().map(RawObject::as_str),
            origin,
            finished_at: finished_at.map(kept),
            created_at: kept(*created_at),
            dataset_id: dataset_of(*to_be, *dataset),
            policy: policy.as_ref().map(RawObject::as_str),
            policy_version: policy_version.as_deref(),
            bundle_id: bundle.as_deref(),
            total: *total,
            completed: *completed,
            summary: summary.as_ref().map(RawObject::as_str),
            failure: failure.as_deref(),
            worker: Some(token),
            started_at: started_at.map(kept),
            threshold: *threshold,
            settings: settings.as_ref().map(RawObject::as_str),
        }
    }
}

/// A benchmark is always over a dataset: where nobody knows any more which it was, it is one that is gone.
fn dataset_of(kind: RunKind, dataset: Option<DatasetId>) -> Option<Key> {
    match kind {
        RunKind::Benchmark => Some(dataset.unwrap_or_else(DatasetId::generate).into()),
        RunKind::Experiment | RunKind::Scoring => dataset.map(Into::into),
    }
}

/// A time as both databases keep it: to the microsecond, and cut off rather than rounded.
pub fn kept(time: DateTime<Utc>) -> Time {
    Time(time.trunc_subsecs(6))
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = runs)]
pub struct RunCopyRecord {
    pub id: Key,
    pub number: i64,
    pub kind: String,
    pub pipeline_id: Key,
    pub shared: bool,
    pub name: Option<String>,
    pub status: String,
    pub metadata: Option<String>,
    pub origin: String,
    pub finished_at: Option<Time>,
    pub created_at: Time,
    pub dataset_id: Option<Key>,
    pub policy: Option<String>,
    pub policy_version: Option<String>,
    pub bundle_id: Option<String>,
    pub total: i64,
    pub completed: i64,
    pub summary: Option<String>,
    pub failure: Option<String>,
    pub started_at: Option<Time>,
    pub threshold: Option<i64>,
    pub settings: Option<String>,
}

impl TryFrom<RunCopyRecord> for StoredRunCopy {
    type Error = Error;

    fn try_from(record: RunCopyRecord) -> Result<Self> {
        let RunCopyRecord {
            id,
            number,
            kind,
            pipeline_id,
            shared,
            name,
            status,
            metadata,
            origin,
            finished_at,
            created_at,
            dataset_id,
            policy,
            policy_version,
            bundle_id,
            total,
            completed,
            summary,
            failure,
            started_at,
            threshold,
            settings,
        } = record;
        let unknown = || Error::fault(format!("unknown kind of run {kind:?} in the database"));
        let run = RunCopy {
            kind: RunKind::from_word(&kind).ok_or_else(unknown)?,
            origin: Some(origin),
            shared,
            name,
            status: status_of(&status)?,
            metadata: metadata.map(RawObject::trusted),
            threshold,
            settings: settings.map(RawObject::trusted),
            policy: policy.map(RawObject::trusted),
            policy_version,
            bundle: bundle_id,
            total,
            completed,
            summary: summary.map(RawObject::trusted),
            failure,
            created_at: created_at.into(),
            started_at: started_at.map(Into::into),
            finished_at: finished_at.map(Into::into),
        };
        let (dataset, pipeline) = (dataset_id.map(Into::into), pipeline_id.into());
        Ok(Self { id: id.into(), number, dataset, pipeline, run })
    }
}
