//! The suite: the real binary on both databases. `tests/README.md` is its guide.
//!
//! The cases are listed here and not by attributes, because a scenario file is a case too.

mod arbitrary;
mod cases;
mod gateway;
mod json;
mod scenario;
mod trials;
mod upstream;
mod wire;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    // The runner shows what a case says; of the panic by which it says so only the place is news.
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            eprintln!("failed at {place}");
        }
    }));
    let arguments = Arguments::from_args();
    let trials = cases::all().into_list();
    libtest_mimic::run(&arguments, trials).exit_code()
}
