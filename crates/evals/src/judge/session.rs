//! One evaluation: questions to one model, each answer checked and, once, sent back with its faults.

use std::time::Duration;

use evalstone_core::json::{Kind, MAX_DEPTH, View};

use super::endpoint::{Endpoint, Form, Message, Role, Spent};
use super::faults::Faults;
use super::question::Question;
use crate::scoring::Failure;

/// How often an answer may be wrong.
const ATTEMPTS: usize = 2;

/// An evaluation under way.
#[derive(Debug)]
pub struct Session<'a> {
    endpoint: &'a Endpoint,
    first_pause: Duration,
    spent: &'a Spent,
}

impl<'a> Session<'a> {
    /// An evaluation by a model.
    pub fn new(endpoint: &'a Endpoint, first_pause: Duration, spent: &'a Spent) -> Self {
        Self { endpoint, first_pause, spent }
    }

    /// What the model finds. `read` takes an answer apart and names its faults; an answer with faults
    /// goes back to the model once.
    ///
    /// # Errors
    /// When there is no answer, or the second one has faults, too.
    pub async fn ask<T>(
        &self,
        question: &Question,
        read: impl Fn(View<'_>, &mut Faults) -> T,
    ) -> Result<T, Failure> {
        let mut messages = question.messages();
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let answer = self.say(&messages, Form::Json).await?;
            let (found, faults) = parse(&answer, &read);
            match found {
                Some(found) if faults.is_empty() => return Ok(found),
                _ => {}
            }
            messages.extend(Question::repair(&answer, &faults.lines()));
            last = faults.first().to_owned();
        }
        Err(Failure(format!("the judge's answer cannot be used, nor can its correction: {last}")))
    }

    /// What the model answers to a user's message, in its own words.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn answer(&self, text: &str) -> Result<String, Failure> {
        let message = Message { role: Role::User, text: text.to_owned() };
        self.say(&[message], Form::Text).await
    }

    async fn say(&self, messages: &[Message], form: Form) -> Result<String, Failure> {
        let said = self.endpoint.complete(messages, form, self.first_pause, self.spent).await;
        said.map_err(|why| Failure(format!("the judge has no answer: {why}")))
    }
}

fn parse<T>(answer: &str, read: impl Fn(View<'_>, &mut Faults) -> T) -> (Option<T>, Faults) {
    let mut faults = Faults::default();
    let found = match View::parse(bare(answer), MAX_DEPTH) {
        Ok(view) if view.kind() == Kind::Object => Some(read(view, &mut faults)),
        Ok(view) => {
            faults.add(format!(
                "the answer must be a JSON object, not of type {}",
                view.kind().as_str()
            ));
            None
        }
        Err(fault) => {
            faults.add(format!("the answer must be JSON: {fault}"));
            None
        }
    };
    (found, faults)
}

/// An answer without what many models cannot help writing: the thoughts before it, the fence of a code
/// block around it.
fn bare(answer: &str) -> &str {
    let text = answer.trim();
    let thought = text.strip_prefix("<think>").and_then(|text| text.split_once("</think>"));
    let text = thought.map_or(text, |(_, text)| text.trim());
    let inside = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    // What stands on the opening line names the language.
    let inside = inside.and_then(|text| text.split_once('\n'));
    inside.map_or(text, |(_, json)| json.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_and_fences_are_no_part_of_an_answer() {
        for text in [
            "{}",
            " {}\n",
            "```json\n{}\n```",
            "```\n{}\n```\n",
            "<think>{\"a\"</think>\n```\n{}\n```",
        ] {
            assert_eq!(bare(text), "{}", "{text}");
        }
        assert_eq!(bare("see: ```{}```"), "see: ```{}```");
    }

    #[test]
    fn what_is_no_object_is_a_fault() {
        for (answer, expected) in [
            ("Sure!", "- the answer must be JSON: "),
            ("[1]", "- the answer must be a JSON object, not of type array"),
            ("{\"a\":1} and more", "- the answer must be JSON: "),
        ] {
            let (found, faults) = parse(answer, |_, _| ());
            assert!(found.is_none() && faults.lines().starts_with(expected), "{}", faults.lines());
        }
        assert!(parse("{}", |_, _| ()).1.is_empty());
    }
}
