//! A closed-loop HTTP/1.1 load generator: one thread and one kept-alive connection for each of
//! `--conns`, blocking sockets, loopback addresses only. It stops after `--seconds` or `--requests`
//! and prints one line of JSON.
//!
//! `{{id}}` in the path or the body becomes a value that no other request has, and `{{12 bytes}}`
//! becomes twelve bytes, whatever they are, that no other request has: an OTLP trace id is made so. `{{10 to 99}}`
//! becomes one of these numbers, the next one for each request: requests that wait at the same time have others.
//!
//! Built with `rustc -O`: it knows nothing but the standard library, so that it costs little to
//! build and nothing of the gateway's own code can flatter the gateway.

mod connection;
mod options;
mod tally;

use std::error::Error;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use connection::Connection;
use options::{Id, Options, USAGE};
use tally::Tally;

/// A server that is gone would otherwise be asked again for ever.
const MAX_FAILURES: u64 = 100;

const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let options =
        Options::parse(std::env::args().skip(1)).map_err(|why| format!("{why}\n{USAGE}"))?;
    let run = Arc::new(Run::new(options)?);
    let gate = Arc::new(Barrier::new(run.options.conns + 1));
    let start = |_| {
        let (run, gate) = (Arc::clone(&run), Arc::clone(&gate));
        thread::spawn(move || {
            gate.wait();
            work(&run)
        })
    };
    let threads: Vec<_> = (0..run.options.conns).map(start).collect();
    gate.wait();
    thread::sleep(run.options.warmup);
    run.phase.store(MEASURING, Ordering::Relaxed);
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let counted = run.options.requests.is_none().then(|| {
        thread::sleep(run.options.seconds);
        let counted = (run.done.load(Ordering::Relaxed), began.elapsed());
        run.phase.store(OVER, Ordering::Relaxed);
        counted
    });
    let mut tally = Tally::default();
    for thread in threads {
        tally.add(thread.join().map_err(|_| "a thread panicked")?);
    }
    let (done, took) =
        counted.unwrap_or_else(|| (run.done.load(Ordering::Relaxed), began.elapsed()));
    tally.latencies.sort_unstable();
    println!("{}", tally.json(done, took, cpu_seconds() - cpu));
    Ok(())
}

/// What the threads share.
struct Run {
    options: Options,
    /// Tells the ids of this run from those of an earlier one on the same database.
    number: u64,
    next: AtomicU64,
    done: AtomicU64,
    phase: AtomicU8,
}

impl Run {
    fn new(options: Options) -> Result<Self, Box<dyn Error>> {
        let number = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        Ok(Self {
            options,
            number: u64::try_from(number)?,
            next: AtomicU64::new(0),
            done: AtomicU64::new(0),
            phase: AtomicU8::new(WARMING),
        })
    }

    /// The number of the next request, unless there is to be none.
    fn ticket(&self) -> Option<u64> {
        if self.phase.load(Ordering::Relaxed) == OVER {
            return None;
        }
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        self.options.requests.is_none_or(|most| ticket < most).then_some(ticket)
    }
}

/// One connection's loop.
fn work(run: &Run) -> Tally {
    let options = &run.options;
    let mut tally = Tally::default();
    let mut connection = Connection::new(options.address);
    let mut request = Vec::new();
    while let Some(ticket) = run.ticket() {
        options.request.fill(&Id::new(run.number, ticket), &mut request);
        let began = Instant::now();
        let answer = connection.exchange(&request);
        let took = began.elapsed();
        // With a fixed number of requests there is no warm-up: the first may end before the main
        // thread says so.
        let warming = run.phase.load(Ordering::Relaxed) == WARMING && options.requests.is_none();
        match answer {
            Ok(answer) if !options.ok.contains(&answer.status) => tally.fail(answer.shown()),
            Ok(_) if warming => {}
            Ok(answer) => {
                tally.latencies.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
                tally.bytes += answer.bytes;
                run.done.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                connection.close();
                tally.fail(error.to_string());
            }
        }
        if tally.failures >= MAX_FAILURES {
            break;
        }
    }
    tally
}

/// The CPU time of this process so far: it shows how much of the machine the client took.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // User and system time, in the hundredths of a second that Linux always counts here.
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}
