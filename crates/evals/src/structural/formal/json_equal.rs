//! `json_equal`: whether the output and the golden answer are the same JSON value.

use std::collections::BTreeMap;

use super::json_tree::{Tree, parsed};
use super::pairing::{Budget, TooMany, all_find, without_equals};
use super::parsing::brief;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Compares values: `ignore_order` (false) takes arrays for multisets at every depth,
/// `ignore_extra_keys` (false) allows the output keys that the golden answer lacks at every depth.
/// What cannot be parsed scores 0.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let comparison = Comparison {
        ignores_order: arguments.flag("ignore_order", false),
        ignores_extra_keys: arguments.flag("ignore_extra_keys", false),
    };
    let output = row.required(Field::Output)?;
    let golden = row.required(Field::GoldenAnswer)?;
    let trees = parsed(&output, Field::Output)
        .and_then(|output| Ok((output, parsed(&golden, Field::GoldenAnswer)?)));
    let (mut output, mut golden) = match trees {
        Ok((output, golden)) => (Tree::of(output), Tree::of(golden)),
        Err(why) => return Ok(Score::all_or_nothing(false, why)),
    };
    if comparison.ignores_order {
        output.sort();
        golden.sort();
    }
    match comparison.difference(&output, &golden, &mut Budget::new()) {
        Ok(None) => Ok(Score::all_or_nothing(true, "the output equals the golden answer")),
        Ok(Some(difference)) => Ok(Score::all_or_nothing(false, difference.in_words())),
        Err(TooMany) => Err(Failure(
            "the arrays differ in too many items to compare them in any order without their extra keys".to_owned(),
        )),
    }
}

/// What does not count.
struct Comparison {
    ignores_order: bool,
    ignores_extra_keys: bool,
}

/// Where two values differ.
struct Difference {
    /// From the inside out.
    path: Vec<String>,
    what: String,
}

impl Difference {
    fn new(what: impl Into<String>) -> Option<Self> {
        Some(Self { path: Vec::new(), what: what.into() })
    }

    fn under(mut self, step: String) -> Self {
        self.path.push(step);
        self
    }

    fn in_words(&self) -> String {
        let path: String = self.path.iter().rev().map(String::as_str).collect();
        format!("at ${}: {}", brief(path), brief(&self.what))
    }
}

impl Comparison {
    /// The first difference. Trees are no deeper than payloads may be, so this may recurse.
    fn difference(
        &self,
        output: &Tree,
        golden: &Tree,
        budget: &mut Budget,
    ) -> Result<Option<Difference>, TooMany> {
        match (output, golden) {
            (Tree::Array(output), Tree::Array(golden)) if self.ignores_order => {
                self.unordered(output, golden, budget)
            }
            (Tree::Array(output), Tree::Array(golden)) => self.ordered(output, golden, budget),
            (Tree::Object(output), Tree::Object(golden)) => self.members(output, golden, budget),
            _ if output == golden => Ok(None),
            _ => Ok(unlike(output, golden)),
        }
    }

    fn ordered(
        &self,
        output: &[Tree],
        golden: &[Tree],
        budget: &mut Budget,
    ) -> Result<Option<Difference>, TooMany> {
        for (at, (output, golden)) in output.iter().zip(golden).enumerate() {
            if let Some(difference) = self.difference(output, golden, budget)? {
                return Ok(Some(difference.under(format!("[{at}]"))));
            }
        }
        Ok(lengths(output, golden))
    }

    /// Sorted arrays are equal as multisets when they are equal; where extra keys do not count,
    /// each item of the golden answer must find an item of its own that covers it.
    fn unordered(
        &self,
        output: &[Tree],
        golden: &[Tree],
        budget: &mut Budget,
    ) -> Result<Option<Difference>, TooMany> {
        if output == golden {
            return Ok(None);
        }
        if let Some(difference) = lengths(output, golden) {
            return Ok(Some(difference));
        }
        let (wanted, offered) = without_equals(golden.iter().collect(), output.iter().collect());
        let covered = self.ignores_extra_keys
            && all_find(&wanted, &offered, budget, |golden, output, budget| {
                Ok(self.difference(output, golden, budget)?.is_none())
            })?;
        Ok(if covered {
            None
        } else {
            let lost = wanted.len();
            Difference::new(format!(
                "in any order, not all items have an equal ({lost} to be matched)"
            ))
        })
    }

    fn members(
        &self,
        output: &BTreeMap<String, Tree>,
        golden: &BTreeMap<String, Tree>,
        budget: &mut Budget,
    ) -> Result<Option<Difference>, TooMany> {
        for (key, golden) in golden {
            let Some(output) = output.get(key) else {
                return Ok(Difference::new(format!("the output lacks the key {key}")));
            };
            if let Some(difference) = self.difference(output, golden, budget)? {
                return Ok(Some(difference.under(format!("[{key}]"))));
            }
        }
        let extra =
            output.keys().find(|key| !self.ignores_extra_keys && !golden.contains_key(*key));
        Ok(extra.and_then(|key| Difference::new(format!("the golden answer lacks the key {key}"))))
    }
}

fn lengths(output: &[Tree], golden: &[Tree]) -> Option<Difference> {
    let (output, golden) = (output.len(), golden.len());
    if output == golden {
        return None;
    }
    Difference::new(format!("the output has {output} items, the golden answer {golden}"))
}

fn unlike(output: &Tree, golden: &Tree) -> Option<Difference> {
    if output.kind() != golden.kind() {
        return Difference::new(format!(
            "the output has {}, the golden answer {}",
            output.kind(),
            golden.kind()
        ));
    }
    Difference::new(format!("the two have unequal values, {} each", output.kind()))
}

#[cfg(test)]
#[path = "json_equal_tests.rs"]
mod tests;
