//! Several rows in one INSERT, with their values. A statement for several rows is not kept prepared.

use diesel::prelude::*;
use diesel::query_builder::{AsChangeset, QueryFragment};
use diesel::sqlite::Sqlite;

use crate::records::benchmarks::NewVerdictRecord;
use crate::records::cases::{CasePlace, NewCaseRecord};
use crate::records::datasets::{DatasetRecord, NewDatasetRecord, NewFacetRecord};
use crate::records::guardrail_traces::{NewFiredRecord, NewTraceRecord};
use crate::records::runs::NewEvaluationRecord;
use crate::records::scorings::{NewRowRecord, NewScoreRecord};
use crate::records::spans::NewSpanRecord;
use crate::schema::guardrails::{fired_detectors, guardrail_traces};
use crate::schema::{cases, dataset_facets, datasets, evaluations, run_rows, spans};
use crate::types::Key;

/// Inserts datasets and tells what the database made of them.
pub fn insert_datasets(
    c: &mut SqliteConnection,
    rows: &[NewDatasetRecord<'_>],
) -> QueryResult<Vec<(Key, DatasetRecord)>> {
    diesel::insert_into(datasets::table)
        .values(rows)
        .returning((datasets::organization_id, DatasetRecord::as_returning()))
        .get_results(c)
}

/// Inserts what dialects alone know of datasets.
pub fn insert_facets(c: &mut SqliteConnection, rows: &[NewFacetRecord<'_>]) -> QueryResult<usize> {
    diesel::insert_into(dataset_facets::table).values(rows).execute(c)
}

/// Inserts cases and tells the key, the number and the time of each.
pub fn insert_cases(
    c: &mut SqliteConnection,
    rows: &[NewCaseRecord<'_>],
) -> QueryResult<Vec<CasePlace>> {
    diesel::insert_into(cases::table)
        .values(rows)
        .returning(((cases::organization_id, cases::id), cases::number, cases::created_at))
        .get_results(c)
}

/// Inserts spans; of those that are there `replaced` becomes what is new.
pub fn upsert_spans<R>(
    c: &mut SqliteConnection,
    rows: &[NewSpanRecord<'_>],
    replaced: R,
) -> QueryResult<usize>
where
    R: AsChangeset<Target = spans::table, Changeset: QueryFragment<Sqlite>>,
{
    diesel::insert_into(spans::table)
        .values(rows)
        .on_conflict((spans::organization_id, spans::trace_id, spans::span_id))
        .do_update()
        .set(replaced)
        .execute(c)
}

/// Inserts evaluations; of those that are there `replaced` becomes what is new.
pub fn upsert_evaluations<R>(
    c: &mut SqliteConnection,
    rows: &[NewEvaluationRecord<'_>],
    replaced: R,
) -> QueryResult<usize>
where
    R: AsChangeset<Target = evaluations::table, Changeset: QueryFragment<Sqlite>>,
{
    use evaluations as e;
    diesel::insert_into(e::table)
        .values(rows)
        .on_conflict((e::organization_id, e::run_id, e::trace_id, e::span_id))
        .do_update()
        .set(replaced)
        .execute(c)
}

/// Inserts verdicts, but for those that are there.
pub fn insert_verdicts(
    c: &mut SqliteConnection,
    rows: &[NewVerdictRecord<'_>],
) -> QueryResult<usize> {
    diesel::insert_into(evaluations::table).values(rows).on_conflict_do_nothing().execute(c)
}

/// Inserts guardrails' traces.
pub fn insert_traces(c: &mut SqliteConnection, rows: &[NewTraceRecord<'_>]) -> QueryResult<usize> {
    diesel::insert_into(guardrail_traces::table).values(rows).execute(c)
}

/// Inserts which detectors fired in guardrails' traces.
pub fn insert_fired(c: &mut SqliteConnection, rows: &[NewFiredRecord]) -> QueryResult<usize> {
    diesel::insert_into(fired_detectors::table).values(rows).execute(c)
}

/// Inserts rows of runs.
pub fn insert_rows(c: &mut SqliteConnection, rows: &[NewRowRecord<'_>]) -> QueryResult<usize> {
    diesel::insert_into(run_rows::table).values(rows).execute(c)
}

/// Inserts what was said of rows of runs.
pub fn insert_scores(c: &mut SqliteConnection, rows: &[NewScoreRecord<'_>]) -> QueryResult<usize> {
    diesel::insert_into(evaluations::table).values(rows).execute(c)
}
