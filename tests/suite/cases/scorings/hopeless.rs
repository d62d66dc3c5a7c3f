//! Rows that stop gateways: what becomes of a run that was begun in vain too often. That it was is written
//! into the database, since no row is known that does it.

use super::stage::{Stage, plain};
use crate::gateway::Backend;
use crate::json::Json;
use crate::trials::Trials;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("scorings::a_row_that_stops_gateways_is_passed_over", passed_over);
    trials.both("scorings::a_run_that_stops_gateways_is_given_up", given_up);
}

const ROWS: usize = 4;

/// A run that nobody has scored a row of, though somebody has begun to so often.
fn begun_in_vain(backend: Backend, attempts: u32) -> (Stage, String) {
    let stage = Stage::start(backend, "");
    let run = stage.run(&stage.answers("d", ROWS), r#","threshold":30"#);
    stage.ended(&run);
    let database = stage.gateway.database();
    database.sql("DELETE FROM evaluations");
    database.sql("DELETE FROM run_rows");
    database.sql(&format!(
        "UPDATE runs SET status = 'queued', finished_at = NULL, summary = NULL, completed = 0, \
         attempts = {attempts} WHERE number = {run}"
    ));
    (stage, run)
}

fn passed_over(backend: Backend) {
    // The sixth beginning was in vain like the five before it.
    let (stage, run) = begun_in_vain(backend, 6);
    let ended = stage.ended(&run);
    let json = ended.json().expect("JSON");
    let evaluations = json.at("/evaluations").and_then(Json::items).expect("evaluations");
    let success = |item: &Json| item.at("/is_success").and_then(Json::plain).expect("a boolean");
    let successes: Vec<String> = evaluations.iter().map(success).collect();
    assert_eq!(successes, ["false", "true", "true", "true"], "{ended}");
    let why = "5 times in a row the gateway stopped while this row was scored; it is passed over";
    assert_eq!(plain(&ended, "/evaluations/0/explanation"), why);
    assert_eq!(plain(&ended, "/result"), "100");
    // Three beginnings from where rows are scored one by one, and one row that was passed over.
    let attempts = format!("SELECT attempts FROM runs WHERE number = {run}");
    assert_eq!(stage.gateway.database().sql(&attempts).trim(), "103");
}

fn given_up(backend: Backend) {
    // Three rows were passed over already.
    let (stage, run) = begun_in_vain(backend, 306);
    let ended = stage.ended(&run);
    assert_eq!(plain(&ended, "/is_gte_threshold"), "false");
    assert_eq!(plain(&ended, "/progress/completed"), "0");
    let failure = format!("SELECT failure FROM runs WHERE number = {run}");
    let why = stage.gateway.database().sql(&failure);
    assert_eq!(why.trim(), "3 of its rows and one more stopped the gateway");
}
