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
    annotations, benchmarks as runs, bundles, catalog as entries, datasets, evaluations,
    organizations, policies, projects, samples, telemetry, tokens, traces, unknown_route, workers,
};
use crate::runtime::Runtime;
use crate::runtime::recorder::Recorder;
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
    recorder: Data<Recorder>,
    catalog: Data<Catalog>,
}

impl State {
    /// What these settings come to.
    ///
    /// # Errors
    /// Invalid when the runtime's URL is none, or its key is not to be had.
    pub fn new(
        store: &Store,
        means: &Means,
        settings: Settings,
        recorder: &Recorder,
    ) -> Result<Self> {
        let runtime = Runtime::of(&settings.runtime)?;
        Ok(Self {
            store: Data::new(store.clone()),
            limits: Data::new(means.limits.clone()),
            benchmarks: Data::new(Benchmarks::new(store, runtime.clone(), &settings)),
            runtime: Data::new(runtime),
            catalog: Data::new(Catalog::new(&means.data_dir)),
            settings: Data::new(settings),
            recorder: Data::new(recorder.clone()),
        })
    }

    /// Everything that running benchmarks takes.
    pub fn benchmarks(&self) -> Benchmarks {
        self.benchmarks.as_ref().clone()
    }
}

/// Adds the dialect's scope.
pub fn mount(config: &mut ServiceConfig, state: &State) {
    let State { store, limits, settings, runtime, benchmarks, recorder, catalog } = state;
    config.service(
        web::scope("/v1")
            .app_data(store.clone())
            .app_data(limits.clone())
            .app_data(settings.clone())
            .app_data(runtime.clone())
            .app_data(benchmarks.clone())
            .app_data(recorder.clone())
            .app_data(catalog.clone())
            .configure(unserved::mount_lookalikes)
            .configure(mount_datasets)
            .configure(mount_benchmarks)
            .configure(mount_workers)
            .configure(mount_policies)
            .configure(mount_organization)
            .configure(mount_traces)
            .configure(mount_evaluations)
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

/// Policies, and the bundles in which they are published.
fn mount_policies(config: &mut ServiceConfig) {
    config
        .service(
            resource("/policies/{tenant_id}/{app_id}/{agent_id}/{env}")
                .get(policies::get_policy)
                .put(policies::upsert_policy)
                .build(not_allowed),
        )
        .service(resource("/policies/validate").post(policies::validate_policy).build(not_allowed))
        .service(
            resource("/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles")
                .get(bundles::list_bundles)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles/publish")
                .post(bundles::publish_bundle)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles/{version}")
                .get(bundles::get_bundle)
                .build(not_allowed),
        )
        .service(
            resource(
                "/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles/{version}/activate",
            )
            .post(bundles::activate_bundle)
            .build(not_allowed),
        )
        .service(resource("/bundles/latest").get(bundles::get_latest_bundle).build(not_allowed));
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

/// What runtimes report, and what people say of it.
fn mount_traces(config: &mut ServiceConfig) {
    config
        .service(resource("/telemetry/events").post(telemetry::report_events).build(not_allowed))
        .service(resource("/orgs/{org_id}/traces").get(traces::list_traces).build(not_allowed))
        .service(
            resource("/orgs/{org_id}/traces/{trace_id}").get(traces::get_trace).build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/traces/{trace_id}/annotations")
                .post(annotations::create_annotation)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/annotations")
                .get(annotations::list_annotations)
                .build(not_allowed),
        )
        .service(
            resource("/orgs/{org_id}/annotations/export")
                .post(annotations::export_annotations)
                .build(not_allowed),
        );
}

/// What goes on to the runtime.
fn mount_evaluations(config: &mut ServiceConfig) {
    use evaluations::{evaluate, evaluate_stream};
    config
        .service(resource("/evaluate/input").post(evaluate).build(not_allowed))
        .service(resource("/evaluate/output").post(evaluate).build(not_allowed))
        .service(resource("/evaluate/tool").post(evaluate).build(not_allowed))
        .service(resource("/evaluate/retrieval").post(evaluate).build(not_allowed))
        .service(resource("/evaluate/agent-plan").post(evaluate).build(not_allowed))
        .service(resource("/evaluate/agent-step").post(evaluate).build(not_allowed))
        .service(resource("/evaluate/memory-write").post(evaluate).build(not_allowed))
        .service(resource("/evaluate/stream").post(evaluate_stream).build(not_allowed));
}
