//! The served operations on one screen, literal paths before those with a parameter of the same form.
//! Documented ones that are not served are in `unserved`.

use actix_web::web::{self, Data, ServiceConfig};
use evalstone_core::error::Result;
use evalstone_kit::dialect::Means;
use evalstone_kit::errors::guard;
use evalstone_kit::limits::Limits;
use evalstone_kit::routes::resource;
use evalstone_store::Store;

use crate::benchmarks::Benchmarks;
use crate::catalog::Catalog;
use crate::errors::{not_allowed, render};
use crate::handlers::{
    benchmarks as runs, catalog as entries, datasets, organizations, projects, samples, tokens,
    unknown_route, workers,
};
use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::unserved;

/// What the handlers work with.
#[derive(Clone)]
pub struct State {
    store: Data<Store>,
    limits: Data<Limits>,
    settings: Data<Settings>,
    /// None when no runtime is configured.
    runtime: Data<Option<Runtime>>,
    benchmarks: Data<Benchmarks>,
    catalog: Data<Catalog>,
}

impl State {
    /// What these settings come to.
    ///
    /// # Errors
    /// Invalid when the runtime's URL is none, or its key is not to be had.
    pub fn new(store: &Store, means: &Means, settings: Settings) -> Result<Self> {
        let runtime = Runtime::of(&settings.runtime)?;
        Ok(Self {
            store: Data::new(store.clone()),
            limits: Data::new(means.limits.clone()),
            benchmarks: Data::new(Benchmarks::new(store, runtime.clone(), &settings)),
            runtime: Data::new(runtime),
            catalog: Data::new(Catalog::new(&means.data_dir)),
            settings: Data::new(settings),
        })
    }

    /// Everything that running benchmarks takes.
    pub fn benchmarks(&self) -> Benchmarks {
        self.benchmarks.as_ref().clone()
    }
}

/// Adds the dialect's scope.
pub fn mount(config: &mut ServiceConfig, state: &State) {
    let State { store, limits, settings, runtime, benchmarks, catalog } = state;
    config.service(
        web::scope("/v1")
            .app_data(store.clone())
            .app_data(limits.clone())
            .app_data(settings.clone())
            .app_data(runtime.clone())
            .app_data(benchmarks.clone())
            .app_data(catalog.clone())
            .configure(mount_datasets)
            .configure(mount_benchmarks)
            .configure(mount_workers)
            .configure(mount_organization)
            .configure(unserved::mount)
            .default_service(web::to(unknown_route))
            .wrap(guard(render)),
    );
}

fn mount_datasets(config: &mut ServiceConfig) {
    config
        .service(
            resource("/orgs/{org_id}/datasets")
                .get(datasets::list_datasets)
                .post(datasets::create_dataset)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/datasets/catalog")
                .get(entries::list_catalog)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/datasets/install")
                .post(entries::install_dataset)
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
        );
}

fn mount_benchmarks(config: &mut ServiceConfig) {
    config
        .service(
            resource("/orgs/{org_id}/benchmarks")
                .get(runs::list_benchmarks)
                .post(runs::start_benchmark)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/benchmarks/compare")
                .get(runs::compare_benchmarks)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/benchmarks/{run_id}")
                .get(runs::get_benchmark)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/benchmarks/{run_id}/results")
                .get(runs::list_results)
                .build(not_allowed),
        );
}

/// What runtimes call that ask for work.
fn mount_workers(config: &mut ServiceConfig) {
    config
        .service(resource("/benchmarks/claim").post(workers::claim_benchmark).build(not_allowed))
        .service(
            resource("/benchmarks/{run_id}/samples").get(workers::page_samples).build(not_allowed),
        )
        .service(
            resource("/benchmarks/{run_id}/results")
                .post(workers::report_results)
                .build(not_allowed),
        )
        .service(
            resource("/benchmarks/{run_id}/complete")
                .post(workers::complete_benchmark)
                .build(not_allowed),
        )
        .service(resource("/inference/heartbeat").post(workers::heartbeat).build(not_allowed));
}

/// The organization with its projects and tokens, of which those like `tokens/runtime` must stand
/// before `tokens/{key_id}`.
fn mount_organization(config: &mut ServiceConfig) {
    config
        .service(resource("/orgs/{org_id}").get(organizations::get_organization).build(not_allowed))
        .service(
            resource("/orgs/{org_id}/projects")
                .get(projects::list_projects)
                .post(projects::create_project)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/projects/{project_id}")
                .get(projects::get_project)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/projects/{project_id}/environments")
                .post(projects::create_environment)
                .build(not_allowed),
        )
        .service(resource("/orgs/{org_id}/tokens").get(tokens::list_tokens).build(not_allowed))
        .service(
            resource("/orgs/{org_id}/tokens/runtime")
                .post(tokens::create_runtime_token)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/tokens/ci").post(tokens::create_ci_token).build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/tokens/admin")
                .post(tokens::create_admin_token)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/tokens/{key_id}")
                .delete(tokens::revoke_token)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/tokens/{key_id}/rotate")
                .post(tokens::rotate_token)
                .build(not_allowed),
        );
}
