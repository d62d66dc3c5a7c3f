//! What people see: the page that an experiment's link opens (contract §5), in HTML that needs no
//! script.
//!
//! A request passes `visitor` (cookie or header → who asks, or the form that asks for the key),
//! a handler, `address` (what the link names) and the store; `layout` frames what `experiment`,
//! `row`, `tree`, `span` and `value` write. Whatever comes from outside is text: `maud` escapes it,
//! and the content security policy of `answer` lets nothing run or load. Payloads stay raw JSON
//! text; what is long was cut off by the store already.

pub mod address;
pub mod answer;
pub mod cookie;
pub mod experiment;
pub mod layout;
pub mod routes;
pub mod sign_in;
pub mod visitor;

mod message;
mod row;
mod span;
mod tree;
mod value;
mod words;
