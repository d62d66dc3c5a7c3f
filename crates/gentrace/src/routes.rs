//! Path, method, handler. No logic.

use actix_web::Scope;
use actix_web::web::{self, Data, ServiceConfig};
use evalstone_kit::errors::guard;
use evalstone_kit::limits::Limits;
use evalstone_kit::routes::resource;
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

/// Mounts what the vendor serves.
pub fn mount(config: &mut ServiceConfig, state: &State) {
    config.service(
        scope("/api/v4", state)
            .service(
                resource("/pipelines").get(list_pipelines).post(create_pipeline).build(not_allowed),
            )
            .service(
                resource("/pipelines/{pipeline_id}")
                    .get(get_pipeline)
                    .post(update_pipeline)
                    .build(not_allowed),
            )
            .service(
                resource("/datasets").get(list_datasets).post(create_dataset).build(not_allowed),
            )
            .service(
                resource("/datasets/{dataset_id}")
                    .get(get_dataset)
                    .post(update_dataset)
                    .build(not_allowed),
            )
            .service(
                resource("/test-cases")
                    .get(list_test_cases)
                    .post(create_test_case)
                    .build(not_allowed),
            )
            .service(
                resource("/test-cases/{test_case_id}")
                    .get(get_test_case)
                    .delete(delete_test_case)
                    .build(not_allowed),
            )
            .service(
                resource("/experiments")
                    .get(list_experiments)
                    .post(create_experiment)
                    .build(not_allowed),
            )
            .service(
                resource("/experiments/{experiment_id}")
                    .get(get_experiment)
                    .post(update_experiment)
                    .build(not_allowed),
            )
            .service(
                resource("/organizations/{organization_id}")
                    .get(get_organization)
                    .build(not_allowed),
            )
            .wrap(guard(render)),
    );
    config.service(
        scope("/api/otel", state)
            .service(resource("/v1/traces").post(report_traces).build(not_allowed))
            .wrap(guard(render)),
    );
}

/// Mounts the answer to whatever else is asked for under `/api`, the vendor's versions 1 to 3
/// included.
pub fn mount_fallback(config: &mut ServiceConfig, state: &State) {
    config.service(scope("/api", state).wrap(guard(render)));
}

fn scope(path: &str, state: &State) -> Scope {
    web::scope(path)
        .app_data(state.store.clone())
        .app_data(state.limits.clone())
        .default_service(web::to(unknown_route))
}
