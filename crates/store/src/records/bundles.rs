//! Rows of bundles.

use diesel::prelude::*;
use evalstone_core::bundle::{Bundle, BundleHead};
use evalstone_core::json::RawObject;

use crate::schema::{bundles, environments};
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = bundles)]
pub struct BundleRecord {
    pub id: Key,
    pub version: i64,
    pub policies: String,
    pub scope_policies: String,
    pub hash: String,
    pub published_by: Option<String>,
    pub published_at: Time,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = bundles)]
pub struct BundleHeadRecord {
    pub id: Key,
    pub version: i64,
    pub hash: String,
    pub published_by: Option<String>,
    pub published_at: Time,
}

/// What a bundle's environment says of it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = environments)]
pub struct PublishingRecord {
    pub id: Key,
    pub project_id: Key,
    pub name: String,
    pub bundles: i64,
    pub active_version: Option<i64>,
}

impl BundleRecord {
    pub fn into_bundle(self, environment: PublishingRecord) -> Bundle {
        let Self { id, version, policies, scope_policies, hash, published_by, published_at } = self;
        let PublishingRecord { id: environment, project_id, name, bundles: _, active_version } =
            environment;
        Bundle {
            id: id.into(),
            project: project_id.into(),
            environment: environment.into(),
            environment_name: name,
            version,
            policies: RawObject::trusted(policies),
            scope_policies: RawObject::trusted(scope_policies),
            hash,
            published_by,
            published_at: published_at.into(),
            active: active_version == Some(version),
        }
    }
}

impl BundleHeadRecord {
    pub fn into_head(self, active_version: Option<i64>) -> BundleHead {
        let Self { id, version, hash, published_by, published_at } = self;
        BundleHead {
            id: id.into(),
            version,
            hash,
            published_by,
            published_at: published_at.into(),
            active: active_version == Some(version),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = bundles, treat_none_as_default_value = false)]
pub struct NewBundleRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub environment_id: Key,
    pub version: i64,
    pub policies: &'a str,
    pub scope_policies: &'a str,
    pub hash: &'a str,
    pub published_by: Option<&'a str>,
}
