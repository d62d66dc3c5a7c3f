//! An id of another organization answers, byte by byte, like one that nothing has.

use super::Findings;
use crate::gateway::{Backend, Settings};
use crate::scenario::dialect::{Dialect, Route};
use crate::scenario::stage::Stage;
use crate::scenario::variables::{UNKNOWN_NUMBER, UNKNOWN_UUID, Variables};
use crate::trials::Trials;
use crate::wire::Answer;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    for dialect in Dialect::all() {
        let name = format!("foreign_ids::{}", dialect.name);
        trials.both(&name, move |backend| foreign_ids(&dialect, backend));
    }
}

fn foreign_ids(dialect: &Dialect, backend: Backend) {
    let mut stage = Stage::start(dialect, backend, &Settings::default());
    stage.refresh();
    let foreign = stage.elsewhere();
    let mut findings = Findings::default();
    let mut compared = 0;
    for route in &dialect.routes {
        for name in dialect.ids_in(route) {
            compared += 1;
            let place = format!("{} with another {name}", route.route);
            findings.note(&place, same(&mut stage, route, &name, &foreign));
        }
    }
    findings.report();
    assert!(compared > 0, "no route of {} has an id", dialect.name);
}

fn same(stage: &mut Stage, route: &Route, name: &str, foreign: &Variables) -> Result<(), String> {
    let foreign = foreign.get(name)?.to_owned();
    let unknown = if foreign.contains('-') { UNKNOWN_UUID } else { UNKNOWN_NUMBER };
    let mut ask = |id: &str| {
        let mut variables = stage.variables();
        variables.set(name, id);
        let answer = stage.send(&stage.request_with(route, "admin", &variables));
        (plain(&answer, id), answer)
    };
    let (to_unknown, _) = ask(unknown);
    let (to_foreign, answer) = ask(&foreign);
    if !(400..500).contains(&answer.status) {
        return Err(format!("a foreign id is refused, not answered\n{answer}"));
    }
    if to_unknown == to_foreign {
        Ok(())
    } else {
        Err(format!("unknown:\n{to_unknown}\nforeign:\n{to_foreign}"))
    }
}

/// All of an answer without what differs between any two: the time, the request's id, the order of
/// the headers, the id that was asked for where the answer repeats it, and whether the request's
/// body had arrived by then.
fn plain(answer: &Answer, id: &str) -> String {
    let mut answer = answer.clone();
    answer.headers.retain(|(name, _)| {
        !["date", "x-request-id", "content-length", "connection"].contains(&name.as_str())
    });
    answer.headers.sort();
    let Answer { status, headers, body } = answer;
    format!("{status} {headers:#?}\n{}", String::from_utf8_lossy(&body)).replace(id, "<id>")
}
