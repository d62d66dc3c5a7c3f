//! What a dialect shows of a case, and how that is written again.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::value::RawValue;

use crate::arbitrary::record::{FIELDS, Record};

/// A vendor's dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// ZNYX: samples.
    Znyx,
    /// Aegis: records.
    Aegis,
    /// Gentrace: test cases.
    Gentrace,
}

/// What a dialect shows of a case that a client can write: the JSON texts of
/// [`Dialect::fields`], to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(pub Vec<String>);

impl Dialect {
    /// All.
    pub const ALL: [Self; 3] = [Self::Znyx, Self::Aegis, Self::Gentrace];

    /// The fields of a case that a client can write.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Znyx => {
                &["input_text", "context", "expected_decision", "expected_rule_hits", "metadata"]
            }
            Self::Aegis => &FIELDS,
            Self::Gentrace => &["name", "inputs", "expectedOutputs"],
        }
    }

    /// The key of an answer under which the cases stand.
    pub const fn list(self) -> &'static str {
        match self {
            Self::Znyx => "samples",
            Self::Aegis => "records",
            Self::Gentrace => "data",
        }
    }

    /// The cases of an answer.
    pub fn shown(self, answer: &str) -> Result<Vec<Shown>, String> {
        let whole = members(answer)?;
        let list = whole.get(self.list()).ok_or_else(|| format!("no {} in it", self.list()))?;
        let items: Vec<Box<RawValue>> =
            serde_json::from_str(list).map_err(|error| format!("{list}: {error}"))?;
        items.iter().map(|item| self.shown_case(item.get())).collect()
    }

    fn shown_case(self, item: &str) -> Result<Shown, String> {
        let members = members(item)?;
        let field =
            |name: &&str| members.get(*name).cloned().ok_or_else(|| format!("no {name} in {item}"));
        self.fields().iter().map(field).collect::<Result<_, _>>().map(Shown)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Znyx => "znyx",
            Self::Aegis => "aegis",
            Self::Gentrace => "gentrace",
        })
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" | "))
    }
}

impl Shown {
    /// The members of a body that writes it again.
    pub fn body(&self, dialect: Dialect) -> String {
        let members: Vec<String> = dialect
            .fields()
            .iter()
            .zip(&self.0)
            .map(|(field, value)| format!("\"{field}\":{value}"))
            .collect();
        members.join(",")
    }

    /// A record as a row of a file; none when no file can hold it: a text with a lone surrogate, or no
    /// text at all (design §2.4, law 4).
    pub fn row(&self) -> Option<Record> {
        let cell = |token: &String| {
            let text = serde_json::from_str::<Option<String>>(token).ok()?;
            Some(text.unwrap_or_default())
        };
        let cells: Vec<String> = self.0.iter().map(cell).collect::<Option<_>>()?;
        let record = Record(cells.try_into().ok()?);
        (!record.is_blank()).then_some(record)
    }
}

/// The raw texts of an object's members.
fn members(object: &str) -> Result<BTreeMap<String, String>, String> {
    let members: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(object).map_err(|error| format!("{object}: {error}"))?;
    Ok(members.into_iter().map(|(key, value)| (key, value.get().to_owned())).collect())
}
