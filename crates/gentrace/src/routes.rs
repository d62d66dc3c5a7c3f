//! Path, method, handler. No logic.

use actix_web::Scope;
use actix_web::web::{self, Data, ServiceConfig};
use evalstone_kit::errors::guard;
use evalstone_kit::limits::Limits;
use evalstone_kit::routes::{Routes, resource};
use evalstone_store::Store;

use crate::errors::{not_allowed, render};
use crate::handlers::datasets::{create_dataset, get_dataset, list_datasets, update_dataset};
use crate::handlers::experiments::{
    create_experiment, get_experiment, list_experiments, update_experiment,
};
use crate::handlers::organizations::get_organization;
use crate::handlers::pipelines::{create_pipeline, get_pipeline, list_pipelines, update_pipeline};
use crate::handlers::test_cases::{
    create_test_case, delete_test_case, get_test_case, list_test_cases,
};
use crate::handlers::traces::report_traces;
use crate::handlers::unknown::unknown_route;

/// What the handlers work with.
#[derive(Clone)]
pub struct State {
    /// The store.
    pub store: Data<Store>,
    /// The limits on requests.
    pub limits: Data<Limits>,
}

impl State {
    /// A scope whose handlers work with it.
    pub fn shared_by(&self, scope: Scope) -> Scope {
        scope.app_data(self.store.clone()).app_data(self.limits.clone())
    }
}

/// What the vendor's API serves.
pub fn api() -> Routes {
    Routes::under("/api/v4", not_allowed)
        .line(resource("/pipelines").get(list_pipelines).post(create_pipeline))
        .line(resource("/pipelines/{pipeline_id}").get(get_pipeline).post(update_pipeline))
        .line(resource("/datasets").get(list_datasets).post(create_dataset))
        .line(resource("/datasets/{dataset_id}").get(get_dataset).post(update_dataset))
        .line(resource("/test-cases").get(list_test_cases).post(create_test_case))
        .line(resource("/test-cases/{test_case_id}").get(get_test_case).delete(delete_test_case))
        .line(resource("/experiments").get(list_experiments).post(create_experiment))
        .line(resource("/experiments/{experiment_id}").get(get_experiment).post(update_experiment))
        .line(resource("/organizations/{organization_id}").get(get_organization))
}

/// Where the vendor's SDKs send spans.
pub fn otel() -> Routes {
    Routes::under("/api/otel", not_allowed).line(resource("/v1/traces").post(report_traces))
}

/// Mounts both.
pub fn mount(config: &mut ServiceConfig, state: &State) {
    for table in [api(), otel()] {
        config.service(state.shared_by(table.scope(unknown_route)).wrap(guard(render)));
    }
}

/// Mounts the answer to whatever else is asked for under `/api`, the vendor's versions 1 to 3
/// included.
pub fn mount_fallback(config: &mut ServiceConfig, state: &State) {
    let rest = web::scope("/api").default_service(web::to(unknown_route));
    config.service(state.shared_by(rest).wrap(guard(render)));
}
