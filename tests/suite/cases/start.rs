//! How a gateway starts: without any configuration, and when it must not.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::gateway::{ADMIN_KEY, Backend, Gateway, Process, binary};
use crate::scenario::entries;
use crate::trials::Trials;
use crate::wire::client::{Http, Request};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.once("start::in_an_empty_directory", in_an_empty_directory);
    trials.once("start::unknown_schemes_are_refused", unknown_schemes);
    trials.once("start::unknown_settings_are_refused", unknown_settings);
    trials.both("start::an_older_binary_refuses_a_newer_schema", newer_schema);
    trials.once("start::two_gateways_on_one_fresh_postgres", two_at_once);
    trials.once("start::a_second_gateway_on_one_file_is_refused", second_on_one_file);
}

/// Where the vendors' SDKs are pointed at.
const BASE_PATHS: [&str; 3] = ["/v1", "/api/v1", "/api"];

/// The binary as somebody starts it who has read nothing: but for the port, which others may hold.
fn bare(folder: &Path) -> Command {
    let mut command = binary();
    command.current_dir(folder).env("EVALSTONE_LISTEN", "127.0.0.1:0");
    command
}

fn in_an_empty_directory() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let first = Process::serve(bare(folder.path()));
    let log = complete_log(&first);
    let key = generated_key(&log).unwrap_or_else(|| panic!("no key is shown: {log}"));
    assert_eq!(log.matches("evs_").count(), log.matches(&key).count(), "one key: {log}");
    assert!(folder.path().join("data/evalstone.db").is_file(), "SQLite lies in ./data");
    serves(&first, &key);
    first.kill();

    let second = Process::serve(bare(folder.path()));
    let log = complete_log(&second);
    assert_eq!(generated_key(&log), None, "a key is shown once: {log}");
    serves(&second, &key);
}

/// What a start prints, to its end: the base URL of every dialect.
fn complete_log(process: &Process) -> String {
    let deadline = Instant::now() + Duration::from_secs(5);
    let urls = BASE_PATHS.map(|path| format!("http://{}{path}", process.address()));
    loop {
        let log = process.log();
        if urls.iter().all(|url| log.contains(url)) {
            return log;
        }
        assert!(Instant::now() < deadline, "the start shows {urls:?}: {log}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn serves(process: &Process, key: &str) {
    let http = Http::new(&format!("http://{}", process.address()));
    let list = Request::new("GET", "/v1/orgs/default/datasets").bearer(key);
    let answer = http.send(&list).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(answer.status, 200, "{answer}");
}

fn generated_key(log: &str) -> Option<String> {
    let at = log.find("evs_")?;
    let key: String =
        log[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    (key.len() == 42).then_some(key)
}

fn unknown_schemes() {
    for url in ["postgres:typo", "postgresl://localhost/x", "mysql://localhost/x", "evalstone.db"] {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let mut command = bare(folder.path());
        command.env("EVALSTONE_DATABASE_URL", url);
        let failure = refused(command);
        let named = failure.contains("sqlite:") && failure.contains("postgres://");
        assert!(named, "{url:?} is refused without saying what is right: {failure}");
        assert_eq!(files(folder.path()), Vec::<String>::new(), "{url:?} leaves files");
    }
}

fn unknown_settings() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    fs::write(folder.path().join("evalstone.toml"), "[limits]\njson_boddy = 1\n").expect("a file");
    let mut command = bare(folder.path());
    command.env("EVALSTONE_CONFIG", "evalstone.toml");
    let failure = refused(command);
    assert!(failure.contains("json_boddy"), "the typo is named: {failure}");
}

/// Why a start was refused.
fn refused(command: Command) -> String {
    match Process::try_serve(command) {
        Ok(process) => panic!("it serves: {}", process.log()),
        Err(failure) => {
            assert!(!failure.contains("exit status: 0"), "a refusal is no success: {failure}");
            assert!(!failure.contains("panicked"), "a refusal is no panic: {failure}");
            failure
        }
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<String> {
    let (folders, files): (Vec<_>, Vec<_>) =
        entries(folder).into_iter().partition(|at| at.is_dir());
    let mut names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    names.extend(folders.iter().flat_map(|folder| self::files(folder)));
    names
}

fn newer_schema(backend: Backend) {
    let mut gateway = Gateway::start(backend);
    gateway.kill();
    let database = gateway.database();
    database.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')");
    let before = schema(&gateway);
    let mut command = gateway.command();
    command.arg("serve");
    let failure = refused(command);
    assert!(failure.contains("29991231000000"), "the unknown migration is named: {failure}");
    assert_eq!(schema(&gateway), before, "a refusal changes nothing");
    let migrate = gateway.cli(&["db", "migrate"]);
    assert!(!migrate.status.success(), "db migrate refuses too: {migrate:?}");
    database.sql("DELETE FROM __diesel_schema_migrations WHERE version = '29991231000000'");
    gateway.resume();
}

fn schema(gateway: &Gateway) -> String {
    gateway.database().sql(match gateway.backend() {
        Backend::Sqlite => "SELECT sql FROM sqlite_master ORDER BY 1",
        Backend::Postgres => {
            "SELECT table_name, column_name, data_type FROM information_schema.columns \
             WHERE table_schema = 'public' ORDER BY 1, 2"
        }
    })
}

/// Both migrate at once; the lock lets one of them do it, and the other find it done.
fn two_at_once() {
    let mut gateway = Gateway::start(Backend::Postgres);
    gateway.kill();
    gateway.empty_database();
    let mut other = gateway.command();
    other.arg("serve");
    let other = std::thread::spawn(move || Process::serve(other));
    gateway.resume();
    let other = other.join().expect("the other starts too");
    serves(&other, ADMIN_KEY);
    serves(gateway.process(), ADMIN_KEY);
}

/// A SQLite file has one gateway; the lock dies with its process, however that ends.
fn second_on_one_file() {
    let mut gateway = Gateway::start(Backend::Sqlite);
    let mut other = gateway.command();
    other.arg("serve");
    let failure = refused(other);
    assert!(failure.contains("another gateway"), "the reason is said: {failure}");
    serves(gateway.process(), ADMIN_KEY);
    gateway.kill();
    gateway.resume();
    serves(gateway.process(), ADMIN_KEY);
}
