//! The Gentrace v4 dialect over the shared store.
//!
//! Entry points: [`dialect`], and [`outward`] for the bridge; then `routes` (one screen: path, method, handler). A request passes
//! `auth` (key → caller), a handler in `handlers/`, `wire/` (what the vendor writes, parsed and
//! written), `resolve` (which pipeline it means), `mapping` (wire ↔ domain), the store, and back.
//! Every failure becomes the vendor's answer in `errors`. Spans, which OpenTelemetry's exporters
//! report in forms of their own, are read by `otlp` instead of `wire`. People are answered by
//! `pages`: what an experiment's link shows. `client` speaks the dialect outward, for the bridge.
//!
//! What this crate must never know: SQL, or another dialect. It changes no byte of a payload:
//! `inputs` and `expectedOutputs` go from the request to the store and back as raw text.

mod attempts;
mod auth;
mod body;
mod client;
mod errors;
mod handlers;
mod likeness;
mod mapping;
mod otlp;
mod pages;
mod resolve;
mod routes;
mod wire;

#[cfg(test)]
mod laws;

use std::sync::Arc;

use actix_web::web::Data;
use evalstone_core::error::Result;
use evalstone_kit::bearer::bearer;
use evalstone_kit::dialect::{Dialect, Means, NoSettings, no_finish, no_seed, no_workers};
use evalstone_kit::routes::Paths;
use evalstone_store::Store;

pub use client::outward;

/// The dialect's short name: in logs, metrics, and as the origin of what is written through it.
const NAME: &str = "gentrace";

/// The dialect over this store, to be mounted by the server.
pub fn dialect(store: &Store, means: &Means, _: NoSettings) -> Result<Dialect> {
    let state =
        routes::State { store: Data::new(store.clone()), limits: Data::new(means.limits.clone()) };
    let fallback = state.clone();
    Ok(Dialect {
        name: NAME,
        title: "Gentrace",
        prefixes: &["/api/v4", "/api/otel", "/api", "/t"],
        paths: Paths::of(&[routes::api(), routes::otel(), pages::routes::table()]).into(),
        mount: Arc::new(move |config| {
            routes::mount(config, &state);
            pages::routes::mount(config, &state);
        }),
        fallback: Arc::new(move |config| routes::mount_fallback(config, &fallback)),
        workers: no_workers(),
        finish: no_finish(),
        seed: no_seed(),
        likeness: &likeness::LIKENESS,
        key: bearer,
        render: errors::render,
        quickstart,
    })
}

fn quickstart(base_url: &str) -> Vec<String> {
    vec![
        format!("export GENTRACE_BASE_URL={base_url}/api"),
        "export GENTRACE_API_KEY=YOUR_KEY".to_owned(),
        "pip install gentrace-py".to_owned(),
        "python -c 'from gentrace import Gentrace; print(Gentrace().datasets.list())'".to_owned(),
    ]
}
