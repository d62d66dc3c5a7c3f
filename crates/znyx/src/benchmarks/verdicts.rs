//! What is made of verdicts, whoever they come from.

use std::collections::HashMap;

use evalstone_core::benchmark::{Benchmark, End, Lease, NewVerdict, Verdict, VerdictLine};
use evalstone_core::dataset::StoredCase;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::CaseId;
use evalstone_core::json::{RawJson, RawObject, View};
use evalstone_core::lens::expected;
use evalstone_evals::detection::{Classes, Row, Tally};

use super::{Benchmarks, HOOKS};
use crate::wire::worker::Report;

/// How many verdicts are summed up at a time.
const LINES: i64 = 5_000;

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

    /// The verdicts that reports come to. Reports of what is no case of the benchmark, such as one
    /// that was deleted since, come to none.
    pub(super) async fn taken(
        &self,
        lease: Lease,
        reports: Vec<Report>,
    ) -> Result<Vec<NewVerdict>> {
        let mut by_case: HashMap<CaseId, Report> = HashMap::with_capacity(reports.len());
        for report in reports {
            if let Ok(id) = report.sample_id.parse() {
                by_case.entry(id).or_insert(report);
            }
        }
        let ids = by_case.keys().copied().collect();
        let cases = self.store.cases_of_benchmark(lease, HOOKS, ids).await?;
        let verdicts = cases.into_iter().filter_map(|case| {
            let report = by_case.remove(&case.id)?;
            let Report {
                sample_id: _,
                decision,
                risk_score,
                rule_hits,
                detector_results,
                latency_ms,
            } = report;
            let detectors = detector_results;
            let verdict = Verdict { decision, score: risk_score, rule_hits, detectors, latency_ms };
            Some(self.judged(case, verdict))
        });
        Ok(verdicts.collect())
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
        let mut tally = Tally::new();
        let mut after = 0;
        loop {
            let lines = self.store.verdict_lines(lease, after, LINES).await?;
            let Some(last) = lines.last() else {
                break;
            };
            after = last.position;
            lines.iter().for_each(|line| count(&mut tally, line));
        }
        let json = RawJson::trusted(tally.finish().to_json());
        RawObject::try_from(json).map_err(Error::fault)
    }
}

fn count(tally: &mut Tally, line: &VerdictLine) {
    let VerdictLine { position: _, decision, score, passed, latency_ms, expected } = line;
    let expected = expected.as_ref().and_then(expected::decision).and_then(View::as_text_lossy);
    tally.add(Row {
        expected: expected.as_deref(),
        actual: decision,
        risk_score: *score,
        correct: *passed,
        latency_ms: *latency_ms,
    });
}
