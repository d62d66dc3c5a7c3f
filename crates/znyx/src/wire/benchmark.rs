//! Benchmark runs (contract §3.0, §3.13 to §3.16, U18).

use chrono::{DateTime, Utc};
use evalstone_core::json::{Kind, RawJson, RawObject, View, object};
use evalstone_kit::query::{self, last};

use super::{SampleInput, Window, time};
use crate::body::Body;
use crate::json::array;
use crate::validation::{Place, Problems, Reader, Rule, members, nullable};

/// The body that starts a benchmark. Other keys are ignored.
#[derive(Clone, Debug)]
pub struct NewBenchmark {
    /// The dataset's id, any text.
    pub dataset_id: String,
    /// The policy inline; an empty one is none.
    pub policy: Option<RawObject>,
    /// What the policy's version is called.
    pub policy_version: Option<String>,
    /// The bundle to take the policy from.
    pub bundle_id: Option<String>,
}

impl NewBenchmark {
    /// The levels around the policy: the body.
    pub const WRAPPING: usize = 1;

    /// Reads the body, or everything that is wrong with it. The vendor's page marks `policy` as
    /// required, but its SDKs never send it (contract U5): whether it is missed, only the rest of
    /// the organization can tell; see [`Self::missed_policy`].
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let read = Self::of(&mut reader, body);
        let problems = reader.into_problems();
        match read {
            Some(read) if problems.is_empty() => Ok(read),
            _ => Err(problems),
        }
    }

    fn of(reader: &mut Reader, body: &Body) -> Option<Self> {
        const NAMES: [&str; 4] = ["dataset_id", "policy", "policy_version", "bundle_id"];
        let model = reader.body(body)?;
        let [dataset_id, policy, version, bundle] = members(model, NAMES);
        let at = |name| Place::BODY.key(name);
        let dataset_id = reader
            .required(&at("dataset_id"), model, dataset_id)
            .and_then(|value| reader.text(&at("dataset_id"), value));
        let policy = nullable(policy).and_then(|value| reader.dict(&at("policy"), value));
        let policy_version =
            nullable(version).and_then(|value| reader.plain(&at("policy_version"), value));
        let bundle_id = nullable(bundle).and_then(|value| reader.text(&at("bundle_id"), value));
        let policy = policy.filter(|policy| !policy.is_empty());
        if policy.is_some() && bundle_id.is_some() {
            let rule = Rule::ValueError("give a policy or a bundle_id, not both".to_owned());
            reader.problem(&rule, &at("bundle_id"), bundle?);
        }
        Some(Self { dataset_id: dataset_id?, policy, policy_version, bundle_id })
    }

    /// What is wrong with a body that names no policy where there is no other to take.
    pub fn missed_policy(body: &Body) -> Problems {
        let input = match body {
            Body::Json(json) => json.view().compact(),
            Body::Missing | Body::Text(_) => "null".into(),
        };
        Problems::one(&Rule::Missing, &Place::BODY.key("policy"), &input)
    }
}

/// A benchmark run as answers show it.
#[derive(Clone, Debug)]
pub struct BenchmarkRun {
    /// The UUID.
    pub id: String,
    /// The dataset's UUID.
    pub dataset_id: String,
    /// What the policy's version is called.
    pub policy_version: Option<String>,
    /// The bundle that the policy was taken from.
    pub bundle_id: Option<String>,
    /// `queued`, `running`, `completed` or `failed`.
    pub status: &'static str,
    /// How many samples it is over.
    pub total_samples: i64,
    /// How many of them were evaluated.
    pub completed_samples: i64,
    /// What came of it. It is never null: the vendor's SDK for Python looks into it (contract §3.13).
    pub results_summary: RawObject,
    /// When somebody began to work on it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl BenchmarkRun {
    /// The run's JSON text.
    pub fn to_json(&self) -> String {
        let Self {
            id,
            dataset_id,
            policy_version,
            bundle_id,
            status,
            total_samples,
            completed_samples,
            results_summary,
            started_at,
            completed_at,
            created_at,
        } = self;
        object(|object| {
            object.text("id", id);
            object.text("dataset_id", dataset_id);
            object.nullable_text("policy_version", policy_version.as_deref());
            object.nullable_text("bundle_id", bundle_id.as_deref());
            object.text("status", status);
            object.plain("total_samples", *total_samples);
            object.plain("completed_samples", *completed_samples);
            object.json("results_summary", results_summary.as_str());
            object.nullable_text("started_at", started_at.map(time).as_deref());
            object.nullable_text("completed_at", completed_at.map(time).as_deref());
            object.text("created_at", &time(*created_at));
        })
    }
}

/// Which benchmarks a list asks for (contract §3.14, U2).
#[derive(Clone, Debug)]
pub struct BenchmarkQuery {
    /// Only those of this dataset.
    pub dataset_id: Option<String>,
    /// Only those of this status.
    pub status: Option<String>,
    /// Which part of them.
    pub window: Window,
}

impl BenchmarkQuery {
    /// Reads a query string.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let pairs = query::parse(text);
        let given = |name| last(&pairs, name).filter(|text| !text.is_empty()).map(str::to_owned);
        let window = Window::read(text, 50, 200)?;
        Ok(Self { dataset_id: given("dataset_id"), status: given("status"), window })
    }
}

/// Which part of a run's results is asked for (contract §3.16).
pub fn result_window(query: &str) -> Result<Window, Problems> {
    Window::read(query, 100, 1000)
}

/// What became of one sample (contract §3.16, §4.9).
#[derive(Clone, Debug)]
pub struct BenchmarkResult {
    /// The UUID.
    pub id: String,
    /// The sample's UUID.
    pub sample_id: String,
    /// The sample as it was.
    pub input: SampleInput,
    /// The decision, or `ERROR`.
    pub actual_decision: String,
    /// The risk, 0 to 100.
    pub actual_risk_score: f64,
    /// The rules that fired, an array of strings.
    pub actual_rule_hits: RawJson,
    /// Whether the decision is the expected one; none when none was expected.
    pub is_correct: Option<bool>,
    /// Whether every expected rule fired; none when none was expected.
    pub rule_hits_match: Option<bool>,
    /// How long it took.
    pub latency_ms: i64,
    /// What each detector said, an array of objects.
    pub detector_results: Option<RawJson>,
    /// When it was reported.
    pub created_at: DateTime<Utc>,
}

impl BenchmarkResult {
    /// The row's JSON text.
    pub fn to_json(&self) -> String {
        let Self {
            id,
            sample_id,
            input,
            actual_decision,
            actual_risk_score,
            actual_rule_hits,
            is_correct,
            rule_hits_match,
            latency_ms,
            detector_results,
            created_at,
        } = self;
        let SampleInput { input_text, context, expected_decision, expected_rule_hits, metadata } =
            input;
        object(|object| {
            object.text("id", id);
            object.text("sample_id", sample_id);
            object.json("input_text", input_text.as_str());
            object.text("context", context);
            object.nullable_json("expected_decision", raw(expected_decision.as_ref()));
            object.nullable_json("expected_rule_hits", raw(expected_rule_hits.as_ref()));
            object.text("actual_decision", actual_decision);
            object.plain("actual_risk_score", actual_risk_score);
            object.json("actual_rule_hits", actual_rule_hits.as_str());
            object.nullable("is_correct", *is_correct);
            object.nullable("rule_hits_match", *rule_hits_match);
            object.plain("latency_ms", *latency_ms);
            object.nullable_json("detector_results", raw(detector_results.as_ref()));
            object.nullable_json("metadata", metadata.as_ref().map(RawObject::as_str));
            object.text("created_at", &time(*created_at));
        })
    }
}

fn raw(json: Option<&RawJson>) -> Option<&str> {
    json.map(RawJson::as_str)
}

/// The ids of two runs that are to be compared (contract U18).
#[derive(Clone, Debug)]
pub struct ComparisonQuery {
    /// What the other is compared with.
    pub base: String,
    /// What is compared.
    pub candidate: String,
}

impl ComparisonQuery {
    /// Reads a query string; both are required.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let pairs = query::parse(text);
        let mut problems = Problems::default();
        let mut given = |name: &'static str| {
            let found = last(&pairs, name).map(str::to_owned);
            if found.is_none() {
                problems.add(&Rule::Missing, &Place::QUERY.key(name), "null");
            }
            found
        };
        match (given("base"), given("candidate")) {
            (Some(base), Some(candidate)) => Ok(Self { base, candidate }),
            _ => Err(problems),
        }
    }
}

/// A sample that the base got right and the candidate does not.
#[derive(Clone, Debug)]
pub struct Regression {
    /// The sample's UUID.
    pub sample_id: String,
    /// The decision that was expected.
    pub expected_decision: Option<RawJson>,
    /// The base's decision.
    pub base_decision: String,
    /// The candidate's.
    pub candidate_decision: String,
}

impl Regression {
    fn to_json(&self) -> String {
        let Self { sample_id, expected_decision, base_decision, candidate_decision } = self;
        object(|object| {
            object.text("sample_id", sample_id);
            object.nullable_json("expected_decision", raw(expected_decision.as_ref()));
            object.text("base_decision", base_decision);
            object.text("candidate_decision", candidate_decision);
        })
    }
}

/// How two runs differ: candidate minus base (contract U18).
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The base.
    pub base: BenchmarkRun,
    /// The candidate.
    pub candidate: BenchmarkRun,
    /// Of the block rates.
    pub block_rate_delta: Option<f64>,
    /// Of the accuracies.
    pub accuracy_delta: Option<f64>,
    /// Of the mean latencies, in milliseconds.
    pub avg_latency_delta_ms: Option<f64>,
    /// Of the 99th percentiles of the latencies, in milliseconds.
    pub p99_latency_delta_ms: Option<f64>,
    /// How far the risk scores moved: the population stability index.
    pub psi: Option<f64>,
    /// How many samples the base got right and the candidate does not.
    pub regression_count: i64,
    /// The first of them, in the dataset's order.
    pub regressions: Vec<Regression>,
}

impl Comparison {
    /// The comparison's JSON text.
    pub fn to_json(&self) -> String {
        let Self {
            base,
            candidate,
            block_rate_delta,
            accuracy_delta,
            avg_latency_delta_ms,
            p99_latency_delta_ms,
            psi,
            regression_count,
            regressions,
        } = self;
        object(|object| {
            object.json("base", &base.to_json());
            object.json("candidate", &candidate.to_json());
            object.nullable("block_rate_delta", *block_rate_delta);
            object.nullable("accuracy_delta", *accuracy_delta);
            object.nullable("avg_latency_delta_ms", *avg_latency_delta_ms);
            object.nullable("p99_latency_delta_ms", *p99_latency_delta_ms);
            object.nullable("psi", *psi);
            object.plain("regression_count", *regression_count);
            object.json("regressions", &array(regressions.iter().map(Regression::to_json)));
        })
    }
}

/// The decisions and rule ids of an array of strings, to be compared.
pub fn texts(array: View<'_>) -> Vec<String> {
    let strings = array.items().filter(|item| item.kind() == Kind::String);
    strings.filter_map(|item| item.as_text_lossy().map(std::borrow::Cow::into_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body::Json(RawJson::parse(text).expect(text))
    }

    #[test]
    fn a_policy_may_be_left_out_and_an_empty_one_is_none() {
        for text in [
            r#"{"dataset_id":"d"}"#,
            r#"{"dataset_id":"d","policy":null,"policy_version":null,"bundle_id":null,"x":1}"#,
            r#"{"dataset_id":"d","policy":{}}"#,
        ] {
            let read = NewBenchmark::read(&body(text)).expect(text);
            assert!(read.policy.is_none() && read.policy_version.is_none(), "{text}");
            assert!(read.bundle_id.is_none(), "{text}");
        }
        let whole = r#"{"dataset_id":"d","policy":{ "pii":{}},"policy_version":"v"}"#;
        let read = NewBenchmark::read(&body(whole)).expect(whole);
        assert_eq!(read.policy.as_ref().map(RawObject::as_str), Some(r#"{ "pii":{}}"#));
        assert_eq!(read.policy_version.as_deref(), Some("v"));
    }

    #[test]
    fn a_policy_and_a_bundle_are_one_too_many() {
        let both = r#"{"dataset_id":"d","policy":{"pii":{}},"bundle_id":"b"}"#;
        let refused = NewBenchmark::read(&body(both)).expect_err("refused").detail();
        assert_eq!(
            refused,
            r#"[{"type":"value_error","loc":["body","bundle_id"],"msg":"Value error, give a policy or a bundle_id, not both","input":"b","ctx":{"error":{}}}]"#
        );
        let empty = r#"{"dataset_id":"d","policy":{},"bundle_id":"b"}"#;
        assert!(NewBenchmark::read(&body(empty)).is_ok());
    }

    #[test]
    fn every_problem_of_a_body() {
        let bad = body(r#"{"policy":[],"policy_version":1,"bundle_id":true}"#);
        let expected = r#"[{"type":"missing","loc":["body","dataset_id"],"msg":"Field required","input":{"policy":[],"policy_version":1,"bundle_id":true}},{"type":"dict_type","loc":["body","policy"],"msg":"Input should be a valid dictionary","input":[]},{"type":"string_type","loc":["body","policy_version"],"msg":"Input should be a valid string","input":1},{"type":"string_type","loc":["body","bundle_id"],"msg":"Input should be a valid string","input":true}]"#;
        assert_eq!(NewBenchmark::read(&bad).expect_err("refused").detail(), expected);
        let missed = NewBenchmark::missed_policy(&body(r#"{"dataset_id": "d"}"#)).detail();
        assert_eq!(
            missed,
            r#"[{"type":"missing","loc":["body","policy"],"msg":"Field required","input":{"dataset_id":"d"}}]"#
        );
    }

    #[test]
    fn a_comparison_needs_both_runs() {
        let read = ComparisonQuery::read("base=a&candidate=b").expect("valid");
        assert_eq!((read.base.as_str(), read.candidate.as_str()), ("a", "b"));
        let refused = ComparisonQuery::read("base=a").expect_err("refused").detail();
        assert_eq!(
            refused,
            r#"[{"type":"missing","loc":["query","candidate"],"msg":"Field required","input":null}]"#
        );
    }
}
