//! The one spelling that all equal JSON values share.

use super::respell::{Member, Rules, respell};
use super::view::View;
use super::{number, string};

/// The canonical JSON of a value (design §2.4, "Digest"): RFC 8785's key order (by UTF-16 code
/// unit) and fewest escapes, no whitespace, but numbers by their exact value, duplicate keys kept in
/// their order, and lone surrogates kept as lower-case `\uXXXX` escapes.
///
/// The answer is itself valid JSON with the same canonical spelling.
#[must_use]
pub fn canonical(view: View<'_>) -> String {
    let rules = Rules {
        number: |token| number::canonical(token).into(),
        string: string::canonical,
        members: sorted_members,
    };
    respell(view, &rules)
}

fn sorted_members(view: View<'_>) -> Vec<Member<'_>> {
    let mut members: Vec<_> = view.members().map(|(key, value)| (key.canonical(), value)).collect();
    // The sort is stable, which keeps duplicate keys in their order.
    members.sort_by_cached_key(|(key, _)| string::units(key));
    members
}
