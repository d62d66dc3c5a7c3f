//! A move that is killed at any point, and run again.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::stage::{
    House, benchmark, bridge, datasets, document, furnish, run, run_counts, runs, samples,
    small_experiment, test_cases, text,
};
use crate::gateway::{Backend, Gateway};
use crate::trials::Trials;

/// How often each is killed.
const KILLS: u32 = 10;
/// How many small experiments and benchmarks there are, so that kills fall among them, too.
const RUNS: usize = 20;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("bridge::a_killed_pull_is_gone_on_with", |backend| killed(backend, &PULL, 200));
    // A push to Gentrace is a request for every case.
    trials.both("bridge::a_killed_push_is_gone_on_with", |backend| killed(backend, &PUSH, 40));
}

/// A way of moving from the first gateway to an organization of the second.
struct Way {
    /// The arguments for a dialect.
    args: fn(&Gateway, &Gateway, &House, &str) -> Vec<String>,
    /// Whether the second gateway's store is the target of the command.
    pulls: bool,
}

const PULL: Way = Way {
    args: |one, _, house, dialect| {
        let source = House::default().address(&one.base(), dialect);
        ["pull", &source, "--org", &house.org].map(str::to_owned).to_vec()
    },
    pulls: true,
};

const PUSH: Way = Way {
    args: |_, two, house, dialect| {
        let target = house.address(&two.base(), dialect);
        ["push", "--all", &target].map(str::to_owned).to_vec()
    },
    pulls: false,
};

fn killed(backend: Backend, way: &Way, size: usize) {
    let (one, two) = (Gateway::start(backend), Gateway::start(backend));
    let home = House::default();
    let many: Vec<String> =
        (0..size).map(|n| format!(r#"{{"input_text":"sample {n}"}}"#)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    // Each another, so that one that is lost is not made up for by one that is there twice.
    let inputs: Vec<String> = (0..10).map(|n| format!(r#"{{"q":{n}}}"#)).collect();
    let numbered: Vec<(&str, &str)> = inputs.iter().map(|q| (q.as_str(), "{}")).collect();
    for n in 0..4 {
        samples(&one, &home, &format!("samples {n}"), &many);
        test_cases(&one, &home, &format!("cases {n}"), &numbered);
    }
    furnish(&one, &home);
    runs(&one, &home);
    for number in 1_000..1_000 + RUNS {
        small_experiment(&one, &home, number);
        benchmark(&one, &home);
    }
    let there = datasets(&one, &home);
    let command = |house: &House, dialect: &str| {
        let args = (way.args)(&one, &two, house, dialect);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let gateway = if way.pulls { &two } else { &one };
        bridge(gateway, &home.key, &house.key, &args)
    };
    let took = ["gentrace", "znyx"].map(|dialect| {
        let house = House::fresh(&two, &format!("whole-{dialect}"));
        let began = Instant::now();
        let whole = run(command(&house, dialect));
        assert!(whole.status.success(), "{whole:?}");
        began.elapsed()
    });
    let mut cut_off = 0;
    for n in 0..KILLS {
        let (dialect, took) = [("gentrace", took[0]), ("znyx", took[1])][n as usize % 2];
        let house = House::fresh(&two, &format!("house-{n}"));
        let mut first = command(&house, dialect);
        first.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = first.spawn().expect("the binary runs");
        std::thread::sleep(point(took, n));
        child.kill().expect("a child of ours");
        cut_off += u32::from(!child.wait().expect("it ends").success());
        let again = run(command(&house, dialect));
        assert!(again.status.success(), "after kill {n}: {again:?}");
        assert_eq!(datasets(&two, &house).len(), there.len(), "after kill {n}");
        let expected = match (way.pulls, dialect) {
            (true, "znyx") => (0, RUNS + 1),
            (false, "znyx") => (0, 0),
            _ => (RUNS + 1, 0),
        };
        assert_eq!(run_counts(&two, &house), expected, "after kill {n}");
        let verdict = document(verify(way, (&one, &two), &house, dialect));
        assert_eq!(text(&verdict, "/equal"), "true", "after kill {n}: {verdict:?}");
    }
    assert!(cut_off >= KILLS / 2, "only {cut_off} were cut off");
}

/// Compares both ends in the direction of the move.
fn verify(way: &Way, (one, two): (&Gateway, &Gateway), house: &House, dialect: &str) -> Command {
    let home = House::default();
    if way.pulls {
        let source = home.address(&one.base(), dialect);
        bridge(two, &home.key, "", &["verify", &source, "store", "--org", &house.org, "--json"])
    } else {
        let target = house.address(&two.base(), dialect);
        bridge(one, "", &house.key, &["verify", "store", &target, "--json"])
    }
}

/// The point of the `n`th kill: somewhere in its tenth of the time that the whole takes.
fn point(took: Duration, n: u32) -> Duration {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let chance = f64::from(clock.expect("after 1970").subsec_nanos() % 1000) / 1000.0;
    took.mul_f64((f64::from(n) + chance) / f64::from(KILLS))
}
