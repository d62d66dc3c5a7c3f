//! What runtimes report of their evaluations: `POST /v1/telemetry/events`. The vendor documents no
//! schema; the keys are those that its runtime sends and those of a trace.

use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};
use evalstone_core::json::{RawJson, RawObject, View, object};

use crate::body::Body;
use crate::validation::{Place, Problems, Reader, Rule, members, nullable};

/// An evaluation as a runtime reports it. Other keys are ignored. What the runtime passes on from its
/// callers is a JSON string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetryEvent {
    /// The id that the caller gave the evaluation.
    pub request_id: RawJson,
    /// Which side was evaluated.
    pub context: String,
    /// What was decided.
    pub decision: RawJson,
    /// The first part of the policy's scope.
    pub tenant_id: Option<RawJson>,
    /// The second.
    pub app_id: Option<RawJson>,
    /// The third.
    pub agent_id: Option<RawJson>,
    /// The last.
    pub env: Option<RawJson>,
    /// The policy by which it was decided.
    pub policy_version: Option<RawJson>,
    /// The digest of the policy.
    pub policy_hash: Option<RawJson>,
    /// The caller's or the runtime's id of the trace.
    pub trace_id: Option<RawJson>,
    /// The conversation.
    pub session_id: Option<RawJson>,
    /// The span in its trace.
    pub span_id: Option<RawJson>,
    /// The text that was evaluated; the runtime does not send it.
    pub input_text: Option<RawJson>,
    /// How risky the text is, 0 to 100.
    pub risk_score: Option<i64>,
    /// How long it took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// When it happened.
    pub timestamp: Option<DateTime<Utc>>,
    /// The rules that fired, a JSON array of strings.
    pub rule_hit_ids: Option<RawJson>,
    /// What each detector said, a JSON array of objects.
    pub detector_results: Option<RawJson>,
    /// How good the text is.
    pub quality_scores: Option<RawObject>,
    /// Carried along.
    pub metadata: Option<RawObject>,
}

/// In the order in which they are checked.
const NAMES: [&str; 20] = [
    "request_id",
    "context",
    "decision",
    "tenant_id",
    "app_id",
    "agent_id",
    "env",
    "policy_version",
    "policy_hash",
    "trace_id",
    "session_id",
    "span_id",
    "input_text",
    "risk_score",
    "latency_ms",
    "timestamp",
    "rule_hit_ids",
    "detector_results",
    "quality_scores",
    "metadata",
];

/// The engine's own bounds.
const RISK: (i64, i64) = (0, 100);
const LATENCY: (i64, i64) = (0, i64::MAX);

impl TelemetryEvent {
    fn read(reader: &mut Reader, place: &Place<'_>, value: View<'_>) -> Option<Self> {
        let model = reader.model(place, value)?;
        let [request_id, context, decision, rest @ ..] = members(model, NAMES);
        let [tenant, app, agent, env, policy, hash, rest @ ..] = rest;
        let [trace, session, span, text, risk, latency, timestamp, rest @ ..] = rest;
        let [rules, detectors, quality, metadata] = rest.map(nullable);
        let at = |name| place.key(name);
        let request_id = reader
            .required(&at("request_id"), model, request_id)
            .and_then(|value| reader.token(&at("request_id"), value));
        let context = reader
            .required(&at("context"), model, context)
            .and_then(|value| reader.plain(&at("context"), value));
        let decision = reader
            .required(&at("decision"), model, decision)
            .and_then(|value| reader.token(&at("decision"), value));
        let mut token =
            |name, value| nullable(value).and_then(|value| reader.token(&at(name), value));
        let [tenant_id, app_id] = [token("tenant_id", tenant), token("app_id", app)];
        let [agent_id, env] = [token("agent_id", agent), token("env", env)];
        let policy_version = token("policy_version", policy);
        let policy_hash = token("policy_hash", hash);
        let [trace_id, session_id] = [token("trace_id", trace), token("session_id", session)];
        let [span_id, input_text] = [token("span_id", span), token("input_text", text)];
        let mut number = |name, value, bounds| {
            nullable(value).and_then(|value| reader.whole(&at(name), value, bounds))
        };
        let risk_score = number("risk_score", risk, RISK);
        let latency_ms = number("latency_ms", latency, LATENCY);
        let timestamp =
            nullable(timestamp).and_then(|value| reader.word(&at("timestamp"), value, parse_time));
        let rule_hit_ids = rules.and_then(|value| reader.tokens(&at("rule_hit_ids"), value));
        let detector_results =
            detectors.and_then(|value| reader.dicts(&at("detector_results"), value));
        let quality_scores = quality.and_then(|value| reader.dict(&at("quality_scores"), value));
        let metadata = metadata.and_then(|value| reader.dict(&at("metadata"), value));
        Some(Self {
            request_id: request_id?,
            context: context?,
            decision: decision?,
            tenant_id,
            app_id,
            agent_id,
            env,
            policy_version,
            policy_hash,
            trace_id,
            session_id,
            span_id,
            input_text,
            risk_score,
            latency_ms,
            timestamp,
            rule_hit_ids,
            detector_results,
            quality_scores,
            metadata,
        })
    }
}

/// A time as Python and others write it: ISO 8601, with `T` or a blank in its middle; without an
/// offset it is UTC.
fn parse_time(text: &str) -> Result<DateTime<Utc>, String> {
    let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let plain = |form| NaiveDateTime::parse_from_str(text, form).map(|time| time.and_utc());
    with_offset
        .or_else(|_| plain("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|_| plain("%Y-%m-%d %H:%M:%S%.f"))
        .ok()
        .filter(|time| (1..=9999).contains(&time.year()))
        .ok_or_else(|| {
            "timestamp must be a date and time such as 2026-04-22T12:00:00.123456+00:00".to_owned()
        })
}

/// The body that reports evaluations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetryEvents {
    /// What is reported.
    pub events: Vec<TelemetryEvent>,
}

impl TelemetryEvents {
    /// The levels around each event's payloads: the body, its list, the event.
    pub const WRAPPING: usize = 3;
    /// How many events one body may report; the runtime sends 100.
    pub const MOST: usize = 1_000;

    /// Reads the body: all its events, or everything that is wrong with any of them.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let events = Self::events(&mut reader, body);
        let problems = reader.into_problems();
        match events {
            Some(events) if problems.is_empty() => Ok(Self { events }),
            _ => Err(problems),
        }
    }

    fn events(reader: &mut Reader, body: &Body) -> Option<Vec<TelemetryEvent>> {
        let model = reader.body(body)?;
        let place = Place::BODY.key("events");
        let [events] = members(model, ["events"]);
        let events = reader.required(&place, model, events)?;
        let items = reader.list(&place, events)?;
        let found = items.clone().count();
        if found > Self::MOST {
            reader.problem(&Rule::TooManyItems { most: Self::MOST, count: found }, &place, events);
            return None;
        }
        let read = |(index, item)| TelemetryEvent::read(reader, &place.index(index), item);
        Some(items.enumerate().filter_map(read).collect())
    }
}

/// The answer to a report.
pub fn accepted(events: usize) -> String {
    object(|object| object.plain("accepted", events))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(events: &str) -> Result<Vec<TelemetryEvent>, String> {
        let json = RawJson::parse(&format!(r#"{{"events":{events}}}"#)).expect(events);
        TelemetryEvents::read(&Body::Json(json))
            .map(|TelemetryEvents { events }| events)
            .map_err(|problems| problems.detail())
    }

    const SMALLEST: &str = r#"{"request_id":"r","context":"input","decision":"ALLOW"}"#;

    #[test]
    fn the_smallest_event_and_one_of_nulls_are_the_same() {
        let nulls: String = NAMES[3..].iter().map(|name| format!(r#","{name}":null"#)).collect();
        let nulls = SMALLEST.replace('}', &format!("{nulls}}}"));
        let read = read(&format!("[{SMALLEST},{nulls}]")).expect("valid");
        assert_eq!(read[0], read[1]);
        assert_eq!((read[0].context.as_str(), read[0].timestamp), ("input", None));
    }

    #[test]
    fn payloads_keep_their_bytes() {
        let event = r#"{"request_id":"\u0000","context":"output","decision":"\u0042","session_id":"\ud800","input_text":"\/","rule_hit_ids":[ "a"],"detector_results":[ {"a": 1.0}],"quality_scores":{"b" : 1},"metadata":{},"risk_score":"7","latency_ms":3.0,"timestamp":"2026-04-22T12:00:00.5+02:00","other":1}"#;
        let read = read(&format!("[{event}]")).expect("valid").remove(0);
        let text = |json: &Option<RawJson>| json.as_ref().map(|json| json.as_str().to_owned());
        assert_eq!(read.request_id.as_str(), r#""\u0000""#);
        assert_eq!(text(&read.session_id).as_deref(), Some(r#""\ud800""#));
        assert_eq!(text(&read.rule_hit_ids).as_deref(), Some(r#"[ "a"]"#));
        assert_eq!(text(&read.detector_results).as_deref(), Some(r#"[ {"a": 1.0}]"#));
        assert_eq!(read.quality_scores.as_ref().map(RawObject::as_str), Some(r#"{"b" : 1}"#));
        assert_eq!((read.risk_score, read.latency_ms), (Some(7), Some(3)));
        assert_eq!(read.timestamp, "2026-04-22T10:00:00.5Z".parse().ok());
    }

    #[test]
    fn times() {
        for text in [
            "2026-04-22T12:00:00Z",
            "2026-04-22T12:00:00+00:00",
            "2026-04-22 14:00:00+02:00",
            "2026-04-22T12:00:00",
            "2026-04-22 12:00:00.000",
        ] {
            let expected = "2026-04-22T12:00:00Z".parse::<DateTime<Utc>>().expect("a time");
            assert_eq!(parse_time(text), Ok(expected), "{text}");
        }
        for text in ["", "now", "2026-04-22", "12:00:00", "0000-01-01T00:00:00Z", "1776859200"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_problem_of_every_event() {
        let events = r#"[{"request_id":5,"decision":null,"context":"\u0000","tenant_id":1,"risk_score":101,"latency_ms":-1,"timestamp":"now","rule_hit_ids":["a",1],"detector_results":[{},2],"metadata":[]},7]"#;
        let at = |kind: &str, loc: &str, rest: &str| {
            format!(r#"{{"type":"{kind}","loc":["body","events",{loc}],"msg":{rest}}}"#)
        };
        let string = |loc: &str, input: &str| {
            at("string_type", loc, &format!(r#""Input should be a valid string","input":{input}"#))
        };
        let expected = [
            string(r#"0,"request_id""#, "5"),
            at(
                "value_error",
                r#"0,"context""#,
                r#""Value error, context holds the character U+0000 at position 1, which cannot be stored","input":"\u0000","ctx":{"error":{}}"#,
            ),
            string(r#"0,"decision""#, "null"),
            string(r#"0,"tenant_id""#, "1"),
            at(
                "less_than_equal",
                r#"0,"risk_score""#,
                r#""Input should be less than or equal to 100","input":101,"ctx":{"le":100}"#,
            ),
            at(
                "greater_than_equal",
                r#"0,"latency_ms""#,
                r#""Input should be greater than or equal to 0","input":-1,"ctx":{"ge":0}"#,
            ),
            at(
                "value_error",
                r#"0,"timestamp""#,
                r#""Value error, timestamp must be a date and time such as 2026-04-22T12:00:00.123456+00:00","input":"now","ctx":{"error":{}}"#,
            ),
            string(r#"0,"rule_hit_ids",1"#, "1"),
            at(
                "dict_type",
                r#"0,"detector_results",1"#,
                r#""Input should be a valid dictionary","input":2"#,
            ),
            at(
                "dict_type",
                r#"0,"metadata""#,
                r#""Input should be a valid dictionary","input":[]"#,
            ),
            at(
                "model_attributes_type",
                "1",
                r#""Input should be a valid dictionary or object to extract fields from","input":7"#,
            ),
        ];
        assert_eq!(read(events), Err(format!("[{}]", expected.join(","))));
    }

    #[test]
    fn a_list_has_an_end() {
        let events = |count| format!("[{}]", vec![SMALLEST; count].join(","));
        assert_eq!(read(&events(1_000)).map(|events| events.len()), Ok(1_000));
        let refusal = read(&events(1_001)).expect_err("refused");
        let beginning = r#"[{"type":"too_long","loc":["body","events"],"msg":"List should have at most 1000 items after validation, not 1001","input":[{"#;
        assert!(refusal.starts_with(beginning), "{refusal}");
        assert_eq!(read("[]"), Ok(Vec::new()));
        assert_eq!(accepted(3), r#"{"accepted":3}"#);
    }
}
