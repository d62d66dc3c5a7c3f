//! What a benchmark has to evaluate.

use std::collections::HashSet;

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::benchmark::{Lease, SCORER};
use evalstone_core::dataset::StoredCase;
use evalstone_core::id::{CaseId, Number, PipelineId};

use super::super::{Backend, Connection, ext};
use super::benchmarks::held;
use super::case_lists::SIZE;
use crate::benchmark_cases::{Fetched, Stages};
use crate::failure::Outcome;
use crate::fixed::fixed;
use crate::records::cases::CaseRecord;
use crate::schema::{cases, datasets, evaluations, runs};
use crate::types::Key;

/// Which cases a benchmark is over: those that its dataset had when it began and still has.
struct Scope {
    lease: Lease,
    dataset: Key,
    pipeline: PipelineId,
    until: Number,
    /// Whether each case that it began with has a verdict.
    is_done: bool,
}

/// The scope of a benchmark; none when its dataset is gone or the lease is lost.
fn scope(c: &mut Connection, lease: Lease) -> Outcome<Option<Scope>> {
    let found: Option<(Key, Key, Option<Number>, i64, i64)> = runs::table
        .inner_join(
            datasets::table.on(datasets::organization_id
                .eq(runs::organization_id)
                .and(datasets::id.nullable().eq(runs::dataset_id))),
        )
        .filter(held(lease))
        .filter(datasets::hidden_at.is_null())
        .select((
            datasets::id,
            datasets::pipeline_id,
            runs::until_number,
            runs::total,
            runs::completed,
        ))
        .first(c)
        .optional()?;
    Ok(found.map(|(dataset, pipeline, until, total, completed)| Scope {
        lease,
        dataset,
        pipeline: pipeline.into(),
        until: until.unwrap_or_default(),
        is_done: completed >= total,
    }))
}

/// Cases of the organization that are there, but for those of some stages.
fn cases_but<'a>(lease: Lease, except: Stages) -> cases::BoxedQuery<'a, Backend> {
    let staged = cases::stage.is_not_null().and(cases::stage.assume_not_null().eq_any(except));
    cases::table
        .filter(cases::organization_id.eq(Key::from(lease.organization)))
        .filter(cases::deleted_at.is_null())
        .filter(not(staged))
        .into_boxed::<Backend>()
}

impl Scope {
    /// Its cases, with and without a verdict.
    fn cases<'a>(&self, except: Stages) -> cases::BoxedQuery<'a, Backend> {
        cases_but(self.lease, except)
            .filter(cases::dataset_id.eq(self.dataset))
            .filter(cases::number.le(self.until))
    }

    /// Those of its cases that have no verdict yet.
    fn open<'a>(&self, except: Stages) -> cases::BoxedQuery<'a, Backend> {
        let evaluated = evaluations::table
            .filter(evaluations::organization_id.eq(Key::from(self.lease.organization)))
            .filter(evaluations::run_id.eq(Key::from(self.lease.run)))
            .filter(evaluations::case_id.eq(cases::id.nullable()))
            .filter(evaluations::scorer.eq(SCORER));
        self.cases(except).filter(not(exists(evaluated)))
    }

    /// Those of these cases that are its own, with their numbers and the bytes of their payloads, in
    /// order. They are looked for by their ids alone: asked for the dataset, too, SQLite would go
    /// through all that it has.
    fn own(
        &self,
        c: &mut Connection,
        except: Stages,
        ids: &[CaseId],
    ) -> Outcome<Vec<(Key, Number, i64)>> {
        let ids: Vec<Key> = ids.iter().map(|id| Key::from(*id)).collect();
        let mut found: Vec<(Key, Number, Key, i64)> = cases_but(self.lease, except)
            .filter(cases::id.eq_any(ids))
            .select((cases::id, cases::number, cases::dataset_id, fixed::<BigInt>(SIZE)))
            .load(c)?;
        found.sort_unstable_by_key(|(_, number, _, _)| *number);
        let own = found
            .into_iter()
            .filter(|(_, number, dataset, _)| *dataset == self.dataset && *number <= self.until);
        Ok(own.map(|(id, number, _, size)| (id, number, size)).collect())
    }

    fn stored(&self, rows: Vec<CaseRecord>) -> Vec<StoredCase> {
        rows.into_iter().map(|record| record.into_case(self.pipeline)).collect()
    }
}

/// The next cases after the one with the number `after` that have no verdict yet, as many as have
/// `bytes` of payloads together, but one at least where there are any.
pub fn open_cases(
    c: &mut Connection,
    lease: Lease,
    except: Stages,
    after: Number,
    limit: i64,
    bytes: i64,
) -> Outcome<Vec<StoredCase>> {
    let Some(scope) = scope(c, lease)? else {
        return Ok(Vec::new());
    };
    let open = next_open(c, &scope, except, after, limit)?;
    let Some(last) = last_fitting(open.iter().map(|(_, number, size)| (*number, *size)), bytes)
    else {
        return Ok(Vec::new());
    };
    let fitting = open.into_iter().take_while(|(_, number, _)| *number <= last);
    let fitting: Vec<Key> = fitting.map(|(id, _, _)| id).collect();
    let rows = cases_but(lease, except)
        .filter(cases::id.eq_any(fitting))
        .select(CaseRecord::as_select())
        .load(c)?;
    let mut found = scope.stored(rows);
    // Asked for them in order, SQLite would go through all that the organization has.
    found.sort_unstable_by_key(|case| case.number);
    Ok(found)
}

/// How many cases are looked at together where few are open.
const MOST_TOGETHER: i64 = 1_000;

/// The next cases after the one with the number `after` that have no verdict yet, with their numbers and the bytes of
/// their payloads, in order. Cases and verdicts are each read in their order, side by side: for a join Postgres might
/// read all verdicts each time.
fn next_open(
    c: &mut Connection,
    scope: &Scope,
    except: Stages,
    mut after: Number,
    limit: i64,
) -> Outcome<Vec<(Key, Number, i64)>> {
    let wanted = usize::try_from(limit).unwrap_or_default();
    let (mut open, mut together) = (Vec::new(), limit);
    loop {
        let some: Vec<(Key, Number, i64)> = scope
            .cases(except)
            .filter(cases::number.gt(after))
            .order(cases::number)
            .limit(together)
            .select((cases::id, cases::number, fixed::<BigInt>(SIZE)))
            .load(c)?;
        let (Some((_, first, _)), Some((_, last, _))) = (some.first(), some.last()) else {
            return Ok(open);
        };
        after = *last;
        let done = evaluated(c, scope.lease, *first, *last)?;
        open.extend(some.into_iter().filter(|(_, number, _)| !done.contains(number)));
        if open.len() >= wanted {
            open.truncate(wanted);
            return Ok(open);
        }
        together = (together * 2).min(MOST_TOGETHER.max(limit));
    }
}

/// The last of these numbers up to which the sizes fit into `bytes`; the first fits in any case.
pub fn last_fitting(sizes: impl IntoIterator<Item = (Number, i64)>, bytes: i64) -> Option<Number> {
    let mut total = 0;
    let fitting = sizes.into_iter().take_while(|(_, size)| {
        let before = total;
        total += size;
        before == 0 || total <= bytes
    });
    fitting.last().map(|(number, _)| number)
}

/// How many cases of the benchmark have no verdict yet; none when its dataset is gone or the lease
/// is lost. Where there is a verdict for each case that it began with, none needs to be looked at.
pub fn open_count(c: &mut Connection, lease: Lease, except: Stages) -> Outcome<Option<i64>> {
    match scope(c, lease)? {
        None => Ok(None),
        Some(scope) if scope.is_done => Ok(Some(0)),
        Some(scope) => ext::without_nested_loops(c, |c| {
            Ok(Some(scope.open(except).select(count_star()).first(c)?))
        }),
    }
}

/// The verdicts of a benchmark. A verdict's position, which nothing else has, is the number of its case.
fn verdicts_of<'a>(lease: Lease) -> evaluations::BoxedQuery<'a, Backend> {
    evaluations::table
        .filter(evaluations::organization_id.eq(Key::from(lease.organization)))
        .filter(evaluations::run_id.eq(Key::from(lease.run)))
        .filter(evaluations::position.is_not_null())
        .into_boxed()
}

/// Which of the cases with these numbers and those in between have a verdict. They are asked for in their order,
/// which one index alone has.
fn evaluated(
    c: &mut Connection,
    lease: Lease,
    first: Number,
    last: Number,
) -> Outcome<HashSet<Number>> {
    let position = evaluations::position.assume_not_null();
    let found: Vec<Number> = verdicts_of(lease)
        .filter(position.between(first, last))
        .order(evaluations::position)
        .select(position)
        .load(c)?;
    Ok(found.into_iter().collect())
}

/// The number of the last case that has a verdict; 0 when none has.
pub fn last_evaluated(c: &mut Connection, lease: Lease) -> Outcome<Number> {
    // In their order, which one index alone has.
    let last: Option<Number> = verdicts_of(lease)
        .order(evaluations::position.desc())
        .select(evaluations::position.assume_not_null())
        .first(c)
        .optional()?;
    Ok(last.unwrap_or_default())
}

/// Those of these cases that belong to the benchmark, evaluated or not, as many as have `bytes` of
/// payloads together, but one at least where there are any.
pub fn cases_of(
    c: &mut Connection,
    lease: Lease,
    except: Stages,
    ids: &[CaseId],
    bytes: i64,
) -> Outcome<Fetched> {
    let Some(scope) = scope(c, lease)? else {
        return Ok(Fetched::default());
    };
    let own = scope.own(c, except, ids)?;
    let last = last_fitting(own.iter().map(|(_, number, size)| (*number, *size)), bytes);
    let Some(last) = last else {
        return Ok(Fetched::default());
    };
    let (fitting, rest): (Vec<_>, Vec<_>) =
        own.into_iter().partition(|(_, number, _)| *number <= last);
    let fitting: Vec<Key> = fitting.into_iter().map(|(id, _, _)| id).collect();
    let rows = cases_but(lease, except)
        .filter(cases::id.eq_any(fitting))
        .select(CaseRecord::as_select())
        .load(c)?;
    let rest = rest.into_iter().map(|(id, _, _)| id.into()).collect();
    Ok(Fetched { cases: scope.stored(rows), rest })
}

/// Those of these cases that belong to the benchmark and have no verdict yet.
pub fn open_of(
    c: &mut Connection,
    lease: Lease,
    except: Stages,
    ids: &[CaseId],
) -> Outcome<Vec<CaseId>> {
    let Some(scope) = scope(c, lease)? else {
        return Ok(Vec::new());
    };
    let own = scope.own(c, except, ids)?;
    let (Some((_, first, _)), Some((_, last, _))) = (own.first(), own.last()) else {
        return Ok(Vec::new());
    };
    // They commonly lie side by side.
    let done = evaluated(c, lease, *first, *last)?;
    let open = own.into_iter().filter(|(_, number, _)| !done.contains(number));
    Ok(open.map(|(id, _, _)| id.into()).collect())
}
