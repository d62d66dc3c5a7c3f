//! What the laws ask of the values that they write.

use std::fmt::Display;

use super::desk::{Dataset, Desk};
use super::dialect::{Dialect, Shown};
use super::normal::Normal;
use crate::arbitrary::canonical;
use crate::arbitrary::record::Record;
use crate::arbitrary::sample::Sample;
use crate::arbitrary::test_case::TestCase;
use crate::arbitrary::value::{Object, Value};

/// A value of a dialect's wire.
pub trait Wire: Display + Sized {
    /// The dialect.
    const DIALECT: Dialect;

    /// Makes a dataset of these.
    fn write(desk: &Desk<'_>, values: &[Self]) -> Result<Dataset, String>;

    /// What its own dialect shows of it, with the contract's defaults.
    fn shown(&self) -> Shown;

    /// What it says.
    fn normal(&self) -> Normal;
}

impl Wire for Sample {
    const DIALECT: Dialect = Dialect::Znyx;

    fn write(desk: &Desk<'_>, values: &[Self]) -> Result<Dataset, String> {
        desk.add_samples(values)
    }

    fn shown(&self) -> Shown {
        let field = |name: &&str| match (*name, self.0.get(name)) {
            // The context is a text of its own and no payload: it counts, its spelling does not.
            ("context", given) => column(given, "input"),
            (_, given) => given.map_or_else(|| "null".to_owned(), ToString::to_string),
        };
        Shown(Dialect::Znyx.fields().iter().map(field).collect())
    }

    fn normal(&self) -> Normal {
        Normal::of_sample(self)
    }
}

impl Wire for Record {
    const DIALECT: Dialect = Dialect::Aegis;

    fn write(desk: &Desk<'_>, values: &[Self]) -> Result<Dataset, String> {
        desk.upload_records(values)
    }

    fn shown(&self) -> Shown {
        Shown(Self::shown(self))
    }

    fn normal(&self) -> Normal {
        Normal::of_record(self)
    }
}

impl Wire for TestCase {
    const DIALECT: Dialect = Dialect::Gentrace;

    fn write(desk: &Desk<'_>, values: &[Self]) -> Result<Dataset, String> {
        desk.add_test_cases(values.iter().map(|value| |dataset: &str| value.body(dataset)))
    }

    fn shown(&self) -> Shown {
        let payload = |name: &str| {
            let given = self.0.get(name).cloned();
            given.unwrap_or_else(|| Value::Object(Object::default())).to_string()
        };
        // The name is a text of its own and no payload: it counts, its spelling does not.
        let name = column(self.0.get("name"), "");
        Shown(vec![name, payload("inputs"), payload("expectedOutputs")])
    }

    fn normal(&self) -> Normal {
        Normal::of_test_case(self)
    }
}

fn column(given: Option<&Value>, default: &str) -> String {
    match given.and_then(Value::as_text) {
        Some(text) => canonical::string(&text.units()),
        None => canonical::text(default),
    }
}
