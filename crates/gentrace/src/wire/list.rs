//! The envelope of lists. There is no pagination of any kind (contract §1).

use serde::Serialize;

/// `{"data": […]}`.
#[derive(Serialize)]
pub struct List<T> {
    /// Everything there is.
    pub data: Vec<T>,
}

/// A list without items, as text.
pub const EMPTY: &str = r#"{"data":[]}"#;
/// What stands before the first item of a list.
pub const BEGINNING: &str = r#"{"data":["#;
/// What stands after the last one.
pub const END: &str = "]}";
