//! Commands other than `serve`.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::gateway::Home;

#[test]
fn organizations_users_and_keys_are_made_and_listed() {
    let home = Home::new();
    let id = "123e4567-e89b-12d3-a456-426614174000";
    let made = home.json(&["orgs", "create", "acme", "--name", "Acme", "--id", id, "--json"]);
    assert_eq!((&made["id"], &made["name"]), (&id.into(), &"Acme".into()));
    assert_eq!(home.json(&["orgs", "list", "--json"])[0]["slug"], "acme");

    home.ok(&["users", "create", "dana@example.com", "--org", "acme", "--role", "admin"]);
    let users = home.json(&["users", "list", "--org", id, "--json"]);
    let dana = users.as_array().expect("a list").iter().find(|u| u["email"] == "dana@example.com");
    assert_eq!(dana.expect("she is there")["role"], "admin");

    let key = home.ok(&["keys", "create", "--org", "acme", "--kind", "ci"]);
    assert!(key.starts_with("evs_") && key.trim_end().len() == 42, "only the key: {key:?}");
    let args = ["keys", "create", "--org", "acme", "--kind", "runtime", "--expires-in", "90d"];
    let made = home.json(&[&args[..], &["--user", "dana@example.com", "--json"]].concat());
    assert_eq!(made["user"], "dana@example.com");
    assert!(made["expires_at"].is_string() && made["key"].is_string(), "{made}");

    let keys = home.json(&["keys", "list", "--org", "acme", "--json"]);
    assert_eq!(keys.as_array().map(Vec::len), Some(2));
    assert_eq!(keys[0]["prefix"], key[..8]);
    assert!(!home.ok(&["keys", "list", "--org", "acme"]).contains(key.trim_end()));
    home.ok(&["keys", "revoke", "--org", "acme", &key[..8]]);
    let keys = home.json(&["keys", "list", "--org", "acme", "--json"]);
    assert!(keys[0]["revoked_at"].is_string(), "{keys}");
}

#[test]
fn an_organization_is_made_even_when_its_samples_cannot_be() {
    let home = Home::new();
    std::fs::write(home.path("bad.toml"), "[dialects.znyx.runtime]\nurl = \"nowhere\"\n")
        .expect("a configuration file");
    let output = home.run(&["--config", "bad.toml", "orgs", "create", "acme"]);
    assert!(output.status.success(), "{output:?}");
    let warning = String::from_utf8_lossy(&output.stderr);
    assert!(warning.starts_with("warning: it has not got all samples"), "{warning}");
    assert!(warning.contains("dialects.znyx.runtime.url"), "{warning}");
    assert_eq!(home.json(&["orgs", "list", "--json"])[0]["slug"], "acme");
    // Nothing is said where nothing is amiss, and where no samples are wanted.
    std::fs::write(home.path("none.toml"), "[dialects.znyx]\nseed_samples = false\n")
        .expect("a configuration file");
    for arguments in
        [&["orgs", "create", "other"][..], &["--config", "none.toml", "orgs", "create", "bare"]]
    {
        let output = home.run(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn a_vendors_key_is_imported_from_standard_input() {
    let home = Home::new();
    home.ok(&["orgs", "create", "acme"]);
    let import = |text: &str| {
        let mut command = home.command(&["keys", "import", "--org", "acme", "--kind", "admin"]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut input = child.stdin.take().expect("piped");
        input.write_all(text.as_bytes()).expect("it reads");
        drop(input);
        child.wait_with_output().expect("it ends")
    };
    let output = import("My API Key with 32 characters ok\n");
    assert!(output.status.success(), "{output:?}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("Key with"), "{output:?}");
    for (text, why) in [
        ("My API Key with 32 characters ok", "registered"),
        ("", "a key has 1 to 512 bytes"),
        ("a\nb\n", "control"),
        (&"x".repeat(600), "a key has 1 to 512 bytes"),
    ] {
        let output = import(text);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.starts_with("error: ") && error.contains(why), "{why}: {error}");
    }
}

#[test]
fn usage_errors_end_with_2_and_failures_with_1() {
    let home = Home::new();
    for line in [
        &["frobnicate"][..],
        &["keys", "create", "--org", "default"],
        &["keys", "create", "--org", "default", "--kind", "root"],
        &["keys", "create", "--org", "default", "--kind", "ci", "--expires-in", "soon"],
        &["orgs", "create", "No Slug"],
        &["serve", "--listen", "nowhere"],
    ] {
        home.fails(2, line);
    }
    for (line, text) in [
        (&["users", "list", "--org", "nobody"][..], "there is no organization \"nobody\""),
        (&["--database-url", "postgres:typo", "orgs", "list"], "postgres://"),
        (&["--database-url", "sqlite:no/such/x.db", "orgs", "list"], "no directory no/such"),
        (&["--config", "missing.toml", "orgs", "list"], "cannot read missing.toml"),
    ] {
        let error = home.fails(1, line);
        assert!(error.starts_with("error: ") && error.contains(text), "{error}");
    }
    home.ok(&["orgs", "create", "acme"]);
    let error = home.fails(1, &["orgs", "create", "acme"]);
    assert!(!error.contains("request"), "{error}");
}

#[test]
fn the_effective_configuration_is_shown_without_secrets() {
    let home = Home::new();
    std::fs::write(home.path("e.toml"), "[limits]\njson_body = \"1MiB\"\n").expect("written");
    let output = home
        .command(&["config", "show", "--config", "e.toml", "--listen", "127.0.0.1:9"])
        .env("DATABASE_URL", "postgres://u:hush@h/d")
        .output()
        .expect("the binary runs");
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    let table: toml::Table = shown.parse().expect("TOML");
    assert_eq!(table["listen"].as_str(), Some("127.0.0.1:9"));
    assert_eq!(table["database"]["url"].as_str(), Some("postgres://u:***@h/d"));
    assert_eq!(table["limits"]["json_body"].as_str(), Some("1MiB"));
    assert!(!shown.contains("hush"));
    assert!(!home.path("data").exists(), "showing changes nothing");
}

#[test]
fn a_wrong_configuration_is_refused_by_name() {
    let home = Home::new();
    for (text, why) in [
        ("port = 1", "unknown field `port`"),
        ("[limits]\nupload = \"2 gigs\"", "is not a size such as"),
        ("[dialects.znxy]", "no dialect is called \"znxy\""),
        ("[dialects.znyx]\nlisten = 1", "listen"),
    ] {
        std::fs::write(home.path("e.toml"), text).expect("written");
        let error = home.fails(1, &["config", "show", "--config", "e.toml"]);
        assert!(error.contains("e.toml") && error.contains(why), "{error}");
    }
    std::fs::write(home.path("e.toml"), "[log]\nlevel = \"x=y=z\"").expect("written");
    let error = home.fails(1, &["serve", "--config", "e.toml"]);
    assert!(error.contains("log.level"), "{error}");
}

#[test]
fn the_schema_is_migrated_and_shown() {
    let home = Home::new();
    let before = home.json(&["db", "status", "--json"]);
    assert_eq!(before["migrations"][0]["run"], false);
    home.ok(&["db", "migrate"]);
    let after = home.json(&["db", "status", "--json"]);
    assert!(after["migrations"].as_array().expect("a list").iter().all(|m| m["run"] == true));
}

#[test]
fn completions_are_printed_for_every_shell() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(home.ok(&["completions", shell]).contains("evalstone"), "{shell}");
    }
}

#[test]
fn a_database_is_its_owners_alone_wherever_it_lies() {
    let home = Home::new();
    let url = format!("sqlite:{}", home.path("elsewhere.db").display());
    home.ok(&["orgs", "create", "acme", "--database-url", &url]);
    let mode = std::fs::metadata(home.path("elsewhere.db")).expect("it is there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn a_password_is_not_shown_when_its_url_cannot_be_read() {
    for arguments in [["orgs", "list"], ["db", "status"]] {
        let home = Home::new();
        let mut command = home.command(&arguments);
        command.env("EVALSTONE_DATABASE_URL", "postgres://u:hu%zzsh@h/d");
        let output = command.output().expect("the binary runs");
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && why.contains("percent") && !why.contains("hu%"),
            "{why}"
        );
    }
}

#[test]
fn completions_for_a_reader_that_has_gone_are_an_error_and_no_panic() {
    let home = Home::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = home.command(&["completions", "bash"]);
    let output = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let output = output.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
