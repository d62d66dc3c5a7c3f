//! Judges an answer.

use super::Expect;
use super::variables::Variables;
use crate::json::{Json, KeyOrder, compare, text_matches};
use crate::wire::Answer;

/// Whether the answer is the expected one; an error says what is not.
pub fn check(expect: &Expect, answer: &Answer, variables: &Variables) -> Result<(), String> {
    let Expect { status, headers, json, body, contains, lacks, any_key_order } = expect;
    if answer.status != *status {
        return Err(format!("expected status {status}"));
    }
    if answer.header("x-request-id").is_none_or(str::is_empty) {
        return Err("X-Request-Id is on every answer".to_owned());
    }
    for (name, wanted) in headers {
        header(name, &variables.fill(wanted)?, answer)?;
    }
    if let Some(wanted) = json {
        let wanted = Json::parse(&variables.fill(wanted)?)
            .map_err(|error| format!("the scenario's own JSON: {error}"))?;
        let order = if *any_key_order { KeyOrder::Free } else { KeyOrder::Fixed };
        compare(&wanted, &answer.json()?, order)?;
    }
    if let Some(wanted) = body {
        let wanted = variables.fill(wanted)?;
        if answer.body != wanted.as_bytes() {
            return Err(format!("expected exactly this body:\n{wanted}"));
        }
    }
    fragments(contains, answer, variables, true)?;
    fragments(lacks, answer, variables, false)
}

fn header(name: &str, wanted: &str, answer: &Answer) -> Result<(), String> {
    match answer.header(name) {
        None if wanted == "<absent>" => Ok(()),
        None => Err(format!("expected the header {name}: {wanted}")),
        Some(found) if wanted == "<absent>" => Err(format!("unexpected header {name}: {found}")),
        Some(found) if text_matches(wanted, found) => Ok(()),
        Some(found) => Err(format!("expected {name}: {wanted}, found {found}")),
    }
}

fn fragments(
    texts: &[String],
    answer: &Answer,
    variables: &Variables,
    present: bool,
) -> Result<(), String> {
    for text in texts {
        let text = variables.fill(text)?;
        if text.is_empty() {
            return Err("an empty text stands in every body".to_owned());
        }
        let found = answer.body.windows(text.len()).any(|window| window == text.as_bytes());
        if found != present {
            let verb = if present { "lacks" } else { "contains" };
            return Err(format!("the body {verb} {text:?}"));
        }
    }
    Ok(())
}
