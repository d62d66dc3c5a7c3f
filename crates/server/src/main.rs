//! The gateway's binary: configuration, command line, mounting, and our own routes.
//!
//! Entry points: [`cli`] (what can be typed), [`application`] (a bound server as a value),
//! [`dialects`] (the list of what is served), [`own`] (routes that belong to no vendor), [`upstream`] (running
//! beside a vendor).
//!
//! What this crate must never know: SQL, or any vendor's wire types.

mod application;
mod chores;
mod cli;
mod config;
mod dialects;
mod failure;
mod first_run;
mod logging;
mod numbers;
mod opening;
mod own;
mod seeding;
mod shutdown;
mod upstream;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
