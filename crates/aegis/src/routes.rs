//! What is answered, on one screen.

use actix_web::web::{self, Data, ServiceConfig};
use evalstone_kit::dialect::Means;
use evalstone_kit::errors::guard;
use evalstone_kit::limits::Limits;
use evalstone_kit::routes::resource;
use evalstone_store::Store;

use crate::errors::{not_allowed, render};
use crate::handlers::catalog::{list_metrics, list_models};
use crate::handlers::collections::{
    create_collection, delete_collection, get_collection, list_collections, update_collection,
};
use crate::handlers::dataset_types::list_dataset_types;
use crate::handlers::datasets::{
    create_dataset, delete_dataset, get_dataset, list_datasets, list_datasets_partially,
    update_dataset,
};
use crate::handlers::runs::{
    delete_run, download_run, evaluate, get_run, run_custom, run_dataset, update_run,
};
use crate::handlers::unknown_route;
use crate::runs::Runs;

/// What all handlers share.
#[derive(Clone)]
pub struct State {
    store: Data<Store>,
    limits: Data<Limits>,
    runs: Data<Runs>,
}

impl State {
    /// Everything that handlers need.
    pub fn new(store: &Store, means: &Means, runs: Runs) -> Self {
        Self {
            store: Data::new(store.clone()),
            limits: Data::new(means.limits.clone()),
            runs: Data::new(runs),
        }
    }
}

/// Adds the dialect's scope. Literal segments stand before the parameters that they would match.
#[rustfmt::skip]
pub fn mount(config: &mut ServiceConfig, state: &State) {
    let State { store, limits, runs } = state.clone();
    config.service(
        web::scope("/api/v1")
            .app_data(store)
            .app_data(limits)
            .app_data(runs)
            .service(resource("/datasets").get(list_datasets).post(create_dataset).build(not_allowed))
            .service(resource("/datasets/all-partial").get(list_datasets_partially).build(not_allowed))
            .service(resource("/datasets/{dataset_id}").get(get_dataset).put(update_dataset).delete(delete_dataset).build(not_allowed))
            .service(resource("/dataset-types").get(list_dataset_types).build(not_allowed))
            .service(resource("/data-collections").get(list_collections).post(create_collection).build(not_allowed))
            .service(resource("/data-collections/{data_collection_id}").get(get_collection).put(update_collection).delete(delete_collection).build(not_allowed))
            .service(resource("/evaluate").post(evaluate).build(not_allowed))
            .service(resource("/runs/dataset").post(run_dataset).build(not_allowed))
            .service(resource("/runs/custom").post(run_custom).build(not_allowed))
            .service(resource("/runs/{run_id}").get(get_run).put(update_run).delete(delete_run).build(not_allowed))
            .service(resource("/runs/{run_id}/download").get(download_run).build(not_allowed))
            .service(resource("/metrics").get(list_metrics).build(not_allowed))
            .service(resource("/models").get(list_models).build(not_allowed))
            .default_service(web::to(unknown_route))
            .wrap(guard(render)),
    );
}
