//! A stand-in for a service that the gateway calls. It answers as a test says, and remembers what it
//! was asked. Its threads end with the test's process.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

/// Where nobody answers: a port below those that anybody is given, so that no test that runs beside
/// this one gets it either.
pub const NOBODY: &str = "127.0.0.1:9";

/// A running service.
pub struct Upstream {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What it was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer as scenario files write it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canned {
    /// The path that is answered so. Of several for one path each is given once, the last one ever
    /// after.
    pub path: String,
    /// The status code.
    pub status: u16,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON body, with its content type.
    pub json: Option<String>,
    /// A body of any text, without a content type of its own.
    pub body: Option<String>,
}

impl Upstream {
    /// Starts one. Each request is given to `answer` with the connection, on which it writes.
    pub fn start<F>(answer: F) -> Self
    where
        F: Fn(&Asked, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let Ok(mut writer) = stream.try_clone() else { return };
                    let mut reader = BufReader::new(stream);
                    while let Some(asked) = read(&mut reader) {
                        locked(&log).push(asked.clone());
                        // A gateway that has hung up needs no answer.
                        if answer(&asked, &mut writer).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { address, asked }
    }

    /// Starts one that answers as scenario files say. Other paths get a 404.
    pub fn canned(answers: &[Canned]) -> Self {
        let left = Mutex::new(answers.to_vec());
        Self::start(move |asked, stream| {
            let mut left = locked(&left);
            let mut fitting = (0..left.len()).filter(|at| left[*at].path == asked.path);
            let found = match (fitting.next(), fitting.next()) {
                (Some(at), Some(_)) => left.remove(at),
                (Some(at), None) => left[at].clone(),
                _ => Canned { status: 404, ..Canned::default() },
            };
            drop(left);
            found.write(stream)
        })
    }

    /// `http://` and its address.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        locked(&self.asked).clone()
    }
}

impl Canned {
    /// Writes the answer.
    pub fn write(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        let Self { path: _, status, headers, json, body } = self;
        let kind = json.as_ref().map(|_| "Content-Type: application/json\r\n").unwrap_or_default();
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let body = json.as_ref().or(body.as_ref()).map(String::as_str).unwrap_or_default();
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status} X\r\n{kind}{headers}Content-Length: {length}\r\n\r\n");
        stream.write_all((head + body).as_bytes())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next request of a connection; none at its end.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, headers, body })
}
