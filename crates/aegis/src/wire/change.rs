//! The JSON bodies that make collections and change what is there (contract §3.5, §3.7, §3.10, §3.16).
//! A field of a change has three states: absent, null, a value. Null says something for
//! `data_collection_id` and `org_id` only; elsewhere it is as good as absence (contract U15).

use actix_web::HttpRequest;
use evalstone_core::json::{RawObject, View};
use evalstone_kit::pydantic::Place;

use super::request::LONGEST_ALIAS;
use crate::body::{Body, Reader, members, nullable, stated};
use crate::errors::Failure;

/// The body of `POST /data-collections`.
#[derive(Debug)]
pub struct NewCollectionBody {
    /// `name`.
    pub name: String,
    /// `dataset_ids`.
    pub dataset_ids: Vec<i128>,
}

/// The body of `PUT /data-collections/{data_collection_id}`.
#[derive(Debug)]
pub struct CollectionBody {
    /// `name`.
    pub name: Option<String>,
    /// `dataset_ids`.
    pub dataset_ids: Option<Vec<i128>>,
    /// `org_id`.
    pub org_id: Option<Option<i128>>,
}

/// The body of `PUT /datasets/{dataset_id}`.
#[derive(Debug)]
pub struct DatasetBody {
    /// `name`.
    pub name: Option<String>,
    /// `selected_metrics`.
    pub selected_metrics: Option<RawObject>,
    /// `column_mappings`.
    pub column_mappings: Option<RawObject>,
    /// `data_collection_id`.
    pub data_collection_id: Option<Option<i128>>,
    /// `org_id`.
    pub org_id: Option<Option<i128>>,
}

/// The body of `PUT /runs/{run_id}`.
#[derive(Debug)]
pub struct RunBody {
    /// `alias`.
    pub alias: Option<String>,
    /// `org_id`.
    pub org_id: Option<Option<i128>>,
    /// `data_collection_id`.
    pub data_collection_id: Option<Option<i128>>,
}

impl NewCollectionBody {
    /// Reads the body.
    ///
    /// # Errors
    /// All schema problems, in the order in which the vendor declares the fields.
    pub fn read(body: &Body) -> Result<Self, Failure> {
        let mut reader = Reader::default();
        let read = Self::of(&mut reader, body);
        reader.finished(read)
    }

    fn of(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [name, ids] = members(model, ["name", "dataset_ids"]);
        let place = Place::BODY.key("name");
        let name = reader.required(&place, model, name);
        let name = name.and_then(|value| reader.text(&place, value));
        let dataset_ids = integers(reader, "dataset_ids", ids).unwrap_or_default();
        Some(Self { name: name?, dataset_ids })
    }
}

impl CollectionBody {
    /// Reads the path's number and the body.
    ///
    /// # Errors
    /// All schema problems, in the order in which the vendor declares the fields.
    pub fn read(request: &HttpRequest, body: &Body) -> Result<(i128, Self), Failure> {
        let mut reader = Reader::default();
        let id = reader.in_path(request, "data_collection_id");
        let read = Self::of(&mut reader, body);
        reader.finished(id.zip(read))
    }

    fn of(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [name, ids, org] = members(model, ["name", "dataset_ids", "org_id"]);
        Some(Self {
            name: text(reader, "name", name),
            dataset_ids: integers(reader, "dataset_ids", ids),
            org_id: number(reader, "org_id", org),
        })
    }
}

impl DatasetBody {
    /// Reads the path's number and the body.
    ///
    /// # Errors
    /// All schema problems, in the order in which the vendor declares the fields.
    pub fn read(request: &HttpRequest, body: &Body) -> Result<(i128, Self), Failure> {
        let mut reader = Reader::default();
        let id = reader.in_path(request, "dataset_id");
        let read = Self::of(&mut reader, body);
        reader.finished(id.zip(read))
    }

    fn of(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let fields =
            ["name", "selected_metrics", "column_mappings", "data_collection_id", "org_id"];
        let [name, metrics, mappings, collection, org] = members(model, fields);
        Some(Self {
            name: text(reader, "name", name),
            selected_metrics: dict(reader, "selected_metrics", metrics),
            column_mappings: dict(reader, "column_mappings", mappings),
            data_collection_id: number(reader, "data_collection_id", collection),
            org_id: number(reader, "org_id", org),
        })
    }
}

impl RunBody {
    /// Reads the path's number and the body.
    ///
    /// # Errors
    /// All schema problems, in the order in which the vendor declares the fields.
    pub fn read(request: &HttpRequest, body: &Body) -> Result<(i128, Self), Failure> {
        let mut reader = Reader::default();
        let id = reader.in_path(request, "run_id");
        let read = Self::of(&mut reader, body);
        reader.finished(id.zip(read))
    }

    fn of(reader: &mut Reader, body: &Body) -> Option<Self> {
        let model = reader.body(body)?;
        let [alias, org, collection] = members(model, ["alias", "org_id", "data_collection_id"]);
        let place = Place::BODY.key("alias");
        let alias = nullable(alias);
        Some(Self {
            alias: alias.and_then(|value| reader.short(&place, value, LONGEST_ALIAS)),
            org_id: number(reader, "org_id", org),
            data_collection_id: number(reader, "data_collection_id", collection),
        })
    }
}

fn text(reader: &mut Reader, name: &str, value: Option<View<'_>>) -> Option<String> {
    nullable(value).and_then(|value| reader.text(&Place::BODY.key(name), value))
}

fn dict(reader: &mut Reader, name: &str, value: Option<View<'_>>) -> Option<RawObject> {
    nullable(value).and_then(|value| reader.dict(&Place::BODY.key(name), value))
}

fn integers(reader: &mut Reader, name: &str, value: Option<View<'_>>) -> Option<Vec<i128>> {
    nullable(value).and_then(|value| reader.integers(&Place::BODY.key(name), value))
}

fn number(reader: &mut Reader, name: &str, value: Option<View<'_>>) -> Option<Option<i128>> {
    stated(value, |value| reader.integer(&Place::BODY.key(name), value))
}
