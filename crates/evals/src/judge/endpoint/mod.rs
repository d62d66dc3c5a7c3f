//! The one place from which this crate calls out: `POST {url}/chat/completions` of an
//! OpenAI-compatible endpoint. Its address and key come from the configuration alone, never from a
//! row or a request.

mod completion;
mod pause;
mod trouble;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use evalstone_core::json::{encode, object};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use secrecy::ExposeSecret as _;
use tokio::sync::Semaphore;

use super::settings::Model;
use crate::scoring::Cost;
use completion::{Completion, Usage, completion};
use pause::{pause, pauses, retry_after};
use trouble::{Trouble, What, cause};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// A configured model with what its calls need. Its key appears in no `Debug` and no message.
#[derive(Debug)]
pub struct Endpoint {
    model: Model,
    /// Who may call it now.
    calls: Semaphore,
    /// What calls it, or why nothing can.
    caller: Result<Caller, String>,
}

#[derive(Debug)]
struct Caller {
    client: Client,
    url: Url,
    /// `host:port`, for people.
    host: String,
    authorization: Option<HeaderValue>,
}

/// Who says a message of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The gateway: what the model is to do.
    System,
    /// The gateway again: what it is to look at.
    User,
    /// The model.
    Assistant,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// A message of a conversation.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub text: String,
}

/// What an answer has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON object. Few servers know more of `response_format` than `json_object`, so the shape is
    /// spelled in the prompt and checked here.
    Json,
    /// Any text.
    Text,
}

/// What was spent so far, in [`Cost`]'s unit.
#[derive(Debug, Default)]
pub struct Spent(AtomicU64);

impl Spent {
    fn add(&self, cost: Cost) {
        // A price so high that the sum would wrap stays at the most that can be said.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sum| {
            Some(sum.saturating_add(cost.0))
        });
    }

    /// The sum.
    pub fn cost(&self) -> Cost {
        Cost(self.0.load(Ordering::Relaxed))
    }
}

impl Endpoint {
    /// An endpoint for this model. One that cannot be called, because its URL is none, say, says so
    /// when it is asked.
    pub fn of(model: Model) -> Self {
        let calls = Semaphore::new(model.parallel.clamp(1, Semaphore::MAX_PERMITS));
        let caller = Caller::of(&model);
        Self { model, calls, caller }
    }

    /// What the model says next in this conversation. A call that fails for a reason that passes is
    /// repeated as often as the settings allow. Usage that an answer tells is added to `spent`, also
    /// when the answer is of no use.
    ///
    /// # Errors
    /// Why there is no answer, for people.
    pub async fn complete(
        &self,
        messages: &[Message],
        form: Form,
        first_pause: Duration,
        spent: &Spent,
    ) -> Result<String, String> {
        let name = &self.model.name;
        let caller =
            self.caller.as_ref().map_err(|why| format!("{name} cannot be asked: {why}"))?;
        let body = body(name, messages, form);
        let mut pauses = pauses(first_pause, self.model.retries);
        let mut attempts = 1_u32;
        loop {
            let trouble = match self.attempt(caller, &body, spent).await {
                Ok(text) => return Ok(text),
                Err(trouble) => trouble,
            };
            let planned = if trouble.what.passes() { pauses.next() } else { None };
            let Some(planned) = planned else {
                let why = trouble.what.text(&self.model);
                let host = &caller.host;
                let tries =
                    if attempts > 1 { format!(" ({attempts} attempts)") } else { String::new() };
                return Err(format!("{name} at {host} {why}{tries}"));
            };
            tokio::time::sleep(pause(planned, trouble.asked_pause)).await;
            attempts += 1;
        }
    }

    async fn attempt(&self, caller: &Caller, body: &str, spent: &Spent) -> Result<String, Trouble> {
        // The semaphore is never closed; if it were, a call too many would be the lesser evil.
        let _turn = self.calls.acquire().await;
        let mut request = caller.client.post(caller.url.clone());
        if let Some(value) = &caller.authorization {
            request = request.header(reqwest::header::AUTHORIZATION, value.clone());
        }
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
        let response = request.send().await.map_err(|error| Trouble::of(&error))?;
        let status = response.status();
        let asked_pause = retry_after(response.headers(), chrono::Utc::now());
        let text = read(response).await?;
        if !status.is_success() {
            let what = What::Status { status, said: trouble::said(&text) };
            return Err(Trouble { what, asked_pause });
        }
        let Completion { answer, usage } = completion(&text);
        if let Some(usage) = usage {
            spent.add(self.price(usage));
        }
        answer.map_err(|why| Trouble { what: What::Useless(why), asked_pause: None })
    }

    /// Tokens times millionths a million tokens are millionths of a millionth.
    fn price(&self, usage: Usage) -> Cost {
        let read = usage.read.saturating_mul(self.model.input_price.0);
        Cost(read.saturating_add(usage.written.saturating_mul(self.model.output_price.0)))
    }
}

impl Caller {
    fn of(model: &Model) -> Result<Self, String> {
        let url = address(&model.url)?;
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let authorization = match &model.key {
            Some(key) => {
                let value = format!("Bearer {}", key.expose_secret());
                let mut value = HeaderValue::from_str(&value)
                    .map_err(|_| "its key holds what no header can".to_owned())?;
                value.set_sensitive(true);
                Some(value)
            }
            None => None,
        };
        // Whoever installed a provider before us chose well enough.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(model.timeout)
            .redirect(Policy::none())
            .no_proxy();
        if url.scheme() == "http" {
            // Otherwise a system without certificates could not even be told so.
            client = client.tls_certs_only([]);
        }
        let client =
            client.build().map_err(|error| format!("TLS is not to be had: {}", cause(&error)))?;
        Ok(Self { client, url, host, authorization })
    }
}

/// The address that is called. Credentials in it would be shown with errors, so there are none.
fn address(base: &str) -> Result<Url, String> {
    let invalid = || {
        "its URL must be an address such as https://api.openai.com/v1, without user, password, query \
         and fragment"
            .to_owned()
    };
    let url = Url::parse(base).map_err(|_| invalid())?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !is_plain || !is_http || url.fragment().is_some() {
        return Err(invalid());
    }
    let base = url.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}/chat/completions")).map_err(|_| invalid())
}

/// The request. It names no temperature: some models refuse any, and runs that are to be independent
/// need the model's own.
fn body(model: &str, messages: &[Message], form: Form) -> String {
    let messages: Vec<_> = messages
        .iter()
        .map(|message| {
            object(|object| {
                object.text("role", message.role.as_str());
                object.text("content", &message.text);
            })
        })
        .collect();
    object(|object| {
        object.text("model", model);
        object.json("messages", &format!("[{}]", messages.join(",")));
        if form == Form::Json {
            object.json("response_format", &format!("{{\"type\":{}}}", encode("json_object")));
        }
    })
}

/// The answer's text, as far as a text of it is sane.
async fn read(mut response: Response) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| Trouble::of(&error))? {
        if bytes.len() + piece.len() > LONGEST_ANSWER {
            return Err(Trouble { what: What::Endless(LONGEST_ANSWER), asked_pause: None });
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for base in ["https://api.openai.com/v1", "https://api.openai.com/v1/"] {
            let url = address(base).map(String::from);
            assert_eq!(url.as_deref(), Ok("https://api.openai.com/v1/chat/completions"));
        }
        for bad in ["", "localhost:11434", "ftp://h", "http://u:p@h", "http://h?q=1", "http://h#f"]
        {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_request_names_the_model_the_messages_and_the_form() {
        let messages = [Message { role: Role::System, text: "a \"b\"".to_owned() }];
        assert_eq!(
            body("gpt-4o", &messages, Form::Json),
            r#"{"model":"gpt-4o","messages":[{"role":"system","content":"a \"b\""}],"response_format":{"type":"json_object"}}"#
        );
        assert!(!body("gpt-4o", &messages, Form::Text).contains("response_format"));
    }

    #[test]
    fn what_is_spent_never_wraps() {
        let spent = Spent::default();
        spent.add(Cost(u64::MAX - 1));
        spent.add(Cost(5));
        assert_eq!(spent.cost(), Cost(u64::MAX));
    }
}
