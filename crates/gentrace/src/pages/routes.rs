//! Path, method, handler. No logic.

use actix_web::web::ServiceConfig;
use evalstone_kit::errors::guard;
use evalstone_kit::routes::{Routes, resource};

use super::answer::{not_allowed, render};
use crate::handlers::pages::{nothing, show_experiment};
use crate::handlers::visits::{forget_key, keep_key};
use crate::routes::State;

/// The pages, and what their forms ask for.
pub fn table() -> Routes {
    Routes::under("/t", not_allowed)
        .line(
            resource("/{org}/pipeline/{pipeline_id}/experiments/{experiment_id}")
                .get(show_experiment),
        )
        .line(resource("/{org}/key").post(keep_key))
        .line(resource("/{org}/forget").post(forget_key))
}

/// Mounts the pages.
pub fn mount(config: &mut ServiceConfig, state: &State) {
    config.service(state.shared_by(table().scope(nothing)).wrap(guard(render)));
}
