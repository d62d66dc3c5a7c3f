//! Detectors: what patterns find in a text without a model (contract §4.4, security). They find what
//! has a form: numbers with check digits, keys, known phrases, hidden characters. What needs an
//! understanding of the text is left to the model.

mod obfuscation;
mod pattern;
mod personal;
mod phrases;
mod secrets;

use std::ops::Range;

pub use obfuscation::obfuscation;
pub use personal::personal_data;
pub use phrases::{personal_exfiltration, role_hijack, subversion, system_exfiltration};
pub use secrets::system_data;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It hardly matters.
    Low,
    /// It matters.
    Medium,
    /// It must not be.
    High,
}

impl Severity {
    /// From the worst.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// What it takes from 100 points.
    pub const fn points(self) -> u8 {
        match self {
            Self::Low => 20,
            Self::Medium => 50,
            Self::High => 100,
        }
    }
}

/// Something bad in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// What kind of thing it is, of the metric's list.
    pub category: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Why, for people.
    pub reason: String,
}

impl Hazard {
    /// Whether two stand, at least in part, in the same place.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.span.start < other.span.end && other.span.start < self.span.end
    }
}

/// Finds hazards of one kind.
pub type Detector = fn(&str) -> Vec<Hazard>;

/// The hazards with those left out that stand in the place of another one that is as bad or worse, in
/// the order of their places.
pub fn apart(mut hazards: Vec<Hazard>) -> Vec<Hazard> {
    // The sort is stable: of equals the first one stays.
    hazards.sort_by_key(|hazard| std::cmp::Reverse(hazard.severity));
    let mut kept: Vec<Hazard> = Vec::new();
    for hazard in hazards {
        if !kept.iter().any(|other| other.overlaps(&hazard)) {
            kept.push(hazard);
        }
    }
    kept.sort_by_key(|hazard| hazard.span.start);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_found_is_a_piece_of_the_text(
            text in "(\\PC|[a-zA-Z0-9 @.+=%-]|[0-9a-f]{16,40}|[A-Za-z0-9+/]{16,40}|\u{200b}|\u{e0041}|[а-я]){0,60}"
        ) {
            let all: [Detector; 7] = [
                obfuscation, personal_data, system_data, subversion, role_hijack, personal_exfiltration,
                system_exfiltration,
            ];
            for hazard in all.iter().flat_map(|detect| detect(&text)) {
                prop_assert!(text.get(hazard.span.clone()).is_some_and(|found| !found.is_empty()));
            }
        }
    }

    #[test]
    fn in_each_place_the_worst_stays() {
        let hazard = |span: Range<usize>, category, severity| Hazard {
            span,
            category,
            severity,
            reason: String::new(),
        };
        let all = vec![
            hazard(0..5, "a", Severity::Low),
            hazard(10..12, "b", Severity::Medium),
            hazard(4..8, "c", Severity::High),
            hazard(11..20, "d", Severity::Medium),
        ];
        let left: Vec<_> = apart(all).into_iter().map(|hazard| hazard.category).collect();
        assert_eq!(left, ["c", "b"]);
    }
}
