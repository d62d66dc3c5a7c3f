//! The normal form of a case: what it says, whichever dialect wrote it (design §2.4).

use crate::case::{Case, DEFAULT_STAGE};
use crate::json::{self, ObjectBuilder, RawObject, View};
use crate::lens::{Part, Reading};

/// `stage*`, `inputs*`, `output*`, `expected` and `metadata` of a case. An empty `expected` or
/// `metadata`, the default stage and a null output count as none; the name is no part of it.
#[derive(Clone, Debug)]
pub struct NormalForm<'a> {
    stage: Option<&'a str>,
    inputs: Part<'a>,
    output: Option<View<'a>>,
    expected: Option<View<'a>>,
    metadata: Option<View<'a>>,
}

/// A field of the normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `stage*`.
    Stage,
    /// `inputs*`.
    Inputs,
    /// `output*`.
    Output,
    /// `expected`.
    Expected,
    /// `metadata`.
    Metadata,
}

impl Field {
    /// All fields, in the order of the normal form.
    pub const ALL: [Self; 5] =
        [Self::Stage, Self::Inputs, Self::Output, Self::Expected, Self::Metadata];

    /// All fields in the order that canonical JSON gives them.
    const BY_NAME: [Self; 5] =
        [Self::Expected, Self::Inputs, Self::Metadata, Self::Output, Self::Stage];

    /// The field's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Inputs => "inputs",
            Self::Output => "output",
            Self::Expected => "expected",
            Self::Metadata => "metadata",
        }
    }
}

impl<'a> NormalForm<'a> {
    /// The normal form of a case.
    #[must_use]
    pub fn of(case: &'a Case) -> Self {
        let reading = Reading::of(case);
        Self {
            stage: reading.stage().filter(|stage| *stage != DEFAULT_STAGE),
            inputs: reading.inputs().clone(),
            output: reading.output(),
            expected: unless_empty(case.expected.as_ref()),
            metadata: unless_empty(case.metadata.as_ref()),
        }
    }

    /// The canonical JSON of one field; none when the field is none, which `inputs` never is.
    #[must_use]
    pub fn canonical_field(&self, field: Field) -> Option<String> {
        match field {
            Field::Stage => self.stage.map(json::encode),
            Field::Inputs => Some(json::canonical(View::checked(&self.inputs.json()))),
            Field::Output => self.output.map(json::canonical),
            Field::Expected => self.expected.map(json::canonical),
            Field::Metadata => self.metadata.map(json::canonical),
        }
    }

    /// The canonical JSON of the whole: an object of the fields that are not none.
    #[must_use]
    pub fn canonical(&self) -> String {
        let object = Field::BY_NAME.into_iter().fold(ObjectBuilder::new(), |object, field| {
            match self.canonical_field(field) {
                Some(value) => object.member(field.as_str(), View::checked(&value)),
                None => object,
            }
        });
        object.build().into_string()
    }
}

fn unless_empty(object: Option<&RawObject>) -> Option<View<'_>> {
    object.filter(|object| !object.is_empty()).map(RawObject::view)
}
