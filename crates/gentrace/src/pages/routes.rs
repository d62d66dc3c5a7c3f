//! Path, method, handler. No logic.

use actix_web::Scope;
use actix_web::web::{self, ServiceConfig};
use evalstone_kit::errors::guard;
use evalstone_kit::routes::resource;

use super::answer::{not_allowed, render};
use crate::handlers::pages::{nothing, show_experiment};
use crate::handlers::visits::{forget_key, keep_key};
use crate::routes::State;

/// Mounts the pages.
pub fn mount(config: &mut ServiceConfig, state: &State) {
    config.service(
        scope("/t", state)
            .service(
                resource("/{org}/pipeline/{pipeline_id}/experiments/{experiment_id}")
                    .get(show_experiment)
                    .build(not_allowed),
            )
            .service(resource("/{org}/key").post(keep_key).build(not_allowed))
            .service(resource("/{org}/forget").post(forget_key).build(not_allowed))
            .wrap(guard(render)),
    );
}

fn scope(path: &str, state: &State) -> Scope {
    web::scope(path)
        .app_data(state.store.clone())
        .app_data(state.limits.clone())
        .default_service(web::to(nothing))
}
