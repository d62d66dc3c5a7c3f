//! Plays scenarios.

use std::time::{Duration, Instant};

use super::{Expect, Scenario, ScenarioFile, Send, Step, expectation, sending};
use crate::gateway::{Backend, Gateway, Identities, Settings};
use crate::json::Json;
use crate::scenario::variables::Variables;
use crate::upstream::Upstream;
use crate::wire::client::Request;
use crate::wire::{Answer, curl};

/// How long a step waits for what it expects eventually.
const PATIENCE: Duration = Duration::from_secs(20);

/// Plays a scenario file on a fresh gateway; panics at the first step that does not hold.
pub fn file(file: &ScenarioFile, backend: Backend) {
    let scenario = file.load().unwrap_or_else(|error| panic!("{error}"));
    let Scenario { about, config, env, upstream, steps } = &scenario;
    assert!(!about.trim().is_empty(), "a scenario says what it is about");
    assert!(!steps.is_empty(), "a scenario has steps");
    let settings = Settings { env: env.clone().into_iter().collect(), config: config.clone() };
    let upstream = Upstream::canned(upstream);
    let settings = settings.calling(&upstream);
    let gateway = Gateway::start_with(backend, &settings);
    let identities = Identities::make(&gateway);
    let mut variables = Variables::of(&gateway, &identities);
    variables.set("upstream", &upstream.base());
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
    let Step { name: _, request, curl: line, key, send, expect, eventually, capture } = step;
    let answer = match (request, line) {
        (Some(request), None) => {
            let key = key.as_deref().unwrap_or("admin");
            let request = sending::request(request, key, send, identities, variables)?;
            let patience = if *eventually { PATIENCE } else { Duration::ZERO };
            asked(gateway, &request, expect, variables, patience)?
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

/// The answer to a request: the first that is as expected, or the last within `patience`.
fn asked(
    gateway: &Gateway,
    request: &Request,
    expect: &Expect,
    variables: &Variables,
    patience: Duration,
) -> Result<Answer, String> {
    let deadline = Instant::now() + patience;
    loop {
        let answer = gateway.try_send(request)?;
        let is_so = expectation::check(expect, &answer, variables).is_ok();
        if is_so || Instant::now() >= deadline {
            return Ok(answer);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn captured(place: &str, answer: &Answer) -> Result<String, String> {
    if let Some(name) = place.strip_prefix("header ") {
        let value = answer.header(name).ok_or_else(|| format!("no header {name}"))?;
        return Ok(value.to_owned());
    }
    answer.json()?.at(place).and_then(Json::plain)
}
