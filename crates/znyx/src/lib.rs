//! The ZNYX dialect: JSON in snake_case under `/v1`, datasets inside an organization's path.
//!
//! Entry points: [`dialect`], and [`outward`] for the bridge. Then, in the order a request meets them: `routes` (one screen),
//! `handlers` (one function per operation), `body` (what was sent, before anybody is known),
//! `auth` (who asks), `validation` (the vendor's Pydantic rules and its 422 list), `wire` (the
//! vendor's objects), `import` (files of samples), `catalog` (what can be installed), `mapping` (between
//! them and the domain), `errors` (the vendor's three forms of `detail`), `policy` (the vendor's schema
//! of policies), `unserved` (documented operations that answer 501). `benchmarks` runs datasets against
//! policies. `runtime` is the other way out: evaluations go on to the vendor's runtime, and what it
//! decided is recorded beside answering. `client` speaks the dialect outward, for the bridge.
//!
//! What this crate must never know: SQL, another dialect. Payloads pass through it as raw JSON
//! text: nothing here turns one into a tree.

mod attempts;
mod auth;
mod benchmarks;
mod body;
mod catalog;
mod client;
mod errors;
mod handlers;
mod import;
mod json;
mod likeness;
mod mapping;
mod policy;
mod routes;
mod runtime;
mod settings;
mod unserved;
mod validation;
mod wire;

#[cfg(test)]
mod laws;

use std::sync::Arc;

use evalstone_core::error::Result;
use evalstone_kit::dialect::{Dialect, Means, Seed, no_fallback, no_seed};
use evalstone_kit::routes::Paths;
use evalstone_store::Store;

use runtime::recorder::Recorder;

pub use client::outward;
pub use settings::Settings;

/// The dialect's short name: in the store the origin of what is written here, elsewhere a label.
const NAME: &str = "znyx";

/// The dialect over this store, ready to be mounted.
///
/// # Errors
/// Invalid when a setting cannot be meant, such as a runtime's URL that is none.
pub fn dialect(store: &Store, means: &Means, settings: Settings) -> Result<Dialect> {
    let seed = if settings.seed_samples { seed(store) } else { no_seed() };
    let recorder = Recorder::new(settings.runtime.record);
    let state = routes::State::new(store, means, settings, &recorder)?;
    let benchmarks = state.benchmarks();
    let (store, last) = (store.clone(), recorder.clone());
    let workers =
        move || [benchmarks.workers(), recorder.worker(&store)].into_iter().flatten().collect();
    Ok(Dialect {
        name: NAME,
        title: "ZNYX",
        prefixes: &["/v1"],
        paths: Paths::of(&[routes::table()]).into(),
        mount: Arc::new(move |config| routes::mount(config, &state)),
        fallback: no_fallback(),
        workers: Arc::new(workers),
        finish: Arc::new(move || last.finish()),
        seed,
        likeness: &likeness::LIKENESS,
        key: |request| auth::token(request).ok(),
        render: errors::render,
        quickstart,
    })
}

/// The gateway's own sets, which every new organization of the vendor's has, too (contract §4.1).
fn seed(store: &Store) -> Seed {
    let store = store.clone();
    Arc::new(move |organization| {
        let store = store.clone();
        Box::pin(async move { catalog::seed(&store, organization).await })
    })
}

/// Lines for the vendor's API by hand and by its SDK; `default` is the slug of the organization that
/// a fresh gateway makes. The SDK takes the control plane's address apart from the runtime's.
fn quickstart(base_url: &str) -> Vec<String> {
    vec![
        format!("export ZNYX_API_URL={base_url}/v1"),
        "export ZNYX_TOKEN=YOUR_KEY".to_owned(),
        "curl \"$ZNYX_API_URL/orgs/default/datasets\" -H \"Authorization: Bearer $ZNYX_TOKEN\" \
         -H 'Content-Type: application/json' -d '{\"name\":\"first\"}'"
            .to_owned(),
        format!(
            "znyx-sdk: GuardrailsClient(base_url=\"{base_url}\", api_key=\"YOUR_KEY\"), and where a \
             method takes one, control_plane_url=\"{base_url}\""
        ),
    ]
}
