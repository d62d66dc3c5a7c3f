//! What becomes of connections: those of the asynchronous Python client are closed.

use std::time::Duration;

use crate::gateway::{ADMIN_KEY, Backend, Gateway};
use crate::trials::Trials;
use crate::wire::Answer;
use crate::wire::raw::Raw;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("connections::async_clients_get_a_closed_one", closed_for_async_clients);
    trials.both("connections::others_keep_theirs", kept_for_others);
}

/// Paths of every dialect, answers of every class.
const PATHS: [&str; 6] = [
    "/api/v4/datasets",
    "/api/v4/no-such-thing",
    "/api/v1/datasets",
    "/v1/orgs/default/datasets",
    "/evalstone/no-such-thing",
    "/healthz",
];

fn closed_for_async_clients(backend: Backend) {
    let gateway = Gateway::start(backend);
    for path in PATHS {
        let (answer, mut connection) = ask(&gateway, path, "X-Stainless-Async: async:asyncio\r\n");
        let connection_header = answer.header("connection").unwrap_or_default();
        assert!(connection_header.eq_ignore_ascii_case("close"), "{path}\n{answer}");
        assert_eq!(connection.is_closed(), Ok(true), "{path} says close and means it");
    }
}

fn kept_for_others(backend: Backend) {
    let gateway = Gateway::start(backend);
    for header in ["", "X-Stainless-Async: false\r\n"] {
        for path in PATHS {
            let (answer, mut connection) = ask(&gateway, path, header);
            assert_eq!(answer.header("connection"), None, "{path}\n{answer}");
            connection.send(request(path, "").as_bytes()).expect("the connection is open");
            let again = connection.answer().unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(again.status, answer.status, "{path}");
        }
    }
}

fn ask(gateway: &Gateway, path: &str, header: &str) -> (Answer, Raw) {
    let mut connection = Raw::connect(gateway.address(), Duration::from_secs(20));
    connection.send(request(path, header).as_bytes()).expect("the gateway reads");
    let answer = connection.answer().unwrap_or_else(|error| panic!("{path}: {error}"));
    (answer, connection)
}

fn request(path: &str, header: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {ADMIN_KEY}\r\n{header}\r\n"
    )
}
