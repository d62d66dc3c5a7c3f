//! The served operations on one screen.
//! Documented ones that are not served are in `unserved`.

use actix_web::web::{Data, ServiceConfig};
use evalstone_core::error::Result;
use evalstone_kit::dialect::Means;
use evalstone_kit::errors::guard;
use evalstone_kit::limits::Limits;
use evalstone_kit::routes::{Routes, resource};
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

/// What is served, path by path.
pub fn table() -> Routes {
    let parts: [fn(Routes) -> Routes; 8] = [
        datasets_and_samples,
        runs_of_benchmarks,
        work_for_runtimes,
        policies_and_bundles,
        organization,
        traces_and_annotations,
        evaluations_by_runtimes,
        unserved::add,
    ];
    parts.into_iter().fold(Routes::under("/v1", not_allowed), |table, add| add(table))
}

/// Adds the dialect's scope.
pub fn mount(config: &mut ServiceConfig, state: &State) {
    let State { store, limits, settings, runtime, benchmarks, recorder, catalog } = state;
    config.service(
        table()
            .scope(unknown_route)
            .app_data(store.clone())
            .app_data(limits.clone())
            .app_data(settings.clone())
            .app_data(runtime.clone())
            .app_data(benchmarks.clone())
            .app_data(recorder.clone())
            .app_data(catalog.clone())
            .wrap(guard(render)),
    );
}

fn datasets_and_samples(table: Routes) -> Routes {
    table
        .line(
            resource("/orgs/{org_id}/datasets")
                .get(datasets::list_datasets)
                .post(datasets::create_dataset),
        )
        .line(resource("/orgs/{org_id}/datasets/catalog").get(entries::list_catalog))
        .line(resource("/orgs/{org_id}/datasets/install").post(entries::install_dataset))
        .line(
            resource("/orgs/{org_id}/datasets/{dataset_id}")
                .get(datasets::get_dataset)
                .patch(datasets::update_dataset)
                .delete(datasets::delete_dataset),
        )
        .line(
            resource("/orgs/{org_id}/datasets/{dataset_id}/samples")
                .get(samples::list_samples)
                .post(samples::add_samples),
        )
        .line(resource("/orgs/{org_id}/datasets/{dataset_id}/import").post(samples::import_samples))
        .line(
            resource("/orgs/{org_id}/datasets/{dataset_id}/samples/{sample_id}")
                .delete(samples::delete_sample),
        )
}

fn runs_of_benchmarks(table: Routes) -> Routes {
    table
        .line(
            resource("/orgs/{org_id}/benchmarks")
                .get(runs::list_benchmarks)
                .post(runs::start_benchmark),
        )
        .line(resource("/orgs/{org_id}/benchmarks/compare").get(runs::compare_benchmarks))
        .line(resource("/orgs/{org_id}/benchmarks/{run_id}").get(runs::get_benchmark))
        .line(resource("/orgs/{org_id}/benchmarks/{run_id}/results").get(runs::list_results))
}

/// What runtimes call that ask for work.
fn work_for_runtimes(table: Routes) -> Routes {
    table
        .line(resource("/benchmarks/claim").post(workers::claim_benchmark))
        .line(resource("/benchmarks/{run_id}/samples").get(workers::page_samples))
        .line(resource("/benchmarks/{run_id}/results").post(workers::report_results))
        .line(resource("/benchmarks/{run_id}/complete").post(workers::complete_benchmark))
        .line(resource("/inference/heartbeat").post(workers::heartbeat))
}

/// Policies, and the bundles in which they are published.
fn policies_and_bundles(table: Routes) -> Routes {
    table
        .line(
            resource("/policies/{tenant_id}/{app_id}/{agent_id}/{env}")
                .get(policies::get_policy)
                .put(policies::upsert_policy),
        )
        .line(resource("/policies/validate").post(policies::validate_policy))
        .line(
            resource("/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles")
                .get(bundles::list_bundles),
        )
        .line(
            resource("/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles/publish")
                .post(bundles::publish_bundle),
        )
        .line(
            resource("/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles/{version}")
                .get(bundles::get_bundle),
        )
        .line(
            resource(
                "/orgs/{org_id}/projects/{project_id}/envs/{env_name}/bundles/{version}/activate",
            )
            .post(bundles::activate_bundle),
        )
        .line(resource("/bundles/latest").get(bundles::get_latest_bundle))
}

/// The organization with its projects and tokens.
fn organization(table: Routes) -> Routes {
    table
        .line(resource("/orgs/{org_id}").get(organizations::get_organization))
        .line(
            resource("/orgs/{org_id}/projects")
                .get(projects::list_projects)
                .post(projects::create_project),
        )
        .line(resource("/orgs/{org_id}/projects/{project_id}").get(projects::get_project))
        .line(
            resource("/orgs/{org_id}/projects/{project_id}/environments")
                .post(projects::create_environment),
        )
        .line(resource("/orgs/{org_id}/tokens").get(tokens::list_tokens))
        .line(resource("/orgs/{org_id}/tokens/runtime").post(tokens::create_runtime_token))
        .line(resource("/orgs/{org_id}/tokens/ci").post(tokens::create_ci_token))
        .line(resource("/orgs/{org_id}/tokens/admin").post(tokens::create_admin_token))
        .line(resource("/orgs/{org_id}/tokens/{key_id}").delete(tokens::revoke_token))
        .line(resource("/orgs/{org_id}/tokens/{key_id}/rotate").post(tokens::rotate_token))
}

/// What runtimes report, and what people say of it.
fn traces_and_annotations(table: Routes) -> Routes {
    table
        .line(resource("/telemetry/events").post(telemetry::report_events))
        .line(resource("/orgs/{org_id}/traces").get(traces::list_traces))
        .line(resource("/orgs/{org_id}/traces/{trace_id}").get(traces::get_trace))
        .line(
            resource("/orgs/{org_id}/traces/{trace_id}/annotations")
                .post(annotations::create_annotation),
        )
        .line(resource("/orgs/{org_id}/annotations").get(annotations::list_annotations))
        .line(resource("/orgs/{org_id}/annotations/export").post(annotations::export_annotations))
}

/// What goes on to the runtime.
fn evaluations_by_runtimes(table: Routes) -> Routes {
    use evaluations::{evaluate, evaluate_stream};
    table
        .line(resource("/evaluate/input").post(evaluate))
        .line(resource("/evaluate/output").post(evaluate))
        .line(resource("/evaluate/tool").post(evaluate))
        .line(resource("/evaluate/retrieval").post(evaluate))
        .line(resource("/evaluate/agent-plan").post(evaluate))
        .line(resource("/evaluate/agent-step").post(evaluate))
        .line(resource("/evaluate/memory-write").post(evaluate))
        .line(resource("/evaluate/stream").post(evaluate_stream))
}
