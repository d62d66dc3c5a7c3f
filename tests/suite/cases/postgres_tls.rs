//! Postgres over TLS: a cluster of its own, which takes nothing else from the network.

use crate::gateway::{ADMIN_KEY, Database, Process, binary, cluster};
use crate::trials::Trials;
use crate::wire::client::{Http, Request};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.once("postgres_tls::require_connects", || serves("localhost", "require", None));
    trials.once("postgres_tls::verify_full_connects", || {
        serves("localhost", "verify-full", Some(authority()));
    });
    trials.once("postgres_tls::verify_full_refuses_another_name", || {
        refuses("127.0.0.1", "verify-full", Some(authority()), "127.0.0.1");
    });
    trials.once("postgres_tls::verify_full_refuses_an_unknown_authority", || {
        refuses("localhost", "verify-full", None, "certificate");
    });
    // Were this one to connect, the others would have shown nothing about TLS.
    trials.once("postgres_tls::plain_text_is_not_taken", || {
        refuses("localhost", "disable", None, "pg_hba.conf");
    });
}

const PASSWORD_PLACE: &str = "EVALSTONE_TEST_POSTGRES_TLS";

/// The file of the authority that signed the cluster's certificate.
fn authority() -> String {
    cluster("EVALSTONE_TEST_POSTGRES_TLS_CA")
}

fn serves(host: &str, mode: &str, authority: Option<String>) {
    let attempt = Attempt::new(host, mode, authority);
    let process = attempt.start().unwrap_or_else(|failure| panic!("{mode}: {failure}"));
    let http = Http::new(&format!("http://{}", process.address()));
    let list = Request::new("GET", "/v1/orgs/default/datasets").bearer(ADMIN_KEY);
    let answer = http.send(&list).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(answer.status, 200, "{answer}");
    attempt.keeps_the_password(&process.log());
}

fn refuses(host: &str, mode: &str, authority: Option<String>, reason: &str) {
    let attempt = Attempt::new(host, mode, authority);
    let failure = match attempt.start() {
        Ok(process) => panic!("{mode} to {host} connects: {}", process.log()),
        Err(failure) => failure,
    };
    assert!(failure.contains(reason), "{mode} to {host} is refused for {reason}: {failure}");
    attempt.keeps_the_password(&failure);
}

struct Attempt {
    database: Database,
    url: String,
}

impl Attempt {
    fn new(host: &str, mode: &str, authority: Option<String>) -> Self {
        let database = Database::postgres(&cluster(PASSWORD_PLACE));
        let plain = database.url();
        let (address, _) = plain.split_once('?').expect("the cluster's URL asks for TLS");
        let address = address.replace("@localhost:", &format!("@{host}:"));
        let mut url = format!("{address}?sslmode={mode}");
        if let Some(file) = authority {
            url = format!("{url}&sslrootcert={file}");
        }
        Self { database, url }
    }

    fn start(&self) -> Result<Process, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut command = binary();
        command
            .arg("serve")
            .current_dir(folder.path())
            .env("EVALSTONE_LISTEN", "127.0.0.1:0")
            .env("EVALSTONE_BOOTSTRAP_KEY", ADMIN_KEY)
            .env("EVALSTONE_DATABASE_URL", &self.url);
        Process::try_serve(command)
    }

    /// The URL holds the database's password, which belongs in no log.
    fn keeps_the_password(&self, log: &str) {
        let url = self.database.url();
        let password = url.split(['@', ':']).nth(2).expect("the cluster's URL has a password");
        assert!(password.len() > 8, "the cluster has a password");
        assert!(!log.contains(password), "the password is shown: {log}");
    }
}
