//! Traces: what a runtime decided about one text (contract §3.12).

use chrono::{DateTime, Days, Utc};
use evalstone_core::json::{ObjectWriter, RawJson, RawObject, object};
use evalstone_kit::query::{self, last};

use super::{Window, time};
use crate::validation::{Problems, Reader};

/// A trace as lists show it. What a runtime passes on from its callers is a JSON string.
#[derive(Clone, Debug)]
pub struct TraceRow {
    /// The UUID.
    pub id: String,
    /// The id that the caller gave the evaluation.
    pub request_id: RawJson,
    /// The caller's or the runtime's id of the trace.
    pub trace_id: Option<RawJson>,
    /// The conversation.
    pub session_id: Option<RawJson>,
    /// Which side was evaluated.
    pub context: String,
    /// What was decided.
    pub decision: RawJson,
    /// How risky the text is.
    pub risk_score: Option<i64>,
    /// The policy by which it was decided.
    pub policy_version: Option<RawJson>,
    /// How long it took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// The rules that fired, a JSON array of strings.
    pub rule_hit_ids: Option<RawJson>,
    /// The first part of the policy's scope.
    pub tenant_id: Option<RawJson>,
    /// The second.
    pub app_id: Option<RawJson>,
    /// The third.
    pub agent_id: Option<RawJson>,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
}

impl TraceRow {
    /// The row's JSON text.
    pub fn to_json(&self) -> String {
        object(|object| self.write(object))
    }

    fn write(&self, object: &mut ObjectWriter<'_>) {
        let Self {
            id,
            request_id,
            trace_id,
            session_id,
            context,
            decision,
            risk_score,
            policy_version,
            latency_ms,
            rule_hit_ids,
            tenant_id,
            app_id,
            agent_id,
            created_at,
        } = self;
        object.text("id", id);
        object.json("request_id", request_id.as_str());
        object.nullable_json("trace_id", text(trace_id));
        object.nullable_json("session_id", text(session_id));
        object.text("context", context);
        object.json("decision", decision.as_str());
        object.nullable("risk_score", *risk_score);
        object.nullable_json("policy_version", text(policy_version));
        object.nullable("latency_ms", *latency_ms);
        object.nullable_json("rule_hit_ids", text(rule_hit_ids));
        object.nullable_json("tenant_id", text(tenant_id));
        object.nullable_json("app_id", text(app_id));
        object.nullable_json("agent_id", text(agent_id));
        object.text("created_at", &time(*created_at));
    }
}

/// A trace whole.
#[derive(Clone, Debug)]
pub struct Trace {
    /// What lists show of it.
    pub row: TraceRow,
    /// The span in its trace.
    pub span_id: Option<RawJson>,
    /// The text that was evaluated.
    pub input_text: Option<RawJson>,
    /// The digest of the policy.
    pub policy_hash: Option<RawJson>,
    /// What each detector said, a JSON array of objects.
    pub detector_results: Option<RawJson>,
    /// How good the text is.
    pub quality_scores: Option<RawObject>,
    /// Carried along.
    pub metadata: Option<RawObject>,
    /// The last part of the policy's scope.
    pub env: Option<RawJson>,
}

impl Trace {
    /// The trace's JSON text. Nothing is replayed here, so there are no replays.
    pub fn to_json(&self) -> String {
        let Self {
            row,
            span_id,
            input_text,
            policy_hash,
            detector_results,
            quality_scores,
            metadata,
            env,
        } = self;
        object(|object| {
            row.write(object);
            object.nullable_json("span_id", text(span_id));
            object.nullable_json("input_text", text(input_text));
            object.nullable_json("policy_hash", text(policy_hash));
            object.nullable_json("detector_results", text(detector_results));
            object.nullable_json("quality_scores", quality_scores.as_ref().map(RawObject::as_str));
            object.nullable_json("metadata", metadata.as_ref().map(RawObject::as_str));
            object.nullable_json("env", text(env));
            object.json("replays", "[]");
        })
    }
}

fn text(json: &Option<RawJson>) -> Option<&str> {
    json.as_ref().map(RawJson::as_str)
}

/// What the list of traces is asked for (contract §2.4). An empty text asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceQuery {
    /// A decision.
    pub decision: Option<String>,
    /// A conversation.
    pub session_id: Option<String>,
    /// A detector that fired.
    pub detector_name: Option<String>,
    /// A project.
    pub project_id: Option<String>,
    /// An environment.
    pub environment: Option<String>,
    /// How many days back, at least one.
    pub days: Option<i64>,
    /// The part of the list.
    pub window: Window,
}

impl TraceQuery {
    /// How many traces a page has (contract U2).
    const DEFAULT: i64 = 50;
    /// How many it may have.
    const MOST: i64 = 200;

    /// Reads a query string. Other names are ignored; of a name that is repeated the last counts.
    pub fn read(query: &str) -> Result<Self, Problems> {
        let pairs = query::parse(query);
        let text = |name| last(&pairs, name).filter(|text| !text.is_empty()).map(str::to_owned);
        let mut reader = Reader::default();
        let days =
            last(&pairs, "days").map(|days| reader.integer("days", Some(days), 1, (1, i64::MAX)));
        let window = Window::of(&mut reader, &pairs, Self::DEFAULT, Self::MOST);
        let problems = reader.into_problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            decision: text("decision"),
            session_id: text("session_id"),
            detector_name: text("detector_name"),
            project_id: text("project_id"),
            environment: text("environment"),
            days,
            window,
        })
    }

    /// Since when, seen from `now`: none when that is before all times.
    pub fn since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let days = u64::try_from(self.days?).ok()?;
        // No evaluation is older than that, and no database knows all the years before it.
        now.checked_sub_days(Days::new(days)).filter(|since| *since > DateTime::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> TraceRow {
        TraceRow {
            id: "i".to_owned(),
            request_id: RawJson::trusted(r#""\u0000""#.to_owned()),
            trace_id: None,
            session_id: None,
            context: "input".to_owned(),
            decision: RawJson::from_text("BLOCK"),
            risk_score: Some(0),
            policy_version: None,
            latency_ms: None,
            rule_hit_ids: Some(RawJson::trusted("[ \"a\"]".to_owned())),
            tenant_id: None,
            app_id: None,
            agent_id: None,
            created_at: "2026-04-22T12:00:00Z".parse().expect("a time"),
        }
    }

    const ROW: &str = r#""id":"i","request_id":"\u0000","trace_id":null,"session_id":null,"context":"input","decision":"BLOCK","risk_score":0,"policy_version":null,"latency_ms":null,"rule_hit_ids":[ "a"],"tenant_id":null,"app_id":null,"agent_id":null,"created_at":"2026-04-22T12:00:00.000000Z""#;

    #[test]
    fn a_row_has_the_first_keys_of_the_whole() {
        assert_eq!(row().to_json(), format!("{{{ROW}}}"));
        let trace = Trace {
            row: row(),
            span_id: None,
            input_text: None,
            policy_hash: None,
            detector_results: None,
            quality_scores: None,
            metadata: Some(RawObject::empty()),
            env: Some(RawJson::from_text("prod")),
        };
        assert_eq!(
            trace.to_json(),
            format!(
                r#"{{{ROW},"span_id":null,"input_text":null,"policy_hash":null,"detector_results":null,"quality_scores":null,"metadata":{{}},"env":"prod","replays":[]}}"#
            )
        );
    }

    fn read(query: &str) -> Result<TraceQuery, String> {
        TraceQuery::read(query).map_err(|problems| problems.detail())
    }

    #[test]
    fn every_filter_of_a_query() {
        let query = "decision=BLOCK&session_id=&detector_name=pii&project_id=p&environment=prod&days=7&limit=200&offset=1";
        let expected = TraceQuery {
            decision: Some("BLOCK".to_owned()),
            session_id: None,
            detector_name: Some("pii".to_owned()),
            project_id: Some("p".to_owned()),
            environment: Some("prod".to_owned()),
            days: Some(7),
            window: Window { limit: 200, offset: 1 },
        };
        assert_eq!(read(query), Ok(expected));
        let none = read("").expect("valid");
        assert_eq!((none.days, none.window), (None, Window { limit: 50, offset: 0 }));
    }

    #[test]
    fn numbers_out_of_range_in_the_order_of_the_vendors_page() {
        let expected = r#"[{"type":"greater_than_equal","loc":["query","days"],"msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}},{"type":"less_than_equal","loc":["query","limit"],"msg":"Input should be less than or equal to 200","input":"201","ctx":{"le":200}}]"#;
        assert_eq!(read("limit=201&days=0"), Err(expected.to_owned()));
    }

    #[test]
    fn days_are_counted_back_from_now() {
        let now: DateTime<Utc> = "2026-04-22T12:00:00Z".parse().expect("a time");
        let since = |days: &str| read(&format!("days={days}")).expect("valid").since(now);
        assert_eq!(since("2"), "2026-04-20T12:00:00Z".parse().ok());
        assert_eq!(since("9223372036854775807"), None);
        assert_eq!(read("").expect("valid").since(now), None);
    }
}
