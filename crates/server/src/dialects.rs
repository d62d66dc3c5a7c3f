//! The list of dialects. A new one is one line here.

use evalstone_kit::dialect::Dialect;
use evalstone_kit::limits::Limits;
use evalstone_store::Store;

use crate::config::Dialects;

type Make = fn(&Store, &Limits) -> Dialect;

const ALL: [(&str, Make); 3] = [
    ("znyx", evalstone_znyx::dialect),
    ("aegis", evalstone_aegis::dialect),
    ("gentrace", evalstone_gentrace::dialect),
];

/// The short names of all dialects, by which the configuration speaks of them.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().map(|(name, _)| name)
}

/// The enabled dialects over this store.
#[must_use]
pub fn enabled(settings: &Dialects, store: &Store, limits: &Limits) -> Vec<Dialect> {
    let enabled = ALL.into_iter().filter(|(name, _)| settings.of(name).enabled);
    enabled.map(|(_, make)| make(store, limits)).collect()
}
