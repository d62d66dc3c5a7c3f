//! What is answered, on one screen.

use actix_web::web::{Data, ServiceConfig};
use evalstone_kit::dialect::Means;
use evalstone_kit::errors::guard;
use evalstone_kit::limits::Limits;
use evalstone_kit::routes::{Routes, resource};
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

/// What is served, path by path.
#[rustfmt::skip]
pub fn table() -> Routes {
    Routes::under("/api/v1", not_allowed)
        .line(resource("/datasets").get(list_datasets).post(create_dataset))
        .line(resource("/datasets/all-partial").get(list_datasets_partially))
        .line(resource("/datasets/{dataset_id}").get(get_dataset).put(update_dataset).delete(delete_dataset))
        .line(resource("/dataset-types").get(list_dataset_types))
        .line(resource("/data-collections").get(list_collections).post(create_collection))
        .line(resource("/data-collections/{data_collection_id}").get(get_collection).put(update_collection).delete(delete_collection))
        .line(resource("/evaluate").post(evaluate))
        .line(resource("/runs/dataset").post(run_dataset))
        .line(resource("/runs/custom").post(run_custom))
        .line(resource("/runs/{run_id}").get(get_run).put(update_run).delete(delete_run))
        .line(resource("/runs/{run_id}/download").get(download_run))
        .line(resource("/metrics").get(list_metrics))
        .line(resource("/models").get(list_models))
}

/// Adds the dialect's scope.
pub fn mount(config: &mut ServiceConfig, state: &State) {
    let State { store, limits, runs } = state.clone();
    let scope = table().scope(unknown_route).app_data(store).app_data(limits).app_data(runs);
    config.service(scope.wrap(guard(render)));
}
