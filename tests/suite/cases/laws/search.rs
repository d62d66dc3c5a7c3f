//! Looks for a value that breaks a law, and for the smallest one near it.

use std::fmt::Display;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// The most values that are tried to make a broken one smaller. Each costs requests.
const STEPS: usize = 300;

/// How many values are tried.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many batches.
    pub batches: usize,
    /// How many values are written together.
    pub size: usize,
}

/// Fails unless a law holds for generated batches of values; `check` says what is wrong with one.
/// The failure shows the smallest value that was found to break it, and the seed that repeats it.
pub fn hold<S>(strategy: S, plan: Plan, check: impl Fn(&[S::Value]) -> Result<(), String>)
where
    S: Strategy,
    S::Value: Display,
{
    let seed = seed();
    let config = Config { rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..given() };
    let mut runner = TestRunner::new(config);
    for _ in 0..plan.batches {
        let grown = |_| strategy.new_tree(&mut runner).expect("a value");
        let trees: Vec<S::Tree> = (0..plan.size).map(grown).collect();
        let values: Vec<S::Value> = trees.iter().map(ValueTree::current).collect();
        if let Err(why) = check(&values) {
            // It is told at once: what follows may take longer than a case may.
            eprintln!("PROPTEST_RNG_SEED={seed} repeats what failed: {why}");
            let alone = trees.into_iter().find_map(|tree| smallest(tree, &check));
            let found = alone.unwrap_or_else(|| {
                format!("no value of {} breaks it alone, but together: {why}", plan.size)
            });
            panic!("{found}\n\nPROPTEST_RNG_SEED={seed} repeats it");
        }
    }
}

/// The seed that the environment gives, else any.
fn seed() -> u64 {
    match given().rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().build_hasher().finish(),
    }
}

/// What the environment says of how values are generated.
fn given() -> Config {
    Config::default()
}

/// The smallest value that breaks the law alone, with what is wrong; none if this one keeps it.
fn smallest<T: ValueTree>(
    mut tree: T,
    check: impl Fn(&[T::Value]) -> Result<(), String>,
) -> Option<String>
where
    T::Value: Display,
{
    let shown = |tree: &T| {
        let value = tree.current();
        let shown = value.to_string();
        check(&[value]).err().map(|why| format!("of {shown}:\n{why}"))
    };
    let mut found = shown(&tree)?;
    let mut goes_on = tree.simplify();
    for _ in 0..STEPS {
        if !goes_on {
            break;
        }
        goes_on = match shown(&tree) {
            Some(smaller) => {
                found = smaller;
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    Some(found)
}
