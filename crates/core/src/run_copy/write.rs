//! How a run and its parts are written, and what their digests are.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{EvaluationCopy, RowCopy, RunCopy, RunPart, SpanCopy};
use crate::case::Case;
use crate::digest::Digest;
use crate::json::{ObjectWriter, RawJson, RawObject, View, canonical, object};
use crate::trace::Span;

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

    /// How many bytes its payloads have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Row(RowCopy { position: _, part: _, case }) => {
                let Case { name: _, stage: _, inputs, output, expected, metadata } = case;
                inputs.as_str().len()
                    + length(output.as_ref().map(RawJson::as_str))
                    + length(expected.as_ref().map(RawObject::as_str))
                    + length(metadata.as_ref().map(RawObject::as_str))
            }
            Self::Evaluation(evaluation) => evaluation.bytes(),
            Self::Span(copy) => {
                let Span { body, resource, scope, .. } = &copy.span;
                body.as_str().len() + resource.as_str().len() + scope.as_str().len()
            }
        }
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
    fn bytes(&self) -> usize {
        let jsons = [&self.inputs, &self.output, &self.expected, &self.rule_hits, &self.details];
        let objects = [&self.metadata, &self.arguments];
        let texts = [&self.error, &self.explanation];
        jsons.into_iter().map(|json| length(json.as_ref().map(RawJson::as_str))).sum::<usize>()
            + objects
                .into_iter()
                .map(|json| length(json.as_ref().map(RawObject::as_str)))
                .sum::<usize>()
            + texts.into_iter().map(|text| length(text.as_deref())).sum::<usize>()
    }

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
        json(object, "inputs", inputs.as_ref().map(RawJson::as_str));
        json(object, "output", output.as_ref().map(RawJson::as_str));
        json(object, "expected", expected.as_ref().map(RawJson::as_str));
        json(object, "rule_hits", rule_hits.as_ref().map(RawJson::as_str));
        json(object, "details", details.as_ref().map(RawJson::as_str));
        json(object, "metadata", metadata.as_ref().map(RawObject::as_str));
        json(object, "arguments", arguments.as_ref().map(RawObject::as_str));
        text(object, "error", error.as_deref());
        text(object, "decision", decision.as_deref());
        text(object, "model", model.as_deref());
        text(object, "explanation", explanation.as_deref());
        text(object, "trace", trace.map(|id| id.to_string()).as_deref());
        text(object, "span", span.map(|id| id.to_string()).as_deref());
        plain(object, "score", score.filter(|score| score.is_finite()));
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

fn length(text: Option<&str>) -> usize {
    text.map_or(0, str::len)
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
    use crate::run::{RunKind, RunStatus};
    use crate::samples::{case, json, object as raw_object};

    fn run() -> RunCopy {
        RunCopy {
            origin: Some("one".to_owned()),
            name: Some("nightly".to_owned()),
            threshold: Some(70),
            settings: Some(raw_object(r#"{"b": 1.0, "a":2}"#)),
            total: 2,
            completed: 1,
            finished_at: Some(DateTime::UNIX_EPOCH),
            ..RunCopy::of(RunKind::Scoring, RunStatus::Completed, DateTime::UNIX_EPOCH)
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
        let same = |change: fn(&mut RunCopy)| {
            let mut other = run();
            change(&mut other);
            other.digest() == run().digest()
        };
        assert!(same(|run| run.origin = None));
        assert!(same(|run| run.shared = false));
        assert!(same(|run| run.settings = Some(raw_object(r#"{"a":2,"b":1}"#))));
        assert!(!same(|run| run.settings = Some(raw_object(r#"{"a":2,"b":2}"#))));
        assert!(!same(|run| run.name = None));
        assert!(!same(|run| run.started_at = run.finished_at));
    }

    #[test]
    fn a_rows_digest_is_of_what_it_says() {
        let row = |output: &str| {
            let case = Case { output: Some(json(output)), ..case("{}") };
            RunPart::Row(RowCopy { position: 1, part: 0, case })
        };
        assert_eq!(row("[1.0]").digest(), row("[1]").digest());
        assert_ne!(row("[1.0]").digest(), row("[2]").digest());
        let text = object(|object| row("null").write(object));
        assert_eq!(text, r#"{"position":1,"part":0,"inputs":{},"output":null}"#);
        assert_eq!(row("null").bytes(), "{}null".len());
        // What kind of part it is counts, too: a row and something else may be written alike.
        let written = object(|object| row("null").write(object));
        let alike = Digest::of(canonical(View::checked(&written)).as_bytes());
        assert_ne!(row("null").digest(), alike);
    }

    #[test]
    fn a_score_that_is_no_number_is_none() {
        let written = |score: f64| {
            let evaluation = EvaluationCopy {
                score: Some(score),
                ..EvaluationCopy::of("bleu".to_owned(), DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH)
            };
            let text = object(|object| evaluation.write(object));
            let read = json(&text);
            read.view().get("score").map(|score| score.raw().to_owned())
        };
        assert_eq!(written(0.1 + 0.2).as_deref(), Some("0.30000000000000004"));
        assert_eq!(written(-0.0).as_deref(), Some("-0"));
        for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(written(score), None);
        }
    }
}
