//! Detectors: what patterns find in a text without a model (contract §4.4, security). They find what
//! has a form: numbers with check digits, keys, known phrases, hidden characters. What needs an
//! understanding of the text is left to the model.

mod obfuscation;
mod pattern;
mod personal;
mod phrases;
mod secrets;

use std::collections::BTreeMap;
use std::ops::Range;

pub use obfuscation::obfuscation;
pub use personal::personal_data;
pub use phrases::{personal_exfiltration, role_hijack, subversion, system_exfiltration};
pub use secrets::system_data;

/// The most hazards that are told of one text. A text with more is as bad with these.
pub const MOST: usize = 1_000;

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

/// Something bad in a text, of one character at least.
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
/// the order of their places; of more than [`MOST`] the worst, and of equals the first.
pub fn apart(mut hazards: Vec<Hazard>) -> Vec<Hazard> {
    // The sort is stable: of equals the first one stays.
    hazards.sort_by_key(|hazard| std::cmp::Reverse(hazard.severity));
    let mut kept: BTreeMap<usize, Hazard> = BTreeMap::new();
    for hazard in hazards {
        // What is kept stands apart, so that only the last one that begins before this one's end can
        // reach into it.
        let before = kept.range(..hazard.span.end).next_back();
        if before.is_none_or(|(_, other)| !other.overlaps(&hazard)) {
            kept.insert(hazard.span.start, hazard);
        }
        if kept.len() == MOST {
            break;
        }
    }
    kept.into_values().collect()
}

/// Adds a hazard, and thins them out where they have become many: a text may be one hazard after
/// another.
fn add(hazards: &mut Vec<Hazard>, hazard: Hazard) {
    if hazards.len() >= 2 * MOST {
        *hazards = apart(std::mem::take(hazards));
    }
    hazards.push(hazard);
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

    fn hazard(span: Range<usize>, category: &'static str, severity: Severity) -> Hazard {
        Hazard { span, category, severity, reason: String::new() }
    }

    proptest! {
        /// Each hazard stands apart from those that are kept, or is kept, or reaches into one that is
        /// as bad.
        #[test]
        fn what_is_left_out_reaches_into_what_is_as_bad(
            spans in prop::collection::vec((0_usize..60, 1_usize..9, 0_usize..3), 0..40)
        ) {
            let all: Vec<_> = spans
                .into_iter()
                .map(|(start, length, bad)| hazard(start..start + length, "a", Severity::ALL[bad]))
                .collect();
            let kept = apart(all.clone());
            for pair in kept.windows(2) {
                prop_assert!(pair[0].span.end <= pair[1].span.start);
            }
            for each in &all {
                let is_covered =
                    |other: &Hazard| other.overlaps(each) && other.severity >= each.severity;
                prop_assert!(kept.iter().any(is_covered), "{each:?}");
            }
        }
    }

    #[test]
    fn many_hazards_are_cut_to_the_worst() {
        let mails = "a@example.com ".repeat(MOST + 7);
        assert_eq!(personal_data(&mails).len(), MOST);
        let with_card = personal_data(&format!("{}4111 1111 1111 1111", mails.repeat(3)));
        assert_eq!(with_card.len(), MOST);
        assert_eq!(with_card.last().map(|hazard| hazard.severity), Some(Severity::High));
        let hidden = obfuscation(&format!("{}\u{e0041}", "a\u{ad}".repeat(3 * MOST)));
        assert_eq!(hidden.len(), MOST);
        assert_eq!(hidden.last().map(|hazard| hazard.severity), Some(Severity::High));
    }

    #[test]
    fn in_each_place_the_worst_stays() {
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
