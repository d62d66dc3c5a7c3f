//! Which columns of a file hold which fields (contract §3.1, §4.3).

use evalstone_core::error::{Error, Result};
use evalstone_core::json::{self, Kind, RawJson};

use crate::selection::parse_json;
use crate::wire::record::Field;

/// `column_mappings`: for each field, in the order of [`Field::ALL`], the column that holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMappings([Option<String>; 5]);

impl ColumnMappings {
    /// Reads the form's part, and gives its JSON to be kept as well; none for `null`.
    ///
    /// # Errors
    /// Invalid when it is no object from the five fields to column names.
    pub fn parse(text: &str) -> Result<Option<(RawJson, Self)>> {
        let view = parse_json("column_mappings", text)?;
        match view.kind() {
            Kind::Null => return Ok(None),
            Kind::Object => {}
            other => {
                let found = other.as_str();
                return Err(Error::invalid(format!(
                    "column_mappings: expected a JSON object, found {found}"
                )));
            }
        }
        let mut columns = <[Option<String>; 5]>::default();
        for (key, column) in view.members() {
            let field = key.text().and_then(|name| Field::from_name(&name)).ok_or_else(|| {
                let fields = Field::ALL.map(Field::as_str).join(", ");
                let key = key.raw();
                Error::invalid(format!("column_mappings: {key} is none of the fields {fields}"))
            })?;
            let column = column.as_text().ok_or_else(|| {
                let field = field.as_str();
                Error::invalid(format!("column_mappings.{field} is not the name of a column"))
            })?;
            columns[field as usize] = Some(column.trim().to_owned());
        }
        Ok(Some((RawJson::from_view(view), Self(columns))))
    }
}

/// A column that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The field that it holds.
    pub field: Field,
}

/// A file's header, of which only what is looked for is kept, however wide it is.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    sought: Vec<Sought<'a>>,
    width: usize,
}

/// A field's column that is looked for.
#[derive(Clone, Debug)]
struct Sought<'a> {
    field: Field,
    name: &'a str,
    /// Whether it was mapped to the field, or merely has its name.
    mapped: bool,
    /// Where it was found first, and again.
    places: [Option<usize>; 2],
}

impl<'a> Header<'a> {
    /// A header without columns yet. A field comes from the column that is mapped to it, else from
    /// the one of its name, unless that one is mapped to another field.
    pub fn new(mappings: &'a ColumnMappings) -> Self {
        let is_taken = |name| mappings.0.iter().flatten().any(|taken| taken == name);
        let sought = |(field, column): (Field, &'a Option<String>)| {
            let mapped = column.is_some();
            let name = match column {
                Some(name) => name,
                None if is_taken(field.as_str()) => return None,
                None => field.as_str(),
            };
            Some(Sought { field, name, mapped, places: [None, None] })
        };
        Self {
            sought: Field::ALL.into_iter().zip(&mappings.0).filter_map(sought).collect(),
            width: 0,
        }
    }

    /// Adds the next column. Blanks around its name do not count.
    pub fn add(&mut self, name: &str) {
        let name = name.trim();
        for sought in self.sought.iter_mut().filter(|sought| sought.name == name) {
            if let Some(place) = sought.places.iter_mut().find(|place| place.is_none()) {
                *place = Some(self.width);
            }
        }
        self.width += 1;
    }

    /// How many columns there are.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The columns to be read, in the order of their places.
    ///
    /// # Errors
    /// Invalid when a mapped column is missing, a needed one is there twice, or there is none.
    pub fn columns(&self) -> Result<Vec<Column>> {
        let mut columns = Vec::new();
        for sought in &self.sought {
            columns.extend(sought.column()?);
        }
        if columns.is_empty() {
            let fields = Field::ALL.map(Field::as_str).join(", ");
            return Err(Error::invalid(format!(
                "the header names none of the columns {fields}, and no other is mapped to one of \
                 them by column_mappings"
            )));
        }
        columns.sort_by_key(|column| column.index);
        Ok(columns)
    }
}

impl Sought<'_> {
    fn column(&self) -> Result<Option<Column>> {
        let Self { field, name, mapped, places } = self;
        match places {
            [Some(first), Some(second)] => {
                let (first, second, name) = (first + 1, second + 1, json::encode(name));
                Err(Error::invalid(format!(
                    "the header has the column {name} more than once, as columns {first} and \
                     {second}"
                )))
            }
            [Some(index), None] => Ok(Some(Column { index: *index, field: *field })),
            [None, _] if *mapped => {
                let (field, name) = (field.as_str(), json::encode(name));
                Err(Error::invalid(format!(
                    "column_mappings.{field} names the column {name}, which the file's header does \
                     not have"
                )))
            }
            [None, _] => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mappings(text: &str) -> ColumnMappings {
        ColumnMappings::parse(text).expect(text).expect("not null").1
    }

    fn chosen(header: &str, mappings: &ColumnMappings) -> Result<Vec<(usize, &'static str)>> {
        let mut names = Header::new(mappings);
        header.split(',').for_each(|name| names.add(name));
        assert_eq!(names.width(), header.split(',').count());
        let columns = names.columns()?;
        Ok(columns.iter().map(|column| (column.index, column.field.as_str())).collect())
    }

    fn refusal<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.expect_err("refused").message().to_owned()
    }

    #[test]
    fn mappings_are_kept_as_they_were_given() {
        assert_eq!(ColumnMappings::parse(" null ").expect("null is none"), None);
        let (raw, columns) = ColumnMappings::parse(r#" {"output" : " b ","output":"c"} "#)
            .expect("valid")
            .expect("some");
        assert_eq!(raw.as_str(), r#"{"output" : " b ","output":"c"}"#);
        assert_eq!(columns.0[Field::Output as usize].as_deref(), Some("c"));
        assert_eq!(mappings("{}"), ColumnMappings::default());
    }

    #[test]
    fn bad_mappings() {
        for (text, why) in [
            ("{", "column_mappings is not valid JSON: Expecting property name"),
            ("[]", "column_mappings: expected a JSON object, found array"),
            (
                r#"{"Prompt":"a"}"#,
                "column_mappings: \"Prompt\" is none of the fields prompt, input",
            ),
            (r#"{"prompt":null}"#, "column_mappings.prompt is not the name of a column"),
            (r#"{"prompt":"\ud800"}"#, "column_mappings.prompt is not the name of a column"),
        ] {
            let found = refusal(ColumnMappings::parse(text));
            assert!(found.starts_with(why), "{found}");
        }
    }

    #[test]
    fn columns_by_name_and_by_mapping() {
        let none = ColumnMappings::default();
        assert_eq!(chosen("output,x,prompt", &none).expect("fits"), [(0, "output"), (2, "prompt")]);
        let mapped = mappings(r#"{"prompt":"question"}"#);
        assert_eq!(
            chosen("question,output,prompt", &mapped).expect("fits"),
            [(0, "prompt"), (1, "output")]
        );
        let crossed = mappings(r#"{"output":"input"}"#);
        assert_eq!(chosen("input", &crossed).expect("fits"), [(0, "output")]);
        let twice = mappings(r#"{"input":"q","prompt":"q"}"#);
        assert_eq!(chosen("q", &twice).expect("fits"), [(0, "prompt"), (0, "input")]);
    }

    #[test]
    fn bad_columns() {
        let none = ColumnMappings::default();
        assert_eq!(
            refusal(chosen("a,output,b,output", &none)),
            "the header has the column \"output\" more than once, as columns 2 and 4"
        );
        assert_eq!(chosen("a,a,output", &none).expect("a is not read"), [(2, "output")]);
        assert!(refusal(chosen("Output,PROMPT", &none)).starts_with("the header names none of"));
        let mapped = mappings(r#"{"prompt":"a"}"#);
        assert_eq!(
            refusal(chosen("prompt,output", &mapped)),
            "column_mappings.prompt names the column \"a\", which the file's header does not have"
        );
        assert!(refusal(chosen("a,a", &mapped)).contains("more than once, as columns 1 and 2"));
    }
}
