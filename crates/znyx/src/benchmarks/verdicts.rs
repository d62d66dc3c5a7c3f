//! What is made of verdicts, whoever they come from.

use std::collections::{BTreeSet, HashMap};

use actix_web::web;
use evalstone_core::benchmark::{
    Benchmark, End, Lease, NewVerdict, Reported, Verdict, VerdictLine,
};
use evalstone_core::case::DECISIONS;
use evalstone_core::dataset::StoredCase;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::CaseId;
use evalstone_core::json::{RawJson, RawObject, View};
use evalstone_core::lens::expected;
use evalstone_evals::detection::{Classes, Row, Tally};
use evalstone_store::benchmark_cases::Fetched;

use super::{Benchmarks, HOOKS};
use crate::mapping;
use crate::wire::worker::{ERROR, LONGEST_DECISION, Report};

/// How many verdicts are summed up at a time.
const LINES: i64 = 5_000;

/// How many decisions besides the engine's own a summary shows by name.
const MOST_LABELS: usize = 32;

/// What stands for all others.
const OTHER: &str = "OTHER";

impl Benchmarks {
    /// A verdict with whether it is right.
    pub(super) fn judged(&self, case: StoredCase, verdict: Verdict) -> NewVerdict {
        let decision = case.case.expected.as_ref().and_then(expected::decision);
        let decision = decision.and_then(View::as_text_lossy);
        let passed = self.classes().is_correct(decision.as_deref(), &verdict.decision);
        NewVerdict { case, verdict, passed }
    }

    fn classes(&self) -> Classes {
        Classes { lenient: self.settings.benchmarks.lenient }
    }

    /// Stores what was reported, a bounded piece at a time: cases may be large. Reports of what is no
    /// case of the benchmark, such as one that was deleted since, come to nothing. None when the lease
    /// is lost.
    pub(super) async fn take(
        &self,
        lease: Lease,
        reports: Vec<Report>,
    ) -> Result<Option<Reported>> {
        let mut by_case: HashMap<CaseId, Report> = HashMap::with_capacity(reports.len());
        for report in reports {
            if let Ok(id) = report.sample_id.parse() {
                by_case.entry(id).or_insert(report);
            }
        }
        let mut ids: Vec<CaseId> = by_case.keys().copied().collect();
        let mut accepted = 0;
        loop {
            let Fetched { cases, rest } = self.store.cases_of_benchmark(lease, HOOKS, ids).await?;
            let verdicts = cases.into_iter().filter_map(|case| {
                let report = by_case.remove(&case.id)?;
                Some(self.judged(case, mapping::verdict(report)))
            });
            let told = self.store.report_verdicts(lease, verdicts.collect()).await?;
            let Some(told) = told else {
                return Ok(None);
            };
            accepted += told.accepted;
            if rest.is_empty() {
                return Ok(Some(Reported { accepted, ..told }));
            }
            ids = rest;
        }
    }

    /// Ends a benchmark with the summary of its verdicts; with a reason when it is given up. None
    /// when the lease is lost.
    pub(super) async fn end(
        &self,
        lease: Lease,
        failure: Option<String>,
    ) -> Result<Option<Benchmark>> {
        let summary = self.summary(lease).await?;
        let summary = match &failure {
            None => summary,
            Some(why) => summary.with_members(&[("error", RawJson::from_text(why).view())]),
        };
        self.store.end_benchmark(lease, End { summary, failure }).await
    }

    /// The summary of the verdicts so far (contract §3.17).
    async fn summary(&self, lease: Lease) -> Result<RawObject> {
        let (mut tally, mut labels) = (Tally::new(), Labels::default());
        let mut after = 0;
        loop {
            let lines = self.store.verdict_lines(lease, after, LINES).await?;
            let Some(last) = lines.last() else {
                break;
            };
            after = last.position;
            lines.iter().for_each(|line| count(&mut tally, &mut labels, line));
        }
        // Sorting the scores of a large run takes its time.
        let json = web::block(move || tally.finish().to_json()).await.map_err(Error::fault)?;
        RawObject::try_from(RawJson::trusted(json)).map_err(Error::fault)
    }
}

fn count(tally: &mut Tally, labels: &mut Labels, line: &VerdictLine) {
    let VerdictLine { position: _, decision, score, passed, latency_ms, expected } = line;
    let expected = expected.as_ref().and_then(expected::decision).and_then(View::as_text_lossy);
    tally.add(Row {
        expected: expected.as_deref().map(|expected| labels.shown(expected)),
        actual: labels.shown(decision),
        risk_score: *score,
        correct: *passed,
        latency_ms: *latency_ms,
    });
}

/// The decisions that a summary shows by name. Any text can be expected, and a summary is read whole
/// with each run of a list: it must not grow with the run.
#[derive(Default)]
struct Labels {
    known: BTreeSet<String>,
}

impl Labels {
    /// The decision, or what stands for all that are too many or too long to be shown. They count
    /// alike: whatever is no ALLOW should be flagged, and is.
    fn shown<'a>(&mut self, decision: &'a str) -> &'a str {
        let is_usual = DECISIONS.contains(&decision) || decision == ERROR;
        if is_usual || self.known.contains(decision) {
            return decision;
        }
        if self.known.len() >= MOST_LABELS || decision.chars().count() > LONGEST_DECISION {
            return OTHER;
        }
        self.known.insert(decision.to_owned());
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_shows_few_and_short_decisions_by_name() {
        let mut labels = Labels::default();
        let long = "x".repeat(LONGEST_DECISION + 1);
        for number in 0..MOST_LABELS {
            let label = format!("label {number}");
            assert_eq!(labels.shown(&label), label);
        }
        for (decision, shown) in [
            ("label 1", "label 1"),
            ("one too many", OTHER),
            ("ALLOW", "ALLOW"),
            ("ERROR", "ERROR"),
            ("TRANSFORM", "TRANSFORM"),
        ] {
            assert_eq!(labels.shown(decision), shown);
        }
        assert_eq!(Labels::default().shown(&long), OTHER);
        assert_eq!(Labels::default().shown(&long[1..]), &long[1..]);
    }
}
