//! The served operations on one screen. Documented ones that are not served are in `unserved`, of
//! which those like `datasets/catalog` must stand before `datasets/{dataset_id}`.

use actix_web::web::{self, Data, ServiceConfig};
use evalstone_kit::errors::guard;
use evalstone_kit::limits::Limits;
use evalstone_kit::routes::resource;
use evalstone_store::Store;

use crate::errors::{not_allowed, render};
use crate::handlers::{datasets, samples, unknown_route};
use crate::unserved;

/// Adds the dialect's scope.
pub fn mount(config: &mut ServiceConfig, store: Data<Store>, limits: Data<Limits>) {
    config.service(
        web::scope("/v1")
            .app_data(store)
            .app_data(limits)
            .configure(unserved::mount_lookalikes)
            .service(
                resource("/orgs/{org_id}/datasets")
                    .get(datasets::list_datasets)
                    .post(datasets::create_dataset)
                    .build(not_allowed),
            )
            .service(
                resource("/orgs/{org_id}/datasets/{dataset_id}")
                    .get(datasets::get_dataset)
                    .patch(datasets::update_dataset)
                    .delete(datasets::delete_dataset)
                    .build(not_allowed),
            )
            .service(
                resource("/orgs/{org_id}/datasets/{dataset_id}/samples")
                    .get(samples::list_samples)
                    .post(samples::add_samples)
                    .build(not_allowed),
            )
            .service(
                resource("/orgs/{org_id}/datasets/{dataset_id}/import")
                    .post(samples::import_samples)
                    .build(not_allowed),
            )
            .service(
                resource("/orgs/{org_id}/datasets/{dataset_id}/samples/{sample_id}")
                    .delete(samples::delete_sample)
                    .build(not_allowed),
            )
            .configure(unserved::mount)
            .default_service(web::to(unknown_route))
            .wrap(guard(render)),
    );
}
