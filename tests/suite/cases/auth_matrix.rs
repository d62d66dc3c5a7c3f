//! Every route by everybody: no key, an unknown one, another organization's, reading, writing,
//! admin, revoked, expired, and headers in which no key can be found.

use super::Findings;
use crate::gateway::{Backend, Settings};
use crate::scenario::Expect;
use crate::scenario::dialect::{Access, Dialect, Route};
use crate::scenario::expectation;
use crate::scenario::stage::Stage;
use crate::trials::Trials;
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    for dialect in Dialect::all() {
        let name = format!("auth_matrix::{}", dialect.name);
        trials.both(&name, move |backend| matrix(&dialect, backend));
    }
}

/// Those who are let in come last: had a refused request done its work, theirs would fail.
const KNOCKING: [&str; 10] = [
    "none",
    "malformed",
    "empty",
    "unknown",
    "revoked",
    "expired",
    "other",
    "runtime",
    "ci",
    "admin",
];

fn matrix(dialect: &Dialect, backend: Backend) {
    let mut stage = Stage::start(dialect, backend, &Settings::default());
    let mut findings = Findings::default();
    stage.refresh();
    for route in &dialect.all_routes() {
        for who in KNOCKING {
            if who == "admin" && !route.is_unserved() {
                // What `ci` was let in to delete is needed once more.
                stage.refresh();
            }
            let request = knock(&mut stage, route, who);
            let answer = stage.send(&request);
            let expected = expected(dialect, route, who);
            let variables = stage.variables();
            let checked = expectation::check(&expected, &answer, &variables);
            let place = format!("{} by {who}", route.route);
            findings.note(&place, checked.map_err(|why| format!("{why}\n{answer}")));
        }
        if !route.is_unserved() {
            stage.refresh();
        }
    }
    findings.report();
}

fn knock(stage: &mut Stage, route: &Route, who: &str) -> Request {
    match who {
        "malformed" => stage.request(route, "none").header("Authorization", "Basic ZGFuYTp4"),
        "empty" => stage.request(route, "none").header("Authorization", "Bearer"),
        who => stage.request(route, who),
    }
}

fn expected(dialect: &Dialect, route: &Route, who: &str) -> Expect {
    let answers = &dialect.answers;
    let success = if route.is_unserved() {
        answers.unserved.clone().expect("[answers.unserved]")
    } else {
        Expect::status(route.success)
    };
    if route.is_public() {
        return success;
    }
    let may_write = matches!(who, "ci" | "admin");
    match who {
        "none" => answers.no_key.clone(),
        "malformed" | "empty" => answers.malformed_key.clone(),
        "unknown" | "revoked" | "expired" => answers.bad_key.clone(),
        "other" => foreigner(dialect, route, success),
        _ if route.access == Access::Write && !may_write => answers.read_only.clone(),
        _ if route.access == Access::Admin && who != "admin" => answers.read_only.clone(),
        _ if route.holder.as_ref().is_some_and(|holder| holder != who) => Expect::status(404),
        _ => success,
    }
}

/// Another organization's key is good: it sees its own, which is nothing of ours.
fn foreigner(dialect: &Dialect, route: &Route, success: Expect) -> Expect {
    let ids = dialect.ids_in(route);
    match &dialect.answers.wrong_organization {
        Some(refusal) if ids.iter().any(|id| id == "org") => refusal.clone(),
        _ if ids.is_empty() || route.is_unserved() => {
            route.elsewhere.map_or(success, Expect::status)
        }
        _ => Expect::status(404),
    }
}
