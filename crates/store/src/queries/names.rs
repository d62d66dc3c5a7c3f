//! The id map in both directions, for many ids at a time, in a dialect's spelling.

use std::collections::HashMap;

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::id::Number;
use evalstone_core::source::{SourceKind, Spelling, is_mappable};
use uuid::Uuid;

use super::super::Connection;
use crate::failure::Outcome;
use crate::names::{Book, Name, NamePair};
use crate::records::cases::NewSourceIdRecord;
use crate::schema::{collections, datasets, source_ids};
use crate::types::Key;

/// How many ids one query asks for.
const IDS_PER_QUERY: usize = 1_000;

/// What these things of another system are called here.
pub fn ours(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    spelling: Spelling,
    theirs: &[Name],
) -> Outcome<HashMap<Name, String>> {
    let mut found = HashMap::new();
    for kind in SourceKind::ALL {
        let names: Vec<&str> = of_kind(theirs, kind).filter(|name| is_mappable(name)).collect();
        for some in names.chunks(IDS_PER_QUERY) {
            let rows: Vec<(String, Key)> = source_ids::table
                .filter(source_ids::organization_id.eq(Key::from(caller.organization)))
                .filter(source_ids::dialect.eq_any(books(dialect)))
                .filter(source_ids::kind.eq(kind.as_str()))
                .filter(source_ids::source_id.eq_any(some))
                .select((source_ids::source_id, source_ids::id))
                .load(c)?;
            let keys: Vec<Key> = rows.iter().map(|(_, id)| *id).collect();
            let shown = spelled(c, caller, kind, spelling, &keys)?;
            found.extend(
                rows.into_iter()
                    .filter_map(|(theirs, id)| Some(((kind, theirs), shown.get(&id)?.clone()))),
            );
        }
    }
    Ok(found)
}

/// What these things of ours are called in the other system.
pub fn theirs(
    c: &mut Connection,
    caller: &Caller,
    dialect: &str,
    spelling: Spelling,
    ours: &[Name],
) -> Outcome<HashMap<Name, String>> {
    let mut found = HashMap::new();
    for kind in SourceKind::ALL {
        let names: Vec<&str> = of_kind(ours, kind).collect();
        for some in names.chunks(IDS_PER_QUERY) {
            let known = read(c, caller, kind, spelling, some)?;
            let keys: Vec<Key> = known.values().copied().collect();
            let rows: Vec<(Key, String)> = source_ids::table
                .filter(source_ids::organization_id.eq(Key::from(caller.organization)))
                .filter(source_ids::dialect.eq_any(books(dialect)))
                .filter(source_ids::kind.eq(kind.as_str()))
                .filter(source_ids::id.eq_any(&keys))
                .select((source_ids::id, source_ids::source_id))
                .load(c)?;
            let rows: HashMap<Key, String> = rows.into_iter().collect();
            found.extend(
                known.into_iter().filter_map(|(ours, id)| {
                    Some(((kind, ours.to_owned()), rows.get(&id)?.clone()))
                }),
            );
        }
    }
    Ok(found)
}

/// Remembers what things are called in the other system. What is known already stays as it is, and what
/// is not ours is passed over.
pub fn learn(
    c: &mut Connection,
    caller: &Caller,
    (dialect, book): (&str, Book),
    spelling: Spelling,
    pairs: &[NamePair],
) -> Outcome<()> {
    let [map, aside] = books(dialect);
    let dialect = match book {
        Book::Map => map,
        Book::Aside => aside,
    };
    for some in pairs.chunks(IDS_PER_QUERY) {
        let mut rows = Vec::with_capacity(some.len());
        for kind in SourceKind::ALL {
            let of_kind = some.iter().filter(|pair| pair.kind == kind && is_mappable(&pair.theirs));
            let ours: Vec<&str> = of_kind.clone().map(|pair| pair.ours.as_str()).collect();
            let known = read(c, caller, kind, spelling, &ours)?;
            rows.extend(of_kind.filter_map(|pair| {
                let id = *known.get(pair.ours.as_str())?;
                Some(NewSourceIdRecord {
                    organization_id: caller.organization.into(),
                    dialect: &dialect,
                    kind: kind.as_str(),
                    source_id: &pair.theirs,
                    id,
                })
            }));
        }
        if !rows.is_empty() {
            diesel::insert_into(source_ids::table)
                .values(&rows)
                .on_conflict_do_nothing()
                .execute(c)?;
        }
    }
    Ok(())
}

/// Under which names a dialect's ids are kept: those by which it reads things, and those that only
/// comparisons look up.
fn books(dialect: &str) -> [String; 2] {
    [dialect.to_owned(), format!("{dialect}+aside")]
}

fn of_kind(names: &[Name], kind: SourceKind) -> impl Iterator<Item = &str> {
    names.iter().filter(move |(of, _)| *of == kind).map(|(_, name)| name.as_str())
}

/// These rows' ids as the dialect spells them.
fn spelled(
    c: &mut Connection,
    caller: &Caller,
    kind: SourceKind,
    spelling: Spelling,
    ids: &[Key],
) -> Outcome<HashMap<Key, String>> {
    if spelling == Spelling::Uuid {
        return Ok(ids.iter().map(|id| (*id, id.0.to_string())).collect());
    }
    let organization = Key::from(caller.organization);
    let rows: Vec<(Key, Number)> = match kind {
        SourceKind::Dataset => datasets::table
            .filter(datasets::organization_id.eq(organization))
            .filter(datasets::id.eq_any(ids))
            .select((datasets::id, datasets::number))
            .load(c)?,
        SourceKind::Collection => collections::table
            .filter(collections::organization_id.eq(organization))
            .filter(collections::id.eq_any(ids))
            .select((collections::id, collections::number))
            .load(c)?,
        SourceKind::Case | SourceKind::Pipeline | SourceKind::Run => Vec::new(),
    };
    Ok(rows.into_iter().map(|(id, number)| (id, number.to_string())).collect())
}

/// The rows that are named so in the dialect's spelling. Only datasets and collections are named by
/// numbers outside.
fn read<'a>(
    c: &mut Connection,
    caller: &Caller,
    kind: SourceKind,
    spelling: Spelling,
    names: &[&'a str],
) -> Outcome<HashMap<&'a str, Key>> {
    if spelling == Spelling::Uuid {
        let read = |name: &&'a str| Some((*name, Key(Uuid::try_parse(name).ok()?)));
        return Ok(names.iter().filter_map(read).collect());
    }
    let numbers: HashMap<Number, &'a str> =
        names.iter().filter_map(|name| Some((name.parse().ok()?, *name))).collect();
    let asked: Vec<Number> = numbers.keys().copied().collect();
    let organization = Key::from(caller.organization);
    let rows: Vec<(Number, Key)> = match kind {
        SourceKind::Dataset => datasets::table
            .filter(datasets::organization_id.eq(organization))
            .filter(datasets::number.eq_any(asked))
            .select((datasets::number, datasets::id))
            .load(c)?,
        SourceKind::Collection => collections::table
            .filter(collections::organization_id.eq(organization))
            .filter(collections::number.eq_any(asked))
            .select((collections::number, collections::id))
            .load(c)?,
        SourceKind::Case | SourceKind::Pipeline | SourceKind::Run => Vec::new(),
    };
    Ok(rows.into_iter().filter_map(|(number, id)| Some((*numbers.get(&number)?, id))).collect())
}
