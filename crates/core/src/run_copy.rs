//! A run with all that came of it, as it is moved between places (design §2.5): everything that is
//! known of it but for the ids, which each place gives anew or keeps beside it.
//!
//! A [`RunCopy`] is the run itself, its [`RunPart`]s are what it was over and what came of it, in the
//! order in which they are written: the rows, then the evaluations, then the spans of its traces.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::case::Case;
use crate::digest::Digest;
use crate::id::{DatasetId, Number, PipelineId, RunId};
use crate::json::{ObjectWriter, RawJson, RawObject, View, canonical, object};
use crate::run::{RunKind, RunStatus};
use crate::trace::{Span, SpanId, TraceId};

/// A run without its parts.
#[derive(Clone, Debug)]
pub struct RunCopy {
    /// Its kind.
    pub kind: RunKind,
    /// The dialect that it was made through, where that is moved.
    pub origin: Option<String>,
    /// Whether the whole organization sees it.
    pub shared: bool,
    /// What it is called.
    pub name: Option<String>,
    /// How far it is.
    pub status: RunStatus,
    /// Whatever its client wants to remember of it.
    pub metadata: Option<RawObject>,
    /// The least score with which it passes, 0 to 100.
    pub threshold: Option<i64>,
    /// What its dialect has to know to carry it out.
    pub settings: Option<RawObject>,
    /// The policy that it was against.
    pub policy: Option<RawObject>,
    /// What the policy's version is called.
    pub policy_version: Option<String>,
    /// The bundle that the policy was taken from.
    pub bundle: Option<String>,
    /// How many evaluations it comes to.
    pub total: i64,
    /// How many of them are done.
    pub completed: i64,
    /// What came of it, in its dialect's words.
    pub summary: Option<RawObject>,
    /// Why it was given up, if it was.
    pub failure: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When somebody began to work on it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A part of a run.
#[derive(Clone, Debug)]
pub enum RunPart {
    /// What was scored, where several evaluations are of one thing.
    Row(RowCopy),
    /// What came of one case.
    Evaluation(Box<EvaluationCopy>),
    /// A span of a trace that an evaluation points at.
    Span(Box<SpanCopy>),
}

/// A row of a run.
#[derive(Clone, Debug)]
pub struct RowCopy {
    /// Its place among the run's rows, from 1.
    pub position: i64,
    /// The part of the run's settings that it belongs to, from 0.
    pub part: i64,
    /// The case as it was scored. Its name does not count.
    pub case: Case,
}

/// An evaluation: whatever any kind of run keeps of one.
#[derive(Clone, Debug)]
pub struct EvaluationCopy {
    /// The place of the row that it is of, where it is of one.
    pub row: Option<i64>,
    /// Its place in its run, where those of its kind have one.
    pub position: Option<i64>,
    /// Who judged, where a case is judged once by each.
    pub scorer: Option<String>,
    /// The name of the case, or the metric's short name.
    pub name: String,
    /// The case's stage.
    pub stage: Option<String>,
    /// What the system under test received.
    pub inputs: Option<RawJson>,
    /// What it answered.
    pub output: Option<RawJson>,
    /// What a good answer is.
    pub expected: Option<RawJson>,
    /// What was carried along with the case.
    pub metadata: Option<RawObject>,
    /// Why it failed.
    pub error: Option<String>,
    /// The trace that shows how it ran.
    pub trace: Option<TraceId>,
    /// The span of that trace that reported it.
    pub span: Option<SpanId>,
    /// The decision.
    pub decision: Option<String>,
    /// The rules that fired, a JSON array of strings.
    pub rule_hits: Option<RawJson>,
    /// The score, 0 to 100.
    pub score: Option<f64>,
    /// Whether the case passed.
    pub passed: Option<bool>,
    /// How long it took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// The least score with which it passes.
    pub threshold: Option<i64>,
    /// The model that judged.
    pub model: Option<String>,
    /// The metric's arguments.
    pub arguments: Option<RawObject>,
    /// Why the score is what it is.
    pub explanation: Option<String>,
    /// What else is known.
    pub details: Option<RawJson>,
    /// What it cost, in millionths of a millionth of a unit.
    pub cost: Option<i64>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// When it was reported, where that is told.
    pub reported_at: Option<DateTime<Utc>>,
}

/// A span with what it was found to be.
#[derive(Clone, Debug)]
pub struct SpanCopy {
    /// The span.
    pub span: Span,
    /// Whether it carries a mark of a dialect.
    pub marked: bool,
    /// Whether it names a pipeline.
    pub names_pipeline: bool,
    /// Whether it reports an evaluation of the run.
    pub reports: bool,
}

/// A run that is stored as it is, with what came of it elsewhere.
#[derive(Clone, Debug)]
pub struct NewRunCopy {
    /// Its id. A run of ours that has it must not be another one.
    pub id: RunId,
    /// The dialect it comes through.
    pub origin: &'static str,
    /// Its id there, if that is kept in the id map.
    pub source_id: Option<String>,
    /// The dataset that it is over. It need not be there (any more).
    pub dataset: Option<DatasetId>,
    /// The pipeline that ran; that of the dataset, else the default one, when none is given.
    pub pipeline: Option<PipelineId>,
    /// What it is.
    pub run: RunCopy,
}

/// A stored run as it is moved.
#[derive(Clone, Debug)]
pub struct StoredRunCopy {
    /// The identifier.
    pub id: RunId,
    /// The public number.
    pub number: Number,
    /// The dataset that it is over, which may be gone by now.
    pub dataset: Option<DatasetId>,
    /// The pipeline that ran.
    pub pipeline: PipelineId,
    /// What it is.
    pub run: RunCopy,
}

impl RunCopy {
    /// Writes the run as members of an object; what there is none of is left out.
    pub fn write(&self, object: &mut ObjectWriter<'_>) {
        let Self {
            kind,
            origin,
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
        } = self;
        object.text("kind", kind.as_str());
        text(object, "origin", origin.as_deref());
        object.plain("shared", shared);
        text(object, "name", name.as_deref());
        object.text("status", status.as_str());
        json(object, "metadata", metadata.as_ref().map(RawObject::as_str));
        plain(object, "threshold", *threshold);
        json(object, "settings", settings.as_ref().map(RawObject::as_str));
        json(object, "policy", policy.as_ref().map(RawObject::as_str));
        text(object, "policy_version", policy_version.as_deref());
        text(object, "bundle", bundle.as_deref());
        object.plain("total", total);
        object.plain("completed", completed);
        json(object, "summary", summary.as_ref().map(RawObject::as_str));
        text(object, "failure", failure.as_deref());
        time(object, "created_at", Some(*created_at));
        time(object, "started_at", *started_at);
        time(object, "finished_at", *finished_at);
    }

    /// The digest of the run without its parts. Who sees it and what it was made through are the place's
    /// business.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let bare = Self { origin: None, shared: false, ..self.clone() };
        digest(|object| bare.write(object))
    }
}

impl RunPart {
    /// The word for its kind.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Row(_) => "row",
            Self::Evaluation(_) => "evaluation",
            Self::Span(_) => "span",
        }
    }

    /// Writes the part as members of an object; what there is none of is left out.
    pub fn write(&self, object: &mut ObjectWriter<'_>) {
        match self {
            Self::Row(row) => row.write(object),
            Self::Evaluation(evaluation) => evaluation.write(object),
            Self::Span(span) => span.write(object),
        }
    }

    /// The digest of the part.
    #[must_use]
    pub fn digest(&self) -> Digest {
        digest(|object| {
            object.text("part_of_run", self.as_str());
            self.write(object);
        })
    }

    /// About how many bytes its texts have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        object(|object| self.write(object)).len()
    }
}

impl RowCopy {
    fn write(&self, object: &mut ObjectWriter<'_>) {
        let Self { position, part, case } = self;
        let Case { name: _, stage, inputs, output, expected, metadata } = case;
        object.plain("position", position);
        object.plain("part", part);
        text(object, "stage", stage.as_deref());
        object.json("inputs", inputs.as_str());
        json(object, "output", output.as_ref().map(RawJson::as_str));
        json(object, "expected", expected.as_ref().map(RawObject::as_str));
        json(object, "metadata", metadata.as_ref().map(RawObject::as_str));
    }
}

impl EvaluationCopy {
    fn write(&self, object: &mut ObjectWriter<'_>) {
        let Self {
            row,
            position,
            scorer,
            name,
            stage,
            inputs,
            output,
            expected,
            metadata,
            error,
            trace,
            span,
            decision,
            rule_hits,
            score,
            passed,
            latency_ms,
            threshold,
            model,
            arguments,
            explanation,
            details,
            cost,
            started_at,
            finished_at,
            reported_at,
        } = self;
        for (key, number) in [("row", row), ("position", position)] {
            plain(object, key, *number);
        }
        text(object, "scorer", scorer.as_deref());
        object.text("name", name);
        text(object, "stage", stage.as_deref());
        for (key, value) in [
            ("inputs", inputs),
            ("output", output),
            ("expected", expected),
            ("rule_hits", rule_hits),
            ("details", details),
        ] {
            json(object, key, value.as_ref().map(RawJson::as_str));
        }
        for (key, value) in [("metadata", metadata), ("arguments", arguments)] {
            json(object, key, value.as_ref().map(RawObject::as_str));
        }
        for (key, value) in [
            ("error", error),
            ("decision", decision),
            ("model", model),
            ("explanation", explanation),
        ] {
            text(object, key, value.as_deref());
        }
        text(object, "trace", trace.map(|id| id.to_string()).as_deref());
        text(object, "span", span.map(|id| id.to_string()).as_deref());
        plain(object, "score", *score);
        plain(object, "passed", *passed);
        for (key, number) in [("latency_ms", latency_ms), ("threshold", threshold), ("cost", cost)]
        {
            plain(object, key, *number);
        }
        time(object, "started_at", Some(*started_at));
        time(object, "finished_at", Some(*finished_at));
        time(object, "reported_at", *reported_at);
    }
}

impl SpanCopy {
    fn write(&self, object: &mut ObjectWriter<'_>) {
        let Self { span, marked, names_pipeline, reports } = self;
        let Span { trace, id, parent, name, start_ns, end_ns, failed, body, resource, scope } =
            span;
        object.text("trace", &trace.to_string());
        object.text("id", &id.to_string());
        text(object, "parent", parent.map(|id| id.to_string()).as_deref());
        object.text("name", name);
        object.plain("start_ns", start_ns);
        object.plain("end_ns", end_ns);
        for (key, flag) in [
            ("failed", failed),
            ("marked", marked),
            ("names_pipeline", names_pipeline),
            ("reports", reports),
        ] {
            object.plain(key, flag);
        }
        object.json("body", body.as_str());
        object.json("resource", resource.as_str());
        object.json("scope", scope.as_str());
    }
}

fn digest(write: impl FnOnce(&mut ObjectWriter<'_>)) -> Digest {
    Digest::of(canonical(View::checked(&object(write))).as_bytes())
}

fn text(object: &mut ObjectWriter<'_>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        object.text(key, text);
    }
}

fn json(object: &mut ObjectWriter<'_>, key: &str, json: Option<&str>) {
    if let Some(json) = json {
        object.json(key, json);
    }
}

fn plain(object: &mut ObjectWriter<'_>, key: &str, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        object.plain(key, value);
    }
}

fn time(object: &mut ObjectWriter<'_>, key: &str, time: Option<DateTime<Utc>>) {
    if let Some(time) = time {
        object.text(key, &time.to_rfc3339_opts(SecondsFormat::Micros, true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{case, json, object as raw_object};

    fn run() -> RunCopy {
        RunCopy {
            kind: RunKind::Scoring,
            origin: Some("one".to_owned()),
            shared: true,
            name: Some("nightly".to_owned()),
            status: RunStatus::Completed,
            metadata: None,
            threshold: Some(70),
            settings: Some(raw_object(r#"{"b": 1.0, "a":2}"#)),
            policy: None,
            policy_version: None,
            bundle: None,
            total: 2,
            completed: 1,
            summary: None,
            failure: None,
            created_at: DateTime::UNIX_EPOCH,
            started_at: None,
            finished_at: Some(DateTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn a_run_is_written_without_what_there_is_none_of() {
        let text = object(|object| run().write(object));
        let expected = r#"{"kind":"scoring","origin":"one","shared":true,"name":"nightly","status":"completed","threshold":70,"settings":{"b": 1.0, "a":2},"total":2,"completed":1,"created_at":"1970-01-01T00:00:00.000000Z","finished_at":"1970-01-01T00:00:00.000000Z"}"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn a_runs_digest_is_of_what_it_is_and_not_of_where_it_is() {
        let other = |change: fn(&mut RunCopy)| {
            let mut other = run();
            change(&mut other);
            other.digest() == run().digest()
        };
        assert!(other(|run| run.origin = None));
        assert!(other(|run| run.shared = false));
        assert!(other(|run| run.settings = Some(raw_object(r#"{"a":2,"b":1}"#))));
        assert!(!other(|run| run.settings = Some(raw_object(r#"{"a":2,"b":2}"#))));
        assert!(!other(|run| run.name = None));
        assert!(!other(|run| run.started_at = run.finished_at));
    }

    #[test]
    fn parts_of_different_kinds_differ() {
        let row = |output: &str| {
            let case = Case { output: Some(json(output)), ..case("{}") };
            RunPart::Row(RowCopy { position: 1, part: 0, case })
        };
        assert_eq!(row("[1.0]").digest(), row("[1]").digest());
        assert_ne!(row("[1.0]").digest(), row("[2]").digest());
        let text = object(|object| row("null").write(object));
        assert_eq!(text, r#"{"position":1,"part":0,"inputs":{},"output":null}"#);
        assert_eq!(row("null").bytes(), text.len());
    }
}
