use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use evalstone_core::benchmark::{Lease, NewVerdict, Runner, SCORER, Verdict};
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{NewCase, Reference, StoredCase, Window};
use evalstone_core::id::{CaseId, DatasetId};
use evalstone_core::json::{RawJson, RawObject};

use super::benchmarks::{EXCEPT, LONG, claimed, filled, start, verdict};
use super::walks::{plans, statements};
use super::{DIALECT, caller, case, on_both, organization};
use crate::benchmark_cases::Fetched;
use crate::schema::evaluations;
use crate::types::Time;
use crate::{Backend, Store};

/// So large that no two fit into a piece.
const LARGE: usize = 3 * 1024 * 1024;

fn large(n: usize) -> NewCase {
    let mut new = case(n);
    let text = "x".repeat(LARGE);
    new.case.expected =
        Some(RawObject::trusted(format!(r#"{{"decision":"BLOCK","text":"{text}"}}"#)));
    new
}

/// A run over this dataset, with the right to work on it and its cases.
pub(super) async fn begun(
    store: &Store,
    who: &Caller,
    dataset: DatasetId,
) -> (Lease, Vec<StoredCase>) {
    start(store, who, dataset, Runner::Runtime).await;
    let lease = claimed(store, who, LONG).await.expect("it waits").lease;
    let mut cases: Vec<StoredCase> = Vec::new();
    loop {
        let after = cases.last().map_or(0, |case| case.number);
        let piece = store.open_cases(lease, EXCEPT, after, 100).await.expect("a query");
        if piece.is_empty() {
            return (lease, cases);
        }
        cases.extend(piece);
    }
}

async fn report(store: &Store, lease: Lease, verdicts: Vec<NewVerdict>) {
    store.report_verdicts(lease, verdicts).await.expect("a query").expect("held");
}

#[test]
fn what_was_reported_is_looked_up_a_bounded_piece_at_a_time() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, vec![large(1), case(2), large(3), case(4)]).await;
        let elsewhere = filled(&store, &me, vec![case(5)]).await;
        let (other, strangers) = begun(&store, &me, elsewhere).await;
        let (lease, cases) = begun(&store, &me, dataset).await;
        let reference = Reference::Id(dataset.uuid());
        store.add_cases(&me, DIALECT, &reference, vec![case(6)]).await.expect("added");
        let all = super::window(&store, &me, dataset, Window { offset: 0, limit: None }).await;
        let strange = [strangers[0].id, all[4].id, CaseId::generate()];
        let mut asked: Vec<CaseId> =
            cases.iter().map(|case| case.id).rev().chain(strange).collect();
        let mut found = Vec::new();
        while !asked.is_empty() {
            let fetched = store.cases_of_benchmark(lease, EXCEPT, asked).await;
            let Fetched { cases, rest } = fetched.expect("a query");
            assert!(cases.len() <= 2, "a piece has no two large cases");
            found.extend(cases.into_iter().map(|case| case.number));
            asked = rest;
        }
        found.sort_unstable();
        assert_eq!(found, cases.iter().map(|case| case.number).collect::<Vec<_>>());
        let nothing = store.cases_of_benchmark(other, EXCEPT, vec![cases[0].id]).await;
        assert!(nothing.expect("a query").cases.is_empty());
    });
}

/// A case that is like no other in any column.
pub(super) fn distinct_case(n: usize) -> NewCase {
    let object = |what: &str| RawObject::trusted(format!(r#"{{"{what}":{n}}}"#));
    let mut new = case(n);
    // Each misses one column, which must not be taken from a neighbor.
    new.case.name = (n != 1).then(|| format!("name {n}"));
    new.case.stage = (n != 2).then(|| format!("stage {n}"));
    new.case.output = (n != 3).then(|| RawJson::from_text(&format!("output {n}")));
    new.case.expected = (n != 4).then(|| object("expected"));
    new.case.metadata = (n != 5).then(|| object("metadata"));
    new
}

fn distinct_verdict(n: u32, case: StoredCase) -> NewVerdict {
    let verdict = Verdict {
        decision: format!("decision {n}"),
        score: f64::from(n) / 2.0,
        rule_hits: RawJson::trusted(format!(r#"["rule {n}"]"#)),
        detectors: (n != 6).then(|| RawJson::trusted(format!(r#"["detector {n}"]"#))),
        latency_ms: i64::from(n) * 1_000,
    };
    NewVerdict { case, verdict, passed: (n != 7).then_some(n.is_multiple_of(2)) }
}

#[test]
fn of_verdicts_that_are_stored_together_each_keeps_its_own_columns() {
    on_both(|store| async move {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let dataset = filled(&store, &me, (1..=8).map(distinct_case).collect()).await;
        let (lease, cases) = begun(&store, &me, dataset).await;
        let new: Vec<NewVerdict> =
            (1..=8).zip(cases).map(|(n, case)| distinct_verdict(n, case)).collect();
        report(&store, lease, new.clone()).await;
        let all = Window { offset: 0, limit: None };
        let mut pages = store.verdict_window(&me, lease.run, all).await.expect("a query");
        let stored = pages.next().await.expect("a piece");
        assert_eq!(stored.len(), new.len());
        for (new, stored) in new.iter().zip(&stored) {
            assert_eq!((stored.case_id, &stored.case), (new.case.id, &new.case.case));
            assert_eq!((&stored.verdict, stored.passed), (&new.verdict, new.passed));
        }
        let columns = || {
            use evaluations as e;
            e::table
                .select((e::scorer, e::position, e::started_at, e::finished_at))
                .order(e::position)
        };
        type Row = (Option<String>, Option<i64>, Time, Time);
        let rows: Vec<Row> = match &store.backend {
            Backend::Postgres(b) => b.read(move |c| Ok(columns().load(c)?)).await,
            Backend::Sqlite(b) => b.read(move |c| Ok(columns().load(c)?)).await,
        }
        .expect("a query");
        assert_eq!(rows.len(), new.len());
        for (new, (scorer, position, from, to)) in new.iter().zip(rows) {
            assert_eq!((scorer.as_deref(), position), (Some(SCORER), Some(new.case.number)));
            assert_eq!((to.0 - from.0).num_milliseconds(), new.verdict.latency_ms);
        }
    });
}

#[test]
fn lines_of_a_summary_come_in_bounded_pieces() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, vec![large(1), large(2), case(3), case(4)]).await;
        let (lease, cases) = begun(&store, &me, dataset).await;
        assert_eq!(store.last_evaluated(lease).await.expect("a query"), 0);
        for case in &cases {
            report(&store, lease, vec![verdict(case.clone(), "BLOCK")]).await;
        }
        let mut pieces = Vec::new();
        let mut after = 0;
        loop {
            let lines = store.verdict_lines(lease, after, 100).await.expect("a query");
            let Some(last) = lines.last() else { break };
            after = last.position;
            pieces.push(lines.len());
        }
        assert_eq!(pieces, [1, 3]);
        let last = cases.last().expect("a case").number;
        assert_eq!(store.last_evaluated(lease).await.expect("a query"), last);
        assert_eq!(store.open_count(lease, EXCEPT).await.expect("a query"), Some(0));
    });
}

#[test]
fn a_comparison_tells_all_regressions_and_the_first_of_them() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let dataset = filled(&store, &me, vec![case(1), large(2), large(3), case(4)]).await;
        let mut runs = Vec::new();
        for right in [&[true, true, true, false][..], &[true, false, false, false]] {
            let (lease, cases) = begun(&store, &me, dataset).await;
            for (case, right) in cases.into_iter().zip(right) {
                let verdict = NewVerdict { passed: Some(*right), ..verdict(case, "BLOCK") };
                report(&store, lease, vec![verdict]).await;
            }
            runs.push(lease.run);
        }
        let (base, candidate) = (runs[0], runs[1]);
        let told = store.regressions(&me, base, candidate).await.expect("a query");
        assert_eq!(
            (told.count, told.first.len()),
            (2, 1),
            "the second is too large to be told, too"
        );
        assert_eq!(
            (told.first[0].base.as_str(), told.first[0].candidate.as_str()),
            ("BLOCK", "BLOCK")
        );
        assert!(told.first[0].expected.is_some());
        for (base, candidate) in [(candidate, base), (base, base)] {
            let none = store.regressions(&me, base, candidate).await.expect("a query");
            assert_eq!((none.count, none.first.len()), (0, 0));
        }
        assert_eq!(store.regressions(&eve, base, candidate).await.expect("a query").count, 0);
    });
}

#[test]
fn nothing_asked_of_benchmarks_scans_a_table_on_sqlite() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let dataset = filled(&store, &me, (0..40).map(case).collect()).await;
        let (lease, cases) = begun(&store, &me, dataset).await;
        let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
        let verdicts = cases.into_iter().take(20).map(|case| verdict(case, "BLOCK")).collect();
        report(&store, lease, verdicts).await;
        let run = statements(&store).await;
        let worker = uuid::Uuid::new_v4();
        assert!(store.claim_for_gateway(worker, LONG).await.expect("a query").is_none());
        assert!(claimed(&store, &me, LONG).await.is_none());
        let waiting = taken(&run);
        let bad = |line: &&String| line.starts_with("SCAN") && *line != "SCAN CONSTANT ROW";
        let plan = plans(&store.backend, &waiting).await;
        assert_eq!(plan.iter().find(bad), None, "{waiting:#?} {plan:#?}");
        // What showed the plans does not count.
        taken(&run);
        store.open_of(lease, EXCEPT, ids.clone()).await.expect("a query");
        store.cases_of_benchmark(lease, EXCEPT, ids).await.expect("a query");
        store.open_cases(lease, EXCEPT, 0, 9).await.expect("a query");
        store.open_count(lease, EXCEPT).await.expect("a query");
        store.last_evaluated(lease).await.expect("a query");
        store.verdict_lines(lease, 0, 9).await.expect("a query");
        store.regressions(&me, lease.run, lease.run).await.expect("a query");
        let window = || Window { offset: 3, limit: Some(9) };
        let found = store.dataset(&me, DIALECT, &Reference::Id(dataset.uuid())).await;
        let found = found.expect("a query").expect("it is there");
        store.case_window(&me, &found, window()).await.expect("a query");
        let mut pages = store.verdict_window(&me, lease.run, window()).await.expect("a query");
        assert_eq!(pages.next().await.expect("a page").len(), 9);
        let asked = taken(&run);
        let plan = plans(&store.backend, &asked).await;
        // Nor does it sort what an index has in order, or look for cases by their dataset or number
        // alone that are named by their ids.
        let bad = |line: &&String| {
            bad(line) || line.contains("TEMP B-TREE") || line.contains("cases_by_number")
        };
        assert_eq!(plan.iter().find(bad), None, "{asked:#?} {plan:#?}");
        let by_id = asked.iter().filter(|text| text.contains("`cases`.`id` IN"));
        let plan = plans(&store.backend, &by_id.cloned().collect::<Vec<_>>()).await;
        assert_eq!(plan.is_empty(), matches!(store.backend, Backend::Postgres(_)));
        assert!(plan.iter().all(|line| line.contains("(organization_id=? AND id=?)")), "{plan:#?}");
    });
}

/// What ran so far; from here on it counts anew.
fn taken(run: &Arc<Mutex<Vec<String>>>) -> Vec<String> {
    std::mem::take(&mut *run.lock().expect("unpoisoned"))
}
