//! The list of the suite's cases. Each is a case of its own on each database, so that a failure
//! names both.

use libtest_mimic::Trial;

use crate::gateway::Backend;

/// The cases.
#[derive(Default)]
pub struct Trials(Vec<Trial>);

impl Trials {
    /// A case that runs on both databases.
    pub fn both<T>(&mut self, name: &str, test: T)
    where
        T: Fn(Backend) + Clone + Send + 'static,
    {
        for backend in Backend::ALL {
            let test = test.clone();
            self.once(&format!("{name}::{backend}"), move || test(backend));
        }
    }

    /// A case that has nothing to do with the kind of database.
    pub fn once<T>(&mut self, name: &str, test: T)
    where
        T: FnOnce() + Send + 'static,
    {
        let run = move || {
            test();
            Ok(())
        };
        self.0.push(Trial::test(name, run));
    }

    /// The list for the runner.
    pub fn into_list(self) -> Vec<Trial> {
        self.0
    }
}
