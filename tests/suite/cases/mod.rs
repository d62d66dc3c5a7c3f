//! The cases.

mod auth_matrix;
mod connections;
mod error_parity;
mod findings;
mod foreign_ids;
mod lifecycle;
mod limits;
mod postgres_tls;
mod scenarios;
mod start;

use crate::trials::Trials;
use findings::Findings;

/// Every case of the suite.
pub fn all() -> Trials {
    let mut trials = Trials::default();
    scenarios::list(&mut trials);
    auth_matrix::list(&mut trials);
    foreign_ids::list(&mut trials);
    error_parity::list(&mut trials);
    limits::list(&mut trials);
    connections::list(&mut trials);
    start::list(&mut trials);
    lifecycle::list(&mut trials);
    postgres_tls::list(&mut trials);
    trials
}
