//! Rows of collections, and of what is in them.

use diesel::prelude::*;
use evalstone_core::collection::{Collection, Member};
use evalstone_core::dataset::Owner;
use evalstone_core::sharing::Standing;

use super::datasets::OwnerColumns;
use crate::schema::{collections, datasets, runs};
use crate::types::{Key, Time};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = collections)]
pub struct CollectionRecord {
    pub id: Key,
    pub number: i64,
    pub owner_id: Option<Key>,
    pub author_email: String,
    pub shared: bool,
    pub name: String,
    pub created_at: Time,
    pub updated_at: Option<Time>,
}

impl CollectionRecord {
    /// The collection with its owner, whom another table holds.
    pub fn into_collection(self, owner: Option<OwnerColumns>) -> Collection {
        let Self { id, number, owner_id, author_email, shared, name, created_at, updated_at } =
            self;
        Collection {
            id: id.into(),
            number,
            owner: owner_of(owner_id, owner),
            author_email,
            shared,
            name,
            created_at: created_at.into(),
            updated_at: updated_at.map(Into::into),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = collections)]
pub struct NewCollectionRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub owner_id: Key,
    pub author_email: &'a str,
    pub shared: bool,
    pub name: &'a str,
    pub name_key: &'a str,
    pub origin: &'a str,
}

/// A dataset as its collection lists it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = datasets)]
pub struct MemberRecord {
    pub number: i64,
    pub owner_id: Option<Key>,
    pub author_email: String,
    pub shared: bool,
    pub name: String,
    pub created_at: Time,
    pub updated_at: Option<Time>,
}

impl MemberRecord {
    /// The dataset with its owner, whom another table holds.
    pub fn into_member(self, owner: Option<OwnerColumns>) -> Member {
        let Self { number, owner_id, author_email, shared, name, created_at, updated_at } = self;
        Member {
            number,
            name,
            owner: owner_of(owner_id, owner),
            shared,
            author_email,
            created_at: created_at.into(),
            updated_at: updated_at.map(Into::into),
        }
    }
}

fn owner_of(id: Option<Key>, columns: Option<OwnerColumns>) -> Option<Owner> {
    let (id, (number, email)) = id.zip(columns)?;
    Some(Owner { id: id.into(), number, email })
}

/// Where a dataset is, and whose.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = datasets)]
pub struct PlacedRecord {
    pub id: Key,
    pub number: i64,
    pub owner_id: Option<Key>,
    pub shared: bool,
    pub collection_id: Option<Key>,
}

impl PlacedRecord {
    /// Whose it is, and who sees it.
    pub fn standing(&self) -> Standing {
        Standing { owner: self.owner_id.map(Into::into), shared: self.shared }
    }
}

/// What changes in where datasets are and who sees them.
#[derive(Debug, Clone, Copy, Default, AsChangeset)]
#[diesel(table_name = datasets)]
pub struct DatasetPlace {
    pub shared: Option<bool>,
    pub collection_id: Option<Option<Key>>,
}

/// What changes in where runs are and who sees them.
#[derive(Debug, Clone, Copy, Default, AsChangeset)]
#[diesel(table_name = runs)]
pub struct RunPlace {
    pub shared: Option<bool>,
    pub collection_id: Option<Option<Key>>,
}
