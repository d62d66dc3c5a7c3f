//! What is answered, on one screen.

use actix_web::web::{self, Data, ServiceConfig};
use evalstone_kit::errors::guard;
use evalstone_kit::limits::Limits;
use evalstone_kit::routes::resource;
use evalstone_store::Store;

use crate::errors::{not_allowed, render};
use crate::handlers::dataset_types::list_dataset_types;
use crate::handlers::datasets::{
    create_dataset, get_dataset, list_datasets, list_datasets_partially,
};
use crate::handlers::{not_served, unknown_route};

/// Adds the dialect's scope. Literal segments stand before the parameters that they would match.
#[rustfmt::skip]
pub fn mount(config: &mut ServiceConfig, store: Data<Store>, limits: Data<Limits>) {
    config.service(
        web::scope("/api/v1")
            .app_data(store)
            .app_data(limits)
            .service(resource("/datasets").get(list_datasets).post(create_dataset).build(not_allowed))
            .service(resource("/datasets/all-partial").get(list_datasets_partially).build(not_allowed))
            .service(resource("/datasets/{dataset_id}").get(get_dataset).put(not_served).delete(not_served).build(not_allowed))
            .service(resource("/dataset-types").get(list_dataset_types).build(not_allowed))
            .service(resource("/data-collections").get(not_served).post(not_served).build(not_allowed))
            .service(resource("/data-collections/{data_collection_id}").get(not_served).put(not_served).delete(not_served).build(not_allowed))
            .service(resource("/evaluate").post(not_served).build(not_allowed))
            .service(resource("/runs/dataset").post(not_served).build(not_allowed))
            .service(resource("/runs/custom").post(not_served).build(not_allowed))
            .service(resource("/runs/{run_id}").get(not_served).put(not_served).delete(not_served).build(not_allowed))
            .service(resource("/runs/{run_id}/download").get(not_served).build(not_allowed))
            .default_service(web::to(unknown_route))
            .wrap(guard(render)),
    );
}
