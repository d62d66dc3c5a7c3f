//! A gateway's process.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a start may take on a machine that also compiles.
const START: Duration = Duration::from_secs(60);

/// A process that serves. Dropping it kills it, and only it.
pub struct Process {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts a command that serves and waits for the line that names the address.
    pub fn serve(command: Command) -> Self {
        Self::try_serve(command).unwrap_or_else(|failure| panic!("no start: {failure}"))
    }

    /// Starts a command; an error is what it printed when it ended without serving.
    pub fn try_serve(mut command: Command) -> Result<Self, String> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let log = Arc::new(Mutex::new(String::new()));
        let (found, address) = channel();
        let readers = vec![
            copy(child.stdout.take(), Arc::clone(&log), Some(found)),
            copy(child.stderr.take(), Arc::clone(&log), None),
        ];
        match wait_for_address(&mut child, &address) {
            Ok(address) => Ok(Self { child, address, log, readers }),
            Err(why) => {
                drop(child.kill());
                drop(child.wait());
                for reader in readers {
                    drop(reader.join());
                }
                Err(format!("{why}\n{}", text(&log)))
            }
        }
    }

    /// The address that it printed.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything that it has printed so far.
    pub fn log(&self) -> String {
        text(&self.log)
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        // The shell's own `kill`: minimal systems have no other.
        let script = format!("kill -TERM {}", self.child.id());
        let status = Command::new("sh").args(["-c", &script]).status().expect("a shell");
        assert!(status.success(), "the process cannot be signalled");
    }

    /// Waits for its end.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "still running after {patience:?}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills it and waits until it is gone.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Killing a process that has ended already is no failure.
        drop(self.child.kill());
        drop(self.child.wait());
        for reader in self.readers.drain(..) {
            drop(reader.join());
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn text(log: &Mutex<String>) -> String {
    log.lock().map_or_else(|poisoned| poisoned.into_inner().clone(), |text| text.clone())
}

fn wait_for_address(child: &mut Child, found: &Receiver<SocketAddr>) -> Result<SocketAddr, String> {
    let deadline = Instant::now() + START;
    loop {
        if let Ok(address) = found.recv_timeout(Duration::from_millis(20)) {
            return Ok(address);
        }
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Err(format!("ended with {status}"));
        }
        if Instant::now() > deadline {
            return Err(format!("no address on standard output after {START:?}"));
        }
    }
}

/// Copies a stream into the log and looks for the address in it.
fn copy<R: Read + Send + 'static>(
    stream: Option<R>,
    log: Arc<Mutex<String>>,
    found: Option<Sender<SocketAddr>>,
) -> JoinHandle<()> {
    let stream = stream.expect("a piped stream");
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let shown = String::from_utf8_lossy(&line).into_owned();
            if let (Some(found), Some(address)) = (&found, address_in(&shown)) {
                // Nobody waits any more for the addresses after the first.
                found.send(address).unwrap_or_default();
            }
            if let Ok(mut log) = log.lock() {
                log.push_str(&shown);
            }
            line.clear();
        }
    })
}

/// The address of the first `http://` URL in a line.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || ".:[]".contains(c)));
    rest[..end.unwrap_or(rest.len())].parse().ok()
}
