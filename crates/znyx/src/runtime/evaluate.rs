//! One text for a benchmark (contract §5.5, §5.6 A).

use std::borrow::Cow;
use std::time::{Duration, Instant};

use evalstone_core::benchmark::Verdict;
use evalstone_core::json::{Kind, RawJson, View, object};
use futures_util::StreamExt as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};

use super::Runtime;
use crate::json::array;
use crate::wire;
use crate::wire::worker::request_metadata;

/// The tenant that benchmarks evaluate as, so that a runtime's policy file can tell them apart.
const TENANT: &str = "benchmark";

/// How long to wait before asking an overloaded runtime again that does not say.
const PAUSE: Duration = Duration::from_secs(1);

/// The shortest wait, whatever it says: `Retry-After: 0` would be calls without end.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);

/// The longest answer that is read: a text comes back in it, and what detectors say of it.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// The most of an answer that is shown to people.
const SHOWN: usize = 200;

/// What a runtime made of a text.
#[derive(Debug)]
pub struct Evaluated {
    /// What it calls the version of the policy that it evaluated with.
    pub policy_version: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// Why a runtime made nothing of a text.
#[derive(Debug)]
pub enum Unevaluated {
    /// It cannot be reached.
    Unreachable(String),
    /// It did not answer in time.
    TimedOut,
    /// It has no time now, or no policy: 503, 429.
    Unavailable {
        /// The status.
        status: StatusCode,
        /// How long it asks to be left alone.
        pause: Duration,
        /// What it said.
        said: String,
    },
    /// It refuses us, or is no runtime: 401, 403, 404, 405, a redirection.
    Refused {
        /// The status.
        status: StatusCode,
        /// What it said.
        said: String,
    },
    /// It cannot evaluate this text; in words that begin with a verb.
    Failed(String),
}

/// What is evaluated.
pub struct Sample<'a> {
    /// The sample's id.
    pub id: &'a str,
    /// The run's id.
    pub run: &'a str,
    /// Which side it is.
    pub stage: &'a str,
    /// The text, a JSON string.
    pub text: &'a RawJson,
}

impl Runtime {
    /// What the runtime makes of a sample. Of all benchmarks together only so many calls are under
    /// way at a time as the settings allow.
    pub async fn evaluate(&self, sample: &Sample<'_>) -> Result<Evaluated, Unevaluated> {
        let Some((path, body)) = call(sample) else {
            return Err(Unevaluated::Failed(format!("knows no stage {}", sample.stage)));
        };
        let _turn = self.calls.acquire().await;
        let began = Instant::now();
        let request = self.client.post(self.at(path)).header(CONTENT_TYPE, "application/json");
        let response = request.body(body).send().await.map_err(|error| out_of_reach(&error))?;
        let status = response.status();
        let pause = pause(response.headers());
        let text = read(response).await?;
        match status {
            StatusCode::OK => evaluated(&text, began.elapsed()).ok_or_else(no_runtime),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                Err(Unevaluated::Unavailable { status, pause, said: shown(&text) })
            }
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
                Err(Unevaluated::Unreachable(format!("{status} from a proxy")))
            }
            StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED => {
                Err(Unevaluated::Refused { status, said: shown(&text) })
            }
            _ if status.is_redirection() => {
                Err(Unevaluated::Refused { status, said: shown(&text) })
            }
            _ => Err(Unevaluated::Failed(format!("answered {status}: {}", shown(&text)))),
        }
    }
}

fn no_runtime() -> Unevaluated {
    Unevaluated::Failed("does not answer as a znyx-runtime does".to_owned())
}

/// The path that evaluates this stage, and what to send there so that the text that its detectors
/// see is the sample's. None for a stage that no runtime knows.
fn call(sample: &Sample<'_>) -> Option<(&'static str, String)> {
    let Sample { id, run, stage, text } = sample;
    let text = text.as_str();
    let path = match *stage {
        "input" => "/v1/evaluate/input",
        "output" => "/v1/evaluate/output",
        "retrieval" => "/v1/evaluate/retrieval",
        "tool" => "/v1/evaluate/tool",
        "agent_plan" => "/v1/evaluate/agent-plan",
        "agent_loop" => "/v1/evaluate/agent-step",
        "memory_write" => "/v1/evaluate/memory-write",
        _ => return None,
    };
    let body = object(|object| {
        object.text("request_id", &format!("bench-{id}"));
        object.text("tenant_id", TENANT);
        object.text("app_id", run);
        match *stage {
            "retrieval" => object.json("chunks", &format!("[{{\"content\":{text}}}]")),
            "tool" => {
                object.text("tool_name", TENANT);
                object.json("tool_args", "{}");
                object.json("tool_result", text);
            }
            "agent_plan" => object.json("plan", text),
            "agent_loop" => object.json("action", text),
            "memory_write" => object.json("memory_value", text),
            _ => object.json("text", text),
        }
        object.json("metadata", &request_metadata(id));
    });
    Some((path, body))
}

fn out_of_reach(error: &reqwest::Error) -> Unevaluated {
    if error.is_timeout() && !error.is_connect() {
        return Unevaluated::TimedOut;
    }
    Unevaluated::Unreachable(cause(error))
}

/// What lies at the bottom of an error, such as `Connection refused (os error 111)`. Its own text
/// only repeats the address.
pub fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

/// How long the answer asks to be left alone.
fn pause(headers: &HeaderMap) -> Duration {
    let header = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let asked = header.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    asked.unwrap_or(PAUSE).max(SHORTEST_PAUSE)
}

/// The answer's text, as far as a text of it is sane.
async fn read(response: Response) -> Result<String, Unevaluated> {
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| out_of_reach(&error))?);
        if bytes.len() > LONGEST_ANSWER {
            return Err(Unevaluated::Failed(format!("answered more than {LONGEST_ANSWER} bytes")));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The beginning of an answer, on one line: its `detail` where that is a text.
fn shown(text: &str) -> String {
    let json = RawJson::parse(text).ok();
    let detail = json.as_ref().and_then(|json| json.view().get("detail"));
    let detail = detail.and_then(View::as_text).unwrap_or(Cow::Borrowed(text));
    let line: String = detail.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(SHOWN).collect()
}

/// What an answer says; none when it is no runtime's.
fn evaluated(text: &str, took: Duration) -> Option<Evaluated> {
    let json = RawJson::parse(text).ok()?;
    let answer = json.view();
    let text = |name: &str| answer.get(name).and_then(View::as_text);
    let number = |name: &str| answer.get(name).and_then(number);
    let hits = answer.get("rule_hits").filter(|hits| hits.kind() == Kind::Array)?;
    let rules = hits.items().filter_map(|hit| hit.get("rule_id"));
    let rules = rules.filter(|rule| rule.kind() == Kind::String).map(View::raw);
    let latency_ms = number("latency_ms").unwrap_or(took.as_secs_f64() * 1000.0);
    Some(Evaluated {
        policy_version: text("policy_version")?.into_owned(),
        verdict: Verdict {
            decision: text("decision")?.into_owned(),
            score: number("risk_score")?.clamp(0.0, 100.0),
            rule_hits: RawJson::trusted(array(rules)),
            detectors: answer.get("detector_results").and_then(detectors),
            latency_ms: wire::worker::whole(latency_ms),
        },
    })
}

fn number(value: View<'_>) -> Option<f64> {
    (value.kind() == Kind::Number).then(|| value.raw().parse().ok()).flatten()
}

/// What a runtime that asks for work would report of each detector; more is not kept.
fn detectors(list: View<'_>) -> Option<RawJson> {
    const KEPT: [&str; 5] =
        ["detector_name", "decision", "risk_score", "latency_ms", "execution_mode"];
    if list.kind() != Kind::Array {
        return None;
    }
    let entries = list.items().map(|entry| {
        object(|object| {
            for name in KEPT {
                object.nullable_json(name, entry.get(name).map(View::raw));
            }
        })
    });
    Some(RawJson::trusted(array(entries)))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn sent(stage: &str, text: &str) -> Option<(&'static str, String)> {
        call(&Sample { id: "s", run: "r", stage, text: &RawJson::parse(text).expect(text) })
    }

    #[test]
    fn each_stage_has_its_call() {
        let around = |inner: &str| {
            format!(
                r#"{{"request_id":"bench-s","tenant_id":"benchmark","app_id":"r",{inner},"metadata":{{"user_id":"s"}}}}"#
            )
        };
        for (stage, path, inner) in [
            ("input", "/v1/evaluate/input", r#""text":"\ud800\n""#),
            ("output", "/v1/evaluate/output", r#""text":"\ud800\n""#),
            ("retrieval", "/v1/evaluate/retrieval", r#""chunks":[{"content":"\ud800\n"}]"#),
            (
                "tool",
                "/v1/evaluate/tool",
                r#""tool_name":"benchmark","tool_args":{},"tool_result":"\ud800\n""#,
            ),
            ("agent_plan", "/v1/evaluate/agent-plan", r#""plan":"\ud800\n""#),
            ("agent_loop", "/v1/evaluate/agent-step", r#""action":"\ud800\n""#),
            ("memory_write", "/v1/evaluate/memory-write", r#""memory_value":"\ud800\n""#),
        ] {
            assert_eq!(sent(stage, r#""\ud800\n""#), Some((path, around(inner))), "{stage}");
        }
        assert!(sent("somewhere", "\"x\"").is_none());
    }

    #[test]
    fn an_answer_as_the_runtime_gives_it() {
        let text = r#"{"request_id":"r","decision":"BLOCK","risk_score":100,"policy_version":"2ddb","rule_hits":[{"rule_id":"a.b","severity":"high"},{"rule_id":"c"}],"latency_ms":30,"detector_results":[{"detector_name":"a","decision":"BLOCK","risk_score":50,"latency_ms":0,"rule_hits":[],"transformed":false,"execution_mode":null}]}"#;
        let Evaluated { policy_version, verdict } =
            evaluated(text, Duration::ZERO).expect("an answer");
        assert_eq!(policy_version, "2ddb");
        assert_eq!((verdict.decision.as_str(), verdict.score), ("BLOCK", 100.0));
        assert_eq!((verdict.rule_hits.as_str(), verdict.latency_ms), (r#"["a.b","c"]"#, 30));
        assert_eq!(
            verdict.detectors.as_ref().map(RawJson::as_str),
            Some(
                r#"[{"detector_name":"a","decision":"BLOCK","risk_score":50,"latency_ms":0,"execution_mode":null}]"#
            )
        );
        for other in ["", "[]", "{}", r#"{"decision":"ALLOW","risk_score":0,"rule_hits":[]}"#] {
            assert!(evaluated(other, Duration::ZERO).is_none(), "{other}");
        }
    }

    #[test]
    fn an_overloaded_runtime_is_left_alone_as_long_as_it_asks() {
        let asked = |text: &'static str| {
            pause(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]))
        };
        assert_eq!(asked("7"), Duration::from_secs(7));
        assert_eq!(asked("0"), SHORTEST_PAUSE);
        assert_eq!((asked("soon"), pause(&HeaderMap::new())), (PAUSE, PAUSE));
    }

    #[test]
    fn what_is_shown_of_an_answer_is_short_and_on_one_line() {
        assert_eq!(shown(r#"{"detail":"Not Found"}"#), "Not Found");
        assert_eq!(shown("<html>\n  no\n"), "<html> no");
        assert_eq!(shown(&"x".repeat(1000)).len(), 200);
    }
}
