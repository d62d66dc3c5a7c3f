//! The commands that make organizations, users and keys, beside a running gateway.

use crate::gateway::{Backend, CliOutput, Gateway, binary};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("command_line::keys_live_and_die", keys_live_and_die);
    trials.both("command_line::organizations_and_users", organizations_and_users);
    trials.both("command_line::schema_state", schema_state);
    trials.once("command_line::configuration_shows_no_password", configuration);
    trials.once("command_line::usage_errors", usage_errors);
}

fn succeeded(output: &CliOutput) -> &str {
    assert!(output.status.success(), "{output:?}");
    output.stdout.trim_end()
}

fn refused(output: &CliOutput, reason: &str) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(output.stdout, "", "a refusal prints nothing to standard output: {output:?}");
    assert!(output.stderr.contains(reason), "{reason:?} is said: {output:?}");
}

fn status(gateway: &Gateway, key: &str) -> u16 {
    let list = Request::new("GET", "/v1/orgs/default/datasets").bearer(key);
    gateway.send(&list).status
}

fn keys_live_and_die(backend: Backend) {
    let gateway = Gateway::start(backend);
    let made = gateway.cli(&["keys", "create", "--org", "default", "--kind", "runtime"]);
    let key = succeeded(&made);
    assert_eq!(key.len(), 42, "standard output is the key and nothing else: {made:?}");
    assert_eq!(status(&gateway, key), 200);

    let list = gateway.cli(&["keys", "list", "--org", "default"]);
    let shown = succeeded(&list);
    assert!(!shown.contains(key), "a key is never shown again: {shown}");
    let prefix: String = key.chars().take(8).collect();
    assert!(shown.contains(&prefix), "the list tells keys apart: {shown}");

    succeeded(&gateway.cli(&["keys", "revoke", &prefix, "--org", "default"]));
    assert_eq!(status(&gateway, key), 401, "a revoked key stops working at once");

    let import = ["keys", "import", "--org", "default", "--kind", "ci"];
    succeeded(&gateway.cli_with_input(&import, "sk_0000 with blanks\n"));
    assert_eq!(status(&gateway, "sk_0000 with blanks"), 200);
    refused(&gateway.cli_with_input(&import, "sk_0000 with blanks\n"), "already");
    refused(&gateway.cli_with_input(&import, "\n"), "key");
    refused(&gateway.cli_with_input(&import, &"x".repeat(513)), "512");
    refused(&gateway.cli(&["keys", "create", "--org", "nobody", "--kind", "ci"]), "nobody");
}

fn organizations_and_users(backend: Backend) {
    let gateway = Gateway::start(backend);
    let id = "123e4567-e89b-12d3-a456-426614174000";
    let made = gateway.cli_json(&["orgs", "create", "lamps", "--id", id, "--json"]);
    assert_eq!(made.at("/id").and_then(Json::plain), Ok(id.to_owned()));
    refused(&gateway.cli(&["orgs", "create", "lamps"]), "exists");
    refused(&gateway.cli(&["orgs", "create", "shades", "--id", id]), "exists");
    let list = gateway.cli_json(&["orgs", "list", "--json"]);
    assert_eq!(list.items().map(<[Json]>::len), Ok(2), "default and lamps: {list:?}");

    let create = ["users", "create", "dana@example.com", "--org", "lamps", "--role", "admin"];
    succeeded(&gateway.cli(&create));
    refused(&gateway.cli(&create), "exists");
    let users = gateway.cli_json(&["users", "list", "--org", id, "--json"]);
    assert_eq!(users.items().map(<[Json]>::len), Ok(2), "the service user and dana: {users:?}");
    let key = ["keys", "create", "--org", "lamps", "--kind", "ci", "--user", "nobody@example.com"];
    refused(&gateway.cli(&key), "nobody@example.com");
}

fn schema_state(backend: Backend) {
    let gateway = Gateway::start(backend);
    let state = gateway.cli_json(&["db", "status", "--json"]);
    let migrations = state.at("/migrations").and_then(Json::items).expect("a list");
    assert!(!migrations.is_empty(), "there are migrations");
    for migration in migrations {
        assert_eq!(migration.at("/run"), Ok(&Json::Bool(true)), "{migration:?}");
    }
    succeeded(&gateway.cli(&["db", "migrate"]));
}

fn configuration() {
    let mut command = binary();
    command.args(["config", "show"]);
    command.env("EVALSTONE_DATABASE_URL", "postgres://dana:hush@localhost/evals");
    let output = command.output().expect("the binary runs");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains("postgres://dana:***@localhost/evals"), "{shown}");
    assert!(shown.contains("listen = \"127.0.0.1:3825\""), "{shown}");
}

fn usage_errors() {
    for args in
        [&["serv"][..], &["keys", "create"], &["serve", "--port", "1"], &["completions", "x"]]
    {
        let output = binary().args(args).output().expect("the binary runs");
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(!output.stderr.is_empty(), "{args:?} says what is wrong");
    }
    let output = binary().args(["completions", "bash"]).output().expect("the binary runs");
    assert!(output.status.success() && output.stdout.len() > 100, "{output:?}");
}
