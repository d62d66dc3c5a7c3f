//! Reporting an experiment's spans, which carry its test results.

use std::collections::HashMap;

use evalstone_core::error::{Error, Result};
use evalstone_core::run_copy::{EvaluationCopy, RunPart, SpanCopy};
use evalstone_core::trace::{Span, SpanId, TraceId};
use evalstone_kit::remote::client::Client;
use evalstone_kit::remote::counted;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};

use super::Gentrace;
use super::experiments::Experiment;
use super::rename::{Names, named_experiment};
use super::report::{Report, rejected};

const PATH: &str = "/api/otel/v1/traces";

/// The parts of one run on their way to an experiment.
pub struct Sending<'a> {
    client: &'a Client,
    /// The run's id where it comes from.
    source: &'a str,
    names: Names<'a>,
    /// The evaluations whose spans have not come yet, each with its case's id here.
    awaited: HashMap<(TraceId, SpanId), Option<String>>,
    /// How many evaluations no span will report.
    spanless: u64,
    report: Report,
    /// How many spans the server has refused.
    refused: u64,
    /// Why it has refused the first of them.
    why: Option<String>,
}

impl<'a> Sending<'a> {
    /// What came of `like` goes to this experiment.
    pub fn new(server: &'a Gentrace, like: &'a RemoteRun, experiment: &'a Experiment) -> Self {
        let names = Names {
            experiment: &experiment.id,
            pipeline: &experiment.pipeline,
            pipelines: server.seen_pipelines(),
        };
        Self {
            client: &server.client,
            source: &like.id,
            names,
            awaited: HashMap::new(),
            spanless: 0,
            report: Report::default(),
            refused: 0,
            why: None,
        }
    }

    /// Takes the next part; sends those that fill a report.
    ///
    /// # Errors
    /// When a report cannot be sent.
    pub async fn take(&mut self, part: FetchedPart) -> Result<()> {
        let FetchedPart { case, part } = part;
        match part {
            // What is scored stands in rows; an experiment has none.
            RunPart::Row(_) => Ok(()),
            RunPart::Evaluation(evaluation) => {
                self.expect(&evaluation, case);
                Ok(())
            }
            RunPart::Span(span) => self.add(*span).await,
        }
    }

    /// Sends the rest. The inner error is what has not arrived.
    ///
    /// # Errors
    /// When the rest cannot be sent.
    pub async fn finish(mut self) -> Result<Result<()>> {
        self.send().await?;
        let spanless = self.spanless + self.awaited.len() as u64;
        let (one, many) = ("evaluation without its span", "evaluations without their spans");
        let mut lost: Vec<String> = counted(Some(spanless), one, many).into_iter().collect();
        if let Some((why, spans)) = self.why.zip(counted(Some(self.refused), "span", "spans")) {
            lost.push(format!("{spans} refused: {why}"));
        }
        Ok(if lost.is_empty() { Ok(()) } else { Err(Error::invalid(lost.join("; "))) })
    }

    fn expect(&mut self, evaluation: &EvaluationCopy, case: Option<String>) {
        match (evaluation.trace, evaluation.span) {
            (Some(trace), Some(span)) => {
                self.awaited.insert((trace, span), case);
            }
            _ => self.spanless += 1,
        }
    }

    async fn add(&mut self, copy: SpanCopy) -> Result<()> {
        let SpanCopy { span, marked: _, names_pipeline: _, reports } = copy;
        let Span { trace, id, body, resource, scope, .. } = span;
        let evaluation = self.awaited.remove(&(trace, id));
        let named = named_experiment(body.view());
        match &named {
            // The evaluation is of what the span said when it came before.
            None if evaluation.is_some() => self.spanless += 1,
            // A trace may report to several experiments. Those spans come with theirs.
            Some(named) if !self.is_own(named, reports || evaluation.is_some()) => return Ok(()),
            _ => {}
        }
        let body = self.names.put(&body, evaluation.flatten().as_deref());
        if !self.report.has_room(&body, &resource, &scope) {
            self.send().await?;
        }
        self.report.add(body, resource, scope);
        Ok(())
    }

    /// Whether a span that names this experiment is the run's: the run may have had another id before it
    /// came where it is read.
    fn is_own(&self, named: &str, reports: bool) -> bool {
        reports || named.eq_ignore_ascii_case(self.source)
    }

    async fn send(&mut self) -> Result<()> {
        let Some(report) = self.report.take() else {
            return Ok(());
        };
        // A span that comes again replaces the former.
        let answer = self.client.post_again(PATH, &report).await?;
        if let Some((count, why)) = rejected(&answer)? {
            self.refused += count;
            self.why.get_or_insert(why);
        }
        Ok(())
    }
}
