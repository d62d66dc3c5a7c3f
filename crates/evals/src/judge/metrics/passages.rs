//! Metrics of the passages of a context: whether relevant ones come first, and whether any are waste.

use std::collections::BTreeSet;

use evalstone_core::json::{Kind, View, object};

use super::super::faults::Faults;
use super::super::findings::{Finding, judged};
use super::super::material::{blocks, chunks};
use super::super::question::Question;
use super::super::report::{array, average_precision, percent, score};
use super::super::session::Session;
use super::Case;
use crate::scoring::{Failure, Field, Score};

const RELEVANCE: &[&str] = &["relevant", "irrelevant"];
const USE: &[&str] = &["used", "unused"];

/// What a model finds of waste.
#[derive(Debug)]
struct Waste {
    passages: Vec<Finding>,
    groups: Vec<BTreeSet<usize>>,
}

/// `ctx_rank_prec`: the average precision of the passages in rank order, where those count that are
/// relevant to the golden answer. No relevant passage is 0.
///
/// # Errors
/// A missing field, ranks that do not fit the passages, no answer of use.
pub async fn ranking(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    let names = names(case)?;
    let order = order(case, names.len())?;
    let mut shown = blocks(case.row, Field::Context)?;
    shown.extend(blocks(case.row, Field::GoldenAnswer)?);
    let findings = if names.is_empty() {
        Vec::new()
    } else {
        let prompt = include_str!("../../../prompts/metrics/ctx_rank_prec.md");
        let question = Question::new(prompt, &[], shown);
        let read = |answer: View<'_>, faults: &mut Faults| {
            judged(answer, "chunks", RELEVANCE, &names, faults)
        };
        session.ask(&question, read).await?
    };
    let is_relevant = |id: &usize| findings[*id].verdict == "relevant";
    let relevant: Vec<_> = order.iter().map(is_relevant).collect();
    let hits = relevant.iter().filter(|relevant| **relevant).count();
    let headline = format!("{hits} of {} chunks are relevant to the golden answer", names.len());
    let irrelevant = order.iter().filter(|id| !is_relevant(id));
    let listed: Vec<_> = irrelevant.map(|id| findings[*id].told()).collect();
    let details = object(|object| {
        let ids = (0..names.len()).filter(|id| is_relevant(id));
        object.json("relevant_chunks", &array(ids.map(|id| id.to_string())));
    });
    Ok(score(average_precision(&relevant), &headline, "Irrelevant", &listed, details))
}

/// What passages are called for people.
fn names(case: Case<'_>) -> Result<Vec<String>, Failure> {
    let count = chunks(case.row)?.len();
    Ok((0..count).map(|id| format!("chunk {id}")).collect())
}

/// The passages' ids in rank order: by the argument `ranks`, a number for each, the smallest first;
/// else as they stand.
fn order(case: Case<'_>, count: usize) -> Result<Vec<usize>, Failure> {
    let mut order: Vec<_> = (0..count).collect();
    let Some(given) = case.arguments.get("ranks") else { return Ok(order) };
    let ranks: Option<Vec<f64>> = given.items().map(|rank| rank.raw().parse().ok()).collect();
    let ranks = ranks.filter(|ranks| given.kind() == Kind::Array && ranks.len() == count);
    let ranks = ranks.ok_or_else(|| {
        Failure(format!("ranks must be a list of numbers, one for each of the {count} chunks"))
    })?;
    order.sort_by(|left, right| ranks[*left].total_cmp(&ranks[*right]));
    Ok(order)
}

/// `ctx_waste`: the useful passages of all. Of no use are those that the output does not use, and, of
/// each group that says the same, all used ones but one. No passage is no waste: 100.
///
/// # Errors
/// A missing field, no answer of use.
pub async fn waste(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    let names = names(case)?;
    let mut shown = blocks(case.row, Field::Context)?;
    shown.extend(blocks(case.row, Field::Output)?);
    if names.is_empty() {
        return Ok(told(&Waste { passages: Vec::new(), groups: Vec::new() }));
    }
    let prompt = include_str!("../../../prompts/metrics/ctx_waste.md");
    let question = Question::new(prompt, &[], shown);
    let read = |answer: View<'_>, faults: &mut Faults| Waste {
        passages: judged(answer, "chunks", USE, &names, faults),
        groups: groups(answer, names.len(), faults),
    };
    Ok(told(&session.ask(&question, read).await?))
}

/// The list `redundant_groups`: lists of two or more ids, no id twice.
fn groups(answer: View<'_>, count: usize, faults: &mut Faults) -> Vec<BTreeSet<usize>> {
    let name = "redundant_groups";
    let Some(list) = answer.get(name).filter(|list| list.kind() == Kind::Array) else {
        faults.add(format!("`{name}` must be there and be a list of lists of ids"));
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for (index, view) in list.items().enumerate() {
        let mut group = BTreeSet::new();
        for id in view.items() {
            match id.raw().parse() {
                Ok(id) if id < count && seen.insert(id) => drop(group.insert(id)),
                Ok(id) if id < count => faults.add(format!("`{name}` has the id {id} twice")),
                _ => faults.add(format!("`{name}[{index}]` names an id that is not there")),
            }
        }
        if group.len() < 2 {
            faults.add(format!("`{name}[{index}]` must be a list of two or more ids"));
        }
        groups.push(group);
    }
    groups
}

fn told(waste: &Waste) -> Score {
    let Waste { passages, groups } = waste;
    let is_used = |id: &usize| passages[*id].verdict == "used";
    let used = (0..passages.len()).filter(|id| is_used(id)).count();
    let surplus =
        |group: &BTreeSet<usize>| group.iter().filter(|id| is_used(id)).count().saturating_sub(1);
    let redundant: usize = groups.iter().map(surplus).sum();
    let useful = used - redundant;
    let headline = format!("{useful} of {} chunks are useful", passages.len());
    let unused: Vec<_> = (0..passages.len()).filter(|id| !is_used(id)).collect();
    let group = |group: &BTreeSet<usize>| array(group.iter().map(ToString::to_string));
    let mut listed: Vec<_> =
        groups.iter().map(|ids| format!("{} say the same", group(ids))).collect();
    listed.extend(unused.iter().map(|id| passages[*id].told()));
    let details = object(|object| {
        object.json("redundant_groups", &array(groups.iter().map(group)));
        object.json("unused_chunks", &array(unused.iter().map(ToString::to_string)));
    });
    let value = percent(useful as f64, passages.len(), 100.0);
    score(value, &headline, "Redundant or unused", &listed, details)
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::MAX_DEPTH;

    use super::*;

    fn waste(verdicts: &[&'static str], groups: &[&[usize]]) -> f64 {
        let passage = |verdict: &&'static str| Finding {
            text: String::new(),
            verdict,
            reason: String::new(),
        };
        let passages = verdicts.iter().map(passage).collect();
        let groups = groups.iter().map(|group| group.iter().copied().collect()).collect();
        told(&Waste { passages, groups }).value
    }

    #[test]
    fn of_each_group_one_is_useful() {
        assert_eq!(waste(&["used", "unused"], &[]), 50.0);
        assert_eq!(waste(&["used", "used", "used", "used"], &[&[0, 2, 3]]), 50.0);
        // An unused passage of a group is wasted once, not twice.
        assert_eq!(waste(&["used", "unused"], &[&[0, 1]]), 50.0);
        assert_eq!(waste(&["unused", "unused"], &[&[0, 1]]), 0.0);
        assert_eq!(waste(&[], &[]), 100.0);
    }

    #[test]
    fn groups_are_of_two_and_apart() {
        let faults = |text: &str| {
            let mut faults = Faults::default();
            groups(View::parse(text, MAX_DEPTH).expect(text), 4, &mut faults);
            faults.lines().lines().count()
        };
        assert_eq!(faults(r#"{"redundant_groups":[[0,1],[2,3]]}"#), 0);
        assert_eq!(faults("{}"), 1);
        assert_eq!(faults(r#"{"redundant_groups":[[0]]}"#), 1);
        assert_eq!(faults(r#"{"redundant_groups":[[0,1],[1,2,3]]}"#), 1);
        assert_eq!(faults(r#"{"redundant_groups":[[0,1,4]]}"#), 1);
        assert_eq!(faults(r#"{"redundant_groups":[0]}"#), 1);
    }
}
