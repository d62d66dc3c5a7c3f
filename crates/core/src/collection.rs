//! Collections of datasets and runs, and changes that concern who sees what (Aegis contract §3.5 to
//! §3.11, §4.1).

use chrono::{DateTime, Utc};

use crate::dataset::{Owner, Ownership};
use crate::id::{CollectionId, Number};
use crate::json::RawJson;

/// A collection as stored.
#[derive(Clone, Debug)]
pub struct Collection {
    /// The identifier.
    pub id: CollectionId,
    /// The public number.
    pub number: Number,
    /// The user who owns it; none when it belongs to the organization as a whole.
    pub owner: Option<Owner>,
    /// The e-mail address of whoever made it, kept when the owner is gone.
    pub author_email: String,
    /// Whether the whole organization sees it, or its owner alone.
    pub shared: bool,
    /// The name.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, if ever.
    pub updated_at: Option<DateTime<Utc>>,
}

/// A dataset as its collection lists it.
#[derive(Clone, Debug)]
pub struct Member {
    /// The public number.
    pub number: Number,
    /// The name.
    pub name: String,
    /// The user who owns it; none when it belongs to the organization as a whole.
    pub owner: Option<Owner>,
    /// Whether the whole organization sees it, or its owner alone.
    pub shared: bool,
    /// The e-mail address of whoever made it.
    pub author_email: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, if ever.
    pub updated_at: Option<DateTime<Utc>>,
}

/// A collection to be made.
#[derive(Clone, Debug)]
pub struct NewCollection {
    /// The dialect it is made through.
    pub origin: &'static str,
    /// The name.
    pub name: String,
    /// The numbers of the datasets that it begins with. No dataset has the number 0.
    pub datasets: Vec<Number>,
}

/// What to change of a collection; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct CollectionChange {
    /// The new name.
    pub name: Option<String>,
    /// The numbers of all the datasets that it is to have.
    pub datasets: Option<Vec<Number>>,
    /// The number of the organization that it is to be shared with, or null.
    pub organization: Option<Option<Number>>,
}

impl CollectionChange {
    /// Whether nothing is to be changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        let Self { name, datasets, organization } = self;
        name.is_none() && datasets.is_none() && organization.is_none()
    }
}

/// What to change of a dataset where names are unique and datasets are shared; `None` leaves a field as
/// it is.
#[derive(Clone, Debug, Default)]
pub struct DatasetEdit {
    /// The new name.
    pub name: Option<String>,
    /// Members of what the dialect alone knows of it, by their keys.
    pub facet: Vec<(&'static str, RawJson)>,
    /// The number of the collection that it is to be in, or null.
    pub collection: Option<Option<Number>>,
    /// The number of the organization that it is to be shared with, or null.
    pub organization: Option<Option<Number>>,
}

impl DatasetEdit {
    /// Whether nothing is to be changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        let Self { name, facet, collection, organization } = self;
        name.is_none() && facet.is_empty() && collection.is_none() && organization.is_none()
    }
}

/// What to change of a scoring run; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct RunEdit {
    /// The new name.
    pub name: Option<String>,
    /// The number of the collection that it is to be in, or null.
    pub collection: Option<Option<Number>>,
    /// The number of the organization that it is to be shared with, or null.
    pub organization: Option<Option<Number>>,
}

impl RunEdit {
    /// Whether nothing is to be changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        let Self { name, collection, organization } = self;
        name.is_none() && collection.is_none() && organization.is_none()
    }
}

/// Which collections a list shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct CollectionFilter {
    /// Only the caller's own, or only those that others share.
    pub ownership: Option<Ownership>,
}
