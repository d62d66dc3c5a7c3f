//! Bytes on a socket, for requests that a decent client does not send.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::Answer;

/// A connection to the gateway.
pub struct Raw {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Raw {
    /// Connects; reading gives up after `patience` without a byte.
    pub fn connect(address: SocketAddr, patience: Duration) -> Self {
        let stream = TcpStream::connect(address).expect("the gateway listens");
        stream.set_read_timeout(Some(patience)).expect("a socket takes a timeout");
        stream.set_nodelay(true).expect("a socket takes nodelay");
        Self { stream, received: Vec::new() }
    }

    /// Sends bytes; an error means that the gateway has closed the connection.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream.write_all(bytes).map_err(|error| error.to_string())
    }

    /// Reads one answer with its body.
    pub fn answer(&mut self) -> Result<Answer, String> {
        let end = loop {
            if let Some(at) = find(&self.received, b"\r\n\r\n") {
                break at;
            }
            if !self.more()? {
                return Err("the connection was closed without an answer".to_owned());
            }
        };
        let head = String::from_utf8_lossy(&self.received[..end]).into_owned();
        self.received.drain(..end + 4);
        let mut answer = Answer::from_head(&head, Vec::new())?;
        answer.body = self.body(&answer)?;
        Ok(answer)
    }

    /// Waits until a text has come; it stays to be read.
    pub fn wait_for(&mut self, text: &str) -> Result<(), String> {
        while find(&self.received, text.as_bytes()).is_none() {
            if !self.more()? {
                return Err(format!("the connection was closed before {text:?} came"));
            }
        }
        Ok(())
    }

    /// Whether the gateway has closed the connection; waits for the patience given at first.
    pub fn is_closed(&mut self) -> Result<bool, String> {
        Ok(self.received.is_empty() && !self.more()?)
    }

    /// Whether the connection is open and the gateway has said nothing on it so far; else what it
    /// did.
    pub fn is_silent(&mut self) -> Result<(), String> {
        self.stream.set_nonblocking(true).expect("a socket can be asked at once");
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).expect("a socket can be waited for");
        match peeked {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.to_string()),
            Ok(0) => Err("the gateway has closed the connection".to_owned()),
            Ok(_) => Err("the gateway has answered already".to_owned()),
        }
    }

    fn body(&mut self, answer: &Answer) -> Result<Vec<u8>, String> {
        if answer.status == 204 || answer.status == 304 {
            return Ok(Vec::new());
        }
        if answer.header("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            return self.chunks();
        }
        let length = answer.header("content-length").and_then(|text| text.parse::<usize>().ok());
        match length {
            Some(length) => self.exactly(length),
            None => {
                while self.more()? {}
                Ok(std::mem::take(&mut self.received))
            }
        }
    }

    fn chunks(&mut self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size =
                usize::from_str_radix(line.trim(), 16).map_err(|e| format!("{line}: {e}"))?;
            body.extend(self.exactly(size)?);
            self.line()?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn line(&mut self) -> Result<String, String> {
        loop {
            if let Some(at) = find(&self.received, b"\r\n") {
                let line = String::from_utf8_lossy(&self.received[..at]).into_owned();
                self.received.drain(..at + 2);
                return Ok(line);
            }
            if !self.more()? {
                return Err("the connection was closed inside a chunked body".to_owned());
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, String> {
        while self.received.len() < length {
            if !self.more()? {
                return Err("the connection was closed inside a body".to_owned());
            }
        }
        Ok(self.received.drain(..length).collect())
    }

    /// Reads some more bytes; false at the end of the stream.
    fn more(&mut self) -> Result<bool, String> {
        let mut buffer = [0_u8; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.received.extend_from_slice(&buffer[..count]);
                Ok(true)
            }
            // A gateway that closes while bytes are still coming in resets the connection.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
            Err(error) => Err(format!("no answer: {error}")),
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
