//! The real binary: what it prints, what it answers, how it stops.

mod commands;
mod digests;
mod gateway;
mod serving;
mod stopping;
