//! `xml_equal`: whether the output and the golden answer are the same XML.

use super::pairing::{Budget, TooMany, all_find, without_equals};
use super::parsing::{brief, guarded};
use super::xml_text::parsed;
use super::xml_tree::{Element, Inside, spelled};
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Compares documents: `ignore_order` (false) takes what is in an element for a multiset at every
/// depth, `ignore_extra_attributes` (false) allows the output attributes that the golden answer
/// lacks, `ignore_whitespace` (true) leaves whitespace around texts out. The order of attributes,
/// prefixes, comments, processing instructions and the prolog never count, CDATA is text. What
/// cannot be parsed scores 0.
pub fn evaluate(row: &Row, arguments: Arguments<'_>) -> Result<Score, Failure> {
    let comparison = Comparison {
        ignores_order: arguments.flag("ignore_order", false),
        ignores_extra_attributes: arguments.flag("ignore_extra_attributes", false),
        ignores_whitespace: arguments.flag("ignore_whitespace", true),
    };
    let output = row.required(Field::Output)?;
    let golden = row.required(Field::GoldenAnswer)?;
    guarded(|| comparison.score(&output, &golden))?
}

/// What does not count.
struct Comparison {
    ignores_order: bool,
    ignores_extra_attributes: bool,
    ignores_whitespace: bool,
}

/// Where two documents differ.
struct Difference {
    /// From the inside out.
    path: Vec<String>,
    what: String,
}

impl Difference {
    fn new(what: impl Into<String>) -> Option<Self> {
        Some(Self { path: Vec::new(), what: what.into() })
    }

    fn in_words(&self) -> String {
        let path: String = self.path.iter().rev().map(String::as_str).collect();
        format!("at {}: {}", brief(path), brief(&self.what))
    }
}

impl Comparison {
    fn score(&self, output: &str, golden: &str) -> Result<Score, Failure> {
        let read = |name, text| {
            self.read(text).map_err(|why| format!("the {name} is no well-formed XML: {why}"))
        };
        let both =
            read("output", output).and_then(|output| Ok((output, read("golden answer", golden)?)));
        let (output, golden) = match both {
            Ok(both) => both,
            Err(why) => return Ok(Score::all_or_nothing(false, why)),
        };
        match self.difference(&output, &golden, &mut Budget::new()) {
            Ok(None) => Ok(Score::all_or_nothing(true, "the output equals the golden answer")),
            Ok(Some(difference)) => Ok(Score::all_or_nothing(false, difference.in_words())),
            Err(TooMany) => Err(Failure(
                "the elements differ in too many children to compare them in any order without their extra attributes"
                    .to_owned(),
            )),
        }
    }

    fn read(&self, text: &str) -> Result<Element, String> {
        let document = parsed(text)?;
        let mut root =
            Element::root(&document, self.ignores_whitespace).ok_or("there is no element")?;
        if self.ignores_order {
            root.sort();
        }
        Ok(root)
    }

    /// The first difference. The depth of elements is bounded, so this may recurse.
    fn difference(
        &self,
        output: &Element,
        golden: &Element,
        budget: &mut Budget,
    ) -> Result<Option<Difference>, TooMany> {
        let found = match self.outside(output, golden) {
            None if self.ignores_order => self.unordered(&output.inside, &golden.inside, budget)?,
            None => self.ordered(&output.inside, &golden.inside, budget)?,
            found => found,
        };
        Ok(found.map(|mut difference| {
            difference.path.push(format!("/{}", spelled(&golden.name)));
            difference
        }))
    }

    /// How names or attributes differ.
    fn outside(&self, output: &Element, golden: &Element) -> Option<Difference> {
        if output.name != golden.name {
            return Difference::new(format!(
                "the output has the element {}",
                spelled(&output.name)
            ));
        }
        for (name, value) in &golden.attributes {
            match output.attributes.get(name) {
                None => {
                    return Difference::new(format!(
                        "the output lacks the attribute {}",
                        spelled(name)
                    ));
                }
                Some(other) if other != value => {
                    return Difference::new(format!(
                        "the attribute {} has another value",
                        spelled(name)
                    ));
                }
                Some(_) => {}
            }
        }
        let mut extra =
            output.attributes.keys().filter(|name| !golden.attributes.contains_key(*name));
        let extra = extra.next().filter(|_| !self.ignores_extra_attributes)?;
        Difference::new(format!("the golden answer lacks the attribute {}", spelled(extra)))
    }

    fn ordered(
        &self,
        output: &[Inside],
        golden: &[Inside],
        budget: &mut Budget,
    ) -> Result<Option<Difference>, TooMany> {
        for (output, golden) in output.iter().zip(golden) {
            if let Some(difference) = self.part(output, golden, budget)? {
                return Ok(Some(difference));
            }
        }
        Ok(lengths(output, golden))
    }

    fn part(
        &self,
        output: &Inside,
        golden: &Inside,
        budget: &mut Budget,
    ) -> Result<Option<Difference>, TooMany> {
        match (output, golden) {
            (Inside::Element(output), Inside::Element(golden)) => {
                self.difference(output, golden, budget)
            }
            (Inside::Text(output), Inside::Text(golden)) if output == golden => Ok(None),
            (Inside::Text(_), Inside::Text(_)) => Ok(Difference::new("a text is another one")),
            (Inside::Text(_), Inside::Element(golden)) => {
                let name = spelled(&golden.name);
                Ok(Difference::new(format!(
                    "the output has a text in the place of the element {name}"
                )))
            }
            (Inside::Element(output), Inside::Text(_)) => {
                let name = spelled(&output.name);
                Ok(Difference::new(format!(
                    "the output has the element {name} in the place of a text"
                )))
            }
        }
    }

    /// As multisets. What is sorted is equal when it is equal; where extra attributes do not count,
    /// each part of the golden answer must find one of its own that covers it.
    fn unordered(
        &self,
        output: &[Inside],
        golden: &[Inside],
        budget: &mut Budget,
    ) -> Result<Option<Difference>, TooMany> {
        if output == golden {
            return Ok(None);
        }
        if let Some(difference) = lengths(output, golden) {
            return Ok(Some(difference));
        }
        let (wanted, offered) = without_equals(golden.iter().collect(), output.iter().collect());
        let covered = self.ignores_extra_attributes
            && all_find(&wanted, &offered, budget, |golden, output, budget| {
                Ok(self.part(output, golden, budget)?.is_none())
            })?;
        Ok(if covered {
            None
        } else {
            let lost = wanted.len();
            Difference::new(format!(
                "in any order, not all children have an equal ({lost} to be matched)"
            ))
        })
    }
}

fn lengths(output: &[Inside], golden: &[Inside]) -> Option<Difference> {
    let (output, golden) = (output.len(), golden.len());
    if output == golden {
        return None;
    }
    Difference::new(format!(
        "the output has {output} children, texts among them, the golden answer {golden}"
    ))
}

#[cfg(test)]
#[path = "xml_equal_tests.rs"]
mod tests;
