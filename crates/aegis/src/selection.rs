//! `selected_metrics`, checked against the catalogue (contract §3.1).

use std::collections::BTreeMap;

use evalstone_core::error::{Error, Result};
use evalstone_core::json::{Kind, MAX_DEPTH, RawJson, RawObject, View};
use evalstone_core::metric::Metric;

use crate::arguments::{article, check_arguments, is_integer, shown};

/// What an upload says besides its file. Both are kept as they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Metric ids with thresholds and arguments.
    pub selected_metrics: RawObject,
    /// Fields with column names.
    pub column_mappings: Option<RawJson>,
}

/// A form part that holds JSON.
///
/// # Errors
/// Invalid when it does not; names the part and the place.
pub fn parse_json<'a>(part: &str, text: &'a str) -> Result<View<'a>> {
    View::parse(text, MAX_DEPTH)
        .map_err(|fault| Error::invalid(format!("{part} is not valid JSON: {fault}")))
}

/// Reads `selected_metrics`: of duplicate keys the last counts.
///
/// # Errors
/// Invalid, naming the metric and argument that break a rule.
pub fn parse_selection(text: &str, catalogue: &[Metric]) -> Result<RawObject> {
    let view = parse_json("selected_metrics", text)?;
    let selected = RawObject::try_from(view)
        .map_err(|error| Error::invalid(format!("selected_metrics: {error}")))?;
    let mut settings = BTreeMap::new();
    for (key, value) in view.members() {
        let id = key.text().and_then(|text| metric_id(&text)).ok_or_else(|| {
            Error::invalid(format!(
                "selected_metrics: the key {} is not an integer metric id",
                key.raw()
            ))
        })?;
        settings.insert(id, value);
    }
    if settings.is_empty() {
        return Err(Error::invalid("selected_metrics selects no metric"));
    }
    for (id, value) in settings {
        let metric = catalogue.iter().find(|metric| metric.id == id).ok_or_else(|| {
            Error::invalid(format!("selected_metrics: metric {id} does not exist"))
        })?;
        let name = &metric.short_name;
        let refuse = |why| Error::invalid(format!("selected_metrics: metric {id} ({name}) {why}"));
        check_metric(metric, value).map_err(refuse)?;
    }
    Ok(selected)
}

/// A metric id as an object's key: an integer in its one plain spelling.
pub fn metric_id(key: &str) -> Option<i64> {
    let id: i64 = key.parse().ok()?;
    (id.to_string() == key).then_some(id)
}

/// Checks the settings of one metric; the error continues a sentence that begins with it.
fn check_metric(metric: &Metric, settings: View<'_>) -> Result<(), String> {
    if !metric.active {
        return Err("is not active".to_owned());
    }
    if settings.kind() != Kind::Object {
        let found = settings.kind().as_str();
        return Err(format!("needs an object with a threshold, not {}", article(found)));
    }
    let threshold = settings.get("threshold").ok_or("has no threshold")?;
    if !is_integer(threshold) {
        return Err(format!("has the threshold {}, which is not an integer", shown(threshold)));
    }
    let value = threshold.raw().parse::<i64>();
    if !value.is_ok_and(|value| (0..=100).contains(&value)) {
        return Err(format!("has the threshold {}, which is not from 0 to 100", shown(threshold)));
    }
    let arguments = settings.get("metric_args").filter(|arguments| !arguments.is_null());
    check_arguments(metric, arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(id: i64, arguments: &str) -> Metric {
        Metric {
            id,
            short_name: format!("m{id}"),
            category: "structural".to_owned(),
            default_threshold: 100,
            arguments: RawJson::parse(arguments).expect(arguments),
            active: id != 9,
            name: format!("Metric {id}"),
        }
    }

    fn catalogue() -> Vec<Metric> {
        vec![
            metric(
                1,
                r#"[{"name":"max_n_statements","types":["int"],"required":false,"default":50}]"#,
            ),
            metric(2, r#"[{"name":"ignore_extra_keys","types":["bool"],"required":false}]"#),
            metric(3, "[]"),
            metric(
                4,
                r#"[{"name":"w","types":["number"],"required":false,"minimum":0,"maximum":1},
                {"name":"n","types":["int"],"required":false,"exclusive_minimum":0},
                {"name":"rouge_type","types":["number","string"],"required":false},
                {"name":"mode","types":["string"],"required":false,"values":["exact","strict"]},
                {"name":"schema","types":["object"],"required":false},
                {"name":"formats","types":["string[]"],"required":false},
                {"name":"ranks","types":["number[]"],"required":false}]"#,
            ),
            metric(5, r#"[{"name":"must","types":["string"],"required":true}]"#),
            metric(6, r#"[{"name":"may","types":["string"],"required":true,"default":"x"}]"#),
            metric(9, "[]"),
        ]
    }

    fn refusal(text: &str) -> String {
        match parse_selection(text, &catalogue()) {
            Ok(_) => panic!("{text} was accepted"),
            Err(error) => error.message().to_owned(),
        }
    }

    fn arguments(id: i64, arguments: &str) -> String {
        format!(r#"{{"{id}":{{"threshold":1,"metric_args":{arguments}}}}}"#)
    }

    #[test]
    fn what_is_valid_is_kept_as_it_was_given() {
        for text in [
            r#"{"1":{"threshold":70,"metric_args":null},"2":{"threshold":80,"metric_args":{"ignore_extra_keys":true}}}"#,
            r#"{ "3" : {"threshold":0} }"#,
            r#"{"3":{"threshold":100,"metric_args":{},"note":"kept"}}"#,
            r#"{"3":7,"\u0033":{"threshold":1}}"#,
            r#"{"6":{"threshold":1}}"#,
            &arguments(
                4,
                r#"{"w":1,"n":3,"rouge_type":"L","mode":"exact","schema":{},"formats":["%Y"],"ranks":[1,2.5]}"#,
            ),
            &arguments(4, r#"{"w":0.25,"rouge_type":2.0,"formats":[]}"#),
            &arguments(5, r#"{"must":""}"#),
        ] {
            let kept = parse_selection(text, &catalogue()).expect(text);
            assert_eq!(kept.as_str(), text);
        }
    }

    #[test]
    fn rules_of_the_map() {
        for (text, why) in [
            ("", "selected_metrics is not valid JSON: Expecting value at byte 0"),
            ("{\"1\":", "selected_metrics is not valid JSON: Expecting value at byte 5"),
            ("[]", "selected_metrics: expected a JSON object, found array"),
            ("null", "selected_metrics: expected a JSON object, found null"),
            ("{}", "selected_metrics selects no metric"),
            (
                r#"{"a":{"threshold":1}}"#,
                "selected_metrics: the key \"a\" is not an integer metric id",
            ),
            (
                r#"{"1.0":{"threshold":1}}"#,
                "selected_metrics: the key \"1.0\" is not an integer metric id",
            ),
            (
                r#"{"01":{"threshold":1}}"#,
                "selected_metrics: the key \"01\" is not an integer metric id",
            ),
            (
                r#"{"":{"threshold":1}}"#,
                "selected_metrics: the key \"\" is not an integer metric id",
            ),
            (r#"{"77":{"threshold":1}}"#, "selected_metrics: metric 77 does not exist"),
            (r#"{"-1":{"threshold":1}}"#, "selected_metrics: metric -1 does not exist"),
            (r#"{"9":{"threshold":1}}"#, "selected_metrics: metric 9 (m9) is not active"),
            (
                r#"{"1":70}"#,
                "selected_metrics: metric 1 (m1) needs an object with a threshold, not a number",
            ),
            (
                r#"{"1":null}"#,
                "selected_metrics: metric 1 (m1) needs an object with a threshold, not null",
            ),
        ] {
            assert_eq!(refusal(text), why);
        }
        let deep = format!("{{\"1\":{}{}}}", "[".repeat(100), "]".repeat(100));
        assert!(refusal(&deep).contains("nested deeper than 100 levels"));
    }

    #[test]
    fn rules_of_the_threshold() {
        for (threshold, why) in [
            ("null", "has the threshold null, which is not an integer"),
            ("true", "has the threshold true, which is not an integer"),
            ("\"70\"", "has the threshold \"70\", which is not an integer"),
            ("70.0", "has the threshold 70.0, which is not an integer"),
            ("7e1", "has the threshold 7e1, which is not an integer"),
            ("-1", "has the threshold -1, which is not from 0 to 100"),
            ("101", "has the threshold 101, which is not from 0 to 100"),
            (
                "123456789012345678901",
                "has the threshold 123456789012345678901, which is not from 0 to 100",
            ),
        ] {
            let text = format!(r#"{{"3":{{"threshold":{threshold}}}}}"#);
            assert_eq!(refusal(&text), format!("selected_metrics: metric 3 (m3) {why}"));
        }
        assert_eq!(refusal(r#"{"3":{}}"#), "selected_metrics: metric 3 (m3) has no threshold");
    }

    fn told(id: i64, why: &str) -> String {
        format!("selected_metrics: metric {id} (m{id}) {why}")
    }

    #[test]
    fn rules_of_the_arguments() {
        for (id, given, why) in [
            (3, "[]", "has metric_args that are an array, not an object"),
            (3, "\"x\"", "has metric_args that are a string, not an object"),
            (3, r#"{"x":1}"#, "has no argument \"x\"; it takes none"),
            (3, r#"{"\ud800":1}"#, "has no argument \"\\ud800\"; it takes none"),
            (
                2,
                r#"{"ignore_extra_keys":true,"x":1}"#,
                "has no argument \"x\"; it takes ignore_extra_keys",
            ),
            (4, r#"{"w":1.5}"#, "wants at most 1 for the argument w, not 1.5"),
            (4, r#"{"w":1e400}"#, "wants at most 1 for the argument w, not 1e400"),
            (4, r#"{"w":-1}"#, "wants at least 0 for the argument w, not -1"),
            (4, r#"{"n":0}"#, "wants more than 0 for the argument n, not 0"),
            (
                4,
                r#"{"mode":"loose"}"#,
                "wants one of [\"exact\",\"strict\"] for the argument mode, not \"loose\"",
            ),
            (5, "null", "requires the argument must"),
            (5, "{}", "requires the argument must"),
        ] {
            assert_eq!(refusal(&arguments(id, given)), told(id, why));
        }
    }

    #[test]
    fn rules_of_the_arguments_types() {
        for (id, given, why) in [
            (
                1,
                r#"{"max_n_statements":true}"#,
                "wants int for the argument max_n_statements, not true",
            ),
            (
                1,
                r#"{"max_n_statements":5.0}"#,
                "wants int for the argument max_n_statements, not 5.0",
            ),
            (
                1,
                r#"{"max_n_statements":null}"#,
                "wants int for the argument max_n_statements, not null",
            ),
            (
                2,
                r#"{"ignore_extra_keys":1}"#,
                "wants bool for the argument ignore_extra_keys, not 1",
            ),
            (
                2,
                r#"{"ignore_extra_keys":"true"}"#,
                "wants bool for the argument ignore_extra_keys, not \"true\"",
            ),
            (4, r#"{"w":true}"#, "wants number for the argument w, not true"),
            (
                4,
                r#"{"rouge_type":[]}"#,
                "wants number or string for the argument rouge_type, not []",
            ),
            (4, r#"{"schema":"{}"}"#, "wants object for the argument schema, not \"{}\""),
            (4, r#"{"formats":["a",1]}"#, "wants string[] for the argument formats, not [\"a\",1]"),
            (4, r#"{"ranks":[1,true]}"#, "wants number[] for the argument ranks, not [1,true]"),
        ] {
            assert_eq!(refusal(&arguments(id, given)), told(id, why));
        }
        let long =
            refusal(&arguments(1, &format!("{{\"max_n_statements\":\"{}\"}}", "ä".repeat(500))));
        assert!(long.len() < 250, "{long}");
    }
}
