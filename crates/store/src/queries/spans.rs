//! Spans: stored whole, replaced when they come again, attributed by what they say of themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::upsert::excluded;
use evalstone_core::caller::Caller;
use evalstone_core::id::{EvaluationId, PipelineId};
use evalstone_core::trace::{NewSpan, PipelineName, Recorded, Refusal, Span, SpanId, TraceId};

use super::super::{Connection, ext};
use super::datasets::visible;
use super::discarded_runs::{ARRIVING, DISCARDED};
use crate::failure::Outcome;
use crate::records::runs::NewEvaluationRecord;
use crate::records::spans::{NEW_SPAN_COLUMNS, NewSpanRecord, SpanRecord};
use crate::schema::{cases, datasets, evaluations, pipelines, runs, spans};
use crate::spans::{ROWS_PER_INSERT, SpanJob};
use crate::types::Key;

const _: () = assert!(ROWS_PER_INSERT * NEW_SPAN_COLUMNS <= ext::MAX_BINDS);

/// What the spans of one request speak of, looked up once.
struct Known {
    pipelines: HashMap<String, Key>,
    runs: HashSet<Key>,
    /// What a good answer is, by case.
    expected: HashMap<Key, Option<String>>,
}

/// Stores spans, and the evaluations that test spans report. A span that names a pipeline or run
/// that does not exist is refused; the others are stored.
pub fn record(c: &mut Connection, job: &SpanJob) -> Outcome<Recorded> {
    let recorded = record_each(c, std::slice::from_ref(job))?.pop();
    recorded.unwrap_or_else(|| Ok(Recorded::default()))
}

/// Stores spans that were reported by several at the same time: those of one user in one statement.
pub fn record_each(c: &mut Connection, jobs: &[SpanJob]) -> Outcome<Vec<Outcome<Recorded>>> {
    let mut by_user: BTreeMap<(Key, Key), Vec<usize>> = BTreeMap::new();
    for (at, SpanJob { caller, new: _ }) in jobs.iter().enumerate() {
        let user = (caller.organization.into(), caller.user.into());
        by_user.entry(user).or_default().push(at);
    }
    let mut outcomes: Vec<Outcome<Recorded>> = Vec::new();
    outcomes.resize_with(jobs.len(), || Ok(Recorded::default()));
    for places in by_user.into_values() {
        let reports: Vec<&[NewSpan]> = places.iter().map(|at| jobs[*at].new.as_slice()).collect();
        let recorded = record_alike(c, &jobs[places[0]].caller, &reports)?;
        for (at, recorded) in places.into_iter().zip(recorded) {
            outcomes[at] = Ok(recorded);
        }
    }
    Ok(outcomes)
}

/// Stores what one user has reported.
fn record_alike(
    c: &mut Connection,
    caller: &Caller,
    reports: &[&[NewSpan]],
) -> Outcome<Vec<Recorded>> {
    let organization = Key::from(caller.organization);
    let known = look_up(c, caller, reports)?;
    let mut rows = Rows::new();
    let mut all = Vec::with_capacity(reports.len());
    for report in reports {
        // What an earlier report has said of a span counts, such as that it reports an evaluation: it is
        // written before it is replaced.
        if report.iter().any(|new| rows.contains_key(&key(new))) {
            write(c, organization, std::mem::take(&mut rows), &known)?;
        }
        let mut recorded = Recorded::default();
        for new in *report {
            match attribute(caller, &known, new) {
                Ok(pipeline) => {
                    rows.insert(key(new), (new, pipeline));
                    recorded.stored += 1;
                }
                Err(refusal) => recorded.refused.push(refusal),
            }
        }
        all.push(recorded);
    }
    write(c, organization, rows, &known)?;
    Ok(all)
}

/// Spans to be written, with their pipelines. Of one that came twice in a report the last one counts: a
/// statement cannot replace a row that it has just written. They are written in the order of their keys, so
/// that two requests cannot wait for each other.
type Rows<'a> = BTreeMap<(TraceId, SpanId), (&'a NewSpan, Option<Key>)>;

const fn key(new: &NewSpan) -> (TraceId, SpanId) {
    (new.span.trace, new.span.id)
}

fn write(c: &mut Connection, organization: Key, rows: Rows<'_>, known: &Known) -> Outcome<()> {
    let rows: Vec<(&NewSpan, Option<Key>)> = rows.into_values().collect();
    for chunk in rows.chunks(ROWS_PER_INSERT) {
        write_spans(c, organization, chunk)?;
        write_evaluations(c, organization, chunk, known)?;
    }
    Ok(())
}

/// The pipeline that a span belongs to, if it names one.
fn attribute(caller: &Caller, known: &Known, new: &NewSpan) -> Result<Option<Key>, Refusal> {
    if let Some(evaluation) = &new.evaluation
        && !known.runs.contains(&evaluation.run.into())
    {
        return Err(Refusal::Run(evaluation.run.to_string()));
    }
    match &new.pipeline {
        None => Ok(None),
        Some(PipelineName::Default) => Ok(Some(caller.default_pipeline.into())),
        Some(PipelineName::Text(text)) => match known.pipelines.get(text) {
            Some(pipeline) => Ok(Some(*pipeline)),
            None => Err(Refusal::Pipeline(text.clone())),
        },
    }
}

fn look_up(c: &mut Connection, caller: &Caller, reports: &[&[NewSpan]]) -> Outcome<Known> {
    let organization = Key::from(caller.organization);
    let mut known =
        Known { pipelines: HashMap::new(), runs: HashSet::new(), expected: HashMap::new() };
    let new = || reports.iter().copied().flatten();
    look_up_pipelines(c, organization, new(), &mut known)?;
    let evaluations = || new().filter_map(|new| new.evaluation.as_ref());
    let asked: BTreeSet<Key> = evaluations().map(|evaluation| evaluation.run.into()).collect();
    let asked: Vec<Key> = asked.into_iter().collect();
    for chunk in asked.chunks(ROWS_PER_INSERT) {
        let found: Vec<Key> = runs::table
            .filter(runs::organization_id.eq(organization))
            .filter(runs::id.eq_any(chunk))
            .filter(runs::kind.ne(DISCARDED))
            .filter(runs::kind.ne(ARRIVING))
            .select(runs::id)
            .load(c)?;
        known.runs.extend(found);
    }
    let asked: BTreeSet<Key> =
        evaluations().filter_map(|evaluation| evaluation.case).map(Into::into).collect();
    let asked: Vec<Key> = asked.into_iter().collect();
    for chunk in asked.chunks(ROWS_PER_INSERT) {
        let found: Vec<(Key, Option<String>)> = cases::table
            .inner_join(
                datasets::table.on(datasets::organization_id
                    .eq(cases::organization_id)
                    .and(datasets::id.eq(cases::dataset_id))),
            )
            .filter(cases::organization_id.eq(organization))
            .filter(visible(organization, caller.user.into()))
            .filter(cases::id.eq_any(chunk))
            .select((cases::id, cases::expected))
            .load(c)?;
        known.expected.extend(found);
    }
    Ok(known)
}

fn named_pipeline(new: &NewSpan) -> Option<&str> {
    match &new.pipeline {
        Some(PipelineName::Text(text)) => Some(text),
        Some(PipelineName::Default) | None => None,
    }
}

/// Looks up the pipelines that spans name, by their ids or their slugs.
fn look_up_pipelines<'a>(
    c: &mut Connection,
    organization: Key,
    new: impl Iterator<Item = &'a NewSpan>,
    known: &mut Known,
) -> Outcome<()> {
    let names: BTreeSet<&str> = new.filter_map(named_pipeline).collect();
    let (mut ids, mut slugs) = (Vec::new(), Vec::new());
    for name in names {
        match name.parse::<PipelineId>() {
            Ok(id) => ids.push((Key::from(id), name)),
            // No slug holds U+0000, and Postgres cannot be asked for it.
            Err(_) if name.contains('\0') => {}
            Err(_) => slugs.push(name),
        }
    }
    let own = || pipelines::table.filter(pipelines::organization_id.eq(organization));
    for chunk in ids.chunks(ROWS_PER_INSERT) {
        let asked: Vec<Key> = chunk.iter().map(|(id, _)| *id).collect();
        let found: Vec<Key> =
            own().filter(pipelines::id.eq_any(asked)).select(pipelines::id).load(c)?;
        let found: HashSet<Key> = found.into_iter().collect();
        let named = chunk.iter().filter(|(id, _)| found.contains(id));
        known.pipelines.extend(named.map(|(id, name)| ((*name).to_owned(), *id)));
    }
    for chunk in slugs.chunks(ROWS_PER_INSERT) {
        let found: Vec<(String, Key)> = own()
            .filter(pipelines::slug.eq_any(chunk))
            .select((pipelines::slug, pipelines::id))
            .load(c)?;
        known.pipelines.extend(found);
    }
    Ok(())
}

fn write_spans(
    c: &mut Connection,
    organization: Key,
    rows: &[(&NewSpan, Option<Key>)],
) -> Outcome<()> {
    let records: Vec<NewSpanRecord<'_>> = rows
        .iter()
        .map(|(new, pipeline)| {
            let run = new.evaluation.as_ref().map(|evaluation| evaluation.run.into());
            NewSpanRecord::of(organization, &new.span, new.marked, *pipeline, run)
        })
        .collect();
    upsert(c, &records, Rebinding::Allowed)
}

/// Whether a span that reported an evaluation of one run, and now comes with one of another, is the other's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rebinding {
    /// It is.
    Allowed,
    /// It stays the first one's.
    Refused,
}

/// Stores spans; one that is there is replaced. A span that reported an evaluation of a run, and now comes
/// without, still is the one that this evaluation points at.
pub fn upsert(
    c: &mut Connection,
    records: &[NewSpanRecord<'_>],
    rebinding: Rebinding,
) -> Outcome<()> {
    let stays = (rebinding == Rebinding::Refused).into_sql::<Bool>();
    let run = case_when(stays.and(spans::run_id.is_not_null()), spans::run_id)
        .when(excluded(spans::run_id).is_not_null(), excluded(spans::run_id))
        .otherwise(spans::run_id);
    let replaced = (
        spans::parent_id.eq(excluded(spans::parent_id)),
        spans::name.eq(excluded(spans::name)),
        spans::start_ns.eq(excluded(spans::start_ns)),
        spans::end_ns.eq(excluded(spans::end_ns)),
        spans::failed.eq(excluded(spans::failed)),
        spans::marked.eq(excluded(spans::marked)),
        spans::pipeline_id.eq(excluded(spans::pipeline_id)),
        spans::run_id.eq(run),
        spans::body.eq(excluded(spans::body)),
        spans::resource.eq(excluded(spans::resource)),
        spans::scope.eq(excluded(spans::scope)),
    );
    ext::upsert_spans(c, records, replaced)?;
    Ok(())
}

fn write_evaluations(
    c: &mut Connection,
    organization: Key,
    rows: &[(&NewSpan, Option<Key>)],
    known: &Known,
) -> Outcome<()> {
    let records: Vec<NewEvaluationRecord<'_>> = rows
        .iter()
        .filter_map(|(new, _)| new.evaluation.as_ref().map(|evaluation| (&new.span, evaluation)))
        .map(|(span, evaluation)| {
            let case = evaluation.case.and_then(|case| known.expected.get(&case.into()));
            let expected = case.and_then(|expected| expected.as_deref());
            let id = EvaluationId::generate().into();
            NewEvaluationRecord::of(organization, id, span, evaluation, expected)
        })
        .collect();
    if records.is_empty() {
        return Ok(());
    }
    use evaluations as e;
    let replaced = (
        e::case_id.eq(excluded(e::case_id)),
        e::name.eq(excluded(e::name)),
        e::inputs.eq(excluded(e::inputs)),
        e::output.eq(excluded(e::output)),
        e::error.eq(excluded(e::error)),
        e::started_at.eq(excluded(e::started_at)),
        e::finished_at.eq(excluded(e::finished_at)),
    );
    ext::upsert_evaluations(c, &records, replaced)?;
    Ok(())
}

/// The spans of a trace in the order in which they began.
pub fn trace(
    c: &mut Connection,
    caller: &Caller,
    trace: TraceId,
    limit: i64,
) -> Outcome<Vec<Span>> {
    let rows: Vec<SpanRecord> = spans::table
        .filter(spans::organization_id.eq(Key::from(caller.organization)))
        .filter(spans::trace_id.eq(trace.0.as_slice()))
        .order((spans::start_ns, spans::span_id))
        .limit(limit)
        .select(SpanRecord::as_select())
        .load(c)?;
    rows.into_iter().map(|row| Ok(Span::try_from(row)?)).collect()
}
