//! Pipelines.

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::id::PipelineId;
use evalstone_core::pipeline::{NewPipeline, Pipeline, PipelineChange, PipelineFilter};

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// Makes a pipeline.
    ///
    /// # Errors
    /// Taken when the organization has a pipeline with this slug or id.
    pub async fn create_pipeline(&self, caller: &Caller, new: NewPipeline) -> Result<Pipeline> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::pipelines::create(c, &caller, &new)).await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::pipelines::create(c, &caller, &new)).await
            }
        }
    }

    /// The pipeline with this id.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn pipeline(&self, caller: &Caller, id: PipelineId) -> Result<Option<Pipeline>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::pipelines::find(c, &caller, id)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::pipelines::find(c, &caller, id)).await
            }
        }
    }

    /// The pipeline with this slug.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn pipeline_by_slug(&self, caller: &Caller, slug: &str) -> Result<Option<Pipeline>> {
        let (caller, slug) = (caller.clone(), slug.to_owned());
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::pipelines::find_by_slug(c, &caller, &slug)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::pipelines::find_by_slug(c, &caller, &slug)).await
            }
        }
    }

    /// The pipelines that meet the filter, newest first.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn pipelines(
        &self,
        caller: &Caller,
        filter: PipelineFilter,
    ) -> Result<Vec<Pipeline>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.read(move |c| postgres::queries::pipelines::list(c, &caller, &filter)).await
            }
            Backend::Sqlite(b) => {
                b.read(move |c| sqlite::queries::pipelines::list(c, &caller, &filter)).await
            }
        }
    }

    /// Changes a pipeline; none when there is no such pipeline.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn change_pipeline(
        &self,
        caller: &Caller,
        id: PipelineId,
        change: PipelineChange,
    ) -> Result<Option<Pipeline>> {
        let caller = caller.clone();
        match &self.backend {
            Backend::Postgres(b) => {
                b.write(move |c| postgres::queries::pipelines::change(c, &caller, id, &change))
                    .await
            }
            Backend::Sqlite(b) => {
                b.write(move |c| sqlite::queries::pipelines::change(c, &caller, id, &change)).await
            }
        }
    }
}
