//! Checks a policy against the vendor's schema.

use std::collections::{HashMap, HashSet};

use evalstone_core::json::{Kind, View};

use super::settings::{MARKS, POLICY};
use super::shape::{Model, Shape};
use super::{lint, read};
use crate::validation::{Place, Rule};
use crate::wire::{Finding, Findings};

/// How many findings of a kind are told: a large policy can have millions.
const MOST: usize = 10_000;

/// Where the ways to a policy's fields begin.
const ROOT: Place<'static> = Place::root("policy");

/// What is to be said of a policy, which is an object: what the vendor's schema refuses, in the order
/// of the schema; then the keys that nobody knows, and what the linter finds.
pub fn check(policy: View<'_>) -> Findings {
    let mut checker = Checker::default();
    checker.model(&ROOT, policy, &POLICY);
    let mut warnings = unknown_keys(policy);
    warnings.extend(lint::contradictions(policy));
    warnings.truncate(MOST);
    Findings { blockers: checker.blockers, warnings }
}

#[derive(Default)]
struct Checker {
    blockers: Vec<Finding>,
}

impl Checker {
    fn note(&mut self, place: &Place<'_>, rule: &Rule) {
        if self.blockers.len() < MOST {
            let message = rule.message();
            self.blockers.push(Finding { code: rule.kind(), loc: place.dotted(), message });
        }
    }

    fn judge<T>(&mut self, place: &Place<'_>, outcome: Result<T, Rule>) {
        if let Err(rule) = outcome {
            self.note(place, &rule);
        }
    }

    /// Checks a value. It goes as deep as the schema does.
    fn value(&mut self, place: &Place<'_>, value: View<'_>, shape: &Shape) {
        match *shape {
            Shape::Any => {}
            Shape::Flag => self.judge(place, read::flag(value)),
            Shape::Whole { least, most } => {
                let read = read::whole(value);
                self.judge(place, read.and_then(|n| read::within(n, least, most, i128::from)));
            }
            Shape::Number { least, most } => {
                let read = read::number(value);
                self.judge(place, read.and_then(|n| read::within(n, least, most, |b| b as f64)));
            }
            Shape::Text => self.of_kind(place, value, Kind::String, &Rule::StringType),
            Shape::Literal(words) => {
                self.judge(place, read::word(value, words, Rule::LiteralError(words)));
            }
            Shape::Enum(words) => self.judge(place, read::word(value, words, Rule::Enum(words))),
            Shape::List(items) => {
                self.of_kind(place, value, Kind::Array, &Rule::ListType);
                for (index, item) in value.items().enumerate() {
                    self.value(&place.index(index), item, items);
                }
            }
            Shape::Map(values) => {
                self.of_kind(place, value, Kind::Object, &Rule::DictType);
                for (name, value) in members(value) {
                    self.value(&place.key(&name), value, values);
                }
            }
            Shape::Model(model) => self.model(place, value, model),
            Shape::Ruled(shape, rule) => {
                let before = self.blockers.len();
                self.value(place, value, shape);
                if self.blockers.len() == before {
                    self.judge(place, read::rule(value, rule));
                }
            }
        }
    }

    fn of_kind(&mut self, place: &Place<'_>, value: View<'_>, kind: Kind, otherwise: &Rule) {
        if value.kind() != kind {
            self.note(place, otherwise);
        }
    }

    fn model(&mut self, place: &Place<'_>, value: View<'_>, model: &Model) {
        if value.kind() != Kind::Object {
            return self.note(place, &Rule::ModelType(model.name));
        }
        let given = members(value);
        let by_name: HashMap<&str, View<'_>> =
            given.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        for field in model.fields() {
            let place = place.key(field.name);
            match by_name.get(field.name) {
                None if field.required => self.note(&place, &Rule::Missing),
                Some(value) if !(field.nullable && value.is_null()) => {
                    self.value(&place, *value, &field.shape);
                }
                _ => {}
            }
        }
        if model.closed {
            let known: HashSet<&str> = model.fields().map(|field| field.name).collect();
            for (name, _) in given.iter().filter(|(name, _)| !known.contains(name.as_str())) {
                self.note(&place.key(name), &Rule::ExtraForbidden);
            }
        }
    }
}

/// The members of an object by their keys, each once: a key that is repeated has its first place and
/// its last value, as in Python.
pub(super) fn members(object: View<'_>) -> Vec<(String, View<'_>)> {
    let mut members: Vec<(String, View<'_>)> = Vec::new();
    let mut places = HashMap::new();
    for (key, value) in object.members() {
        let place = *places.entry(key.canonical()).or_insert(members.len());
        match members.get_mut(place) {
            Some((_, earlier)) => *earlier = value,
            None => members.push((key.text_lossy().into_owned(), value)),
        }
    }
    members
}

fn unknown_keys(policy: View<'_>) -> Vec<Finding> {
    let known: HashSet<&str> = POLICY.fields().map(|field| field.name).chain(MARKS).collect();
    let unknown = members(policy).into_iter().filter(|(name, _)| !known.contains(name.as_str()));
    let finding = |(name, _): (String, View<'_>)| Finding {
        code: "unknown_key",
        message: format!("'{name}' is no detector and no setting that runtimes know"),
        loc: name,
    };
    unknown.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::{MAX_DEPTH, View};

    use super::check;

    /// What was found, one line each, blockers before warnings.
    fn found(policy: &str) -> Vec<String> {
        let findings = check(View::parse(policy, MAX_DEPTH).expect(policy));
        let all = findings.blockers.into_iter().chain(findings.warnings);
        all.map(|finding| format!("{} {}", finding.code, finding.loc)).collect()
    }

    /// The findings of `znyx-core` 1.2.4 on Pydantic 2.14, for a value of a field: the code, or none.
    const VALUES: &[(&str, &str, &[&str])] = &[
        (
            "jailbreak.threshold",
            "",
            &["true", "0", "1.0", "-0.0", "-1e-400", "9223372036854775808"],
        ),
        ("jailbreak.threshold", "", &[r#"" 5.0 ""#, r#""1_0""#, r#""-5""#]),
        ("jailbreak.threshold", "int_type", &["null", "[]", "{}"]),
        ("jailbreak.threshold", "int_from_float", &["1.5", "1e-9"]),
        ("jailbreak.threshold", "int_parsing_size", &["1e19", "-1e300"]),
        ("jailbreak.threshold", "finite_number", &["1e400"]),
        ("jailbreak.threshold", "int_parsing", &[r#""x""#, r#""""#, r#""1e3""#, r#""inf""#]),
        ("jailbreak.threshold", "string_unicode", &[r#""\ud800""#]),
        ("citation_integrity.block_threshold", "", &["0", "100", "true", r#""7""#]),
        ("citation_integrity.block_threshold", "less_than_equal", &["101", "9223372036854775808"]),
        ("citation_integrity.block_threshold", "greater_than_equal", &["-1", r#""-5""#]),
        ("gibberish.entropy_threshold", "", &["true", "0", "-1.5", "1e400", r#"" 5 ""#]),
        ("gibberish.entropy_threshold", "", &[r#""1e_3""#, r#""1_.5""#, r#""-NaN""#, r#""+inf""#]),
        ("gibberish.entropy_threshold", "float_type", &["null", "[]"]),
        ("gibberish.entropy_threshold", "float_parsing", &[r#""x""#, r#""_1""#, r#""1__0""#]),
        ("gibberish.entropy_threshold", "string_unicode", &[r#""\udc00""#]),
        ("citation_integrity.min_quote_overlap", "", &["0", "1.0", "-0.0"]),
        ("citation_integrity.min_quote_overlap", "less_than_equal", &["1.1", r#""nan""#]),
        ("citation_integrity.min_quote_overlap", "greater_than_equal", &["-1e-9"]),
        ("pii.enabled", "", &["1", "0.0", r#""Yes""#, r#""off""#]),
        ("pii.enabled", "bool_type", &["null", "1.5", "[]"]),
        ("pii.enabled", "bool_parsing", &["2", r#""maybe""#]),
        ("pii.enabled", "string_unicode", &[r#""\ud800""#]),
        ("pii.action", "", &[r#""ALLOW""#, r#""\ud800""#, r#""anything""#]),
        ("pii.action", "string_type", &["null", "5"]),
        ("secrets.action", "", &["null", r#""BLOCK""#]),
        ("citation_integrity.action", "", &[r#""BLOCK""#, r#""W\u0041RN""#]),
        ("citation_integrity.action", "literal_error", &[r#""ALLOW""#, "null", "5", r#""""#]),
        ("citation_integrity.action", "string_unicode", &[r#""\ud800""#]),
        ("output_control_char_sanitizer.action", "", &[r#""REDACT""#]),
        ("pii.stages", "", &["null", r#"["input","memory_write"]"#]),
        ("pii.stages", "value_error", &["[]"]),
        ("pii.stages", "list_type", &[r#""input""#, "{}"]),
        ("pii.egress_allowlist", "", &["[]", r#"["a.example"]"#]),
        ("pii.egress_allowlist", "value_error", &[r#"["a",""]"#, r#"[" \u001c"]"#]),
        ("structure.json_schema", "", &["null", r#"{"a":[1]}"#]),
        ("structure.json_schema", "dict_type", &["[]", "5"]),
        ("system_prompt_leakage.fingerprint_key", "", &[r#""00112233445566778899aabbccddeeFF""#]),
        (
            "system_prompt_leakage.fingerprint_key",
            "",
            &[r#""00 11 22 33 44 55 66 77 88 99 aa bb ""#],
        ),
        ("system_prompt_leakage.fingerprint_key", "value_error", &[r#""abcd""#]),
        (
            "system_prompt_leakage.fingerprint_key",
            "value_error",
            &[r#""00112233445566778899aabbccddeefg""#, r#""0 0112233445566778899aabbccddeef0""#],
        ),
    ];

    #[test]
    fn values_as_pydantic_reads_them() {
        for (place, code, values) in VALUES {
            let (detector, field) = place.split_once('.').expect("two parts");
            for value in *values {
                let found = found(&format!(r#"{{"{detector}":{{"{field}":{value}}}}}"#));
                if code.is_empty() {
                    assert_eq!(found, [""; 0], "{place} {value}");
                } else {
                    assert_eq!(found, [format!("{code} {place}")], "{place} {value}");
                }
            }
        }
    }

    /// From the same source.
    #[test]
    fn objects_inside_of_detectors() {
        for (policy, expected) in [
            (
                r#"{"pii":5,"secrets":[],"jailbreak":null}"#,
                &["model_type secrets", "model_type pii"][..],
            ),
            (
                r#"{"pii":{"strategy":{"foo":1,"order":5,"order":["local_ml","x"],"bar":2},"backends":{"local_ml":{}}}}"#,
                &[
                    "enum pii.strategy.order.1",
                    "extra_forbidden pii.strategy.foo",
                    "extra_forbidden pii.strategy.bar",
                ],
            ),
            (
                r#"{"pii":{"strategy":{"escalate_when":{"deterministic_score_between":[1,"x"]}}}}"#,
                &["int_parsing pii.strategy.escalate_when.deterministic_score_between.1"],
            ),
            (
                r#"{"pii":{"strategy":{"escalate_when":{"deterministic_score_between":[60,40]}}}}"#,
                &["value_error pii.strategy.escalate_when.deterministic_score_between"],
            ),
            (
                r#"{"pii":{"backends":{"x":1,"local_ml":{"members":0,"method":"x","model":5}}}}"#,
                &[
                    "string_type pii.backends.local_ml.model",
                    "greater_than_equal pii.backends.local_ml.members",
                    "literal_error pii.backends.local_ml.method",
                    "extra_forbidden pii.backends.x",
                ],
            ),
            (
                r#"{"pii":{"types":{"a":5,"b":{}},"more":1},"competitor":{"competitor_aliases":{"a":"x","b":[5]}}}"#,
                &[
                    "dict_type pii.types.a",
                    "list_type competitor.competitor_aliases.a",
                    "string_type competitor.competitor_aliases.b.0",
                ],
            ),
            (
                r#"{"system_prompt_leakage":{"fingerprints":[{"hashes":[]},{"kind":"z"},5]}}"#,
                &[
                    "too_short system_prompt_leakage.fingerprints.0.hashes",
                    "missing system_prompt_leakage.fingerprints.1.hashes",
                    "literal_error system_prompt_leakage.fingerprints.1.kind",
                    "model_type system_prompt_leakage.fingerprints.2",
                ],
            ),
            (
                r#"{"custom_detectors":[{},{"name":"x","stages":[]}],"on_fail":5,"quality_scoring":{"weights":{"a":"x"}}}"#,
                &[
                    "float_parsing quality_scoring.weights.a",
                    "missing custom_detectors.0.name",
                    "value_error custom_detectors.1.stages",
                    "string_type on_fail",
                ],
            ),
        ] {
            assert_eq!(found(policy), expected, "{policy}");
        }
    }

    #[test]
    fn keys_that_nobody_knows_and_contradictions_are_warnings() {
        for (policy, expected) in [
            (
                r#"{"zzz":1,"a.b":{},"zzz":2,"policy_version":3,"metadata":[],"":0}"#,
                &["unknown_key zzz", "unknown_key a.b", "unknown_key "][..],
            ),
            (
                r#"{"runtime_policy":{"no_external_calls":true},"pii":{"strategy":{"order":["remote_llm","local_deterministic"]},"backends":{"remote_llm":{}}}}"#,
                &["contradiction pii.strategy.order"],
            ),
            (
                r#"{"toxicity":{"strategy":{"order":["remote_api","local_ml","local_ml"]},"backends":{"remote_api":null}}}"#,
                &[
                    "missing_backend toxicity.backends.local_ml",
                    "missing_backend toxicity.backends.local_ml",
                ],
            ),
            (
                r#"{"no_external_calls":"yes","own":{"strategy":{"order":["remote_api"]}}}"#,
                &[
                    "unknown_key no_external_calls",
                    "unknown_key own",
                    "contradiction own.strategy.order",
                    "missing_backend own.backends.remote_api",
                ],
            ),
            (
                r#"{"no_external_calls":0.0,"on_fail":"x","pii":{"strategy":null}}"#,
                &["unknown_key no_external_calls"],
            ),
        ] {
            assert_eq!(found(policy), expected, "{policy}");
        }
    }

    #[test]
    fn messages_are_pydantics() {
        let message = |policy: &str| {
            let findings = check(View::parse(policy, MAX_DEPTH).expect(policy));
            findings.blockers.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
        };
        for (policy, expected) in [
            (r#"{"pii":5}"#, "Input should be a valid dictionary or instance of PIIConfig"),
            (
                r#"{"pii":{"fallback":1}}"#,
                "Input should be 'fail_open', 'fail_closed' or 'fallback_to_deterministic'",
            ),
            (r#"{"citation_integrity":{"action":1}}"#, "Input should be 'BLOCK' or 'WARN'"),
            (
                r#"{"retrieval_jamming":{"dominance_ratio":0.5}}"#,
                "Input should be greater than or equal to 1",
            ),
            (r#"{"pii":{"strategy":{"x":1}}}"#, "Extra inputs are not permitted"),
        ] {
            assert_eq!(message(policy), [expected], "{policy}");
        }
    }

    #[test]
    fn a_policy_as_the_vendor_ships_it_is_fine() {
        let policy = r#"{"secrets":{"enabled":true},"exfiltration":{"enabled":true,"block_threshold":40},"tools":{"enabled":true},"abuse":{"enabled":true,"max_chars_input":100000,"rate_limit_per_minute":60},"pii":{"enabled":true,"action":"REDACT"},"jailbreak":{"enabled":true,"threshold":60},"competitor":{"enabled":true,"action":"WARN","competitors":["Acme"]},"toxicity":{"enabled":true,"action":"WARN"}}"#;
        assert_eq!(found(policy), [""; 0]);
    }

    #[test]
    fn a_policy_with_millions_of_faults_is_told_of_some() {
        let policy = format!(r#"{{"pii":{{"stages":[{}1]}}}}"#, "1,".repeat(20_000));
        assert_eq!(found(&policy).len(), 10_000);
    }
}
