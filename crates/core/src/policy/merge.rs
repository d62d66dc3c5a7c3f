//! Laying one policy over another.

use std::collections::HashMap;
use std::vec;

use crate::json::{Key, Kind, RawObject, View};

/// Keys under which a policy file nests the overrides of narrower scopes. They are no part of the
/// policy that overrides.
const NESTED: [&str; 4] = ["apps", "agents", "envs", "tenants"];

/// The base with `over` laid over it, as the runtimes merge policies: objects are
/// merged member by member, anything else replaces what was there, a null too. Members keep the
/// base's order, new ones follow in theirs, and values their spelling. Of duplicate keys the last
/// counts.
#[must_use]
pub fn merge(base: &RawObject, over: &RawObject) -> RawObject {
    let mut out = String::with_capacity(base.as_str().len() + over.as_str().len());
    let mut open = vec![Open::of(base.view(), over.view(), &mut out)];
    while let Some(object) = open.last_mut() {
        match object.next(&mut out) {
            Some(Entry::Value(value)) => out.push_str(value.raw()),
            Some(Entry::Merge(base, over)) => open.push(Open::of(base, over, &mut out)),
            None => {
                out.push('}');
                open.pop();
            }
        }
    }
    RawObject::trusted(out)
}

/// What stands at a key in the end.
#[derive(Clone, Copy)]
enum Entry<'a> {
    Value(View<'a>),
    Merge(View<'a>, View<'a>),
}

/// An object that has been opened in the output, and what of it is still to be written. An explicit
/// stack of them instead of recursion: hostile input decides how deep it goes.
struct Open<'a> {
    rest: vec::IntoIter<(Key<'a>, Entry<'a>)>,
    first: bool,
}

impl<'a> Open<'a> {
    fn of(base: View<'a>, over: View<'a>, out: &mut String) -> Self {
        out.push('{');
        Self { rest: merged(base, over).into_iter(), first: true }
    }

    /// The next value inside, after its comma and key are written.
    fn next(&mut self, out: &mut String) -> Option<Entry<'a>> {
        let (key, entry) = self.rest.next()?;
        if !self.first {
            out.push(',');
        }
        self.first = false;
        out.push_str(key.raw());
        out.push(':');
        Some(entry)
    }
}

/// The members of the merged object in their order.
fn merged<'a>(base: View<'a>, over: View<'a>) -> Vec<(Key<'a>, Entry<'a>)> {
    let mut members: Vec<(Key<'a>, Entry<'a>)> = Vec::new();
    let mut places = HashMap::new();
    for (key, value) in base.members() {
        let place = *places.entry(key.canonical()).or_insert(members.len());
        put(&mut members, place, key, Entry::Value(value));
    }
    let below: Vec<View<'a>> = members.iter().filter_map(|(_, entry)| entry.value()).collect();
    for (key, value) in over.members().filter(|(key, _)| !NESTED.iter().any(|name| key.is(name))) {
        let place = *places.entry(key.canonical()).or_insert(members.len());
        let entry = match below.get(place) {
            Some(base) if is_object(*base) && is_object(value) => Entry::Merge(*base, value),
            _ => Entry::Value(value),
        };
        put(&mut members, place, key, entry);
    }
    members
}

/// Sets the entry at a place, which is an earlier one's or the end. A key keeps the spelling that it
/// had first.
fn put<'a>(members: &mut Vec<(Key<'a>, Entry<'a>)>, place: usize, key: Key<'a>, entry: Entry<'a>) {
    match members.get_mut(place) {
        Some((_, earlier)) => *earlier = entry,
        None => members.push((key, entry)),
    }
}

impl<'a> Entry<'a> {
    fn value(self) -> Option<View<'a>> {
        match self {
            Self::Value(value) => Some(value),
            Self::Merge(..) => None,
        }
    }
}

fn is_object(value: View<'_>) -> bool {
    value.kind() == Kind::Object
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::arbitrary::json_object;
    use crate::json::MAX_DEPTH;
    use crate::policy::policy_hash;
    use crate::samples::object;

    fn merged(base: &str, over: &str) -> String {
        merge(&object(base), &object(over)).into_string()
    }

    #[test]
    fn objects_are_merged_and_all_else_is_replaced() {
        for (base, over, expected) in [
            ("{}", "{}", "{}"),
            (r#"{"a":1}"#, "{}", r#"{"a":1}"#),
            ("{}", r#"{ "a" : { "x" : 1.0 } }"#, r#"{"a":{ "x" : 1.0 }}"#),
            (
                r#"{"a":{"x":1,"y":2},"b":3}"#,
                r#"{"c":4,"a":{"y":5,"z":6}}"#,
                r#"{"a":{"x":1,"y":5,"z":6},"b":3,"c":4}"#,
            ),
            (r#"{"a":{"x":1}}"#, r#"{"a":null}"#, r#"{"a":null}"#),
            (r#"{"a":[1]}"#, r#"{"a":[2]}"#, r#"{"a":[2]}"#),
            (r#"{"a":1}"#, r#"{"a":{"x":1}}"#, r#"{"a":{"x":1}}"#),
            (r#"{"a":{"x":1}}"#, r#"{"a":1}"#, r#"{"a":1}"#),
            (r#"{"\u0061":{"x":1}}"#, r#"{"a":{"y":2}}"#, r#"{"\u0061":{"x":1,"y":2}}"#),
        ] {
            assert_eq!(merged(base, over), expected, "{base} {over}");
        }
    }

    #[test]
    fn of_duplicates_the_last_counts() {
        assert_eq!(merged(r#"{"a":{"x":1},"b":2,"a":3}"#, r#"{"b":4}"#), r#"{"a":3,"b":4}"#);
        assert_eq!(merged(r#"{"a":{"x":1}}"#, r#"{"a":2,"a":{"y":3}}"#), r#"{"a":{"x":1,"y":3}}"#);
        assert_eq!(merged("{}", r#"{"a":{"x":1},"a":{"y":2}}"#), r#"{"a":{"y":2}}"#);
    }

    #[test]
    fn nested_scopes_are_no_override() {
        let over = r#"{"apps":{},"a":{"envs":1,"y":2},"tenants":0,"agents":0,"envs":0}"#;
        assert_eq!(merged(r#"{"a":{"x":1},"apps":5}"#, over), r#"{"a":{"x":1,"y":2},"apps":5}"#);
        assert_eq!(merged("{}", r#"{"a":{"envs":1}}"#), r#"{"a":{"envs":1}}"#);
    }

    #[test]
    fn nesting_as_deep_as_payloads_may_be() {
        let deep =
            |leaf: &str| format!("{}{leaf}{}", r#"{"a":"#.repeat(MAX_DEPTH), "}".repeat(MAX_DEPTH));
        assert_eq!(merged(&deep("1"), &deep("2")), deep("2"));
    }

    /// The rule as the runtimes state it.
    fn laid_over(base: &mut serde_json::Map<String, Value>, over: &serde_json::Map<String, Value>) {
        for (key, value) in over.iter().filter(|(key, _)| !NESTED.contains(&key.as_str())) {
            match (base.get_mut(key), value) {
                (Some(Value::Object(base)), Value::Object(over)) => laid_over(base, over),
                _ => drop(base.insert(key.clone(), value.clone())),
            }
        }
    }

    fn tame_object() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), (0..3_i32).prop_map(Value::from)];
        let object = |inner| prop::collection::btree_map("[abc]|apps|envs", inner, 0..4);
        let inner = leaf.prop_recursive(3, 16, 4, move |inner| {
            object(inner).prop_map(|map| map.into_iter().collect())
        });
        prop::collection::btree_map("[abc]|apps|envs", inner, 0..4)
            .prop_map(|map| map.into_iter().collect())
    }

    proptest! {
        #[test]
        fn it_is_the_rule_of_the_runtimes(base in tame_object(), over in tame_object()) {
            let text = merged(&base.to_string(), &over.to_string());
            let (Value::Object(mut expected), Value::Object(over)) = (base, over) else {
                unreachable!("objects are generated");
            };
            laid_over(&mut expected, &over);
            let found: Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(found, Value::Object(expected));
        }

        #[test]
        fn nothing_over_or_below_changes_nothing(text in json_object()) {
            let policy = object(&text);
            let over = merge(&policy, &RawObject::empty());
            prop_assert_eq!(policy_hash(&over), policy_hash(&policy));
            let nested = policy.view().members().any(|(key, _)| NESTED.iter().any(|n| key.is(n)));
            if !nested {
                let below = merge(&RawObject::empty(), &policy);
                prop_assert_eq!(policy_hash(&below), policy_hash(&policy));
            }
        }
    }
}
