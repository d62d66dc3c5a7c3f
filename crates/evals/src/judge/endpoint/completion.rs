//! What an answer of `chat/completions` says.

use std::borrow::Cow;

use evalstone_core::json::{Kind, MAX_DEPTH, View};

/// How many tokens were used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// By the question.
    pub read: u64,
    /// By the answer.
    pub written: u64,
}

/// What an endpoint answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Completion {
    /// The model's words, or why there are none, in words that begin with a verb.
    pub answer: Result<String, String>,
    /// What it used, as far as it says.
    pub usage: Option<Usage>,
}

/// Reads an answer.
pub fn completion(text: &str) -> Completion {
    let Ok(view) = View::parse(text, MAX_DEPTH) else {
        return Completion { answer: Err(strange("no JSON")), usage: None };
    };
    Completion { answer: answer(view), usage: usage(view) }
}

fn strange(what: &str) -> String {
    format!("does not answer as an OpenAI-compatible endpoint does ({what}); check its url")
}

fn answer(view: View<'_>) -> Result<String, String> {
    let choice = view.get("choices").and_then(|choices| choices.items().next());
    let choice = choice.ok_or_else(|| strange("no choices"))?;
    let message = choice.get("message").ok_or_else(|| strange("no message"))?;
    if let Some(refusal) = message.get("refusal").and_then(View::as_text_lossy)
        && !refusal.is_empty()
    {
        return Err(format!("refused to answer: {refusal}"));
    }
    match choice.get("finish_reason").and_then(View::as_text).as_deref() {
        Some("content_filter") => {
            return Err("refused to answer: its content filter stopped it".to_owned());
        }
        Some("length") => {
            return Err(
                "was cut off: its answer reached the most tokens that it may write".to_owned()
            );
        }
        _ => {}
    }
    let content = message.get("content").ok_or_else(|| strange("no content"))?;
    words(content).ok_or_else(|| strange("no text"))
}

/// A text, or the texts of a list of parts.
fn words(content: View<'_>) -> Option<String> {
    if content.kind() == Kind::Array {
        let parts: Vec<_> = content
            .items()
            .filter_map(|part| part.get("text").and_then(View::as_text_lossy))
            .collect();
        return (!parts.is_empty()).then(|| parts.concat());
    }
    content.as_text_lossy().map(Cow::into_owned)
}

fn usage(view: View<'_>) -> Option<Usage> {
    let usage = view.get("usage").filter(|usage| usage.kind() == Kind::Object)?;
    let count = |name: &str| usage.get(name).and_then(|view| view.raw().parse().ok());
    let (read, written) = (count("prompt_tokens"), count("completion_tokens"));
    let known = read.is_some() || written.is_some();
    known.then(|| Usage { read: read.unwrap_or_default(), written: written.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_its_usage() {
        let said = completion(
            r#"{"choices":[{"message":{"role":"assistant","content":"{}","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":3}}"#,
        );
        let usage = Some(Usage { read: 12, written: 3 });
        assert_eq!(said, Completion { answer: Ok("{}".to_owned()), usage });
        let parts =
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}]}"#;
        assert_eq!(completion(parts), Completion { answer: Ok("ab".to_owned()), usage: None });
    }

    #[test]
    fn what_is_no_answer_says_why() {
        for (text, expected) in [
            ("<html>", "(no JSON)"),
            ("{}", "(no choices)"),
            (r#"{"choices":[]}"#, "(no choices)"),
            (r#"{"choices":[{}]}"#, "(no message)"),
            (r#"{"choices":[{"message":{}}]}"#, "(no content)"),
            (r#"{"choices":[{"message":{"content":null}}]}"#, "(no text)"),
            (r#"{"choices":[{"message":{"refusal":"I can't."}}]}"#, "refused to answer: I can't."),
            (
                r#"{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}"#,
                "refused to answer: its content filter",
            ),
            (
                r#"{"choices":[{"message":{"content":"{"},"finish_reason":"length"}]}"#,
                "was cut off",
            ),
        ] {
            let why = completion(text).answer.expect_err(text);
            assert!(why.contains(expected), "{text}: {why}");
        }
    }
}
