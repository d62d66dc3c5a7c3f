//! How much it costs to judge one value by the simple types of an XML Schema.
//!
//! The validator compares a value with every enumerated one, and builds a pattern's automaton anew
//! for every value.

use std::collections::HashMap;

use uppsala::{Document, NodeId};

use super::pattern_size;

/// What a comparison with an enumerated value costs, in states of an automaton.
const COMPARISON: f64 = 25.0;
/// What a pattern costs beside its states.
const PATTERN: f64 = 1_000.0;

/// What values may be judged by: each type with the types within it.
#[derive(Default)]
pub struct Values {
    types: HashMap<NodeId, Type>,
    /// The types that have a name.
    named: HashMap<String, NodeId>,
    /// Whether a value may be a list of values.
    pub has_lists: bool,
}

#[derive(Default)]
struct Type {
    cost: f64,
    /// The names of other types that a value is judged by as well.
    refers: Vec<String>,
}

impl Values {
    /// Takes note of an element of a schema.
    pub fn take(&mut self, document: &Document<'_>, node: NodeId, name: &str) {
        let Some(element) = document.element(node) else { return };
        self.has_lists |= name == "list";
        if matches!(name, "simpleType" | "complexType")
            && let Some(name) = element.get_attribute("name")
        {
            self.named.insert(name.to_owned(), node);
        }
        let cost = match name {
            "enumeration" => COMPARISON,
            "pattern" => {
                PATTERN
                    + pattern_size::of(element.get_attribute("value").unwrap_or_default()) as f64
            }
            "restriction" | "list" | "union" | "extension" => 0.0,
            _ => return,
        };
        let Some(around) = outermost(document, node) else { return };
        let held = self.types.entry(around).or_default();
        held.cost += cost;
        for attribute in ["base", "itemType", "memberTypes"] {
            let names =
                element.get_attribute(attribute).unwrap_or_default().split_ascii_whitespace();
            held.refers
                .extend(names.map(|name| name.rsplit(':').next().unwrap_or(name).to_owned()));
        }
    }

    /// The cost by the most expensive type.
    pub fn dearest(&self) -> f64 {
        let mut known = HashMap::new();
        self.types.keys().map(|node| self.cost(*node, &mut known)).fold(0.0, f64::max)
    }

    /// What is its own base is left to the validator, which refuses it.
    fn cost(&self, node: NodeId, known: &mut HashMap<NodeId, f64>) -> f64 {
        if let Some(cost) = known.get(&node) {
            return *cost;
        }
        known.insert(node, 0.0);
        let Some(held) = self.types.get(&node) else { return 0.0 };
        let others = held.refers.iter().filter_map(|name| self.named.get(name));
        let cost = held.cost + others.map(|other| self.cost(*other, known)).sum::<f64>();
        known.insert(node, cost);
        cost
    }
}

/// The outermost simple type that something stands in, or else the innermost complex one.
fn outermost(document: &Document<'_>, node: NodeId) -> Option<NodeId> {
    let is = |node: &NodeId, kind: &str| {
        document.element(*node).is_some_and(|element| element.name.local_name == kind)
    };
    let ancestors = document.ancestors(node);
    let complex = ancestors.iter().position(|ancestor| is(ancestor, "complexType"));
    let within = &ancestors[..complex.unwrap_or(ancestors.len())];
    let simple = within.iter().rfind(|ancestor| is(ancestor, "simpleType"));
    simple.or_else(|| ancestors.get(complex?)).copied()
}
