//! What runtimes that ask for work are told, and what they report (contract §5.6 B).

use evalstone_core::json::{RawJson, RawObject, View, object};

use super::Window;
use crate::body::Body;
use crate::validation::{Place, Problems, Reader, Rule, members, nullable};

/// The most results of one report, and samples of one page.
pub const MOST: i64 = 500;

/// The longest reason that a runtime gives, in characters.
const LONGEST_REASON: usize = 2000;

/// The longest decision, in characters: it is a word, and a run's summary counts by it.
pub const LONGEST_DECISION: usize = 64;

/// The decision of a sample that could not be evaluated.
pub const ERROR: &str = "ERROR";

/// The answer to a runtime that asks for work.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The run's UUID.
    pub run_id: String,
    /// The policy to evaluate with.
    pub policy: RawObject,
    /// How many samples there are.
    pub total_samples: i64,
}

impl Claim {
    /// The answer's JSON text.
    pub fn to_json(&self) -> String {
        let Self { run_id, policy, total_samples } = self;
        object(|object| {
            object.text("run_id", run_id);
            object.json("policy", policy.as_str());
            object.plain("total_samples", *total_samples);
        })
    }
}

/// Which part of a run's samples a runtime asks for.
pub fn sample_window(query: &str) -> Result<Window, Problems> {
    Window::read(query, 200, MOST)
}

/// What a sample is evaluated with besides its text, instead of its own metadata, which detectors
/// would take for the request's: each is another user, because runtimes limit how often and how alike
/// one user asks (contract §5.5).
pub fn request_metadata(sample_id: &str) -> String {
    object(|object| object.text("user_id", sample_id))
}

/// A sample without its labels and metadata.
#[derive(Clone, Debug)]
pub struct BareSample {
    /// The sample's UUID.
    pub sample_id: String,
    /// The text, a JSON string.
    pub eval_text: RawJson,
    /// Which side is evaluated.
    pub stage: String,
}

impl BareSample {
    /// The sample's JSON text.
    pub fn to_json(&self) -> String {
        let Self { sample_id, eval_text, stage } = self;
        object(|object| {
            object.text("sample_id", sample_id);
            object.json("eval_text", eval_text.as_str());
            object.text("stage", stage);
            object.json("metadata", &request_metadata(sample_id));
        })
    }
}

/// What stands before the samples of a page, and behind them.
pub const PAGE_HEAD: &str = "{\"items\":[";

/// What stands behind the samples of a page: how many the whole run has.
pub fn page_tail(total: i64) -> String {
    format!("],\"total\":{total}}}")
}

/// What a runtime made of one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The sample's id.
    pub sample_id: String,
    /// The decision.
    pub decision: String,
    /// The risk, 0 to 100.
    pub risk_score: f64,
    /// The rules that fired, an array of strings.
    pub rule_hits: RawJson,
    /// What each detector said, an array of objects.
    pub detector_results: Option<RawJson>,
    /// How long it took.
    pub latency_ms: i64,
}

/// A page of results.
#[derive(Clone, Debug, PartialEq)]
pub struct Reports {
    /// The results.
    pub results: Vec<Report>,
}

impl Reports {
    /// The levels around what detectors say: the body, its list, the result, the list of detectors.
    pub const WRAPPING: usize = 4;

    /// Reads the body: all results, or everything that is wrong with any of them.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let results = Self::results(&mut reader, body);
        let problems = reader.into_problems();
        match results {
            Some(results) if problems.is_empty() => Ok(Self { results }),
            _ => Err(problems),
        }
    }

    fn results(reader: &mut Reader, body: &Body) -> Option<Vec<Report>> {
        let model = reader.body(body)?;
        let place = Place::BODY.key("results");
        let [results] = members(model, ["results"]);
        let results = reader.required(&place, model, results)?;
        let items = reader.list(&place, results)?;
        let count = items.clone().count();
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        if count > most {
            reader.problem(&Rule::TooManyItems { most, count }, &place, results);
            return None;
        }
        let read = |(index, item)| Report::read(reader, &place.index(index), item);
        Some(items.enumerate().filter_map(read).collect())
    }
}

impl Report {
    /// What an object outside of any body reports.
    ///
    /// # Errors
    /// Everything that is wrong with it, as the vendor words it.
    pub fn parse(value: View<'_>) -> Result<Self, String> {
        let mut reader = Reader::default();
        let report = Self::read(&mut reader, &Place::BODY, value);
        let problems = reader.into_problems();
        report.filter(|_| problems.is_empty()).ok_or_else(|| problems.detail())
    }

    fn read(reader: &mut Reader, place: &Place<'_>, value: View<'_>) -> Option<Self> {
        const NAMES: [&str; 6] = [
            "sample_id",
            "actual_decision",
            "actual_risk_score",
            "actual_rule_hits",
            "latency_ms",
            "detector_results",
        ];
        let model = reader.model(place, value)?;
        let [sample_id, decision, score, hits, latency, detectors] = members(model, NAMES);
        let at = |name| place.key(name);
        let sample_id = reader
            .required(&at("sample_id"), model, sample_id)
            .and_then(|value| reader.text(&at("sample_id"), value));
        // A decision that is null is none: the sample could not be evaluated.
        let decision = match nullable(decision) {
            Some(value) => reader.short(&at("actual_decision"), value, LONGEST_DECISION),
            None => Some(ERROR.to_owned()),
        };
        let risk_score = match nullable(score) {
            Some(value) => reader.number(&at("actual_risk_score"), value),
            None => Some(0.0),
        };
        let rule_hits = match nullable(hits) {
            Some(value) => reader.tokens(&at("actual_rule_hits"), value),
            None => Some(RawJson::trusted("[]".to_owned())),
        };
        let latency_ms = match nullable(latency) {
            Some(value) => reader.number(&at("latency_ms"), value),
            None => Some(0.0),
        };
        let detector_results =
            nullable(detectors).and_then(|value| reader.dicts(&at("detector_results"), value));
        Some(Self {
            sample_id: sample_id?,
            decision: decision?,
            risk_score: risk_score?.clamp(0.0, 100.0),
            rule_hits: rule_hits?,
            detector_results,
            latency_ms: whole(latency_ms?),
        })
    }
}

/// A number of milliseconds as it is stored: whole, and cut off at the ends.
#[expect(clippy::cast_possible_truncation, reason = "the cast cuts off, which is what is meant")]
pub fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// The body that ends a run: with a reason when it is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Why it is given up.
    pub error: Option<String>,
}

impl Completion {
    /// Reads the body. What is longer than a runtime says it is cut off, and what cannot be stored is
    /// replaced: a reason that is refused would leave the run without its end.
    pub fn read(body: &Body) -> Result<Self, Problems> {
        let mut reader = Reader::default();
        let error = reader.body(body).and_then(|model| {
            let [error] = members(model, ["error"]);
            nullable(error).and_then(|value| reader.token(&Place::BODY.key("error"), value))
        });
        let problems = reader.into_problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let error = error.as_ref().and_then(|error| error.view().as_text_lossy());
        let shown =
            |character| if character == '\0' { char::REPLACEMENT_CHARACTER } else { character };
        let error = error.filter(|error| !error.is_empty());
        Ok(Self {
            error: error.map(|error| error.chars().take(LONGEST_REASON).map(shown).collect()),
        })
    }
}

/// Reads what a runtime says of itself. Of its fields only those count that make it a heartbeat.
///
/// # Errors
/// A body that is no object, and fields of the wrong kind.
pub fn read_heartbeat(body: &Body) -> Result<(), Problems> {
    const NAMES: [&str; 5] = ["runtime_version", "mode", "reporter", "bundle_id", "policy_hash"];
    let mut reader = Reader::default();
    if let Some(model) = reader.body(body) {
        let [models] = members(model, ["models"]);
        if let Some(models) = nullable(models) {
            reader.list(&Place::BODY.key("models"), models);
        }
        for (name, value) in NAMES.into_iter().zip(members(model, NAMES)) {
            if let Some(value) = nullable(value) {
                reader.token(&Place::BODY.key(name), value);
            }
        }
    }
    let problems = reader.into_problems();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The answer to reported results.
pub fn accepted(run_id: &str, accepted: i64, completed: i64) -> String {
    object(|object| {
        object.text("run_id", run_id);
        object.plain("accepted", accepted);
        object.plain("completed_samples", completed);
    })
}

/// The answer to the end of a run.
pub fn completed(run_id: &str, status: &str) -> String {
    object(|object| {
        object.text("run_id", run_id);
        object.text("status", status);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(text: &str) -> Result<Vec<Report>, String> {
        let json = RawJson::parse(text).expect(text);
        Reports::read(&Body::Json(json)).map(|read| read.results).map_err(|p| p.detail())
    }

    #[test]
    fn a_report_as_the_runtime_sends_it() {
        let text = r#"{"results":[{"sample_id":"s1","actual_decision":"BLOCK","actual_risk_score":100,"actual_rule_hits":["a.b"],"latency_ms":53,"detector_results":[{"detector_name":"abuse"}]},{"sample_id":"s2","actual_decision":null,"actual_risk_score":0,"actual_rule_hits":[],"latency_ms":1,"detector_results":null},{"sample_id":"s3"}]}"#;
        let read = reports(text).expect("valid");
        assert_eq!(read[0].decision, "BLOCK");
        assert_eq!((read[0].risk_score, read[0].latency_ms), (100.0, 53));
        assert_eq!(read[0].rule_hits.as_str(), r#"["a.b"]"#);
        assert_eq!(
            read[0].detector_results.as_ref().map(RawJson::as_str),
            Some(r#"[{"detector_name":"abuse"}]"#)
        );
        assert_eq!((read[1].decision.as_str(), read[1].detector_results.as_ref()), (ERROR, None));
        assert_eq!((read[2].decision.as_str(), read[2].rule_hits.as_str()), (ERROR, "[]"));
    }

    /// As Pydantic 2.14 reads and words them.
    #[test]
    fn numbers_of_a_report() {
        let of = |score: &str| {
            let text =
                format!(r#"{{"results":[{{"sample_id":"s","actual_risk_score":{score}}}]}}"#);
            reports(&text).map(|read| read[0].risk_score)
        };
        for (score, value) in [
            ("55.5", 55.5),
            (r#"" 7 ""#, 7.0),
            ("true", 1.0),
            ("null", 0.0),
            ("1e3", 100.0),
            ("-1", 0.0),
        ] {
            assert_eq!(of(score), Ok(value), "{score}");
        }
        let problem = |kind: &str, message: &str, input: &str| {
            format!(
                r#"[{{"type":"{kind}","loc":["body","results",0,"actual_risk_score"],"msg":"{message}","input":{input}}}]"#
            )
        };
        let parsing = "Input should be a valid number, unable to parse string as a number";
        for (kind, message, input) in [
            ("float_parsing", parsing, r#""high""#),
            ("float_parsing", parsing, r#""""#),
            ("float_type", "Input should be a valid number", "[]"),
            ("float_type", "Input should be a valid number", "{}"),
            ("finite_number", "Input should be a finite number", r#""inf""#),
            ("finite_number", "Input should be a finite number", "1e999"),
        ] {
            assert_eq!(of(input), Err(problem(kind, message, input)));
        }
    }

    #[test]
    fn every_problem_of_a_report() {
        let text = r#"{"results":[{"actual_decision":["BLOCK"],"actual_risk_score":"high","actual_rule_hits":[1],"latency_ms":{},"detector_results":[{},7]},5]}"#;
        let expected = [
            r#"{"type":"missing","loc":["body","results",0,"sample_id"],"msg":"Field required","input":{"actual_decision":["BLOCK"],"actual_risk_score":"high","actual_rule_hits":[1],"latency_ms":{},"detector_results":[{},7]}}"#,
            r#"{"type":"string_type","loc":["body","results",0,"actual_decision"],"msg":"Input should be a valid string","input":["BLOCK"]}"#,
            r#"{"type":"float_parsing","loc":["body","results",0,"actual_risk_score"],"msg":"Input should be a valid number, unable to parse string as a number","input":"high"}"#,
            r#"{"type":"string_type","loc":["body","results",0,"actual_rule_hits",0],"msg":"Input should be a valid string","input":1}"#,
            r#"{"type":"float_type","loc":["body","results",0,"latency_ms"],"msg":"Input should be a valid number","input":{}}"#,
            r#"{"type":"dict_type","loc":["body","results",0,"detector_results",1],"msg":"Input should be a valid dictionary","input":7}"#,
            r#"{"type":"model_attributes_type","loc":["body","results",1],"msg":"Input should be a valid dictionary or object to extract fields from","input":5}"#,
        ];
        assert_eq!(reports(text), Err(format!("[{}]", expected.join(","))));
        let long = "x".repeat(LONGEST_DECISION + 1);
        let refused =
            reports(&format!(r#"{{"results":[{{"sample_id":"s","actual_decision":"{long}"}}]}}"#));
        let expected = format!(
            r#"[{{"type":"string_too_long","loc":["body","results",0,"actual_decision"],"msg":"String should have at most 64 characters","input":"{long}","ctx":{{"max_length":64}}}}]"#
        );
        assert_eq!(refused, Err(expected));
    }

    #[test]
    fn too_many_reports() {
        let many = format!(r#"{{"results":[{}]}}"#, vec![r#"{"sample_id":"s"}"#; 501].join(","));
        let refused = reports(&many).expect_err("too many");
        assert!(refused.contains(r#""type":"too_long","loc":["body","results"],"msg":"List should have at most 500 items after validation, not 501""#));
    }

    #[test]
    fn a_sample_is_another_user_each_time() {
        let sample = BareSample {
            sample_id: "s1".to_owned(),
            eval_text: RawJson::trusted(r#""\ud800""#.to_owned()),
            stage: "input".to_owned(),
        };
        let expected = r#"{"sample_id":"s1","eval_text":"\ud800","stage":"input","metadata":{"user_id":"s1"}}"#;
        assert_eq!(sample.to_json(), expected);
    }

    #[test]
    fn an_end_with_and_without_a_reason() {
        let read = |text: &str| {
            Completion::read(&Body::Json(RawJson::parse(text).expect(text))).map_err(|p| p.detail())
        };
        for none in ["{}", r#"{"error":null}"#, r#"{"error":""}"#] {
            assert_eq!(read(none), Ok(Completion { error: None }), "{none}");
        }
        assert_eq!(read(r#"{"error":"no"}"#), Ok(Completion { error: Some("no".to_owned()) }));
        let odd = read(r#"{"error":"a\u0000b\ud800"}"#).expect("valid").error;
        assert_eq!(odd.as_deref(), Some("a\u{fffd}b\u{fffd}"));
        let long = format!(r#"{{"error":"{}"}}"#, "é".repeat(2001));
        let read_long = read(&long).expect("valid").error.expect("a reason");
        assert_eq!(read_long.chars().count(), 2000);
        assert!(read(r#"{"error":5}"#).is_err());
    }
}
