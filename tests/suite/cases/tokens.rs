//! What becomes of a token's value: it is in the answer that made it, and nowhere else.

use std::fs;

use crate::gateway::{Backend, Database, Gateway, Settings};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("tokens::values_are_written_down_nowhere", values_are_written_down_nowhere);
}

fn values_are_written_down_nowhere(backend: Backend) {
    let gateway = Gateway::start_with(backend, &Settings::config("[log]\nlevel = \"debug\"\n"));
    let token = post(&gateway, "tokens/runtime", r#"{"project_id":"default"}"#, 201);
    let number = text(&token, "/id");
    let rotated = post(&gateway, &format!("tokens/{number}/rotate"), "", 200);
    let project = post(&gateway, "projects", r#"{"name":"Bot"}"#, 200);
    // Known to be written down: what is looked for would be found.
    let prefix = text(&rotated, "/key_prefix");
    let written = written(&gateway);
    assert!(written.contains(&prefix), "{prefix:?} is looked for in the wrong place");
    let values = [
        text(&token, "/raw_key"),
        text(&rotated, "/raw_key"),
        text(&project, "/runtime_keys/0/raw_key"),
        text(&project, "/runtime_keys/2/raw_key"),
    ];
    for value in values {
        // All but the prefix, which is no secret.
        let secret = &value[8..];
        assert!(!written.contains(secret), "a value is in the database");
        assert!(!gateway.log().contains(secret), "a value is in the log");
    }
    let listed = gateway.cli_json(&["keys", "list", "--org", "default", "--json"]);
    let rows = listed.items().expect("a list");
    let row =
        rows.iter().find(|row| row.at("/number").and_then(Json::plain).as_ref() == Ok(&number));
    let row = row.expect("the command line lists the token");
    assert_eq!(text(row, "/project"), text(&token, "/project_id"));
    assert_eq!(row.at("/environment"), Ok(&Json::Null));
}

fn post(gateway: &Gateway, path: &str, body: &str, status: u16) -> Json {
    let mut request = Request::new("POST", &format!("/v1/orgs/default/{path}"))
        .bearer(crate::gateway::ADMIN_KEY)
        .header("Idempotency-Key", "again");
    if !body.is_empty() {
        request = request.json(body);
    }
    let answer = gateway.send(&request);
    assert_eq!(answer.status, status, "{path}: {answer}");
    answer.json().expect("JSON")
}

fn text(json: &Json, pointer: &str) -> String {
    json.at(pointer).and_then(Json::plain).unwrap_or_else(|error| panic!("{error}: {json:?}"))
}

/// Everything that the database holds: of SQLite's files every byte, of Postgres' the tables of keys
/// and of what is given again.
fn written(gateway: &Gateway) -> String {
    match gateway.database() {
        Database::Sqlite { path } => {
            let files = fs::read_dir(path.parent().expect("a folder")).expect("a folder");
            let paths = files.map(|entry| entry.expect("an entry").path());
            let own = paths.filter(|file| file.is_file() && file.to_string_lossy().contains(".db"));
            let bytes: Vec<u8> = own.flat_map(|file| fs::read(file).expect("a file")).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        database @ Database::Postgres { .. } => {
            let keys = database.sql("SELECT k::text FROM api_keys k");
            keys + &database.sql("SELECT a::text FROM attempts a")
        }
    }
}
