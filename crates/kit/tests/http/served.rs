//! A real server on a port of its own, a dialect small enough to read at once, and a client that
//! says exactly what it is told.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpResponse, HttpServer, ResponseError};
use evalstone_core::error::Error;
use evalstone_core::source::Spelling;
use evalstone_kit::bearer::bearer;
use evalstone_kit::connection::adapt_connection;
use evalstone_kit::dialect::{Dialect, no_fallback, no_finish, no_seed, no_workers};
use evalstone_kit::errors::{answer, guard};
use evalstone_kit::likeness::Likeness;
use evalstone_kit::observe::{Labels, observe};
use evalstone_kit::routes::Paths;

/// How the test dialect writes errors.
pub fn render(error: &Error) -> HttpResponse {
    let status = evalstone_kit::problem::status(error.kind());
    HttpResponse::build(status).json(serde_json::json!({ "said": error.message() }))
}

/// How the test dialect refuses methods.
pub fn not_allowed() -> HttpResponse {
    HttpResponse::MethodNotAllowed().json(serde_json::json!({ "said": "no such method" }))
}

/// The test dialect's error type.
#[derive(Debug)]
pub struct Failure(pub Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Failure {
    fn error_response(&self) -> HttpResponse {
        answer(&self.0, render)
    }
}

/// A running server; it stops when dropped.
pub struct Served {
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Serves the routes that `mount` adds, with the middleware that the gateway puts around them.
    pub fn new(mount: fn(&mut ServiceConfig)) -> Self {
        Self::named(mount, Paths::default)
    }

    /// The same with names for paths.
    pub fn named(mount: fn(&mut ServiceConfig), paths: fn() -> Paths) -> Self {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .configure(mount)
                        .wrap(guard(evalstone_kit::problem::render))
                        .wrap(adapt_connection())
                        .wrap(observe(labels(paths())))
                })
                .workers(1)
                .disable_signals()
                .bind(("127.0.0.1", 0))
                .expect("a free port");
                let address = server.addrs()[0];
                let server = server.run();
                sender.send((address, server.handle())).expect("the test waits");
                server.await.expect("serving");
            });
        });
        let (address, handle) = receiver.recv().expect("the server starts");
        Self { address, handle, thread: Some(thread) }
    }

    /// A new connection with a read timeout that no test should reach.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
        stream
    }

    /// Sends `request` and returns everything that comes until the server closes.
    pub fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).expect("the server reads");
        read_to_close(&mut stream)
    }

    /// A request without a body, on a connection of its own.
    pub fn get(&self, path: &str) -> String {
        self.exchange(format!("GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Calling `stop` is what stops; its future only waits.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server ends well");
        }
    }
}

static LIKENESS: Likeness =
    Likeness { spelling: Spelling::Uuid, calls: &[], fields: &[], own: &[] };

fn labels(paths: Paths) -> Labels {
    let dialect = Dialect {
        name: "test",
        title: "Test",
        prefixes: &["/v1"],
        paths: paths.into(),
        mount: no_fallback(),
        fallback: no_fallback(),
        workers: no_workers(),
        finish: no_finish(),
        seed: no_seed(),
        likeness: &LIKENESS,
        key: bearer,
        render,
        quickstart: |_| Vec::new(),
    };
    Labels::of(&[dialect], &Arc::default())
}

/// All bytes until the other side closes, as text.
pub fn read_to_close(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the server closes in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One answer with a `Content-Length` from a connection that stays open.
pub fn read_one(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |l| l.parse().expect("a length"));
            if body.len() >= length {
                return text;
            }
        }
        let read = stream.read(&mut piece).expect("an answer");
        assert_ne!(read, 0, "closed in mid-answer: {text}");
        bytes.extend_from_slice(&piece[..read]);
    }
}

/// The value of a header in an answer.
pub fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The status code of an answer.
pub fn status(answer: &str) -> u16 {
    let code = answer.split(' ').nth(1).unwrap_or_default();
    code.parse().unwrap_or_else(|_| panic!("no status in {answer:?}"))
}

/// The body of an answer.
pub fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
