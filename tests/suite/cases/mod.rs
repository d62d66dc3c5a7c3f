//! The cases.

mod auth_matrix;
mod benchmarks;
mod beside;
mod bridge;
mod catalog;
mod command_line;
mod connections;
mod coverage;
mod error_parity;
mod findings;
mod foreign_ids;
mod forwarding;
mod laws;
mod lifecycle;
mod limits;
mod own_tools;
mod postgres_tls;
mod readme;
mod scenarios;
mod scorings;
mod sharing;
mod start;
mod tokens;
mod uploads;

use crate::trials::Trials;
use findings::Findings;

/// Every case of the suite.
pub fn all() -> Trials {
    let mut trials = Trials::default();
    own_tools::list(&mut trials);
    coverage::list(&mut trials);
    scenarios::list(&mut trials);
    auth_matrix::list(&mut trials);
    foreign_ids::list(&mut trials);
    error_parity::list(&mut trials);
    limits::list(&mut trials);
    forwarding::list(&mut trials);
    beside::list(&mut trials);
    catalog::list(&mut trials);
    benchmarks::list(&mut trials);
    scorings::list(&mut trials);
    connections::list(&mut trials);
    start::list(&mut trials);
    command_line::list(&mut trials);
    tokens::list(&mut trials);
    uploads::list(&mut trials);
    sharing::list(&mut trials);
    laws::list(&mut trials);
    bridge::list(&mut trials);
    lifecycle::list(&mut trials);
    postgres_tls::list(&mut trials);
    readme::list(&mut trials);
    trials
}
