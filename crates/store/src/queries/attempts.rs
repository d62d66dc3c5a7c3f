//! What writes came to that may be repeated ([`crate::attempts`]).

use chrono::Utc;
use diesel::prelude::*;
use evalstone_core::attempt::{Attempt, Fingerprint, Made, Sign};
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use uuid::Uuid;

use super::super::{Connection, ext};
use crate::attempts::{Claim, overtaken};
use crate::failure::{Failure, Outcome};
use crate::records::attempts::NewAttemptRecord;
use crate::schema::attempts;
use crate::types::{Key, Time};

/// Says that these callers' writes are under way, until the transaction ends: the first statement
/// of their transaction. It never waits.
pub fn begin<'a>(c: &mut Connection, callers: impl IntoIterator<Item = &'a Caller>) -> Outcome<()> {
    let attempts = callers.into_iter().filter_map(|caller| caller.attempt.as_deref());
    let locks: Vec<i64> = attempts.map(|attempt| lock_of(attempt.fingerprint)).collect();
    if !locks.is_empty() {
        ext::announce(c, &locks)?;
    }
    Ok(())
}

/// Writes down what the callers' writes came to, in the transaction that makes it so.
pub fn keep<'a>(
    c: &mut Connection,
    made: impl IntoIterator<Item = (&'a Caller, Made<'a>)>,
) -> Outcome<()> {
    let rows = made
        .into_iter()
        .filter_map(|(caller, made)| record_of(caller, &made).transpose())
        .collect::<Outcome<Vec<NewAttemptRecord>>>()?;
    if rows.is_empty() {
        return Ok(());
    }
    diesel::insert_into(attempts::table)
        .values(&rows)
        .execute(c)
        .map_err(|error| Failure::from(error).when_taken(overtaken))?;
    Ok(())
}

fn record_of(caller: &Caller, made: &Made<'_>) -> Outcome<Option<NewAttemptRecord>> {
    let Some(attempt) = caller.attempt.as_deref() else {
        return Ok(None);
    };
    let Attempt { fingerprint, sign, note, hold } = attempt;
    if let Some(hold) = hold {
        hold.kept();
    }
    let (named, content, tries) = match sign {
        Sign::Try(tries) => (false, None, tries_of(*tries)),
        Sign::Name { content } => (true, *content, 0),
    };
    Ok(Some(NewAttemptRecord {
        organization_id: caller.organization.into(),
        fingerprint: Key(fingerprint.uuid()),
        id: Key(Uuid::now_v7()),
        named,
        content: content.map(|content| Key(content.uuid())),
        tries,
        note: note(made, caller)?,
        expires_at: Time(Utc::now() + attempt.lifetime()),
    }))
}

/// What an earlier request came to that this one repeats.
///
/// # Errors
/// Invalid when the name was given to a request of another content.
pub fn claim(c: &mut Connection, caller: &Caller, attempt: &Attempt) -> Outcome<Claim> {
    let Attempt { fingerprint, sign, note: _, hold: _ } = attempt;
    if !ext::is_alone(c, lock_of(*fingerprint))? {
        return Ok(Claim::Busy);
    }
    let found = match sign {
        Sign::Try(tries) => claim_try(c, caller, *fingerprint, tries_of(*tries))?,
        Sign::Name { content } => find_name(c, caller, *fingerprint, *content)?,
    };
    Ok(found.map_or(Claim::Nothing, Claim::Note))
}

/// Binds what was kept to this try. The latest is taken: what came before it was answered, if its
/// client sent another since.
fn claim_try(
    c: &mut Connection,
    caller: &Caller,
    fingerprint: Fingerprint,
    tries: i32,
) -> Outcome<Option<String>> {
    let alike = attempts::table
        .filter(attempts::organization_id.eq(Key::from(caller.organization)))
        .filter(attempts::fingerprint.eq(Key(fingerprint.uuid())))
        .filter(attempts::named.eq(false));
    let earlier: Option<Key> = alike
        .filter(attempts::tries.lt(tries))
        .filter(attempts::expires_at.gt(Time(Utc::now())))
        .order((attempts::tries.desc(), attempts::id.desc()))
        .select(attempts::id)
        .first(c)
        .optional()?;
    let Some(earlier) = earlier else {
        return Ok(None);
    };
    let bound = diesel::update(alike.filter(attempts::id.eq(earlier)))
        .set(attempts::tries.eq(tries))
        .returning(attempts::note)
        .get_result(c)
        .optional()?;
    Ok(bound)
}

fn find_name(
    c: &mut Connection,
    caller: &Caller,
    fingerprint: Fingerprint,
    content: Option<Fingerprint>,
) -> Outcome<Option<String>> {
    let same = attempts::table
        .filter(attempts::organization_id.eq(Key::from(caller.organization)))
        .filter(attempts::fingerprint.eq(Key(fingerprint.uuid())))
        .filter(attempts::named.eq(true));
    // One that has expired would be in the way of the next.
    diesel::delete(same.filter(attempts::expires_at.le(Time(Utc::now())))).execute(c)?;
    let found: Option<(Option<Key>, String)> =
        same.select((attempts::content, attempts::note)).first(c).optional()?;
    let Some((known, note)) = found else {
        return Ok(None);
    };
    if known != content.map(|content| Key(content.uuid())) {
        return Err(Error::invalid(
            "this Idempotency-Key was sent before with another content; use a new one",
        )
        .into());
    }
    Ok(Some(note))
}

/// How many expired attempts one step removes, so that no write waits long for it.
const FORGOTTEN_PER_STEP: i64 = 1_000;

/// Removes some attempts that have expired. Says whether there are more.
pub fn forget(c: &mut Connection) -> Outcome<bool> {
    let now = Time(Utc::now());
    let further: Option<Time> = attempts::table
        .filter(attempts::expires_at.le(now))
        .order(attempts::expires_at)
        .offset(FORGOTTEN_PER_STEP)
        .select(attempts::expires_at)
        .first(c)
        .optional()?;
    let until = further.unwrap_or(now);
    diesel::delete(attempts::table.filter(attempts::expires_at.le(until))).execute(c)?;
    Ok(further.is_some())
}

fn tries_of(tries: u32) -> i32 {
    i32::try_from(tries).unwrap_or(i32::MAX)
}

/// The number of a fingerprint's lock, where the database has such locks.
fn lock_of(fingerprint: Fingerprint) -> i64 {
    let (high, _) = fingerprint.uuid().as_u64_pair();
    i64::from_be_bytes(high.to_be_bytes())
}
