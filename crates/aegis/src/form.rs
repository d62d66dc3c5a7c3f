//! The form of `POST /datasets` (contract §3.1).

use evalstone_core::error::{Error, Result};
use evalstone_core::id::Number;
use evalstone_core::json;
use evalstone_core::text::check_plain;
use evalstone_kit::multipart::{Form, FormError, SpooledFile};

use crate::errors::Failure;
use crate::wire::coerce;
use crate::wire::problem::{Input, Location, Problem, Rule};

const FILE: &str = "file";
const SELECTED_METRICS: &str = "selected_metrics";
const COLUMN_MAPPINGS: &str = "column_mappings";
const NAME: &str = "name";
const DATA_COLLECTION_ID: &str = "data_collection_id";

/// A form that fits the schema. Empty text parts count as absent, as FastAPI has it.
#[derive(Debug)]
pub struct UploadForm {
    /// The CSV file.
    pub file: SpooledFile,
    /// The text of that part.
    pub selected_metrics: String,
    /// The text of that part, if there is one.
    pub column_mappings: Option<String>,
    name: Option<String>,
    data_collection_id: Option<i128>,
}

impl UploadForm {
    /// The part that holds the file.
    pub const FILE: &str = FILE;

    /// Takes a form apart.
    ///
    /// # Errors
    /// All schema problems in the order in which the vendor declares the parts; bad request when
    /// the body cannot be read as a form.
    pub fn parse(form: Result<Form, FormError>) -> Result<Self, Failure> {
        let form = match form {
            Ok(form) => form,
            Err(FormError::NotAForm) => Form { fields: Vec::new(), file: None },
            Err(error) => return Err(Error::from(error).into()),
        };
        let text = |name: &str| form.field(name).filter(|text| !text.is_empty());
        let file = form.file.as_ref().ok_or_else(|| no_file(&form));
        let metrics = text(SELECTED_METRICS)
            .ok_or_else(|| Problem::missing(Location::Body, SELECTED_METRICS));
        let collection = text(DATA_COLLECTION_ID)
            .map(|text| coerce::integer(Input::new(Location::Body, DATA_COLLECTION_ID, text)))
            .transpose();
        let (metrics, collection) = match (file, metrics, collection) {
            (Ok(_), Ok(metrics), Ok(collection)) => (metrics.to_owned(), collection),
            (file, metrics, collection) => {
                let problems = [file.err(), metrics.err(), collection.err()];
                return Err(Failure::Schema(problems.into_iter().flatten().collect()));
            }
        };
        let (mappings, name) = (text(COLUMN_MAPPINGS), text(NAME));
        let (mappings, name) = (mappings.map(str::to_owned), name.map(str::to_owned));
        let file = form.file.ok_or_else(|| Error::fault("a checked file is gone"))?;
        Ok(Self {
            file,
            selected_metrics: metrics,
            column_mappings: mappings,
            name,
            data_collection_id: collection,
        })
    }

    /// The number of the collection that the dataset goes into; 0, which none has, for numbers beyond
    /// the database's.
    pub fn collection(&self) -> Option<Number> {
        self.data_collection_id.map(|id| Number::try_from(id).unwrap_or(0))
    }

    /// The dataset's name: the one given, without blanks around it, else the file's.
    ///
    /// # Errors
    /// Invalid when the file's name does not end in `.csv`, or the name cannot be stored.
    pub fn dataset_name(&self) -> Result<String> {
        let file_name = self.file.name.as_deref().unwrap_or_default();
        if !file_name.to_ascii_lowercase().ends_with(".csv") {
            let shown = json::encode(file_name);
            return Err(Error::invalid(format!("the file's name must end in .csv, not {shown}")));
        }
        let given = self.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let name = given.unwrap_or_else(|| file_name.trim());
        check_plain(NAME, name)?;
        Ok(name.to_owned())
    }
}

fn no_file(form: &Form) -> Problem {
    match form.field(FILE) {
        Some(text) => Input::new(Location::Body, FILE, text).breaks(Rule::NoFile),
        None => Problem::missing(Location::Body, FILE),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use evalstone_kit::spool::Spooled;

    use super::*;

    fn form(file_name: Option<&str>, fields: &[(&str, &str)]) -> Form {
        let file = file_name.map(|name| SpooledFile {
            file: Spooled::Memory(Cursor::default()),
            name: Some(name.to_owned()),
            bytes: 0,
        });
        let fields = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Form { fields, file }
    }

    fn problems(form: Result<Form, FormError>) -> Vec<String> {
        match UploadForm::parse(form) {
            Err(Failure::Schema(problems)) => problems.iter().map(ToString::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn name_of(file_name: &str, name: &str) -> Result<String> {
        let fields = [(SELECTED_METRICS, "{}"), (NAME, name)];
        let upload = UploadForm::parse(Ok(form(Some(file_name), &fields))).expect("fits");
        upload.dataset_name()
    }

    #[test]
    fn all_problems_in_the_order_of_declaration() {
        let missing = ["\"file\": Field required", "\"selected_metrics\": Field required"];
        assert_eq!(problems(Err(FormError::NotAForm)), missing);
        let fields = [("data_collection_id", "x"), ("selected_metrics", ""), ("file", "a,b")];
        assert_eq!(
            problems(Ok(form(None, &fields))),
            [
                "\"file\": Value error, Expected UploadFile, received: <class 'str'>",
                "\"selected_metrics\": Field required",
                "\"data_collection_id\": Input should be a valid integer, unable to parse string as an integer",
            ]
        );
    }

    #[test]
    fn empty_parts_are_absent() {
        let fields =
            [("selected_metrics", "{}"), ("column_mappings", ""), ("data_collection_id", "")];
        let upload = UploadForm::parse(Ok(form(Some("a.csv"), &fields))).expect("fits");
        assert_eq!(upload.column_mappings, None);
        assert_eq!(upload.collection(), None);
        let fields = [("selected_metrics", "{}"), ("data_collection_id", "14")];
        let upload = UploadForm::parse(Ok(form(Some("a.csv"), &fields))).expect("fits");
        assert_eq!(upload.collection(), Some(14));
    }

    #[test]
    fn names() {
        assert_eq!(name_of("desk.CSV", " Returns desk ").expect("a name"), "Returns desk");
        assert_eq!(name_of("desk.csv", "").expect("a name"), "desk.csv");
        assert_eq!(name_of("desk.csv", " \t").expect("a name"), "desk.csv");
        let error = name_of("desk.csv", "a\0").expect_err("refused");
        assert!(error.message().starts_with("name holds the character U+0000"), "{error}");
        for file_name in ["desk.txt", "desk", "", "csv"] {
            let error = name_of(file_name, "x").expect_err("refused");
            assert!(error.message().contains("must end in .csv"), "{error}");
        }
    }
}
