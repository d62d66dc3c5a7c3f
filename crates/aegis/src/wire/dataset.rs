//! A dataset (seed), whole and in the short form of `all-partial` (contract §3.2).

use chrono::{DateTime, Utc};
use evalstone_core::id::Number;
use evalstone_core::json::ObjectWriter;

use super::record::Field;
use super::{write_array, write_time};

/// A row of the dataset types (contract §4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatasetType {
    /// Made by users: every dataset here is one.
    Custom,
    /// The vendor's own catalogue, of which this gateway has nothing.
    Proprietary,
}

impl DatasetType {
    /// All of them, by id.
    pub const ALL: [Self; 2] = [Self::Custom, Self::Proprietary];

    /// The stable id.
    pub const fn id(self) -> i64 {
        match self {
            Self::Custom => 1,
            Self::Proprietary => 2,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Custom => "CUSTOM",
            Self::Proprietary => "PROPRIETARY",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Custom => "Custom",
            Self::Proprietary => "Proprietary",
        }
    }

    /// Writes the row.
    pub fn write(&self, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        object.plain("id", self.id());
        object.text("name", self.name());
        object.text("label", self.label());
        object.json("description", "null");
        object.close();
    }
}

/// A user as rows refer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's number.
    pub id: Number,
    /// The e-mail address.
    pub email: String,
}

impl User {
    fn write(&self, out: &mut String) {
        let Self { id, email } = self;
        let mut object = ObjectWriter::open(out);
        object.plain("id", id);
        object.text("email", email);
        object.close();
    }
}

/// What all answers that show a dataset have of it. Its type is always [`DatasetType::Custom`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset<'a> {
    /// The number.
    pub id: Number,
    /// The owner; none for a dataset of the organization as a whole.
    pub user: Option<User>,
    /// The e-mail address of whoever made it.
    pub author_email: &'a str,
    /// The name.
    pub name: &'a str,
    /// Metric ids with thresholds and arguments, as JSON, as it was given.
    pub selected_metrics: &'a str,
    /// The fields that it has.
    pub structure: Vec<Field>,
    /// Fields with column names, as JSON, as it was given, or `null`.
    pub column_mappings: &'a str,
    /// The number of the collection that it is in.
    pub data_collection_id: Option<Number>,
    /// The organization's number when it is shared.
    pub org_id: Option<Number>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, if ever.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Dataset<'_> {
    /// Writes the element of `GET /datasets`: all but the records, runs and evaluations.
    pub fn write_summary(&self, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        self.write_members(&mut object);
        object.close();
    }

    /// Writes the whole dataset up to its first record.
    pub fn write_head(&self, out: &mut String) {
        let mut object = ObjectWriter::open(out);
        self.write_members(&mut object);
        object.key("records").push('[');
    }

    /// What follows the last record.
    pub const AFTER_RECORDS: &'static str = "],\"runs\":[";
    /// What follows the last run.
    pub const AFTER_RUNS: &'static str = "],\"evaluations\":[";
    /// What follows the last evaluation.
    pub const TAIL: &'static str = "]}";

    fn write_members(&self, object: &mut ObjectWriter<'_>) {
        let Self {
            id,
            user,
            author_email,
            name,
            selected_metrics,
            structure,
            column_mappings,
            data_collection_id,
            org_id,
            created_at,
            updated_at,
        } = self;
        object.plain("id", id);
        write_user(user.as_ref(), object.key("user"));
        object.plain("dataset_type_id", DatasetType::Custom.id());
        object.text("author_email", author_email);
        object.text("name", name);
        object.json("selected_metrics", selected_metrics);
        write_fields(structure, object.key("structure"));
        object.json("column_mappings", column_mappings);
        object.nullable("data_collection_id", *data_collection_id);
        object.nullable("org_id", *org_id);
        write_time(object.key("created_at"), Some(*created_at));
        write_time(object.key("updated_at"), *updated_at);
        DatasetType::Custom.write(object.key("dataset_type"));
    }
}

/// A dataset in the short list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialDataset {
    /// The number.
    pub id: Number,
    /// The name.
    pub name: String,
    /// The owner; none for a dataset of the organization as a whole.
    pub user: Option<User>,
    /// The organization's number when it is shared.
    pub org_id: Option<Number>,
    /// The e-mail address of whoever made it.
    pub author_email: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, if ever.
    pub updated_at: Option<DateTime<Utc>>,
}

impl PartialDataset {
    /// Writes the element of `all-partial`.
    pub fn write(&self, out: &mut String) {
        let Self { id, name, user, org_id, author_email, created_at, updated_at } = self;
        let mut object = ObjectWriter::open(out);
        object.plain("id", id);
        object.text("name", name);
        write_user(user.as_ref(), object.key("user"));
        object.nullable("org_id", *org_id);
        object.text("author_email", author_email);
        write_time(object.key("created_at"), Some(*created_at));
        write_time(object.key("updated_at"), *updated_at);
        object.close();
    }
}

/// Writes whom a row refers to as its owner.
pub fn write_user(user: Option<&User>, out: &mut String) {
    match user {
        Some(user) => user.write(out),
        None => out.push_str("null"),
    }
}

/// Writes the names of fields as a JSON array.
pub fn write_fields(fields: &[Field], out: &mut String) {
    write_array(out, fields, |field, out| {
        out.push('"');
        out.push_str(field.as_str());
        out.push('"');
    });
}
