//! One kept-alive connection, and as much of HTTP as answers from loopback need.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::options::find;

/// Longer than any answer that is still worth measuring; it only makes sure that the run ends.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a server answered.
pub struct Answer {
    pub status: u16,
    /// The length of the body.
    pub bytes: u64,
    /// The beginning of the body, for messages.
    beginning: Vec<u8>,
}

impl Answer {
    /// For messages.
    pub fn shown(&self) -> String {
        format!("{}: {}", self.status, String::from_utf8_lossy(&self.beginning))
    }
}

/// A connection that is opened when it is first used, and again after it was lost.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
}

impl Connection {
    /// Connects when it is first used.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, buffer: vec![0; 64 * 1024], from: 0, to: 0 }
    }

    /// Forgets a connection that failed.
    pub fn close(&mut self) {
        self.stream = None;
    }

    /// Sends a request and reads its whole answer.
    pub fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect(self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(TIMEOUT))?;
                stream.set_write_timeout(Some(TIMEOUT))?;
                (self.from, self.to) = (0, 0);
                none.insert(stream)
            }
        };
        stream.write_all(request)?;
        let line = self.line()?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status in {line:?}")))?;
        let mut answer = Answer { status, bytes: 0, beginning: Vec::new() };
        let (mut length, mut chunked, mut close) = (0, false, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            match line.split_once(':').map(|(name, value)| (name, value.trim())) {
                Some(("content-length", value)) => {
                    length = value.parse().map_err(io::Error::other)?;
                }
                Some(("transfer-encoding", value)) => chunked = value == "chunked",
                Some(("connection", value)) => close = value == "close",
                Some(_) => {}
                None => break,
            }
        }
        if chunked {
            self.skip_chunks(&mut answer)?;
        } else {
            self.skip(length, &mut answer)?;
        }
        if close {
            self.stream = None;
        }
        Ok(answer)
    }

    fn skip_chunks(&mut self, answer: &mut Answer) -> io::Result<()> {
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
            self.skip(size, answer)?;
            self.line()?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    fn skip(&mut self, mut length: usize, answer: &mut Answer) -> io::Result<()> {
        answer.bytes += length as u64;
        while length > 0 {
            if self.from == self.to {
                self.fill()?;
            }
            let taken = length.min(self.to - self.from);
            if answer.beginning.is_empty() {
                let shown = taken.min(300);
                answer.beginning.extend_from_slice(&self.buffer[self.from..self.from + shown]);
            }
            self.from += taken;
            length -= taken;
        }
        Ok(())
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(length) = find(&self.buffer[self.from..self.to], b"\r\n") {
                let line = &self.buffer[self.from..self.from + length];
                let line = String::from_utf8_lossy(line).into_owned();
                self.from += length + 2;
                return Ok(line);
            }
            self.fill()?;
        }
    }

    /// Reads more behind what is there.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        // Only a header line of the buffer's whole size leaves no room; that reads as an end.
        match stream.read(&mut self.buffer[self.to..])? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.to += count;
                Ok(())
            }
        }
    }
}
