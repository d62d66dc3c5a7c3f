//! Law 1: what was written through a dialect is read through it, to the byte of each payload.

use std::fmt::Display;

use proptest::strategy::Strategy;

use super::desk::{Desk, expect};
use super::dialect::{Dialect, Shown};
use super::search::{Plan, hold};
use super::wire::Wire;
use crate::arbitrary::sample::sample;
use crate::arbitrary::sheet::{Sheet, sheet};
use crate::arbitrary::test_case::test_case;
use crate::gateway::{Backend, Gateway};
use crate::trials::Trials;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("laws::samples_are_read_as_written", |backend| {
        same_dialect(backend, sample(), Plan { batches: 10, size: 50 });
    });
    trials.both("laws::test_cases_are_read_as_written", |backend| {
        same_dialect(backend, test_case(), Plan { batches: 5, size: 50 });
    });
    trials.both("laws::csv_files_are_read_as_written", csv_files);
}

fn same_dialect<S>(backend: Backend, strategy: S, plan: Plan)
where
    S: Strategy,
    S::Value: Wire,
{
    let gateway = Gateway::start(backend);
    let desk = Desk::home(&gateway);
    hold(strategy, plan, |values| {
        let dataset = Wire::write(&desk, values)?;
        let read = desk.read(S::Value::DIALECT, &dataset)?;
        compare(&values.iter().map(Wire::shown).collect::<Vec<_>>(), &read)
    });
}

fn csv_files(backend: Backend) {
    let gateway = Gateway::start(backend);
    let desk = Desk::home(&gateway);
    hold(sheet(), Plan { batches: 5, size: 20 }, |sheets| {
        sheets.iter().try_for_each(|sheet| csv_file(&desk, sheet))
    });
}

fn csv_file(desk: &Desk<'_>, sheet: &Sheet) -> Result<(), String> {
    let (status, answer) = desk.upload(sheet.bytes(), sheet.mapping())?;
    let expected: Vec<Shown> = sheet.records().iter().map(Wire::shown).collect();
    if expected.is_empty() {
        return expect(status, 400, &answer);
    }
    expect(status, 201, &answer)?;
    compare(&expected, &Dialect::Aegis.shown(&answer)?)?;
    let dataset = desk.created(&answer)?;
    compare(&expected, &desk.read(Dialect::Aegis, &dataset)?)
}

/// Whether what was read is what is expected; an error shows the first that is not.
pub fn compare(expected: &[Shown], read: &[Shown]) -> Result<(), String> {
    same("cases", &expected.len(), &read.len())?;
    let differs = expected.iter().zip(read).find(|(expected, read)| expected != read);
    match differs {
        Some((expected, read)) => Err(format!("expected {expected}\nread     {read}")),
        None => Ok(()),
    }
}

/// Whether two things are the same; an error shows both.
pub fn same<T: Display + PartialEq>(what: &str, expected: &T, found: &T) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{what}: {expected} expected, {found} found"))
}
