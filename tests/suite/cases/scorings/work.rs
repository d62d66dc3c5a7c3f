//! Who works on runs: gateways that are killed, several on one database, and what is removed meanwhile.

use std::time::{Duration, Instant};

use super::judge::Judge;
use super::stage::{PATIENCE, Stage, assert_rows, plain};
use crate::gateway::{Backend, Process};
use crate::trials::Trials;
use crate::wire::client::Http;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("scorings::their_gateway_is_killed", their_gateway_is_killed);
    trials.both("scorings::their_gateway_is_killed_at_full_speed", killed_at_full_speed);
    trials.once("scorings::two_gateways_share_them", two_gateways_share_them);
    trials.both("scorings::they_are_deleted_meanwhile", they_are_deleted_meanwhile);
    trials.both("scorings::their_dataset_is_deleted", their_dataset_is_deleted);
}

/// What was stored is not asked again, and the rest is asked when the lease has lapsed.
fn their_gateway_is_killed(backend: Backend) {
    let judge = Judge::start(20);
    let mut stage = Stage::judged(backend, &judge, "");
    let dataset = stage.questions("d", 40);
    let run = stage.run(&dataset, "");
    stage.await_completed(&run, "16");
    stage.gateway.kill();
    judge.allow(1000);
    stage.gateway.resume();
    stage.assert_whole(&stage.ended(&run), 40);
    let questions = judge.questions();
    for row in 0..16 {
        let text = format!("question {row}.");
        let asked = questions.iter().filter(|asked| asked.contains(&text)).count();
        assert_eq!(asked, 1, "row {row}");
    }
}

/// The same while metrics without a model go through many rows.
fn killed_at_full_speed(backend: Backend) {
    const ROWS: usize = 8000;
    let mut stage = Stage::start(backend, "");
    let dataset = stage.answers("d", ROWS);
    let run = stage.run(&dataset, "");
    let completed = || {
        let told =
            stage.gateway.database().sql("SELECT completed FROM runs WHERE kind = 'scoring'");
        told.parse::<usize>().expect("a number")
    };
    let begun = Instant::now();
    while completed() == 0 {
        assert!(begun.elapsed() < PATIENCE, "nobody works on it");
    }
    stage.gateway.kill();
    stage.gateway.resume();
    stage.assert_whole(&stage.ended(&run), ROWS);
}

/// A gateway that falls silent leaves its runs to the other; no row is evaluated twice.
fn two_gateways_share_them() {
    const ROWS: usize = 2000;
    let judge = Judge::start(20);
    let mut stage = Stage::judged(Backend::Postgres, &judge, "");
    let questions = stage.questions("questions", 40);
    let judged = stage.run(&questions, "");
    stage.await_completed(&judged, "16");
    let mut other = stage.gateway.command();
    other.arg("serve");
    let other = Process::serve(other);
    let answers = stage.answers("answers", ROWS);
    let runs: Vec<String> = (0..8).map(|_| stage.run(&answers, "")).collect();
    stage.gateway.kill();
    judge.allow(1000);
    let http = Http::new(&format!("http://{}", other.address()));
    let ended = |run: &str, rows: usize| {
        let path = format!("/api/v1/runs/{run}");
        let request = stage.request("ci", "GET", &path, "");
        let begun = Instant::now();
        loop {
            let answer = http.send(&request).expect("the other gateway answers");
            if answer.text().is_ok_and(|text| !text.contains(r#""finished_at":null"#)) {
                return stage.assert_whole(&answer, rows);
            }
            assert!(begun.elapsed() < PATIENCE, "{answer}\n{}", other.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    ended(&judged, 40);
    for run in &runs {
        ended(run, ROWS);
    }
}

/// Whoever works on a run that is deleted goes on with the next, and leaves nothing of it.
fn they_are_deleted_meanwhile(backend: Backend) {
    let judge = Judge::start(0);
    let stage = Stage::judged(backend, &judge, "");
    let dataset = stage.questions("questions", 8);
    // As many as a gateway works on at a time, so that the last one waits.
    let stuck: Vec<String> = (0..4).map(|_| stage.run(&dataset, "")).collect();
    judge.await_questions(4);
    let begun = Instant::now();
    let running = "SELECT count(*) FROM runs WHERE status = 'running'";
    while stage.gateway.database().sql(running) != "4" {
        assert!(begun.elapsed() < PATIENCE, "nobody works on them");
    }
    let next = stage.run(&stage.answers("answers", 3), "");
    for run in &stuck {
        let path = format!("/runs/{run}");
        assert_eq!(stage.ask("ci", "DELETE", &path, "").status, 204);
        assert_eq!(stage.ask("ci", "GET", &path, "").status, 404);
    }
    stage.assert_whole(&stage.ended(&next), 3);
    judge.allow(1000);
    // Answers that come now have nowhere to go.
    let last = stage.run(&dataset, "");
    stage.assert_whole(&stage.ended(&last), 8);
    for table in ["evaluations", "run_rows"] {
        let count = stage.gateway.database().sql(&format!("SELECT count(*) FROM {table}"));
        assert_eq!(count, "11", "{table}");
    }
}

/// What was evaluated until then stays; the run ends, and has not passed.
fn their_dataset_is_deleted(backend: Backend) {
    let judge = Judge::start(20);
    let stage = Stage::judged(backend, &judge, "");
    let dataset = stage.questions("d", 40);
    let run = stage.run(&dataset, "");
    stage.await_completed(&run, "16");
    let listed = stage.ask_at("ci", "GET", "/v1/orgs/default/datasets", "");
    let path = format!("/v1/orgs/default/datasets/{}", plain(&listed, "/datasets/0/id"));
    assert_eq!(stage.ask_at("ci", "DELETE", &path, "").status, 200);
    judge.allow(1000);
    let ended = stage.ended(&run);
    assert_rows(&ended, 32);
    let text = ended.text().expect("a text");
    for part in [
        r#""run_type":"Dataset","run_source":"API","dataset":null,"#,
        r#""result":100,"threshold":50,"#,
        r#""is_gte_threshold":false,"evaluations":[{"#,
        r#""dataset_id":null,"progress":{"completed":32,"total":40}}"#,
    ] {
        assert!(text.contains(part), "{part} in {ended}");
    }
    assert_eq!(stage.ask("ci", "GET", &format!("/runs/{run}/download"), "").status, 200);
}
