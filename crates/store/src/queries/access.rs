//! Keys: who a key stands for, and how keys are kept.

use diesel::prelude::*;
use evalstone_core::caller::Caller;
use evalstone_core::error::Error;
use evalstone_core::id::{ApiKeyId, OrganizationId, UserId};
use evalstone_core::key::{KeyHash, KeyKind};
use evalstone_core::organization::ApiKey;
use uuid::Uuid;

use super::super::{Backend, Connection, ext};
use crate::access::NewKey;
use crate::failure::{Failure, Outcome};
use crate::records::keys::{ApiKeyRecord, NewApiKeyRecord, key_kind_of};
use crate::records::organizations::{OrganizationRecord, UserRecord, role_of};
use crate::schema::{api_keys, organizations, users};
use crate::types::{Key, Time};

/// Who the key with this hash stands for: none when it is unknown, revoked or expired.
pub fn authenticate(c: &mut Connection, hash: KeyHash) -> Outcome<Option<Caller>> {
    let found: Option<(ApiKeyRecord, OrganizationRecord, UserRecord)> = api_keys::table
        .inner_join(organizations::table.on(organizations::id.eq(api_keys::organization_id)))
        .inner_join(
            users::table.on(users::organization_id
                .eq(api_keys::organization_id)
                .and(users::id.eq(api_keys::user_id))),
        )
        .filter(api_keys::hash.eq(hash.as_bytes().as_slice()))
        .filter(api_keys::revoked_at.is_null())
        .filter(
            api_keys::expires_at
                .is_null()
                .or(api_keys::expires_at.assume_not_null().gt(ext::now())),
        )
        .select((
            ApiKeyRecord::as_select(),
            OrganizationRecord::as_select(),
            UserRecord::as_select(),
        ))
        .first(c)
        .optional()?;
    let Some((key, organization, user)) = found.filter(|(key, ..)| hash.matches(&key.hash)) else {
        return Ok(None);
    };
    Ok(Some(Caller {
        key: key.id.into(),
        kind: key_kind_of(&key.kind)?,
        project: key.project_id.map(Into::into),
        environment: key.environment_id.map(Into::into),
        ..keyless(organization, user)?
    }))
}

/// Who the key with this id stands for: none when it is revoked or expired by now.
pub fn holder(
    c: &mut Connection,
    organization: OrganizationId,
    key: ApiKeyId,
) -> Outcome<Option<Caller>> {
    let hash: Option<Vec<u8>> = api_keys::table
        .find((Key::from(organization), Key::from(key)))
        .select(api_keys::hash)
        .first(c)
        .optional()?;
    match hash.and_then(|hash| KeyHash::stored(&hash)) {
        Some(hash) => authenticate(c, hash),
        None => Ok(None),
    }
}

/// A user of an organization by the e-mail address, or its service user, without a key.
pub fn keyless_caller(
    c: &mut Connection,
    organization: OrganizationId,
    email: Option<&str>,
) -> Outcome<Option<Caller>> {
    let all = organizations::table
        .inner_join(users::table.on(users::organization_id.eq(organizations::id)))
        .filter(organizations::id.eq(Key::from(organization)))
        .select((OrganizationRecord::as_select(), UserRecord::as_select()))
        .into_boxed::<Backend>();
    let wanted = match email {
        Some(email) => all.filter(users::email.eq(email.to_owned())),
        None => all.filter(users::service.eq(true)),
    };
    let found: Option<(OrganizationRecord, UserRecord)> = wanted.first(c).optional()?;
    found.map(|(organization, user)| keyless(organization, user)).transpose()
}

/// A user without a key, with every right.
fn keyless(organization: OrganizationRecord, user: UserRecord) -> Outcome<Caller> {
    Ok(Caller {
        organization: organization.id.into(),
        organization_number: organization.number,
        organization_slug: organization.slug,
        personal: organization.personal,
        default_pipeline: organization.default_pipeline_id.into(),
        user: user.id.into(),
        user_number: user.number,
        email: user.email,
        role: role_of(&user.role)?,
        key: ApiKeyId::from_uuid(Uuid::nil()),
        kind: KeyKind::Admin,
        project: None,
        environment: None,
        attempt: None,
        assigned: None,
    })
}

/// Stores a key's hash, or says that the key is known already.
pub fn insert(
    c: &mut Connection,
    organization: OrganizationId,
    user: UserId,
    new: &NewKey,
) -> Outcome<ApiKeyId> {
    let id = ApiKeyId::generate();
    let record = NewApiKeyRecord {
        organization_id: organization.into(),
        id: id.into(),
        user_id: user.into(),
        kind: new.kind.as_str(),
        hash: new.hash.as_bytes(),
        prefix: &new.prefix,
        expires_at: new.expires_at.map(Into::into),
    };
    diesel::insert_into(api_keys::table).values(&record).execute(c).map_err(|e| {
        Failure::from(e).when_taken(|| Error::taken("this key is registered already"))
    })?;
    Ok(id)
}

/// Whether a key with this hash is registered, whatever its state.
pub fn is_registered(c: &mut Connection, hash: KeyHash) -> Outcome<bool> {
    let query = api_keys::table.filter(api_keys::hash.eq(hash.as_bytes().as_slice()));
    Ok(diesel::select(diesel::dsl::exists(query)).get_result(c)?)
}

/// The keys of an organization, oldest first.
pub fn list(c: &mut Connection, organization: OrganizationId) -> Outcome<Vec<ApiKey>> {
    let rows: Vec<(ApiKeyRecord, String)> = api_keys::table
        .inner_join(
            users::table.on(users::organization_id
                .eq(api_keys::organization_id)
                .and(users::id.eq(api_keys::user_id))),
        )
        .filter(api_keys::organization_id.eq(Key::from(organization)))
        .order(api_keys::number)
        .select((ApiKeyRecord::as_select(), users::email))
        .load(c)?;
    rows.into_iter().map(|(record, email)| Ok(record.of(email)?)).collect()
}

/// Revokes the key with this number. A second time changes nothing.
pub fn revoke(c: &mut Connection, organization: OrganizationId, number: i64) -> Outcome<()> {
    let key = api_keys::table
        .filter(api_keys::organization_id.eq(Key::from(organization)))
        .filter(api_keys::number.eq(number));
    diesel::update(key.filter(api_keys::revoked_at.is_null()))
        .set(api_keys::revoked_at.eq(ext::now().nullable()))
        .execute(c)?;
    if diesel::select(diesel::dsl::exists(key)).get_result::<bool>(c)? {
        Ok(())
    } else {
        Err(Error::not_found("Key").into())
    }
}

/// Writes down when keys were last used.
pub fn touch(c: &mut Connection, uses: &[(OrganizationId, ApiKeyId, Time)]) -> Outcome<()> {
    for (organization, key, at) in uses {
        diesel::update(api_keys::table.find((Key::from(*organization), Key::from(*key))))
            .set(api_keys::last_used_at.eq(*at))
            .execute(c)?;
    }
    Ok(())
}
