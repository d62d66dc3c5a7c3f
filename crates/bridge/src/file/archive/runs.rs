//! The lines of runs and of what came of them. [`RunCopy::write`] and [`RunPart::write`] say how their
//! members are written; here they are read again.

use evalstone_core::case::Case;
use evalstone_core::error::Result;
use evalstone_core::json::View;
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::{EvaluationCopy, RowCopy, RunCopy, RunPart, SpanCopy};
use evalstone_core::trace::{Span, SpanId, TraceId};
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};

use super::lines::{pipeline_json, pipeline_of, within};
use super::members::{FLAG, Form, JSON, Members, NUMBER, OBJECT, REAL, TEXT, TIME};

const KIND: Form<RunKind> = ("kind of run", |view| RunKind::from_word(&view.as_text()?));
const STATUS: Form<RunStatus> = ("status of a run", |view| RunStatus::from_word(&view.as_text()?));
const TRACE: Form<TraceId> = ("trace's id", |view| view.as_text()?.parse().ok());
const SPAN: Form<SpanId> = ("span's id", |view| view.as_text()?.parse().ok());

/// The kinds of parts, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// A row.
    Row,
    /// An evaluation.
    Evaluation,
    /// A span.
    Span,
}

impl PartKind {
    /// That of a part.
    pub const fn of(part: &RunPart) -> Self {
        match part {
            RunPart::Row(_) => Self::Row,
            RunPart::Evaluation(_) => Self::Evaluation,
            RunPart::Span(_) => Self::Span,
        }
    }

    /// The kind of that word ([`RunPart::as_str`]), if there is one.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "row" => Self::Row,
            "evaluation" => Self::Evaluation,
            "span" => Self::Span,
            _ => return None,
        })
    }
}

/// The line of a run.
pub fn run_line(remote: &RemoteRun) -> String {
    // A note is of a place that does not tell the parts itself.
    let RemoteRun { id, dataset, pipeline, run, tells_parts, noted: _ } = remote;
    within("run", |object| {
        object.text("id", id);
        if let Some(dataset) = dataset {
            object.text("dataset", dataset);
        }
        if let Some(pipeline) = pipeline {
            object.json("pipeline", &pipeline_json(pipeline));
        }
        object.plain("tells_parts", tells_parts);
        run.write(object);
    })
}

/// The line of a part.
pub fn part_line(fetched: &FetchedPart) -> String {
    let FetchedPart { case, part } = fetched;
    within(part.as_str(), |object| {
        if let Some(case) = case {
            object.text("case", case);
        }
        part.write(object);
    })
}

/// The run that the member `run` of a line says.
///
/// # Errors
/// What is wrong with it.
pub fn run_of(view: View<'_>) -> Result<RemoteRun> {
    let mut members = Members::of(view)?;
    let pipeline = members.view("pipeline").map(|pipeline| pipeline_of(Answer::of(pipeline)?));
    let remote = RemoteRun {
        id: members.need("id", TEXT)?,
        dataset: members.get("dataset", TEXT)?,
        pipeline: pipeline.transpose()?,
        tells_parts: members.need("tells_parts", FLAG)?,
        noted: None,
        run: RunCopy {
            kind: members.need("kind", KIND)?,
            origin: members.get("origin", TEXT)?,
            shared: members.need("shared", FLAG)?,
            name: members.get("name", TEXT)?,
            status: members.need("status", STATUS)?,
            metadata: members.get("metadata", OBJECT)?,
            threshold: members.get("threshold", NUMBER)?,
            settings: members.get("settings", OBJECT)?,
            policy: members.get("policy", OBJECT)?,
            policy_version: members.get("policy_version", TEXT)?,
            bundle: members.get("bundle", TEXT)?,
            total: members.need("total", NUMBER)?,
            completed: members.need("completed", NUMBER)?,
            summary: members.get("summary", OBJECT)?,
            failure: members.get("failure", TEXT)?,
            created_at: members.need("created_at", TIME)?,
            started_at: members.get("started_at", TIME)?,
            finished_at: members.get("finished_at", TIME)?,
        },
    };
    members.end()?;
    Ok(remote)
}

/// The part that the only member of a line says, which is of this kind.
///
/// # Errors
/// What is wrong with it.
pub fn part_of(kind: PartKind, view: View<'_>) -> Result<FetchedPart> {
    let mut members = Members::of(view)?;
    let case = members.get("case", TEXT)?;
    let part = match kind {
        PartKind::Row => RunPart::Row(row_of(&mut members)?),
        PartKind::Evaluation => RunPart::Evaluation(Box::new(evaluation_of(&mut members)?)),
        PartKind::Span => RunPart::Span(Box::new(span_of(&mut members)?)),
    };
    members.end()?;
    Ok(FetchedPart { case, part })
}

fn row_of(members: &mut Members<'_>) -> Result<RowCopy> {
    Ok(RowCopy {
        position: members.need("position", NUMBER)?,
        part: members.need("part", NUMBER)?,
        case: Case {
            name: None,
            stage: members.get("stage", TEXT)?,
            inputs: members.need("inputs", OBJECT)?,
            output: members.get("output", JSON)?,
            expected: members.get("expected", OBJECT)?,
            metadata: members.get("metadata", OBJECT)?,
        },
    })
}

fn evaluation_of(members: &mut Members<'_>) -> Result<EvaluationCopy> {
    Ok(EvaluationCopy {
        row: members.get("row", NUMBER)?,
        position: members.get("position", NUMBER)?,
        scorer: members.get("scorer", TEXT)?,
        name: members.need("name", TEXT)?,
        stage: members.get("stage", TEXT)?,
        inputs: members.get("inputs", JSON)?,
        output: members.get("output", JSON)?,
        expected: members.get("expected", JSON)?,
        metadata: members.get("metadata", OBJECT)?,
        error: members.get("error", TEXT)?,
        trace: members.get("trace", TRACE)?,
        span: members.get("span", SPAN)?,
        decision: members.get("decision", TEXT)?,
        rule_hits: members.get("rule_hits", JSON)?,
        score: members.get("score", REAL)?,
        passed: members.get("passed", FLAG)?,
        latency_ms: members.get("latency_ms", NUMBER)?,
        threshold: members.get("threshold", NUMBER)?,
        model: members.get("model", TEXT)?,
        arguments: members.get("arguments", OBJECT)?,
        explanation: members.get("explanation", TEXT)?,
        details: members.get("details", JSON)?,
        cost: members.get("cost", NUMBER)?,
        started_at: members.need("started_at", TIME)?,
        finished_at: members.need("finished_at", TIME)?,
        reported_at: members.get("reported_at", TIME)?,
    })
}

fn span_of(members: &mut Members<'_>) -> Result<SpanCopy> {
    Ok(SpanCopy {
        span: Span {
            trace: members.need("trace", TRACE)?,
            id: members.need("id", SPAN)?,
            parent: members.get("parent", SPAN)?,
            name: members.need("name", TEXT)?,
            start_ns: members.need("start_ns", NUMBER)?,
            end_ns: members.need("end_ns", NUMBER)?,
            failed: members.need("failed", FLAG)?,
            body: members.need("body", JSON)?,
            resource: members.need("resource", JSON)?,
            scope: members.need("scope", JSON)?,
        },
        marked: members.need("marked", FLAG)?,
        names_pipeline: members.need("names_pipeline", FLAG)?,
        reports: members.need("reports", FLAG)?,
    })
}
