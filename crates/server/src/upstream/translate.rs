//! Calls between us and a vendor: each side's ids in the place of the other's.

use std::collections::HashMap;

use bytes::Bytes;
use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::source::Spelling;
use evalstone_kit::dialect::Dialect;
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
/// caller's.
///
/// # Errors
/// Only when the database fails.
pub async fn to_ours(
    store: &Store,
    dialect: &Dialect,
    caller: &Caller,
    named: Named<'_>,
) -> Result<Renamed> {
    let likeness = dialect.likeness;
    let theirs = names_of(likeness, named);
    let known = store.our_names(caller, dialect.name, likeness.spelling, theirs).await?;
    let own = match likeness.spelling {
        Spelling::Uuid => caller.organization.to_string(),
        Spelling::Number => caller.organization_number.to_string(),
    };
    Ok(renamed(likeness, named, |mask, id| match mask {
        Mask::Id(kind) => known.get(&(kind, id.to_owned())).cloned(),
        Mask::Organization => Some(own.clone()),
        Mask::Given | Mask::Time | Mask::Payload | Mask::Secret => None,
    }))
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
    let is = |kind: &str| content_type.is_some_and(|given| given.contains(kind));
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

/// What of a body is looked into: a JSON document or a form, if it is not too long.
///
/// # Errors
/// When it cannot be read.
pub async fn looked_into(
    body: &Held,
    content_type: Option<&str>,
    most: u64,
) -> Result<Option<Bytes>> {
    let has_ids = content_type
        .is_some_and(|given| given.contains("json") || given.contains("multipart/form-data"));
    if has_ids { body.whole(most).await } else { Ok(None) }
}

/// What is known of the ids in two answers to one call.
///
/// # Errors
/// Only when the database fails.
pub async fn known(
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
