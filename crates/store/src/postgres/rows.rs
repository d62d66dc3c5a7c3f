//! Several rows in one INSERT, each column given as one array. The statement is the same for any number of rows, so
//! that it is kept prepared; one with the values themselves is planned anew each time, and takes one more round trip.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AsChangeset, QueryFragment};
use diesel::sql_types::{Array, SingleValue};

use crate::records::benchmarks::NewVerdictRecord;
use crate::records::cases::{CasePlace, NewCaseRecord, new_case_columns};
use crate::records::datasets::{DatasetRecord, NewDatasetRecord, NewFacetRecord};
use crate::records::guardrail_traces::{NewFiredRecord, NewTraceRecord, new_trace_columns};
use crate::records::runs::NewEvaluationRecord;
use crate::records::scorings::{NewRowRecord, NewScoreRecord};
use crate::records::spans::NewSpanRecord;
use crate::schema::guardrails::{fired_detectors, guardrail_traces};
use crate::schema::{cases, dataset_facets, datasets, evaluations, run_rows, spans};
use crate::types::Key;

diesel::define_sql_function! {
    /// An array's elements as rows; those of several arrays of one length go in step.
    fn unnest<T: SingleValue>(array: Array<T>) -> T;
}

/// What each row has in a column.
fn each<R, T>(rows: &[R], field: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(field).collect()
}

/// Inserts datasets and tells what the database made of them.
pub fn insert_datasets(
    c: &mut PgConnection,
    rows: &[NewDatasetRecord<'_>],
) -> QueryResult<Vec<(Key, DatasetRecord)>> {
    use datasets as d;
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.id)),
        unnest(each(rows, |row| row.pipeline_id)),
        unnest(each(rows, |row| row.owner_id)),
        unnest(each(rows, |row| row.author_email)),
        unnest(each(rows, |row| row.shared)),
        unnest(each(rows, |row| row.name)),
        unnest(each(rows, |row| row.name_key)),
        unnest(each(rows, |row| row.description)),
        unnest(each(rows, |row| row.category)),
        unnest(each(rows, |row| row.creator)),
        unnest(each(rows, |row| row.source)),
        unnest(each(rows, |row| row.public)),
        unnest(each(rows, |row| row.origin)),
        unnest(each(rows, |row| row.case_count)),
        unnest(each(rows, |row| row.prompts)),
        unnest(each(rows, |row| row.inputs)),
        unnest(each(rows, |row| row.contexts)),
        unnest(each(rows, |row| row.outputs)),
        unnest(each(rows, |row| row.golden_answers)),
    ))
    .insert_into(d::table)
    .into_columns((
        d::organization_id,
        d::id,
        d::pipeline_id,
        d::owner_id,
        d::author_email,
        d::shared,
        d::name,
        d::name_key,
        d::description,
        d::category,
        d::creator,
        d::source,
        d::public,
        d::origin,
        d::case_count,
        d::prompts,
        d::inputs,
        d::contexts,
        d::outputs,
        d::golden_answers,
    ))
    .returning((d::organization_id, DatasetRecord::as_returning()))
    .get_results(c)
}

/// Inserts what dialects alone know of datasets.
pub fn insert_facets(c: &mut PgConnection, rows: &[NewFacetRecord<'_>]) -> QueryResult<usize> {
    use dataset_facets as f;
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.dataset_id)),
        unnest(each(rows, |row| row.dialect)),
        unnest(each(rows, |row| row.body)),
    ))
    .insert_into(f::table)
    .into_columns((f::organization_id, f::dataset_id, f::dialect, f::body))
    .execute(c)
}

/// Inserts cases and tells the key, the number and the time of each.
pub fn insert_cases(
    c: &mut PgConnection,
    rows: &[NewCaseRecord<'_>],
) -> QueryResult<Vec<CasePlace>> {
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.id)),
        unnest(each(rows, |row| row.dataset_id)),
        unnest(each(rows, |row| row.name)),
        unnest(each(rows, |row| row.stage)),
        unnest(each(rows, |row| row.inputs)),
        unnest(each(rows, |row| row.output)),
        unnest(each(rows, |row| row.expected)),
        unnest(each(rows, |row| row.metadata)),
        unnest(each(rows, |row| row.origin)),
        unnest(each(rows, |row| row.source_id)),
        unnest(each(rows, |row| row.facet)),
    ))
    .insert_into(cases::table)
    .into_columns(new_case_columns())
    .returning(((cases::organization_id, cases::id), cases::number, cases::created_at))
    .get_results(c)
}

/// Inserts spans; of those that are there `replaced` becomes what is new.
pub fn upsert_spans<R>(
    c: &mut PgConnection,
    rows: &[NewSpanRecord<'_>],
    replaced: R,
) -> QueryResult<usize>
where
    R: AsChangeset<Target = spans::table, Changeset: QueryFragment<Pg>>,
{
    use spans as s;
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.trace_id)),
        unnest(each(rows, |row| row.span_id)),
        unnest(each(rows, |row| row.parent_id)),
        unnest(each(rows, |row| row.name)),
        unnest(each(rows, |row| row.start_ns)),
        unnest(each(rows, |row| row.end_ns)),
        unnest(each(rows, |row| row.failed)),
        unnest(each(rows, |row| row.marked)),
        unnest(each(rows, |row| row.pipeline_id)),
        unnest(each(rows, |row| row.run_id)),
        unnest(each(rows, |row| row.body)),
        unnest(each(rows, |row| row.resource)),
        unnest(each(rows, |row| row.scope)),
    ))
    .insert_into(s::table)
    .into_columns((
        s::organization_id,
        s::trace_id,
        s::span_id,
        s::parent_id,
        s::name,
        s::start_ns,
        s::end_ns,
        s::failed,
        s::marked,
        s::pipeline_id,
        s::run_id,
        s::body,
        s::resource,
        s::scope,
    ))
    .on_conflict((s::organization_id, s::trace_id, s::span_id))
    .do_update()
    .set(replaced)
    .execute(c)
}

/// Inserts evaluations; of those that are there `replaced` becomes what is new.
pub fn upsert_evaluations<R>(
    c: &mut PgConnection,
    rows: &[NewEvaluationRecord<'_>],
    replaced: R,
) -> QueryResult<usize>
where
    R: AsChangeset<Target = evaluations::table, Changeset: QueryFragment<Pg>>,
{
    use evaluations as e;
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.id)),
        unnest(each(rows, |row| row.run_id)),
        unnest(each(rows, |row| row.case_id)),
        unnest(each(rows, |row| row.name)),
        unnest(each(rows, |row| row.inputs)),
        unnest(each(rows, |row| row.output)),
        unnest(each(rows, |row| row.expected)),
        unnest(each(rows, |row| row.error)),
        unnest(each(rows, |row| row.trace_id)),
        unnest(each(rows, |row| row.span_id)),
        unnest(each(rows, |row| row.started_at)),
        unnest(each(rows, |row| row.finished_at)),
    ))
    .insert_into(e::table)
    .into_columns((
        e::organization_id,
        e::id,
        e::run_id,
        e::case_id,
        e::name,
        e::inputs,
        e::output,
        e::expected,
        e::error,
        e::trace_id,
        e::span_id,
        e::started_at,
        e::finished_at,
    ))
    .on_conflict((e::organization_id, e::run_id, e::trace_id, e::span_id))
    .do_update()
    .set(replaced)
    .execute(c)
}

/// Inserts verdicts, but for those that are there.
pub fn insert_verdicts(c: &mut PgConnection, rows: &[NewVerdictRecord<'_>]) -> QueryResult<usize> {
    use evaluations as e;
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.id)),
        unnest(each(rows, |row| row.run_id)),
        unnest(each(rows, |row| row.case_id)),
        unnest(each(rows, |row| row.scorer)),
        unnest(each(rows, |row| row.position)),
        unnest(each(rows, |row| row.name)),
        unnest(each(rows, |row| row.stage)),
        unnest(each(rows, |row| row.inputs)),
        unnest(each(rows, |row| row.output)),
        unnest(each(rows, |row| row.expected)),
        unnest(each(rows, |row| row.metadata)),
        unnest(each(rows, |row| row.decision)),
        unnest(each(rows, |row| row.score)),
        unnest(each(rows, |row| row.rule_hits)),
        unnest(each(rows, |row| row.details)),
        unnest(each(rows, |row| row.latency_ms)),
        unnest(each(rows, |row| row.passed)),
        unnest(each(rows, |row| row.started_at)),
        unnest(each(rows, |row| row.finished_at)),
    ))
    .insert_into(e::table)
    .into_columns((
        e::organization_id,
        e::id,
        e::run_id,
        e::case_id,
        e::scorer,
        e::position,
        e::name,
        e::stage,
        e::inputs,
        e::output,
        e::expected,
        e::metadata,
        e::decision,
        e::score,
        e::rule_hits,
        e::details,
        e::latency_ms,
        e::passed,
        e::started_at,
        e::finished_at,
    ))
    .on_conflict_do_nothing()
    .execute(c)
}

/// Inserts guardrails' traces.
pub fn insert_traces(c: &mut PgConnection, rows: &[NewTraceRecord<'_>]) -> QueryResult<usize> {
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.id)),
        unnest(each(rows, |row| row.project_id)),
        unnest(each(rows, |row| row.environment_id)),
        unnest(each(rows, |row| row.request_id)),
        unnest(each(rows, |row| row.trace_id)),
        unnest(each(rows, |row| row.trace_key)),
        unnest(each(rows, |row| row.session_id)),
        unnest(each(rows, |row| row.session_key)),
        unnest(each(rows, |row| row.span_id)),
        unnest(each(rows, |row| row.context)),
        unnest(each(rows, |row| row.decision)),
        unnest(each(rows, |row| row.decision_key)),
        unnest(each(rows, |row| row.risk_score)),
        unnest(each(rows, |row| row.policy_version)),
        unnest(each(rows, |row| row.policy_hash)),
        unnest(each(rows, |row| row.latency_ms)),
        unnest(each(rows, |row| row.rule_hit_ids)),
        unnest(each(rows, |row| row.tenant_id)),
        unnest(each(rows, |row| row.app_id)),
        unnest(each(rows, |row| row.agent_id)),
        unnest(each(rows, |row| row.env)),
        unnest(each(rows, |row| row.env_key)),
        unnest(each(rows, |row| row.created_at)),
        unnest(each(rows, |row| row.input_text)),
        unnest(each(rows, |row| row.detector_results)),
        unnest(each(rows, |row| row.quality_scores)),
        unnest(each(rows, |row| row.metadata)),
    ))
    .insert_into(guardrail_traces::table)
    .into_columns(new_trace_columns())
    .execute(c)
}

/// Inserts which detectors fired in guardrails' traces.
pub fn insert_fired(c: &mut PgConnection, rows: &[NewFiredRecord]) -> QueryResult<usize> {
    use fired_detectors as f;
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.detector_key)),
        unnest(each(rows, |row| row.guardrail_trace_id)),
    ))
    .insert_into(f::table)
    .into_columns((f::organization_id, f::detector_key, f::guardrail_trace_id))
    .execute(c)
}

/// Inserts rows of runs.
pub fn insert_rows(c: &mut PgConnection, rows: &[NewRowRecord<'_>]) -> QueryResult<usize> {
    use run_rows as r;
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.run_id)),
        unnest(each(rows, |row| row.position)),
        unnest(each(rows, |row| row.part)),
        unnest(each(rows, |row| row.case_id)),
        unnest(each(rows, |row| row.stage)),
        unnest(each(rows, |row| row.inputs)),
        unnest(each(rows, |row| row.output)),
        unnest(each(rows, |row| row.expected)),
        unnest(each(rows, |row| row.metadata)),
    ))
    .insert_into(r::table)
    .into_columns((
        r::organization_id,
        r::run_id,
        r::position,
        r::part,
        r::case_id,
        r::stage,
        r::inputs,
        r::output,
        r::expected,
        r::metadata,
    ))
    .execute(c)
}

/// Inserts what was said of rows of runs.
pub fn insert_scores(c: &mut PgConnection, rows: &[NewScoreRecord<'_>]) -> QueryResult<usize> {
    use evaluations as e;
    diesel::select((
        unnest(each(rows, |row| row.organization_id)),
        unnest(each(rows, |row| row.id)),
        unnest(each(rows, |row| row.run_id)),
        unnest(each(rows, |row| row.row_position)),
        unnest(each(rows, |row| row.case_id)),
        unnest(each(rows, |row| row.name)),
        unnest(each(rows, |row| row.model)),
        unnest(each(rows, |row| row.arguments)),
        unnest(each(rows, |row| row.threshold)),
        unnest(each(rows, |row| row.score)),
        unnest(each(rows, |row| row.passed)),
        unnest(each(rows, |row| row.explanation)),
        unnest(each(rows, |row| row.details)),
        unnest(each(rows, |row| row.cost)),
        unnest(each(rows, |row| row.error)),
        unnest(each(rows, |row| row.started_at)),
        unnest(each(rows, |row| row.finished_at)),
    ))
    .insert_into(e::table)
    .into_columns((
        e::organization_id,
        e::id,
        e::run_id,
        e::row_position,
        e::case_id,
        e::name,
        e::model,
        e::arguments,
        e::threshold,
        e::score,
        e::passed,
        e::explanation,
        e::details,
        e::cost,
        e::error,
        e::started_at,
        e::finished_at,
    ))
    .execute(c)
}
