//! What is told on standard error while something moves: bars on a terminal, now and then a line
//! elsewhere.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use evalstone_bridge::progress::{Event, Listener};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::super::output;

/// How often a line is written.
const LINES: Duration = Duration::from_secs(2);

/// Tells whoever typed the command.
pub enum Told {
    /// On a terminal.
    Bars(Bars),
    /// Elsewhere.
    Lines(Lines),
}

impl Told {
    /// By bars on a terminal, by lines elsewhere.
    #[must_use]
    pub fn new() -> Self {
        if std::io::stderr().is_terminal() {
            Self::Bars(Bars::new())
        } else {
            Self::Lines(Lines::new())
        }
    }
}

impl Listener for Told {
    fn hear(&self, event: Event<'_>) {
        match self {
            Self::Bars(bars) => bars.hear(event),
            Self::Lines(lines) => lines.hear(event),
        }
    }
}

/// One bar for the datasets, one for the cases.
pub struct Bars {
    all: MultiProgress,
    datasets: ProgressBar,
    cases: ProgressBar,
}

impl Bars {
    fn new() -> Self {
        let style = |template: &str| {
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
        };
        let all = MultiProgress::new();
        let datasets = all.add(
            ProgressBar::no_length()
                .with_style(style("{bar:30} {pos}/{len} datasets, {eta} left {wide_msg}")),
        );
        let cases = all.add(ProgressBar::no_length().with_style(style(
            "{spinner} {human_pos} cases and results read, {per_sec}, {elapsed}",
        )));
        Self { all, datasets, cases }
    }

    fn hear(&self, event: Event<'_>) {
        match event {
            Event::Found(count) => self.datasets.set_length(count as u64),
            Event::Begun { name, .. } | Event::Run { name } => {
                self.datasets.set_message(output::plain(name));
            }
            Event::Read(count) => self.cases.inc(count),
            Event::Again { name, why } => {
                // A terminal that is gone is told nothing.
                let line = format!("{name}: {why}; trying again");
                drop(self.all.println(output::plain(&line)));
            }
            Event::Ended { .. } => self.datasets.inc(1),
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.datasets.finish_and_clear();
        self.cases.finish_and_clear();
    }
}

/// A line now and then.
pub struct Lines {
    begun: Instant,
    last: Cell<Instant>,
    found: Cell<usize>,
    ended: Cell<usize>,
    read: Cell<u64>,
}

impl Lines {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            begun: now,
            last: Cell::new(now),
            found: Cell::new(0),
            ended: Cell::new(0),
            read: Cell::new(0),
        }
    }

    fn hear(&self, event: Event<'_>) {
        match event {
            Event::Found(count) => self.found.set(count),
            Event::Begun { .. } | Event::Run { .. } => {}
            Event::Read(count) => self.read.set(self.read.get() + count),
            Event::Again { name, why } => {
                let line = format!("{name}: {why}; trying again");
                eprintln!("{}", output::plain(&line));
            }
            Event::Ended { .. } => self.ended.set(self.ended.get() + 1),
        }
        if self.last.get().elapsed() >= LINES {
            self.last.set(Instant::now());
            let seconds = self.begun.elapsed().as_secs_f64();
            let rate = self.read.get() as f64 / seconds;
            let (ended, found, read) = (self.ended.get(), self.found.get(), self.read.get());
            eprintln!("{ended}/{found} datasets, {read} cases and results read, {rate:.0}/s");
        }
    }
}
