//! A server for tests that always answers the same.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use super::client::Server;

/// A server that has these answers by their paths, queries included; whatever else it is asked for is
/// not found. It goes on as long as the process does.
#[derive(Clone, Debug)]
pub struct Canned {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Canned {
    /// Starts one. A number instead of JSON is a status to refuse with.
    ///
    /// # Errors
    /// When no port is to be had.
    pub fn start(answers: HashMap<String, String>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // A client that hangs up has what it wants.
                if let Ok(path) = answer(&answers, connection) {
                    noted.lock().unwrap_or_else(PoisonError::into_inner).push(path);
                }
            }
        });
        Ok(Self { url, asked })
    }

    /// How it is connected to, with this path behind its address.
    #[must_use]
    pub fn server(&self, path: &str) -> Server {
        Server { url: format!("{}{path}", self.url), retries: 0, ..Server::default() }
    }

    /// The paths that it was asked for, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers one request and gives its path.
fn answer(answers: &HashMap<String, String>, mut connection: TcpStream) -> std::io::Result<String> {
    let mut lines = BufReader::new(&connection).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let found = answers.get(&path).map_or("404", String::as_str);
    let status = found.parse().unwrap_or(200_u16);
    let length = found.len();
    write!(
        connection,
        "HTTP/1.1 {status} Canned\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{found}"
    )?;
    Ok(path)
}
