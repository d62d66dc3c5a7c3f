//! Law 3: a case has one digest, whichever dialect shows it and writes it again, unless the dialect
//! cannot say all of it. Reading changes nothing, and each dialect shows what the design's table says.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::strategy::Strategy;

use super::desk::{Dataset, Desk, Digests};
use super::dialect::{Dialect, Shown};
use super::fidelity::{compare, same};
use super::normal::dataset_digest;
use super::search::{Plan, hold};
use super::wire::Wire;
use crate::arbitrary::record::record;
use crate::arbitrary::sample::sample;
use crate::arbitrary::test_case::test_case;
use crate::gateway::{Backend, Gateway};
use crate::trials::Trials;

const PLAN: Plan = Plan { batches: 3, size: 50 };

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("laws::samples_have_one_digest", |backend| one_digest(backend, sample()));
    trials.both("laws::records_have_one_digest", |backend| one_digest(backend, record()));
    trials.both("laws::test_cases_have_one_digest", |backend| one_digest(backend, test_case()));
}

/// How many copies kept a digest, and how many did not, by dialect.
type Tally = RefCell<BTreeMap<(String, bool), usize>>;

fn one_digest<S>(backend: Backend, strategy: S)
where
    S: Strategy,
    S::Value: Wire,
{
    let gateway = Gateway::start(backend);
    let desk = Desk::home(&gateway);
    let tally = Tally::default();
    hold(strategy, PLAN, |values| {
        let dataset = Wire::write(&desk, values)?;
        let digests = desk.digests(&dataset)?;
        expected_digests(values, &digests)?;
        let read = |dialect| Ok((dialect, desk.read(dialect, &dataset)?));
        let shown = Dialect::ALL.map(read).into_iter().collect::<Result<Vec<_>, String>>()?;
        if desk.digests(&dataset)? != digests {
            return Err("reading changed the dataset's digests".to_owned());
        }
        shown.iter().try_for_each(|(dialect, shown)| {
            compare(&readings(values, *dialect, shown)?, shown)?;
            copies(&desk, values, (*dialect, shown), &digests, &tally)
        })
    });
    // A law about what is kept would hold for a gateway that keeps nothing if no value could be.
    for dialect in Dialect::ALL {
        let kept = tally.borrow().contains_key(&(dialect.to_string(), true));
        assert!(kept, "nothing was kept by {dialect}: {:?}", tally.borrow());
    }
}

/// What a dialect should show of the values. Names that it makes itself are taken from what it shows.
fn readings<W: Wire>(
    values: &[W],
    dialect: Dialect,
    shown: &[Shown],
) -> Result<Vec<Shown>, String> {
    same("cases", &values.len(), &shown.len())?;
    let reading = |(value, shown): (&W, &Shown)| {
        if dialect == W::DIALECT {
            return value.shown();
        }
        let mut reading = value.normal().read(dialect);
        if dialect == Dialect::Gentrace {
            reading.0[0].clone_from(&shown.0[0]);
        }
        reading
    };
    Ok(values.iter().zip(shown).map(reading).collect())
}

/// Whether the digests are those of what was written, by the design's own words.
fn expected_digests<W: Wire>(values: &[W], digests: &Digests) -> Result<(), String> {
    same("cases", &values.len(), &digests.cases.len())?;
    for (value, (_, found)) in values.iter().zip(&digests.cases) {
        let normal = value.normal();
        same(&format!("the digest of {}", normal.canonical()), &normal.digest(), found)?;
    }
    let whole = dataset_digest(digests.cases.iter().map(|(_, digest)| digest));
    same("the dataset's digest", &whole, &digests.whole)
}

/// Whether what a dialect shows, written again through it, has the digests of what it can say, and
/// other ones of what it cannot.
fn copies<W: Wire>(
    desk: &Desk<'_>,
    values: &[W],
    (dialect, shown): (Dialect, &[Shown]),
    digests: &Digests,
    tally: &Tally,
) -> Result<(), String> {
    let copied = copied_digests(desk, dialect, shown)?;
    for (at, copied) in copied.into_iter().enumerate() {
        let Some(copied) = copied else { continue };
        let (value, shown, (_, digest)) = (&values[at], &shown[at], &digests.cases[at]);
        let lost = value.normal().lost(dialect);
        let kept = copied == *digest;
        if kept != lost.is_empty() {
            let word = if kept { "kept" } else { "changed" };
            return Err(format!(
                "{dialect} {word} the digest; {lost:?} is what it loses, and it showed {shown}"
            ));
        }
        *tally.borrow_mut().entry((dialect.to_string(), kept)).or_default() += 1;
    }
    Ok(())
}

/// The digest of each case once it is written again, as its dialect showed it; none for those
/// that cannot be written.
pub fn copied_digests(
    desk: &Desk<'_>,
    dialect: Dialect,
    shown: &[Shown],
) -> Result<Vec<Option<String>>, String> {
    let can_be_written = |shown: &&Shown| dialect != Dialect::Aegis || shown.row().is_some();
    let writable: Vec<Shown> = shown.iter().filter(can_be_written).cloned().collect();
    if writable.is_empty() {
        return Ok(vec![None; shown.len()]);
    }
    let copy: Dataset = desk.write_again(dialect, &writable)?;
    let copied = desk.digests(&copy)?.cases;
    same("cases of the copy", &writable.len(), &copied.len())?;
    let mut copied = copied.into_iter().map(|(_, digest)| digest);
    let digest = |shown| if can_be_written(&shown) { copied.next() } else { None };
    Ok(shown.iter().map(digest).collect())
}
