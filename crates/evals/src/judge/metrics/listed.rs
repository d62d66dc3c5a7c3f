//! Metrics that look at each thing of a list that is known before the model is asked: sentences,
//! instructions, categories.

use evalstone_core::json::{Kind, View, object};

use super::super::faults::Faults;
use super::super::findings::{Finding, found, judged};
use super::super::material::{blocks, is_blank, sentences};
use super::super::question::{Block, Question};
use super::super::report::{percent, score, texts};
use super::super::session::Session;
use super::{Case, MOST};
use crate::scoring::{Failure, Field, Score};

const ATTRIBUTION: &[&str] = &["attributable", "unattributable"];
const KEPT: &[&str] = &["kept", "broken"];

/// The contract's six categories of `format_consist`.
const CATEGORIES: [&str; 6] = [
    "style_format",
    "length_scope",
    "tone_voice",
    "locale_formatting",
    "audience_context",
    "brand_guidelines",
];

/// `ctx_recall`: the sentences of the golden answer that can be attributed to the context. No sentence
/// is nothing to be found: 100. A context without passages holds none of them.
///
/// # Errors
/// A missing field, no answer of use.
pub async fn recall(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    let sentences = sentences(&case.row.required(Field::GoldenAnswer)?);
    let mut shown = blocks(case.row, Field::Context)?;
    let findings = if sentences.is_empty() {
        Vec::new()
    } else if is_blank(case.row, Field::Context)? {
        let without = |text: &String| Finding {
            text: text.clone(),
            verdict: "unattributable",
            reason: "There is no context.".to_owned(),
        };
        sentences.iter().map(without).collect()
    } else {
        shown.extend(Block::numbered("golden_answer", sentences.iter().map(String::as_str)));
        let prompt = include_str!("../../../prompts/metrics/ctx_recall.md");
        let question = Question::new(prompt, &[], shown);
        let read = |answer: View<'_>, faults: &mut Faults| {
            judged(answer, "sentences", ATTRIBUTION, &sentences, faults)
        };
        session.ask(&question, read).await?
    };
    let holds = "sentences of the golden answer are attributable to the context";
    Ok(told(&findings, holds, "Unattributed", "unattributed_sentences_reasons"))
}

/// `format_align`: the instructions that the output keeps, those of the argument `instructions` or
/// those that the model finds in prompt and input. No instruction is nothing to break: 100.
///
/// # Errors
/// A missing field, a wrong argument, no answer of use.
pub async fn instructions(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    let given = given_instructions(case)?;
    let output = Block::new(Field::Output.as_str(), case.row.required(Field::Output)?);
    let findings = match given {
        Some(given) if given.is_empty() => Vec::new(),
        Some(given) => {
            let mut shown = Block::numbered("instruction", given.iter().map(String::as_str));
            shown.push(output);
            let prompt = include_str!("../../../prompts/metrics/format_align_given.md");
            let question = Question::new(prompt, &[], shown);
            let read = |answer: View<'_>, faults: &mut Faults| {
                judged(answer, "instructions", KEPT, &given, faults)
            };
            session.ask(&question, read).await?
        }
        None => {
            let mut shown = Vec::new();
            for field in [Field::Prompt, Field::Input] {
                let text = case.row.text(field);
                shown.extend(text.map(|text| Block::new(field.as_str(), text)));
            }
            if shown.is_empty() {
                let why = "the row has neither prompt nor input, and no instructions are given";
                return Err(Failure(why.to_owned()));
            }
            shown.push(output);
            let prompt = include_str!("../../../prompts/metrics/format_align.md");
            let question = Question::new(prompt, &[("most", &MOST.to_string())], shown);
            let read = |answer: View<'_>, faults: &mut Faults| {
                found(answer, "instructions", KEPT, MOST, faults)
            };
            session.ask(&question, read).await?
        }
    };
    Ok(told(&findings, "instructions are kept", "Broken", "broken_instructions"))
}

/// The argument `instructions`: a list of texts, or one text.
fn given_instructions(case: Case<'_>) -> Result<Option<Vec<String>>, Failure> {
    let Some(given) = case.arguments.get("instructions") else { return Ok(None) };
    let list = match given.kind() {
        Kind::Array => given.items().map(View::as_text_lossy).collect::<Option<Vec<_>>>(),
        _ => given.as_text_lossy().map(|text| vec![text]),
    };
    let list = list.ok_or_else(|| Failure("instructions must be a list of strings".to_owned()))?;
    let list = list.into_iter().map(std::borrow::Cow::into_owned);
    Ok(Some(list.filter(|text| !text.trim().is_empty()).collect()))
}

/// `format_consist`: the categories in which the output is consistent with itself and, where the row
/// has them, with prompt and input.
///
/// # Errors
/// A missing field, no answer of use.
pub async fn format(session: &Session<'_>, case: Case<'_>) -> Result<Score, Failure> {
    let names = CATEGORIES.map(str::to_owned);
    let mut shown = blocks(case.row, Field::Output)?;
    let findings = if is_blank(case.row, Field::Output)? {
        // What says nothing breaks nothing.
        let kept = |text: String| Finding { text, verdict: "kept", reason: String::new() };
        names.map(kept).to_vec()
    } else {
        for field in [Field::Prompt, Field::Input] {
            let text = case.row.text(field);
            shown.extend(text.map(|text| Block::new(field.as_str(), text)));
        }
        let prompt = include_str!("../../../prompts/metrics/format_consist.md");
        let question = Question::new(prompt, &[], shown);
        let read = |answer: View<'_>, faults: &mut Faults| {
            judged(answer, "categories", KEPT, &names, faults)
        };
        session.ask(&question, read).await?
    };
    Ok(told(&findings, "categories are kept", "Broken", "broken_categories"))
}

fn told(findings: &[Finding], holds: &str, label: &str, details: &str) -> Score {
    let fails = |verdict: &str| matches!(verdict, "unattributable" | "broken");
    let failing: Vec<_> =
        findings.iter().filter(|found| fails(found.verdict)).map(Finding::told).collect();
    let holding = findings.len() - failing.len();
    let headline = format!("{holding} of {} {holds}", findings.len());
    let json = object(|object| object.json(details, &texts(&failing)));
    score(percent(holding as f64, findings.len(), 100.0), &headline, label, &failing, json)
}
