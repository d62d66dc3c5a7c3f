//! What each dialect shows of a case, by the `read` column of design §2.4's table.

use super::dialect::{Dialect, Shown};
use super::normal::{Normal, last};
use crate::arbitrary::canonical;
use crate::arbitrary::value::{Member, Value, compact};

/// The engine's decisions, which are no answer text.
const DECISIONS: [&str; 5] = ["BLOCK", "REDACT", "TRANSFORM", "WARN", "ALLOW"];

impl Normal {
    /// What a dialect shows of the case. A dialect that wrote it shows it as it was written instead,
    /// and the name that Gentrace gives a case without one is not predicted.
    pub fn read(&self, dialect: Dialect) -> Shown {
        Shown(match dialect {
            Dialect::Znyx => self.as_sample(),
            Dialect::Aegis => self.as_record(),
            Dialect::Gentrace => self.as_test_case(),
        })
    }

    fn as_sample(&self) -> Vec<String> {
        let Self { stage, inputs, output, expected, metadata } = self;
        let context = match stage {
            Some(stage) => stage.as_str(),
            None if output.is_some() && seen(inputs).is_empty() => "output",
            None => "input",
        };
        let text = match output {
            Some(output) if context == "output" => Some(text(output)),
            _ => subject(inputs),
        };
        vec![
            text.unwrap_or_else(|| "\"\"".to_owned()),
            canonical::text(context),
            or_null(decision(expected).map(ToString::to_string)),
            or_null(rule_hits(expected).map(ToString::to_string)),
            if metadata.is_empty() { "null".to_owned() } else { object(metadata) },
        ]
    }

    fn as_record(&self) -> Vec<String> {
        let Self { stage: _, inputs, output, expected, metadata: _ } = self;
        let field = |key| present(inputs, key).map(text);
        let engine = decision(expected).and_then(|value| value.as_text()?.text());
        let is_engine = engine.is_some_and(|decision| DECISIONS.contains(&decision.as_str()));
        let verdict = [("decision", is_engine), ("rule_hits", rule_hits(expected).is_some())];
        let verdict = verdict.into_iter().filter(|(_, is)| *is).map(|(key, _)| key);
        let answer = present(expected, "golden_answer").map(text);
        let answer = answer.or_else(|| subject(&without(expected, &verdict.collect::<Vec<_>>())));
        let fields = [
            field("prompt"),
            subject(&without(inputs, &["prompt", "context"])),
            field("context"),
            output.as_ref().map(text),
            answer,
        ];
        fields.into_iter().map(or_null).collect()
    }

    fn as_test_case(&self) -> Vec<String> {
        let Self { stage, inputs, output, expected, metadata: _ } = self;
        let output = output.iter().map(|output| Member::plain("output", output.clone()));
        let stage = stage.iter().map(|stage| format!("\"stage\":{}", canonical::text(stage)));
        let members = inputs.iter().cloned().chain(output).map(|member| member.to_string());
        let inputs = members.chain(stage).collect::<Vec<_>>().join(",");
        let expected = if expected.is_empty() { "null".to_owned() } else { object(expected) };
        vec![String::new(), format!("{{{inputs}}}"), expected]
    }
}

/// `expected.decision` when it is a string.
fn decision(expected: &[Member]) -> Option<&Value> {
    last(expected, "decision").filter(|value| value.as_text().is_some())
}

/// `expected.rule_hits` when it is an array of strings.
fn rule_hits(expected: &[Member]) -> Option<&Value> {
    let is_text = |value: &Value| value.as_text().is_some();
    last(expected, "rule_hits")
        .filter(|value| value.as_items().is_some_and(|mut items| items.all(is_text)))
}

/// The token of `text(v)`: of a string its own, of anything else that of its compact JSON.
fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        other => canonical::text(&compact(other)),
    }
}

/// The token of `text(subject(obj))`.
fn subject(object: &[Member]) -> Option<String> {
    if let Some(input) = present(object, "input") {
        return Some(text(input));
    }
    match seen(object)[..] {
        [] => None,
        [only] => Some(text(only)),
        _ => {
            let member = |Member { key, value, .. }: &Member| format!("{key}:{}", compact(value));
            let members: Vec<String> = object.iter().map(member).collect();
            Some(canonical::text(&format!("{{{}}}", members.join(","))))
        }
    }
}

/// The value that a reading sees under a key: a null counts as absent.
fn present<'a>(object: &'a [Member], key: &str) -> Option<&'a Value> {
    last(object, key).filter(|value| !matches!(value, Value::Null))
}

/// The values that a reading sees: of duplicate keys the last, and no null.
pub(super) fn seen(object: &[Member]) -> Vec<&Value> {
    let later = |at: usize| &object[at + 1..];
    let is_last = |at: &usize| {
        let units = object[*at].key.units();
        later(*at).iter().all(|member| member.key.units() != units)
    };
    let values = (0..object.len()).filter(is_last).map(|at| &object[at].value);
    values.filter(|value| !matches!(value, Value::Null)).collect()
}

fn without(object: &[Member], keys: &[&str]) -> Vec<Member> {
    let stays = |member: &&Member| !keys.iter().any(|key| member.key.is(key));
    object.iter().filter(stays).cloned().collect()
}

fn object(members: &[Member]) -> String {
    let members: Vec<String> = members.iter().map(ToString::to_string).collect();
    format!("{{{}}}", members.join(","))
}

fn or_null(value: Option<String>) -> String {
    value.unwrap_or_else(|| "null".to_owned())
}
