//! A gateway in a directory of its own, and a client that needs no library.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// An empty directory in which commands run, without any setting from outside.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command that is about to run here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evalstone"));
        command.current_dir(self.0.path()).env_clear().args(arguments).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Standard output of a command that must succeed.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Standard error of a command that must fail with `code`.
    pub fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.ok(arguments)).expect("one JSON document")
    }

    /// Starts the gateway on a free port.
    pub fn serve(&self) -> Gateway {
        Gateway::start(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }
}

/// A running gateway; it is killed when dropped.
pub struct Gateway {
    pub address: SocketAddr,
    child: Child,
    output: BufReader<ChildStdout>,
    log: BufReader<ChildStderr>,
    logged: String,
}

impl Gateway {
    pub fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("UTF-8");
        let address = line.trim_end().rsplit("http://").next().and_then(|a| a.parse().ok());
        let Some(address) = address else {
            panic!("no address in {line:?}: {:?}", child.wait_with_output());
        };
        let log = BufReader::new(child.stderr.take().expect("piped"));
        Self { address, child, output, log, logged: String::new() }
    }

    /// The next line of its log that holds this.
    pub fn logs(&mut self, part: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.log.read_line(&mut line).expect("UTF-8");
            assert_ne!(read, 0, "no {part:?} in {}", self.logged);
            self.logged.push_str(&line);
            if line.contains(part) {
                return line;
            }
        }
    }

    pub fn exchange(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("it closes");
        Answer(String::from_utf8(bytes).expect("UTF-8"))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, "")
    }

    pub fn get_with_key(&self, path: &str, key: &str) -> Answer {
        self.get_with(path, &format!("Authorization: Bearer {key}\r\n"))
    }

    fn get_with(&self, path: &str, headers: &str) -> Answer {
        let head = format!("GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{headers}\r\n");
        self.exchange(&head)
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Waits for the end, at most so long.
    pub fn wait(&mut self, most: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            assert!(start.elapsed() < most, "it still runs after {most:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What it printed after the first line and what it logged; ends it.
    pub fn finish(mut self) -> (String, String) {
        self.signal("INT");
        self.wait(Duration::from_secs(10));
        let mut output = String::new();
        self.output.read_to_string(&mut output).expect("UTF-8");
        self.log.read_to_string(&mut self.logged).expect("UTF-8");
        (output, std::mem::take(&mut self.logged))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer(pub String);

impl Answer {
    pub fn status(&self) -> u16 {
        let code = self.0.split(' ').nth(1).unwrap_or_default();
        code.parse().unwrap_or_else(|_| panic!("no status in {:?}", self.0))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.split("\r\n\r\n").next()?.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    pub fn json(&self) -> serde_json::Value {
        let chunked = self.header("transfer-encoding") == Some("chunked");
        let body = if chunked { joined(self.body()) } else { self.body().to_owned() };
        serde_json::from_str(&body).unwrap_or_else(|_| panic!("no JSON in {:?}", self.0))
    }
}

/// What the chunks of a body say together; a body without its last chunk is a failure.
fn joined(mut body: &str) -> String {
    let mut text = String::new();
    loop {
        let (length, rest) = body.split_once("\r\n").expect("a chunk");
        let length = usize::from_str_radix(length, 16).expect("a length");
        if length == 0 {
            return text;
        }
        text.push_str(&rest[..length]);
        body = &rest[length + 2..];
    }
}
