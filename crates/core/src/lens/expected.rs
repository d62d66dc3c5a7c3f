//! What a case expects: the engine's verdict and the rest (design §2.4).

use super::Part;
use crate::case::{DECISIONS, key};
use crate::json::{Kind, RawObject, View};

/// `expected.decision` when it is a string, any string.
#[must_use]
pub fn decision(expected: &RawObject) -> Option<View<'_>> {
    let decision = Part::whole(expected.view()).value(key::DECISION)?;
    (decision.kind() == Kind::String).then_some(decision)
}

/// `expected.rule_hits` when it is an array of strings; an empty array is one.
#[must_use]
pub fn rule_hits(expected: &RawObject) -> Option<View<'_>> {
    let rule_hits = Part::whole(expected.view()).value(key::RULE_HITS)?;
    let strings = rule_hits.kind() == Kind::Array
        && rule_hits.items().all(|item| item.kind() == Kind::String);
    strings.then_some(rule_hits)
}

/// What is left of `expected` without the engine's verdict: without `decision` if it is one of the
/// engine's [`DECISIONS`], and without `rule_hits` if it is an array of strings.
#[must_use]
pub fn expected_rest(expected: &RawObject) -> Part<'_> {
    let mut verdict = Vec::new();
    let decision = decision(expected).and_then(View::as_text);
    if decision.is_some_and(|decision| DECISIONS.contains(&decision.as_ref())) {
        verdict.push(key::DECISION);
    }
    if rule_hits(expected).is_some() {
        verdict.push(key::RULE_HITS);
    }
    Part::whole(expected.view()).without(&verdict)
}
