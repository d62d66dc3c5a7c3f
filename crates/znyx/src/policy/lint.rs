//! What a policy cannot mean although the schema takes it: the findings of the vendor's linter.

use std::borrow::Cow;

use evalstone_core::json::{Kind, View};

use super::check::members;
use super::settings::{MARKS, SETTING_KEYS};
use crate::wire::Finding;

/// Ways of running a detector that leave the runtime's own network.
const REMOTE: [&str; 2] = ["remote_llm", "remote_api"];
/// Ways of running a detector that need a backend.
const WITH_BACKEND: [&str; 5] =
    ["local_ml", "local_embedding", "local_llm", "remote_llm", "remote_api"];

/// What contradicts itself, detector by detector.
pub fn contradictions(policy: View<'_>) -> Vec<Finding> {
    let stays_inside = forbids_external_calls(policy);
    let is_detector = |name: &str| !SETTING_KEYS.contains(&name) && !MARKS.contains(&name);
    let detectors = members(policy).into_iter().filter(|(name, _)| is_detector(name));
    detectors.flat_map(|(name, detector)| of_detector(&name, detector, stays_inside)).collect()
}

fn of_detector(name: &str, detector: View<'_>, stays_inside: bool) -> Vec<Finding> {
    let order = detector.get("strategy").and_then(|strategy| strategy.get("order"));
    let modes: Vec<String> = order
        .iter()
        .flat_map(|order| order.items())
        .filter_map(|mode| mode.as_text().map(Cow::into_owned))
        .collect();
    let mut findings = Vec::new();
    let remote: Vec<&str> =
        modes.iter().map(String::as_str).filter(|mode| REMOTE.contains(mode)).collect();
    if stays_inside && !remote.is_empty() {
        findings.push(Finding {
            code: "contradiction",
            loc: format!("{name}.strategy.order"),
            message: format!(
                "{} can never run, since the policy forbids external calls",
                remote.join(", ")
            ),
        });
    }
    let backends = detector.get("backends");
    let is_missing = |mode: &&String| {
        let known = backends.is_some_and(|backends| backends.get(mode).is_some());
        WITH_BACKEND.contains(&mode.as_str()) && !known
    };
    findings.extend(modes.iter().filter(is_missing).map(|mode| Finding {
        code: "missing_backend",
        loc: format!("{name}.backends.{mode}"),
        message: format!("the strategy's order has {mode}, for which no backend is configured"),
    }));
    findings
}

fn forbids_external_calls(policy: View<'_>) -> bool {
    let key = "no_external_calls";
    let of_runtime = policy.get("runtime_policy").and_then(|runtime| runtime.get(key));
    of_runtime.is_some_and(is_truthy) || policy.get(key).is_some_and(is_truthy)
}

/// What Python takes for true.
fn is_truthy(value: View<'_>) -> bool {
    match value.kind() {
        Kind::Null => false,
        Kind::Bool => value.raw() == "true",
        Kind::Number => value.raw().parse::<f64>().is_ok_and(|number| number != 0.0),
        Kind::String => value.as_text_lossy().is_some_and(|text| !text.is_empty()),
        Kind::Array => value.items().next().is_some(),
        Kind::Object => value.members().next().is_some(),
    }
}
