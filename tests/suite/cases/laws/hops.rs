//! Law 2: what was read through Gentrace and written through it into a fresh organization reads
//! there as it read here.

use proptest::strategy::Strategy;

use super::desk::Desk;
use super::dialect::{Dialect, Shown};
use super::fidelity::compare;
use super::search::{Plan, hold};
use super::wire::Wire;
use crate::arbitrary::record::record;
use crate::arbitrary::sample::engine_sample;
use crate::gateway::{Backend, Gateway};
use crate::trials::Trials;

const PLAN: Plan = Plan { batches: 4, size: 50 };

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("laws::records_hop_through_gentrace", |backend| {
        hop(backend, record(), |shown| shown);
    });
    // Another stage than the engine's cannot be told from a key of the inputs there, and metadata
    // has no place.
    trials.both("laws::samples_hop_through_gentrace", |backend| {
        hop(backend, engine_sample(), |Shown(mut fields)| {
            fields[4] = "null".to_owned();
            Shown(fields)
        });
    });
}

fn hop<S>(backend: Backend, strategy: S, kept: impl Fn(Shown) -> Shown)
where
    S: Strategy,
    S::Value: Wire,
{
    let gateway = Gateway::start(backend);
    let (home, fresh) = (Desk::home(&gateway), Desk::fresh(&gateway, "fresh"));
    hold(strategy, PLAN, |values| {
        let original = Wire::write(&home, values)?;
        let hopping = home.read(Dialect::Gentrace, &original)?;
        let copy = fresh.write_again(Dialect::Gentrace, &hopping)?;
        let expected = values.iter().map(|value| kept(value.shown())).collect::<Vec<_>>();
        compare(&expected, &fresh.read(S::Value::DIALECT, &copy)?)
    });
}
