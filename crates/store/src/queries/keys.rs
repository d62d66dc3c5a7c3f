//! Keys that are managed through a dialect: made, listed, rotated, revoked.

use diesel::prelude::*;
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::{ApiKeyId, ProjectId};
use evalstone_core::key::{Grant, KeyKind};
use evalstone_core::organization::{ApiKey, KeyFilter};

use super::super::{Backend, Connection, ext};
use super::attempts;
use crate::failure::{Failure, Outcome};
use crate::keys::KeyValue;
use crate::records::keys::{ApiKeyRecord, IssuedKeyRecord, KeyTimesRecord};
use crate::schema::{api_keys, users};
use crate::types::{Key, Time};

/// Makes a key for the caller's user. A runtime key takes the place of one that has expired.
pub fn issue(
    c: &mut Connection,
    caller: &Caller,
    grant: &Grant,
    value: &KeyValue,
) -> Outcome<ApiKey> {
    if let (KeyKind::Runtime, Some(project)) = (grant.kind, grant.project) {
        make_room(c, caller, project, grant)?;
    }
    insert(c, caller, grant, value)
}

/// Revokes the runtime key of this project and environment whose time is over. Whoever makes
/// another at the same moment waits for this one's row, and then finds the new key there.
fn make_room(
    c: &mut Connection,
    caller: &Caller,
    project: ProjectId,
    grant: &Grant,
) -> Outcome<()> {
    let expired = api_keys::table
        .filter(api_keys::organization_id.eq(Key::from(caller.organization)))
        .filter(api_keys::project_id.eq(Key::from(project)))
        .filter(api_keys::kind.eq(KeyKind::Runtime.as_str()))
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::expires_at.le(ext::now().nullable()));
    let revoked = api_keys::revoked_at.eq(ext::now().nullable());
    match grant.environment.map(Key::from) {
        Some(environment) => {
            let one = expired.filter(api_keys::environment_id.eq(environment));
            diesel::update(one).set(revoked).execute(c)?;
        }
        None => {
            let whole = expired.filter(api_keys::environment_id.is_null());
            diesel::update(whole).set(revoked).execute(c)?;
        }
    }
    Ok(())
}

/// Stores a key for the caller's user.
pub fn insert(
    c: &mut Connection,
    caller: &Caller,
    grant: &Grant,
    value: &KeyValue,
) -> Outcome<ApiKey> {
    let Grant { kind, project, environment, lifetime } = *grant;
    let now: Time = diesel::select(ext::now()).get_result(c)?;
    let expires_at = now.0.checked_add_signed(lifetime).ok_or_else(too_long)?;
    let record: ApiKeyRecord = diesel::insert_into(api_keys::table)
        .values(IssuedKeyRecord {
            organization_id: caller.organization.into(),
            id: ApiKeyId::generate().into(),
            user_id: caller.user.into(),
            kind: kind.as_str(),
            hash: value.hash.as_bytes(),
            prefix: &value.prefix,
            expires_at: Time(expires_at),
            created_at: now,
            project_id: project.map(Into::into),
            environment_id: environment.map(Into::into),
        })
        .returning(ApiKeyRecord::as_returning())
        .get_result(c)
        .map_err(|e| {
            Failure::from(e).when_taken(|| {
                Error::taken("A runtime key for this project/environment already exists.")
            })
        })?;
    Ok(record.of(caller.email.clone())?)
}

fn too_long() -> Error {
    Error::invalid("a key cannot be good for so long")
}

/// The keys that meet the filter and are not revoked, oldest first.
pub fn list(c: &mut Connection, caller: &Caller, filter: &KeyFilter) -> Outcome<Vec<ApiKey>> {
    let KeyFilter { project, kind } = *filter;
    let mut query = api_keys::table
        .inner_join(
            users::table.on(users::organization_id
                .eq(api_keys::organization_id)
                .and(users::id.eq(api_keys::user_id))),
        )
        .filter(api_keys::organization_id.eq(Key::from(caller.organization)))
        .filter(api_keys::revoked_at.is_null())
        .into_boxed::<Backend>();
    if let Some(project) = project {
        query = query.filter(api_keys::project_id.eq(Key::from(project)));
    }
    if let Some(kind) = kind {
        query = query.filter(api_keys::kind.eq(kind.as_str()));
    }
    let rows: Vec<(ApiKeyRecord, String)> =
        query.order(api_keys::number).select((ApiKeyRecord::as_select(), users::email)).load(c)?;
    rows.into_iter().map(|(record, email)| Ok(record.of(email)?)).collect()
}

/// Gives the key with this number another value, which is good from now on for as long as the
/// former one was made for. None when there is no such key, or it is revoked.
pub fn rotate(
    c: &mut Connection,
    caller: &Caller,
    number: i64,
    value: &KeyValue,
) -> Outcome<Option<ApiKey>> {
    let key = api_keys::table
        .filter(api_keys::organization_id.eq(Key::from(caller.organization)))
        .filter(api_keys::number.eq(number))
        .filter(api_keys::revoked_at.is_null());
    let former: Option<KeyTimesRecord> = diesel::update(key)
        .set((
            api_keys::hash.eq(value.hash.as_bytes().as_slice()),
            api_keys::prefix.eq(&value.prefix),
        ))
        .returning(KeyTimesRecord::as_returning())
        .get_result(c)
        .optional()?;
    let Some(KeyTimesRecord { created_at, rotated_at, expires_at }) = former else {
        return Ok(None);
    };
    let now: Time = diesel::select(ext::now()).get_result(c)?;
    let lifetime = expires_at.map(|end| end.0 - rotated_at.unwrap_or(created_at).0);
    let expires_at = match lifetime {
        None => None,
        Some(lifetime) => Some(now.0.checked_add_signed(lifetime).ok_or_else(too_long)?),
    };
    let (record, user): (ApiKeyRecord, Key) = diesel::update(key)
        .set((api_keys::rotated_at.eq(Some(now)), api_keys::expires_at.eq(expires_at.map(Time))))
        .returning((ApiKeyRecord::as_returning(), api_keys::user_id))
        .get_result(c)?;
    let email: String =
        users::table.find((Key::from(caller.organization), user)).select(users::email).first(c)?;
    Ok(Some(record.of(email)?))
}

/// Revokes the key with this number. False when there is no such key, or it is revoked already.
pub fn revoke(c: &mut Connection, caller: &Caller, number: i64) -> Outcome<bool> {
    attempts::begin(c, [caller])?;
    let key = api_keys::table
        .filter(api_keys::organization_id.eq(Key::from(caller.organization)))
        .filter(api_keys::number.eq(number))
        .filter(api_keys::revoked_at.is_null());
    let revoked: Option<Key> = diesel::update(key)
        .set(api_keys::revoked_at.eq(ext::now().nullable()))
        .returning(api_keys::id)
        .get_result(c)
        .optional()?;
    attempts::keep(c, revoked.map(|id| (caller, Made::KeyRevoked(id.into()))))?;
    Ok(revoked.is_some())
}
