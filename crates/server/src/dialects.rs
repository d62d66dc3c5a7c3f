//! The list of dialects. A new one is one line here.

use std::sync::LazyLock;

use evalstone_core::error::Result;
use evalstone_kit::dialect::{Dialect, Means};
use evalstone_kit::remote::Outward;
use evalstone_store::Store;
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Table;

use crate::config::Dialects;
use crate::failure::Failure;

static ALL: LazyLock<Vec<Line>> = LazyLock::new(|| {
    vec![
        line(evalstone_znyx::dialect, evalstone_znyx::outward()),
        line(evalstone_aegis::dialect, evalstone_aegis::outward()),
        line(evalstone_gentrace::dialect, evalstone_gentrace::outward()),
    ]
});

type Make = Box<dyn Fn(&Store, &Means, &Table) -> Result<Dialect, Failure> + Send + Sync>;

struct Line {
    name: &'static str,
    /// What the bridge speaks.
    outward: Outward,
    /// Reads the dialect's own settings and gives them whole, with what was left out.
    complete: fn(Table) -> Result<Table, String>,
    make: Make,
}

/// A dialect with settings of its own, mounted by `make`, and what it speaks outward.
fn line<S>(make: fn(&Store, &Means, S) -> Result<Dialect>, outward: Outward) -> Line
where
    S: Serialize + DeserializeOwned + 'static,
{
    let name = outward.name;
    let make = move |store: &Store, means: &Means, own: &Table| {
        let settings = own.clone().try_into().map_err(|error: toml::de::Error| {
            Failure::new(format!("dialects.{name}: {}", error.message()))
        })?;
        Ok(make(store, means, settings)?)
    };
    Line { name, outward, complete: complete::<S>, make: Box::new(make) }
}

fn complete<S: Serialize + DeserializeOwned>(given: Table) -> Result<Table, String> {
    let settings: S =
        given.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    Table::try_from(settings).map_err(|error| error.to_string())
}

/// The short names of all dialects, by which the configuration speaks of them.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|line| line.name)
}

/// What all dialects speak outward.
pub fn outwards() -> impl Iterator<Item = Outward> {
    ALL.iter().map(|line| line.outward)
}

/// What the dialect of that name speaks outward.
///
/// # Errors
/// When there is no such dialect.
pub fn outward(name: &str) -> Result<Outward, Failure> {
    outwards().find(|outward| outward.name == name).ok_or_else(|| Failure::new(unknown(name)))
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = names().collect();
    format!("no dialect is called {name:?}; there are {}", known.join(", "))
}

/// The own settings of the dialect of that name, completed by their defaults.
///
/// # Errors
/// When one of them is unknown or of the wrong kind, or there is no such dialect.
pub fn own_settings(name: &str, given: Table) -> Result<Table, String> {
    match ALL.iter().find(|line| line.name == name) {
        Some(line) => (line.complete)(given),
        None => Err(unknown(name)),
    }
}

/// The enabled dialects over this store.
///
/// # Errors
/// When a dialect cannot do what its settings say.
pub fn enabled(settings: &Dialects, store: &Store, means: &Means) -> Result<Vec<Dialect>, Failure> {
    let enabled = ALL.iter().filter(|line| settings.of(line.name).enabled);
    enabled.map(|line| (line.make)(store, means, &settings.of(line.name).own)).collect()
}
