//! The ZNYX dialect: JSON in snake_case under `/v1`, datasets inside an organization's path.
//!
//! Entry point: [`dialect`]. Then, in the order a request meets them: `routes` (one screen),
//! `handlers` (one function per operation), `body` (what was sent, before anybody is known),
//! `auth` (who asks), `validation` (the vendor's Pydantic rules and its 422 list), `wire` (the
//! vendor's objects), `mapping` (between them and the domain), `errors` (the vendor's three forms
//! of `detail`), `unserved` (documented operations that answer 501).
//!
//! What this crate must never know: SQL, another dialect. Payloads pass through it as raw JSON
//! text: nothing here turns one into a tree.

mod auth;
mod body;
mod errors;
mod handlers;
mod json;
mod mapping;
mod routes;
mod unserved;
mod validation;
mod wire;

#[cfg(test)]
mod laws;

use std::sync::Arc;

use actix_web::web::Data;
use evalstone_kit::dialect::{Dialect, no_fallback};
use evalstone_kit::limits::Limits;
use evalstone_store::Store;

/// The dialect's short name: in the store the origin of what is written here, elsewhere a label.
const NAME: &str = "znyx";

/// The dialect over this store, ready to be mounted.
#[must_use]
pub fn dialect(store: &Store, limits: &Limits) -> Dialect {
    let (store, limits) = (Data::new(store.clone()), Data::new(limits.clone()));
    Dialect {
        name: NAME,
        title: "ZNYX",
        prefixes: &["/v1"],
        mount: Arc::new(move |config| routes::mount(config, store.clone(), limits.clone())),
        fallback: no_fallback(),
        quickstart,
    }
}

/// Both of the vendor's clients reach a host that is given to them; `default` is the slug of the
/// organization that a fresh gateway makes.
fn quickstart(base_url: &str) -> Vec<String> {
    vec![
        format!("export ZNYX_BASE_URL={base_url}/v1   # in place of https://api.znyx.ai/v1"),
        "curl \"$ZNYX_BASE_URL/orgs/default/datasets\" -H \"Authorization: Bearer $ZNYX_TOKEN\""
            .to_owned(),
        format!("Python: GuardrailsClient(base_url=\"{base_url}\", api_key=\"...\")"),
        format!("        run_dataset(..., control_plane_url=\"{base_url}\")"),
    ]
}
