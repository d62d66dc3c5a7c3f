//! Benchmarks and their results, as they are moved from a server (contract §3.14, §3.16). There is no call by
//! which the vendor takes one that was carried out elsewhere.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use evalstone_core::benchmark::{SCORER, Verdict};
use evalstone_core::case::Case;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{self, ObjectBuilder, RawJson, RawObject, View};
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::{EvaluationCopy, RunCopy, RunPart};
use evalstone_core::text::storable;
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, RunWalk, UnreadableRun};
use evalstone_kit::remote::{RemoteDataset, Walk, is_refusal, segment};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Znyx;
use crate::mapping::{verdict, write};
use crate::wire;

/// How many benchmarks a call asks for (contract U2).
const BENCHMARKS: usize = 200;
/// How many results a call asks for (contract §3.16).
const RESULTS: usize = 1000;

impl Znyx {
    /// The benchmarks of these datasets, or all that there are, in the order in which they were made. They
    /// are listed newest first, which is why none is given before the list has ended.
    pub(super) fn benchmarks<'a>(
        &'a self,
        datasets: &'a [RemoteDataset],
        all: bool,
    ) -> RunWalk<'a> {
        stream::once(self.oldest_first(datasets, all)).boxed_local()
    }

    async fn oldest_first<'a>(
        &'a self,
        datasets: &'a [RemoteDataset],
        all: bool,
    ) -> Result<Vec<Result<RemoteRun, UnreadableRun>>> {
        let list = format!("{}/benchmarks", self.organization());
        // A server without them is told from one whose answer cannot be read.
        match self.client.get(&format!("{list}?limit=1")).await {
            Ok(_) => {}
            Err(error) if is_refusal(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
        let of = |dataset: &'a RemoteDataset| {
            (format!("{list}?dataset_id={}", segment(&dataset.id)), Some(dataset.id.as_str()))
        };
        let lists =
            if all { vec![(list.clone(), None)] } else { datasets.iter().map(of).collect() };
        // New ones push others onto the next page, where they are seen again.
        let (mut seen, mut runs, mut unreadable) = (HashSet::new(), Vec::new(), Vec::new());
        for (path, dataset) in lists {
            let read = move |view: View<'_>| {
                let answer = Answer::of(view)?;
                is_over(answer, dataset).then(|| benchmark(answer)).transpose()
            };
            let mut pages = self.pages(path, "runs", BENCHMARKS, read);
            while let Some(page) = pages.try_next().await? {
                for run in page.into_iter().flatten() {
                    match run {
                        Ok(run) if seen.insert(run.id.clone()) => runs.push(run),
                        Err(run) if seen.insert(run.id.clone()) => unreadable.push(run),
                        Ok(_) | Err(_) => {}
                    }
                }
            }
        }
        runs.reverse();
        runs.sort_by_key(|run| run.run.created_at);
        Ok(runs.into_iter().map(Ok).chain(unreadable.into_iter().map(Err)).collect())
    }

    /// The results of a benchmark, in their order.
    pub(super) fn results<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        let path = format!("{}/benchmarks/{}/results", self.organization(), segment(&run.id));
        let pages = self.pages(path, "results", RESULTS, |row| Ok(RawJson::from_view(row)));
        let mut position = 0;
        let read = move |row: RawJson| {
            position += 1;
            result(row.view(), position, &run.run).map_err(|why| {
                Error::invalid(format!("result {position} of benchmark {}: {why}", run.id))
            })
        };
        pages
            .scan(read, |read, page| {
                let read = page.and_then(|page| page.into_iter().map(read).collect());
                std::future::ready(Some(read))
            })
            .boxed_local()
    }
}

/// Whether a benchmark may be over this dataset, if it is one: a server may pass over what it is asked for.
fn is_over(answer: Answer<'_>, dataset: Option<&str>) -> bool {
    let told = answer.get("dataset_id");
    told.zip(dataset).is_none_or(|(told, dataset)| told.as_text().as_deref() == Some(dataset))
}

/// A benchmark of an answer.
///
/// # Errors
/// Invalid when the answer does not even tell its id.
pub(super) fn benchmark(answer: Answer<'_>) -> Result<Result<RemoteRun, UnreadableRun>> {
    let id = answer.text("id")?;
    let read = head(answer).and_then(|run| Ok((run, answer.text("dataset_id")?)));
    Ok(match read {
        Ok((run, dataset)) => {
            let dataset = Some(dataset);
            Ok(RemoteRun { id, dataset, pipeline: None, run, tells_parts: true, noted: None })
        }
        Err(error) => {
            let why = error.message().to_owned();
            Err(UnreadableRun { id, kind: RunKind::Benchmark, why })
        }
    })
}

fn head(answer: Answer<'_>) -> Result<RunCopy> {
    let started_at = answer.nullable_time("started_at")?;
    let finished_at = answer.nullable_time("completed_at")?;
    let created_at = answer.nullable_time("created_at")?.or(started_at).or(finished_at);
    // What an unknown word means for what came of it, nobody can say.
    let status = match answer.nullable_text("status")? {
        Some(word) => RunStatus::from_word(&word)
            .ok_or_else(|| Error::invalid(format!("its status {word:?} is not known")))?,
        None if finished_at.is_some() => RunStatus::Completed,
        None => RunStatus::Running,
    };
    let counter =
        |name: &str| answer.count(name)?.ok_or_else(|| Error::invalid(format!("it has no {name}")));
    let summary = answer.object("results_summary")?;
    let failure = summary.as_ref().filter(|_| status == RunStatus::Failed).and_then(reason);
    Ok(RunCopy {
        kind: RunKind::Benchmark,
        origin: None,
        shared: true,
        name: None,
        status,
        metadata: None,
        threshold: None,
        settings: None,
        policy: None,
        policy_version: version(answer)?,
        bundle: answer.plain("bundle_id")?,
        total: counter("total_samples")?,
        completed: counter("completed_samples")?,
        summary,
        failure,
        created_at: created_at.ok_or_else(|| Error::invalid("it tells no time"))?,
        started_at,
        finished_at,
    })
}

/// What the policy's version is called. Versions that are counted may come as numbers.
fn version(answer: Answer<'_>) -> Result<Option<String>> {
    const NAME: &str = "policy_version";
    match answer.get(NAME).filter(|version| version.kind() == json::Kind::Number) {
        Some(number) => Ok(Some(number.raw().to_owned())),
        None => answer.plain(NAME),
    }
}

/// Why a benchmark was given up, where its summary says so as a gateway's does; what is no text as its JSON.
fn reason(summary: &RawObject) -> Option<String> {
    let error = summary.view().get("error").filter(|error| !error.is_null())?;
    Some(storable(error.as_text().unwrap_or(error.raw().into()).into_owned()))
}

/// What came of a sample. What a row does not tell of the sample is not there. Of the verdict it must tell the
/// decision and, unless the sample could not be evaluated, risk and latency; what else it does not tell is
/// what a runtime means that does not tell it (contract §5.6).
pub(super) fn result(row: View<'_>, position: i64, run: &RunCopy) -> Result<FetchedPart, String> {
    let answer = Answer::of(row).map_err(|error| error.to_string())?;
    if row.get("actual_decision").is_none() {
        return Err("it has no actual_decision".to_owned());
    }
    let decision = answer.get("actual_decision").and_then(View::as_text);
    if decision.is_some_and(|decision| decision != wire::worker::ERROR) {
        let mut measured = ["actual_risk_score", "latency_ms"].into_iter();
        if let Some(name) = measured.find(|name| answer.get(name).is_none()) {
            return Err(format!("it has no {name}"));
        }
    }
    let filled = filled(answer);
    let Verdict { decision, score, rule_hits, detectors, latency_ms } =
        verdict(wire::worker::Report::parse(filled.view())?);
    let sample = write(wire::SampleInput::parse(filled.view())?);
    let Case { name: _, stage, inputs, output, expected, metadata } = match answer.get("input_text")
    {
        Some(_) => sample,
        None => Case { inputs: RawObject::empty(), output: None, ..sample },
    };
    let finished_at = reported_at(answer, run)?;
    let took = TimeDelta::milliseconds(latency_ms.clamp(0, i64::from(i32::MAX)));
    let evaluation = EvaluationCopy {
        row: None,
        position: Some(position),
        scorer: Some(SCORER.to_owned()),
        name: String::new(),
        stage,
        inputs: Some(inputs.into()),
        output,
        expected: expected.map(Into::into),
        metadata,
        error: None,
        trace: None,
        span: None,
        decision: Some(decision),
        rule_hits: Some(rule_hits),
        score: Some(score),
        passed: passed(answer)?,
        latency_ms: Some(latency_ms),
        threshold: None,
        model: None,
        arguments: None,
        explanation: None,
        details: detectors,
        cost: None,
        started_at: finished_at - took,
        finished_at,
        reported_at: Some(finished_at),
    };
    let case = answer.nullable_text("sample_id").map_err(|error| error.to_string())?;
    Ok(FetchedPart { case, part: RunPart::Evaluation(Box::new(evaluation)) })
}

/// A row without its nulls, and with those members that requests must have.
fn filled(answer: Answer<'_>) -> RawObject {
    const NAMES: [&str; 11] = [
        "sample_id",
        "input_text",
        "context",
        "expected_decision",
        "expected_rule_hits",
        "metadata",
        "actual_decision",
        "actual_risk_score",
        "actual_rule_hits",
        "latency_ms",
        "detector_results",
    ];
    let row =
        NAMES.into_iter().fold(ObjectBuilder::new(), |row, name| match (answer.get(name), name) {
            (Some(value), _) => row.member(name, value),
            (None, "sample_id" | "input_text") => row.text_member(name, ""),
            (None, _) => row,
        });
    row.build()
}

fn passed(answer: Answer<'_>) -> Result<Option<bool>, String> {
    let passed = answer.get("is_correct");
    passed.map(|value| value.as_bool().ok_or("is_correct is no boolean".to_owned())).transpose()
}

/// When a result was reported: as it says, else at the run's end.
fn reported_at(answer: Answer<'_>, run: &RunCopy) -> Result<DateTime<Utc>, String> {
    let told = answer.nullable_time("created_at").map_err(|error| error.to_string())?;
    Ok(told.or(run.finished_at).unwrap_or(run.created_at))
}
