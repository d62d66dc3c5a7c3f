//! Plays scenarios.

use super::{Scenario, ScenarioFile, Send, Step, expectation, sending};
use crate::gateway::{Backend, Gateway, Identities, Settings};
use crate::json::Json;
use crate::scenario::variables::Variables;
use crate::wire::{Answer, curl};

/// Plays a scenario file on a fresh gateway; panics at the first step that does not hold.
pub fn file(file: &ScenarioFile, backend: Backend) {
    let scenario = file.load().unwrap_or_else(|error| panic!("{error}"));
    let Scenario { about, config, env, steps } = &scenario;
    assert!(!about.trim().is_empty(), "a scenario says what it is about");
    assert!(!steps.is_empty(), "a scenario has steps");
    let settings = Settings { env: env.clone().into_iter().collect(), config: config.clone() };
    let gateway = Gateway::start_with(backend, &settings);
    let identities = Identities::make(&gateway);
    let mut variables = Variables::of(&gateway, &identities);
    for (index, step) in steps.iter().enumerate() {
        if let Err(why) = self::step(step, &gateway, &identities, &mut variables) {
            let (number, folder, name) = (index + 1, &file.folder, &file.name);
            panic!("{folder}/{name} on {backend}, step {number} ({}): {why}", step.name);
        }
    }
}

/// Plays one step.
pub fn step(
    step: &Step,
    gateway: &Gateway,
    identities: &Identities,
    variables: &mut Variables,
) -> Result<Answer, String> {
    let Step { name: _, request, curl: line, key, send, expect, capture } = step;
    let answer = match (request, line) {
        (Some(request), None) => {
            let key = key.as_deref().unwrap_or("admin");
            gateway.try_send(&sending::request(request, key, send, identities, variables)?)?
        }
        (None, Some(line)) if key.is_none() && *send == Send::default() => {
            curl::run(&variables.fill(line)?)?
        }
        (None, Some(_)) => return Err("a curl line says all by itself".to_owned()),
        _ => return Err("a step has either a request or a curl line".to_owned()),
    };
    expectation::check(expect, &answer, variables).map_err(|why| format!("{why}\n{answer}"))?;
    for (name, place) in capture {
        let text = captured(place, &answer).map_err(|why| format!("{name}: {why}\n{answer}"))?;
        variables.set(name, &text);
    }
    Ok(answer)
}

fn captured(place: &str, answer: &Answer) -> Result<String, String> {
    if let Some(name) = place.strip_prefix("header ") {
        let value = answer.header(name).ok_or_else(|| format!("no header {name}"))?;
        return Ok(value.to_owned());
    }
    answer.json()?.at(place).and_then(Json::plain)
}
