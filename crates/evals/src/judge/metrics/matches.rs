//! Metrics that match two lists: statements of output and golden answer, entities of output and input.

use std::collections::BTreeMap;

use evalstone_core::json::{RawObject, View, object};

use super::super::faults::Faults;
use super::super::findings::{Matched, Sides, matched};
use super::super::material::{blocks, choice, is_blank, whole};
use super::super::question::{Block, Question};
use super::super::report::{f1, score, texts};
use super::super::session::Session;
use super::super::spans::Searched;
use super::{Case, LIMIT, MOST};
use crate::scoring::{Failure, Field, Score};

/// How entities are compared.
const MODES: &[&str] = &["flexible", "strict", "exact"];

/// `ans_corr`: F1 of the statements that output and golden answer share.
///
/// # Errors
/// A missing field, a wrong argument, no answer of use.
pub async fn statements(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    const SIDES: Sides = Sides { left: "output_statements", right: "golden_statements" };
    let most = whole(case.arguments, "max_n_statements", MOST, 1..=LIMIT)?;
    let told = |found: &Matched| {
        told(
            found,
            "statements",
            ["output", "golden answer"],
            ["unmatched_output_statements", "unmatched_golden_statements"],
        )
    };
    let fields = [Field::Output, Field::GoldenAnswer];
    let Some(shown) = shown(case, fields)? else {
        return nothing(case, fields, told(&Matched::default()));
    };
    let prompt = include_str!("../../../prompts/metrics/ans_corr.md");
    let question = Question::new(prompt, &[("most", &most.to_string())], shown);
    let read = |answer: View<'_>, faults: &mut Faults| matched(answer, SIDES, most, faults);
    Ok(told(&session.ask(&question, read).await?))
}

/// `entity_faith`: F1 of the entities that output and input share. `exact` compares their spelling,
/// `strict` their spelling without regard to case and space; `flexible` leaves it to the model whether
/// two names mean the same.
///
/// # Errors
/// A missing field, a wrong argument, no answer of use.
pub async fn entities(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    const SIDES: Sides = Sides { left: "output_entities", right: "input_entities" };
    let mode = choice(case.arguments, "match_mode", MODES)?;
    let told = |found: &Matched| {
        told(
            found,
            "entities",
            ["output", "input"],
            ["unmatched_output_entities", "unmatched_input_entities"],
        )
    };
    let fields = [Field::Output, Field::Input];
    let Some(shown) = shown(case, fields)? else {
        return nothing(case, fields, told(&Matched::default()));
    };
    let prompt = include_str!("../../../prompts/metrics/entity_faith.md");
    let question = Question::new(prompt, &[("most", &LIMIT.to_string())], shown);
    let read = |answer: View<'_>, faults: &mut Faults| {
        let found = matched(answer, SIDES, LIMIT, faults);
        if mode == "flexible" {
            return found;
        }
        let found = Matched {
            left: spelled(case, fields[0], SIDES.left, found.left, faults),
            right: spelled(case, fields[1], SIDES.right, found.right, faults),
            pairs: Vec::new(),
        };
        spelled_alike(&found, mode)
    };
    Ok(told(&session.ask(&question, read).await?))
}

/// Where spelling counts it is the text's: models copy loosely, and what they change must neither part
/// nor join two names. A value that is no string is not searched: its names stand there with JSON's
/// escapes.
fn spelled(
    case: Case<'_>,
    field: Field,
    list: &str,
    entities: Vec<String>,
    faults: &mut Faults,
) -> Vec<String> {
    let text = case.row.value(field).and_then(View::as_text_lossy);
    let Some(text) = text else { return entities };
    let searched = Searched::new(&text);
    let spelled = entities.into_iter().enumerate().map(|(id, entity)| {
        if let Some(place) = searched.locate(&entity) {
            return text[place].to_owned();
        }
        // The entity itself is not told: it may be an order to whoever reads on.
        faults.add(format!("id {id} of `{list}` does not occur in the {}", field.as_str()));
        entity
    });
    spelled.collect()
}

/// The same lists, each spelling once, with those matched that are spelled alike.
fn spelled_alike(found: &Matched, mode: &str) -> Matched {
    let key = |text: &String| match mode {
        "exact" => text.clone(),
        _ => text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase(),
    };
    let distinct = |list: &[String]| -> BTreeMap<String, String> {
        list.iter().map(|text| (key(text), text.clone())).collect()
    };
    let (left, right) = (distinct(&found.left), distinct(&found.right));
    let pairs = left.keys().enumerate().filter_map(|(index, key)| {
        right.keys().position(|other| other == key).map(|other| (index, other))
    });
    Matched {
        pairs: pairs.collect(),
        left: left.values().cloned().collect(),
        right: right.values().cloned().collect(),
    }
}

/// What is shown; none where one side is blank, so that nothing can match.
fn shown(case: Case<'_>, fields: [Field; 2]) -> Result<Option<Vec<Block>>, Failure> {
    let mut shown = Vec::new();
    let mut blank = false;
    for field in fields {
        shown.extend(blocks(case.row, field)?);
        blank |= is_blank(case.row, field)?;
    }
    Ok((!blank).then_some(shown))
}

/// The score where one side is blank: 0, or 100 where both are.
fn nothing(case: Case<'_>, fields: [Field; 2], both: Score) -> Result<Score, Failure> {
    for field in fields {
        if !is_blank(case.row, field)? {
            let explanation = format!("There is nothing to compare the {} with.", field.as_str());
            return Ok(Score {
                value: 0.0,
                explanation,
                details: Some(RawObject::empty()),
                ..both
            });
        }
    }
    Ok(both)
}

fn told(found: &Matched, noun: &str, sides: [&str; 2], details: [&str; 2]) -> Score {
    let Matched { left, right, pairs } = found;
    let unmatched = |texts: &[String], matched: &dyn Fn(usize) -> bool| -> Vec<String> {
        let left_over = texts.iter().enumerate().filter(|(index, _)| !matched(*index));
        left_over.map(|(_, text)| text.clone()).collect()
    };
    let extra = unmatched(left, &|index| pairs.iter().any(|(left, _)| *left == index));
    let missing = unmatched(right, &|index| pairs.iter().any(|(_, right)| *right == index));
    let headline = format!(
        "{} of {} {noun} of the {} and {} of {} of the {} match",
        pairs.len(),
        left.len(),
        sides[0],
        pairs.len(),
        right.len(),
        sides[1]
    );
    let json = object(|object| {
        object.json(details[0], &texts(&extra));
        object.json(details[1], &texts(&missing));
    });
    let listed: Vec<_> = extra.into_iter().chain(missing).collect();
    score(f1(pairs.len(), left.len(), right.len()), &headline, "Unmatched", &listed, json)
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::RawJson;

    use super::*;
    use crate::scoring::{Arguments, Row};

    #[test]
    fn an_entity_is_spelled_as_the_text_spells_it() {
        let row = Row {
            output: Some(RawJson::from_text("It is in BERLIN, not in Bonn.")),
            input: Some(RawJson::parse("{\"city\":\"Berlin\"}").expect("JSON")),
            ..Row::default()
        };
        let case = Case { row: &row, arguments: Arguments::default() };
        let mut faults = Faults::default();
        let mut spelled =
            |field, name: &str| spelled(case, field, "list", vec![name.to_owned()], &mut faults);
        assert_eq!(spelled(Field::Output, "Berlin"), ["BERLIN"]);
        assert_eq!(spelled(Field::Output, "Bonn"), ["Bonn"]);
        assert_eq!(spelled(Field::Input, "berlin"), ["berlin"]);
        assert_eq!(spelled(Field::Output, "Paris"), ["Paris"]);
        assert_eq!(faults.lines(), "- id 0 of `list` does not occur in the output\n");
    }

    #[test]
    fn modes_differ_in_what_is_alike() {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let found = Matched {
            left: list(&["Berlin", "ACME  Corp", "Berlin"]),
            right: list(&["berlin", "Acme Corp", "Paris"]),
            pairs: Vec::new(),
        };
        let strict = spelled_alike(&found, "strict");
        assert_eq!((strict.left.len(), strict.right.len(), strict.pairs.len()), (2, 3, 2));
        assert_eq!(spelled_alike(&found, "exact").pairs.len(), 0);
    }
}
