//! A server's pipelines.

use std::collections::HashMap;

use evalstone_core::error::{Kind, Result};
use evalstone_core::json::object;
use evalstone_kit::remote::AboutPipeline;
use evalstone_kit::remote::answer::Answer;

use super::Gentrace;

/// Pipelines by their ids, each with its golden dataset.
pub type Pipelines = HashMap<String, (AboutPipeline, Option<String>)>;

impl Gentrace {
    /// The pipelines as they are now.
    pub async fn pipelines(&self) -> Result<Pipelines> {
        let text = self.client.get("/api/v4/pipelines").await?;
        let pipelines = Answer::parse(&text)?.list("data")?.map(|answer| {
            let answer = answer?;
            let pipeline = pipeline(answer)?;
            let golden = answer.nullable_text("goldenDatasetId")?;
            Ok((pipeline.id.clone(), (pipeline, golden)))
        });
        let pipelines: Pipelines = pipelines.collect::<Result<_>>()?;
        *self.pipelines.borrow_mut() =
            pipelines.values().map(|(pipeline, _)| pipeline.clone()).collect();
        Ok(pipelines)
    }

    /// The pipelines that have been seen. None is ever taken away, and no slug changes (contract §3.1).
    pub fn seen_pipelines(&self) -> Vec<AboutPipeline> {
        self.pipelines.borrow().clone()
    }

    /// The pipeline with this id.
    pub async fn pipeline(&self, id: &str) -> Result<Option<AboutPipeline>> {
        let seen = self.pipelines.borrow().iter().find(|pipeline| pipeline.id == id).cloned();
        if seen.is_some() {
            return Ok(seen);
        }
        Ok(self.pipelines().await?.remove(id).map(|(pipeline, _)| pipeline))
    }

    /// Whether a pipeline that is named has no golden dataset.
    pub async fn is_free(&self, pipeline: Option<&str>) -> Result<bool> {
        let Some(pipeline) = pipeline else { return Ok(false) };
        let pipelines = self.pipelines().await?;
        Ok(pipelines.get(pipeline).is_some_and(|(_, golden)| golden.is_none()))
    }

    /// The id there of the pipeline with this slug, which is made if there is none.
    pub async fn pipeline_like(&self, like: &AboutPipeline) -> Result<String> {
        if let Some(pipeline) = self.by_slug(&like.slug) {
            return Ok(pipeline);
        }
        self.pipelines().await?;
        if let Some(pipeline) = self.by_slug(&like.slug) {
            return Ok(pipeline);
        }
        let AboutPipeline { id: _, slug, display_name, folder } = like;
        let body = object(|object| {
            object.text("slug", slug);
            object.nullable_text("displayName", display_name.as_deref());
            object.nullable_text("folderId", folder.map(|id| id.to_string()).as_deref());
        });
        match self.client.post("/api/v4/pipelines", &body).await {
            Ok(text) => Answer::parse(&text)?.text("id"),
            // Somebody else, or an earlier try, has made it in between.
            Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Unavailable { .. }) => {
                self.pipelines().await?;
                self.by_slug(slug).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    fn by_slug(&self, slug: &str) -> Option<String> {
        let pipelines = self.pipelines.borrow();
        pipelines.iter().find(|pipeline| pipeline.slug == slug).map(|found| found.id.clone())
    }
}

fn pipeline(answer: Answer<'_>) -> Result<AboutPipeline> {
    Ok(AboutPipeline {
        id: answer.text("id")?,
        slug: answer.text("slug")?,
        display_name: answer.nullable_text("displayName")?,
        folder: answer.nullable_text("folderId")?.and_then(|id| id.parse().ok()),
    })
}
