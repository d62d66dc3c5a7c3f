//! What is told while a move goes on.

/// Something that has happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// So many datasets are to be looked at.
    Found(usize),
    /// A dataset is begun, which has so many cases as far as the source says.
    Begun {
        /// Its name.
        name: &'a str,
        /// How many cases it has.
        cases: Option<u64>,
    },
    /// So many cases, or parts of runs, more were read.
    Read(u64),
    /// A run is looked at.
    Run {
        /// Its kind and its name.
        name: &'a str,
    },
    /// Something failed for a reason that passes; it is tried again.
    Again {
        /// The dataset's or the run's name.
        name: &'a str,
        /// What failed.
        why: &'a str,
    },
    /// A dataset is done.
    Ended {
        /// Its name.
        name: &'a str,
    },
}

/// Who is told.
pub trait Listener {
    /// Tells it.
    fn hear(&self, event: Event<'_>);
}

/// Nobody.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Listener for Silent {
    fn hear(&self, _: Event<'_>) {}
}
