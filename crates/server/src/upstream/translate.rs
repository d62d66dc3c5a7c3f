//! Calls between us and a vendor: each side's ids in the place of the other's.

use std::collections::HashMap;

use bytes::Bytes;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Result};
use evalstone_core::source::Spelling;
use evalstone_kit::dialect::Dialect;
use evalstone_kit::likeness::compare::{Difference, Reply, compare};
use evalstone_kit::likeness::names::{Name, Names};
use evalstone_kit::likeness::{Call, Likeness, Mask};
use evalstone_store::Store;
use evalstone_store::names::{Book, NamePair};

use super::held::Held;

/// What of a call has ids: the path with its query, and a body that is JSON or a form.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The call.
    pub call: &'static Call,
    /// The path with its query.
    pub target: &'a str,
    /// The body, if it is not too long to be looked into.
    pub body: Option<&'a [u8]>,
    /// Its content type.
    pub content_type: Option<&'a str>,
}

/// The same with other ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The path with its query.
    pub target: String,
    /// The body, where it has changed.
    pub body: Option<Vec<u8>>,
}

/// A vendor's call as one of ours: things that have become ours go by our ids, and the organization is the
/// caller's. Says also what of it is not known here: those ids stay as they are.
///
/// # Errors
/// Only when the database fails.
pub async fn to_ours(
    store: &Store,
    dialect: &Dialect,
    caller: &Caller,
    named: Named<'_>,
) -> Result<(Renamed, Vec<Name>)> {
    let likeness = dialect.likeness;
    let theirs = names_of(likeness, named);
    let known = store.our_names(caller, dialect.name, likeness.spelling, theirs.clone()).await?;
    let unknown =
        theirs.into_iter().filter(|name| !name.1.is_empty() && !known.contains_key(name)).collect();
    let own = match likeness.spelling {
        Spelling::Uuid => caller.organization.to_string(),
        Spelling::Number => caller.organization_number.to_string(),
    };
    let renamed = renamed(likeness, named, |mask, id| match mask {
        Mask::Id(kind) => known.get(&(kind, id.to_owned())).cloned(),
        Mask::Organization => Some(own.clone()),
        Mask::Given | Mask::Time | Mask::Payload | Mask::Secret => None,
    });
    Ok((renamed, unknown))
}

/// What of our ids in a call the vendor has others for. The organization stays: whoever compares has it made
/// with the vendor's id.
///
/// # Errors
/// Only when the database fails.
pub async fn their_names(
    store: &Store,
    dialect: &Dialect,
    caller: &Caller,
    named: Named<'_>,
) -> Result<HashMap<Name, String>> {
    let likeness = dialect.likeness;
    let ours = names_of(likeness, named);
    store.their_names(caller, dialect.name, likeness.spelling, ours).await
}

/// One of our calls as the vendor's.
pub fn to_theirs(
    dialect: &Dialect,
    named: Named<'_>,
    known: impl Fn(&Name) -> Option<String>,
) -> Renamed {
    renamed(dialect.likeness, named, |mask, id| match mask {
        Mask::Id(kind) => known(&(kind, id.to_owned())),
        Mask::Organization | Mask::Given | Mask::Time | Mask::Payload | Mask::Secret => None,
    })
}

fn names_of(likeness: &Likeness, named: Named<'_>) -> Vec<Name> {
    let mut names = Vec::new();
    renamed(likeness, named, |mask, id| {
        if let Mask::Id(kind) = mask {
            names.push((kind, id.to_owned()));
        }
        None
    });
    names
}

fn renamed(
    likeness: &Likeness,
    Named { call, target, body, content_type }: Named<'_>,
    mut rename: impl FnMut(Mask, &str) -> Option<String>,
) -> Renamed {
    let target = likeness.rewrite_target(call, target, &mut rename);
    let is = |kind: &str| is_of(content_type, kind);
    let body = body.and_then(|body| match std::str::from_utf8(body) {
        _ if is("multipart/form-data") => likeness.rewrite_form(body, &mut rename),
        Ok(text) if is("json") => {
            let rewritten = likeness.rewrite_body(text, &mut rename).into_owned();
            (rewritten != text).then_some(rewritten.into_bytes())
        }
        _ => None,
    });
    Renamed { target, body }
}

fn is_of(content_type: Option<&str>, kind: &str) -> bool {
    content_type.is_some_and(|given| given.to_ascii_lowercase().contains(kind))
}

/// What of a body is looked into: a JSON document or a form, if it is not too long.
///
/// # Errors
/// When it cannot be read.
pub async fn looked_into(
    body: &Held,
    content_type: Option<&str>,
    most: u64,
) -> Result<Option<Bytes>> {
    let has_ids = is_of(content_type, "json") || is_of(content_type, "multipart/form-data");
    if has_ids { body.whole(most).await } else { Ok(None) }
}

/// Whether there may be ids in a body that is too long to be looked into.
///
/// # Errors
/// When it cannot be read.
pub async fn may_hide_ids(
    likeness: &'static Likeness,
    body: &Held,
    content_type: Option<&str>,
) -> Result<bool> {
    let is = |kind: &str| is_of(content_type, kind);
    if !is("multipart/form-data") {
        return Ok(is("json"));
    }
    let pieces = body.pieces();
    let searched = tokio::task::spawn_blocking(move || likeness.form_has_ids(pieces));
    searched.await.map_err(Error::fault)?.map_err(Error::fault)
}

/// What is known of the ids in two answers to one call.
///
/// # Errors
/// Only when the database fails.
async fn known(
    store: &Store,
    dialect: &Dialect,
    caller: &Caller,
    call: &Call,
    (ours, theirs): (&str, &str),
) -> Result<Names> {
    let likeness = dialect.likeness;
    let (name, spelling) = (dialect.name, likeness.spelling);
    let mut names = Names::default();
    let our_ids = likeness.ids(call, ours);
    for ((kind, ours), theirs) in store.their_names(caller, name, spelling, our_ids).await? {
        names.know(kind, &ours, &theirs);
    }
    let their_ids = likeness.ids(call, theirs);
    for ((kind, theirs), ours) in store.our_names(caller, name, spelling, their_ids).await? {
        names.know(kind, &ours, &theirs);
    }
    Ok(names)
}

/// One answer, to be compared on another thread.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The status code.
    pub status: u16,
    /// The content type as it was sent; empty without one.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
}

impl Whole {
    /// The body's text; the empty one where it is none.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    fn reply(&self) -> Reply<'_> {
        Reply { status: self.status, content_type: &self.content_type, body: &self.body }
    }
}

/// How two answers to one call differ, and what is known of their ids then. Long ones take their time, so
/// they are compared on a thread that may block.
///
/// # Errors
/// Only when the database fails.
pub async fn compared(
    store: &Store,
    dialect: &Dialect,
    caller: &Caller,
    call: &'static Call,
    (ours, theirs): (Whole, Whole),
) -> Result<(Vec<Difference>, Names)> {
    let mut names = known(store, dialect, caller, call, (ours.text(), theirs.text())).await?;
    let likeness = dialect.likeness;
    let comparing = tokio::task::spawn_blocking(move || {
        let found = compare(likeness, call, ours.reply(), theirs.reply(), &mut names);
        (found, names)
    });
    comparing.await.map_err(Error::fault)
}

/// Remembers what was learned from two answers.
///
/// # Errors
/// Only when the database fails.
pub async fn remember(
    store: &Store,
    dialect: &Dialect,
    caller: &Caller,
    book: Book,
    names: &Names,
) -> Result<()> {
    let pair = |(kind, ours, theirs): &(_, String, String)| NamePair {
        kind: *kind,
        ours: ours.clone(),
        theirs: theirs.clone(),
    };
    let pairs: Vec<NamePair> = names.learned().iter().map(pair).collect();
    if pairs.is_empty() {
        return Ok(());
    }
    store.learn_names(caller, dialect.name, book, dialect.likeness.spelling, pairs).await
}
