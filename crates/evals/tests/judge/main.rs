//! The judge metrics against an endpoint that answers by script: what the engine does with each kind of
//! answer ([`engine`]), and what each metric makes of labelled rows ([`rows`]).

mod engine;
mod rows;
mod server;

use std::collections::BTreeMap;
use std::time::Duration;

use evalstone_evals::judge::{Judges, Model, Price};

/// The slug of the model.
const SLUG: &str = "gpt-4o";

/// A key that must not be seen.
const KEY: &str = "sk-secret-0123456789";

/// The model at this URL: 2 units for a million tokens to read, 10 for a million to write.
fn model(url: &str) -> Model {
    Model {
        url: url.to_owned(),
        name: "the-model".to_owned(),
        key: Some(KEY.into()),
        key_source: "JUDGE_KEY".to_owned(),
        timeout: Duration::from_secs(20),
        retries: 2,
        parallel: 1,
        input_price: Price(2_000_000),
        output_price: Price(10_000_000),
    }
}

/// Judges with this model alone, impatient so that tests are fast.
fn judges(model: Model) -> Judges {
    Judges::new(BTreeMap::from([(SLUG.to_owned(), model)]))
        .with_setting("judges.models")
        .with_first_pause(Duration::from_millis(1))
}
