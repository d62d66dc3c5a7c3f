//! Parts of traces in the order of their trees.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::count_star;
use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::report::{PlacedSpan, RowKey, SpanExcerpt, Trace, WholeSpan};
use evalstone_core::trace::{SpanId, TraceId};
use evalstone_core::tree::{Link, Place, Tree};

use super::super::{Backend, Connection};
use super::report::{NAME, octet_length, substr};
use crate::failure::Outcome;
use crate::records::report::{SpanHeadRecord, WholeSpanRecord};
use crate::records::runs::{span_of, trace_of};
use crate::schema::spans;
use crate::types::Key;

/// How many spans stand beside a row of a list.
const BESIDE: usize = 12;
/// Longer traces do not stand beside their rows.
const LONGEST_BESIDE: i64 = 200;
/// How many spans a part has.
const PART: i64 = 100;
/// How many spans of a trace are put into one tree. Of a longer trace each so many, in the order in
/// which they began, have a tree of their own.
const IN_TREE: i64 = 20_000;
const _: () = assert!(IN_TREE % PART == 0, "a part lies in one tree");
/// How many of a part's parents in earlier parts are shown above it.
const ABOVE: usize = 12;

/// How many bytes of spans are read at the most: of one, and of all together.
#[derive(Clone, Copy)]
struct Room {
    each: u64,
    all: u64,
}

const ROOM_BESIDE: Room = Room { each: 64 << 10, all: 1 << 20 };
const ROOM_OF_PART: Room = Room { each: 1 << 20, all: 4 << 20 };

type Spans<'a> = spans::BoxedQuery<'a, Backend>;

fn of_trace<'a>(caller: &Caller, trace: TraceId) -> Spans<'a> {
    spans::table
        .filter(spans::organization_id.eq(Key::from(caller.organization)))
        .filter(spans::trace_id.eq(trace.0.to_vec()))
        .into_boxed()
}

/// For each row the first spans of its trace, or where the trace has more than the row, of the
/// branch below the row's own span; only their number where there are many.
pub fn beginnings(c: &mut Connection, caller: &Caller, rows: &[RowKey]) -> Outcome<Vec<Trace>> {
    let totals = totals(c, caller, rows)?;
    let mut room = ROOM_BESIDE;
    let mut known: Option<(TraceId, Vec<Link>)> = None;
    let mut traces = Vec::with_capacity(rows.len());
    for row in rows {
        let total = totals.get(&row.trace).copied().unwrap_or_default();
        let mut trace = Trace { total, ..Trace::default() };
        if total <= LONGEST_BESIDE {
            // Rows of one trace follow each other.
            let links = match known.take() {
                Some((of, links)) if of == row.trace => links,
                _ => links(c, caller, row.trace, 0, LONGEST_BESIDE)?,
            };
            let tree = Tree::of(&links);
            let own = links.iter().position(|link| link.id == row.span);
            let mut places = match own {
                Some(own) if links[own].parent.is_some() => tree.branch(own),
                _ => tree.whole(),
            };
            places.truncate(BESIDE);
            trace.spans = place(c, caller, row.trace, &links, &places, &mut room)?;
            known = Some((row.trace, links));
        }
        traces.push(trace);
    }
    Ok(traces)
}

/// How many spans each of the rows' traces has.
fn totals(c: &mut Connection, caller: &Caller, rows: &[RowKey]) -> Outcome<HashMap<TraceId, i64>> {
    let traces: BTreeSet<TraceId> = rows.iter().map(|row| row.trace).collect();
    let traces: Vec<Vec<u8>> = traces.into_iter().map(|trace| trace.0.to_vec()).collect();
    let totals: Vec<(Vec<u8>, i64)> = spans::table
        .filter(spans::organization_id.eq(Key::from(caller.organization)))
        .filter(spans::trace_id.eq_any(traces))
        .group_by(spans::trace_id)
        .select((spans::trace_id, count_star()))
        .load(c)?;
    totals.into_iter().map(|(trace, total)| Ok((trace_of(trace)?, total))).collect()
}

/// A part of a trace: that of this number, or else the one that shows the row's own span. A number
/// beyond the last one gives a part without spans.
pub fn part(c: &mut Connection, caller: &Caller, row: RowKey, page: Option<i64>) -> Outcome<Trace> {
    let total: i64 = of_trace(caller, row.trace).count().get_result(c)?;
    let pages = (total + PART - 1) / PART;
    // All numbers beyond the last one mean the same.
    let page = page.map(|page| page.clamp(0, pages));
    let from = match page {
        Some(page) => page * PART / IN_TREE * IN_TREE,
        None => before(c, caller, row)? / IN_TREE * IN_TREE,
    };
    let links = links(c, caller, row.trace, from, IN_TREE)?;
    let tree = Tree::of(&links);
    let places = tree.whole();
    let page = page.unwrap_or_else(|| {
        let own = places.iter().position(|place| links[place.index].id == row.span);
        (from + own.and_then(|own| i64::try_from(own).ok()).unwrap_or_default()) / PART
    });
    let first = usize::try_from(page * PART - from).unwrap_or(usize::MAX);
    let places: Vec<Place> = places.into_iter().skip(first).take(PART as usize).collect();
    let mut room = ROOM_OF_PART;
    let mut spans = match places.first() {
        Some(place) => above(c, caller, row.trace, &links, &tree, *place)?,
        None => Vec::new(),
    };
    // Depths count from the topmost span that is shown.
    let hidden = places.first().map_or(0, |first| first.depth.saturating_sub(spans.len()));
    let shown = place(c, caller, row.trace, &links, &places, &mut room)?;
    spans.extend(
        shown
            .into_iter()
            .map(|placed| PlacedSpan { depth: placed.depth.saturating_sub(hidden), ..placed }),
    );
    Ok(Trace { total, spans, page, pages })
}

/// The parents of a part's first span, which stand in earlier parts.
fn above(
    c: &mut Connection,
    caller: &Caller,
    trace: TraceId,
    links: &[Link],
    tree: &Tree,
    first: Place,
) -> Outcome<Vec<PlacedSpan>> {
    let above = tree.above(first.index, ABOVE.min(first.depth));
    let places: Vec<Place> =
        above.into_iter().enumerate().map(|(depth, index)| Place { index, depth }).collect();
    let placed = place(c, caller, trace, links, &places, &mut Room { each: 0, all: 0 })?;
    Ok(placed.into_iter().map(|placed| PlacedSpan { continued: true, ..placed }).collect())
}

/// How many spans of its trace began before a row's own span.
fn before(c: &mut Connection, caller: &Caller, row: RowKey) -> Outcome<i64> {
    let own: Option<i64> = of_trace(caller, row.trace)
        .filter(spans::span_id.eq(row.span.0.to_vec()))
        .select(spans::start_ns)
        .first(c)
        .optional()?;
    let Some(start) = own else { return Ok(0) };
    let earlier = spans::start_ns
        .lt(start)
        .or(spans::start_ns.eq(start).and(spans::span_id.lt(row.span.0.to_vec())));
    Ok(of_trace(caller, row.trace).filter(earlier).count().get_result(c)?)
}

/// What ties the spans of a trace to each other, in the order in which they began.
fn links(
    c: &mut Connection,
    caller: &Caller,
    trace: TraceId,
    offset: i64,
    limit: i64,
) -> Outcome<Vec<Link>> {
    let rows: Vec<(Vec<u8>, Option<Vec<u8>>)> = of_trace(caller, trace)
        .order((spans::start_ns, spans::span_id))
        .offset(offset)
        .limit(limit)
        .select((spans::span_id, spans::parent_id))
        .load(c)?;
    let link = |(id, parent): (Vec<u8>, Option<Vec<u8>>)| {
        Ok(Link { id: span_of(id)?, parent: parent.map(span_of).transpose()? })
    };
    rows.into_iter().map(link).collect()
}

/// The spans at these places, whole as long as there is room.
fn place(
    c: &mut Connection,
    caller: &Caller,
    trace: TraceId,
    links: &[Link],
    places: &[Place],
    room: &mut Room,
) -> Outcome<Vec<PlacedSpan>> {
    let ids: Vec<Vec<u8>> = places.iter().map(|place| links[place.index].id.0.to_vec()).collect();
    let heads: Vec<SpanHeadRecord> = of_trace(caller, trace)
        .filter(spans::span_id.eq_any(ids))
        .select((
            spans::span_id,
            substr(spans::name.nullable(), 1, NAME),
            spans::start_ns,
            spans::end_ns,
            spans::failed,
            octet_length(spans::body.nullable()),
            octet_length(spans::resource.nullable()),
            octet_length(spans::scope.nullable()),
        ))
        .load(c)?;
    let mut known = HashMap::with_capacity(heads.len());
    for head in heads {
        let span = SpanExcerpt::try_from(head)?;
        known.insert(span.id, span);
    }
    let mut placed: Vec<PlacedSpan> = places
        .iter()
        .filter_map(|place| {
            let span = known.remove(&links[place.index].id)?;
            Some(PlacedSpan { depth: place.depth, continued: false, span })
        })
        .collect();
    let mut fitting = Vec::new();
    for PlacedSpan { span, .. } in &placed {
        if span.bytes <= room.each.min(room.all) {
            room.all -= span.bytes;
            fitting.push(span.id);
        }
    }
    let mut bodies = whole(c, caller, trace, &fitting)?;
    for PlacedSpan { span, .. } in &mut placed {
        span.whole = bodies.remove(&span.id);
    }
    Ok(placed)
}

/// All that is known of these spans.
pub fn whole(
    c: &mut Connection,
    caller: &Caller,
    trace: TraceId,
    ids: &[SpanId],
) -> Outcome<HashMap<SpanId, WholeSpan>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Vec<u8>> = ids.iter().map(|id| id.0.to_vec()).collect();
    let rows: Vec<WholeSpanRecord> = of_trace(caller, trace)
        .filter(spans::span_id.eq_any(ids))
        .select((spans::span_id, spans::body, spans::resource, spans::scope))
        .load(c)?;
    rows.into_iter().map(|row| Ok(<(SpanId, WholeSpan)>::try_from(row)?)).collect()
}
