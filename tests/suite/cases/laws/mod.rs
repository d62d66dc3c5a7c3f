//! The laws of design §2.4 over HTTP: generated values are written through one dialect of a running
//! gateway and read through all three.
//!
//! `PROPTEST_RNG_SEED` repeats a run; a law that fails prints it.

mod desk;
mod dialect;
mod digests;
mod fidelity;
mod hops;
mod loss;
mod normal;
mod readings;
mod search;
mod wire;

use crate::trials::Trials;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    fidelity::list(trials);
    hops::list(trials);
    digests::list(trials);
    loss::list(trials);
}
