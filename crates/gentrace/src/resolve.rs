//! Which pipeline a request means: by id, by the word `default`, by slug, or not at all
//! (contract §3.2, §3.3, §4).

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{CaseFilter, DatasetFilter, WhichPipeline};
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::PipelineId;
use evalstone_store::Store;
use evalstone_store::case_pages::CasePages;

use crate::NAME;
use crate::wire::datasets::DatasetQuery;
use crate::wire::ids::{GivenPipeline, PipelineChoice};
use crate::wire::problems::{invalid, quoted};
use crate::wire::test_cases::TestCaseQuery;

/// The id that a request's word for a pipeline means. It may be the one that the pipeline had where it
/// came from.
///
/// # Errors
/// Only when the database fails.
pub async fn pipeline(store: &Store, caller: &Caller, given: &GivenPipeline) -> Result<PipelineId> {
    match given {
        GivenPipeline::Default => Ok(caller.default_pipeline),
        GivenPipeline::Id(given) => store.our_pipeline(caller, NAME, given.id).await,
    }
}

/// The same for a word that may be left out.
///
/// # Errors
/// Only when the database fails.
pub async fn optional(
    store: &Store,
    caller: &Caller,
    given: Option<&GivenPipeline>,
) -> Result<Option<PipelineId>> {
    match given {
        Some(given) => pipeline(store, caller, given).await.map(Some),
        None => Ok(None),
    }
}

/// The pipeline of a new dataset; none when the request names none, which means the default one.
/// Whether a pipeline that is named by its id alone exists, the write itself finds out.
///
/// # Errors
/// Not found for an unknown slug or id; invalid when slug and id name two pipelines.
pub async fn for_new_dataset(
    store: &Store,
    caller: &Caller,
    choice: &PipelineChoice,
) -> Result<Option<PipelineId>> {
    let PipelineChoice { id, slug } = choice;
    let given = optional(store, caller, id.as_ref()).await?;
    let Some(slug) = slug else {
        return Ok(given);
    };
    let named = store.pipeline_by_slug(caller, slug).await?.ok_or_else(|| unknown_slug(slug))?.id;
    match id {
        Some(id) if given != Some(named) => {
            known(store, caller, id).await?;
            Err(invalid("'pipelineId' and 'pipelineSlug' name different pipelines"))
        }
        _ => Ok(Some(named)),
    }
}

async fn known(store: &Store, caller: &Caller, given: &GivenPipeline) -> Result<()> {
    let pipeline = store.pipeline(caller, pipeline(store, caller, given).await?).await?;
    pipeline.map(|_| ()).ok_or_else(|| given.missing())
}

fn unknown_slug(slug: &str) -> Error {
    Error::new(Kind::NotFound, format!("Pipeline with slug {} not found", quoted(slug)))
}

/// Which datasets a list shows; none when nothing can meet the query.
///
/// # Errors
/// Only when the database fails: unknown names in a list's query are no errors.
pub async fn dataset_filter(
    store: &Store,
    caller: &Caller,
    query: &DatasetQuery,
) -> Result<Option<DatasetFilter>> {
    let DatasetQuery { pipeline, archived } = query;
    let pipeline = match pipeline {
        // The list itself looks it up.
        PipelineChoice { id: Some(GivenPipeline::Id(given)), slug: None } => {
            Some(WhichPipeline::Called { dialect: NAME, id: given.id })
        }
        choice => match in_list(store, caller, choice).await? {
            Listed::All => None,
            Listed::Of(pipeline) => Some(WhichPipeline::Ours(pipeline)),
            Listed::Nothing => return Ok(None),
        },
    };
    Ok(Some(DatasetFilter { pipeline, archived: *archived, ..DatasetFilter::default() }))
}

/// The cases that a list shows; none when nothing can meet the query.
///
/// # Errors
/// Only when the database fails: unknown names in a list's query are no errors.
pub async fn cases(
    store: &Store,
    caller: &Caller,
    query: &TestCaseQuery,
) -> Result<Option<CasePages>> {
    let TestCaseQuery { dataset_id, pipeline } = query;
    let pipeline = match in_list(store, caller, pipeline).await? {
        Listed::All => None,
        Listed::Of(pipeline) => Some(pipeline),
        Listed::Nothing => return Ok(None),
    };
    let Some(given) = dataset_id else {
        return Ok(Some(store.case_pages(caller, CaseFilter { dataset: None, pipeline })));
    };
    // It may be the id that the dataset had where it was imported from.
    let dataset = store.dataset(caller, NAME, &given.reference()).await?;
    Ok(dataset.map(|dataset| match pipeline {
        None => store.cases_of(caller, &dataset),
        Some(_) => store.case_pages(caller, CaseFilter { dataset: Some(dataset.id), pipeline }),
    }))
}

/// What a list's query says of pipelines.
enum Listed {
    All,
    Of(PipelineId),
    Nothing,
}

async fn in_list(store: &Store, caller: &Caller, choice: &PipelineChoice) -> Result<Listed> {
    let PipelineChoice { id, slug } = choice;
    let given = optional(store, caller, id.as_ref()).await?;
    let Some(slug) = slug else {
        return Ok(given.map_or(Listed::All, Listed::Of));
    };
    let named = store.pipeline_by_slug(caller, slug).await?.map(|pipeline| pipeline.id);
    Ok(match (given, named) {
        (None, Some(named)) => Listed::Of(named),
        (Some(given), Some(named)) if given == named => Listed::Of(named),
        _ => Listed::Nothing,
    })
}
