//! HTTP help that knows no vendor.
//!
//! Entry points, in the order a dialect meets them: [`dialect::Dialect`] (what a dialect crate
//! hands to the server), [`routes::Routes`] (its table of routes), [`errors::guard`] (its own
//! shape for every failure under its prefix), [`bearer::bearer`] and [`query::parse`] (what a
//! request says), [`pydantic::integer`] (what it means by it), [`body::read`] and [`multipart::Form`] (what it carries, within
//! [`limits::Limits`]), [`attempt::attempt`] (whether it may be a repetition), [`packed::Coding`]
//! (for clients that compress), [`condition::has_already`] (for clients that keep what they got),
//! [`table`] (files of records), [`likeness::Likeness`] (what another server of the same dialect is like),
//! [`stream::streamed`] (answers of any length). The server adds
//! [`observe::observe`] and
//! [`connection::adapt_connection`] around all of them and answers its own routes by [`problem`].
//! The other way round, [`remote`] is how a dialect asks servers that speak it.
//!
//! What this crate must never know: the store, a database, or any vendor's name.

pub mod assumed;
pub mod attempt;
pub mod bearer;
pub mod body;
pub mod condition;
pub mod connection;
pub mod dialect;
pub mod errors;
pub mod likeness;
pub mod limits;
pub mod multipart;
pub mod observe;
pub mod pace;
pub mod packed;
pub mod problem;
pub mod pydantic;
pub mod quantity;
pub mod query;
pub mod remote;
pub mod routes;
pub mod spool;
pub mod stream;
pub mod table;

mod middleware;
mod panics;
