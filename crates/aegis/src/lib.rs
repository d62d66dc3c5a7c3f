//! The Aegis Evals dialect: a drop-in replacement for `https://api.aegisevals.ai/api/v1`.
//!
//! Map: `routes` lists what is answered; `handlers` answers; `auth` turns the header into a
//! caller; `body` reads JSON bodies; `wire` holds the vendor's shapes; `mapping` translates them; `form`, `selection`
//! and `columns` check what an upload says, `edits` what a change says; `table` reads its CSV file row by row; `answer`
//! streams datasets and runs; `runs` carries runs out, `report` writes what came of them as CSV; `errors` gives every failure its status and body;
//! `client` speaks the dialect outward, for the bridge.
//!
//! What this crate must never know: SQL, and any other dialect.

mod answer;
mod arguments;
mod attempts;
mod auth;
mod body;
mod client;
mod columns;
mod edits;
mod errors;
mod form;
mod handlers;
mod likeness;
mod mapping;
mod query;
mod report;
mod routes;
mod runs;
mod selection;
mod settings;
mod table;
mod wire;

#[cfg(test)]
mod laws;

use std::sync::Arc;

use evalstone_core::error::Result;
use evalstone_kit::bearer::bearer;
use evalstone_kit::dialect::{Dialect, Means, no_fallback, no_finish, no_seed};
use evalstone_kit::routes::Paths;
use evalstone_store::Store;

use runs::Runs;

pub use client::outward;
pub use settings::Settings;

/// The dialect's short name, under which its facets and cases are stored.
const NAME: &str = "aegis";

/// The dialect over this store.
///
/// # Errors
/// Invalid when a setting cannot be meant, such as a model's price that is none.
pub fn dialect(store: &Store, means: &Means, settings: Settings) -> Result<Dialect> {
    let runs = Runs::new(store, settings)?;
    let workers = runs.clone();
    let state = routes::State::new(store, means, runs);
    Ok(Dialect {
        name: NAME,
        title: "Aegis Evals",
        prefixes: &["/api/v1"],
        paths: Paths::of(&[routes::table()]).into(),
        mount: Arc::new(move |config| routes::mount(config, &state)),
        fallback: no_fallback(),
        workers: Arc::new(move || workers.workers()),
        finish: no_finish(),
        seed: no_seed(),
        likeness: &likeness::LIKENESS,
        key: bearer,
        render: errors::render,
        quickstart,
    })
}

/// The variables of the vendor's example clients, and the create page's own curl line.
fn quickstart(base: &str) -> Vec<String> {
    vec![
        format!("export AEGIS_API_URL={base}/api/v1"),
        "export AEGIS_API_KEY=YOUR_KEY".to_owned(),
        "curl \"$AEGIS_API_URL/datasets\" -H \"Authorization: Bearer $AEGIS_API_KEY\" \
         -F file=@data.csv -F 'selected_metrics={\"1\":{\"threshold\":70}}'"
            .to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_quickstart_points_at_the_versioned_base() {
        let lines = super::quickstart("http://127.0.0.1:3825");
        assert_eq!(lines[0], "export AEGIS_API_URL=http://127.0.0.1:3825/api/v1");
        assert!(lines[2].contains("-F file=@data.csv"), "{lines:?}");
    }
}
