//! Rows of policies.

use diesel::prelude::*;
use evalstone_core::json::RawObject;
use evalstone_core::policy::{PolicyScope, PolicyVersion};

use crate::schema::{policies, policy_scopes};
use crate::types::{Key, Time};

#[derive(Debug, Insertable)]
#[diesel(table_name = policy_scopes)]
pub struct NewPolicyScopeRecord<'a> {
    pub organization_id: Key,
    pub tenant: &'a str,
    pub app: &'a str,
    pub agent: &'a str,
    pub env: &'a str,
    pub version: i64,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = policies)]
pub struct PolicyRecord {
    pub tenant: String,
    pub app: String,
    pub agent: String,
    pub env: String,
    pub version: i64,
    pub policy: String,
    pub hash: String,
    pub change_reason: Option<String>,
    pub created_by: Option<String>,
    pub created_at: Time,
}

impl From<PolicyRecord> for PolicyVersion {
    fn from(record: PolicyRecord) -> Self {
        let PolicyRecord {
            tenant,
            app,
            agent,
            env,
            version,
            policy,
            hash,
            change_reason,
            created_by,
            created_at,
        } = record;
        Self {
            scope: PolicyScope { tenant, app, agent, env },
            version,
            policy: RawObject::trusted(policy),
            hash,
            change_reason,
            created_by,
            created_at: created_at.into(),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = policies, treat_none_as_default_value = false)]
pub struct NewPolicyRecord<'a> {
    pub organization_id: Key,
    pub tenant: &'a str,
    pub app: &'a str,
    pub agent: &'a str,
    pub env: &'a str,
    pub version: i64,
    pub policy: &'a str,
    pub hash: &'a str,
    pub change_reason: Option<&'a str>,
    pub created_by: Option<&'a str>,
}
