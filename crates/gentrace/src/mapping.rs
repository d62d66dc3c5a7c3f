//! Wire ↔ domain: pure functions that take their source apart by name, so that a new field on
//! either side does not compile until it is mapped.

use std::borrow::Cow;

use evalstone_core::caller::Caller;
use evalstone_core::case::{Case, Origin, key};
use evalstone_core::dataset::{Dataset, DatasetChange, NewCase, NewDataset, StoredCase};
use evalstone_core::id::{Number, PipelineId};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::organization::Organization;
use evalstone_core::pipeline::{
    NewPipeline, Pipeline, PipelineChange, PipelineFilter, SlugComparison, SlugCondition,
};
use evalstone_core::run::{NewRun, Run, RunChange, RunFilter, RunKind, RunStatus};

use crate::wire::timestamp::Timestamp;
use crate::{NAME, wire};

/// The source of datasets that are made here; other dialects list by it.
pub const SOURCE: &str = "customer";

/// A dataset to be made, in this pipeline or else in the default one.
#[must_use]
pub fn new_dataset(
    dataset: wire::datasets::NewDataset,
    pipeline: Option<PipelineId>,
) -> NewDataset {
    let wire::datasets::NewDataset { name, description, is_golden, pipeline: _ } = dataset;
    NewDataset {
        id: None,
        origin: NAME,
        pipeline,
        shared: true,
        name,
        name_key: None,
        description,
        category: None,
        creator: None,
        source: SOURCE.to_owned(),
        public: false,
        golden: is_golden,
        facet: None,
    }
}

/// What an update asks to change of a dataset.
#[must_use]
pub fn dataset_change(update: wire::datasets::DatasetUpdate) -> DatasetChange {
    let wire::datasets::DatasetUpdate { name, description, is_golden, is_archived } = update;
    DatasetChange {
        name,
        description,
        golden: is_golden,
        archived: is_archived,
        ..DatasetChange::default()
    }
}

/// A dataset as the vendor writes it.
#[must_use]
pub fn dataset(dataset: &Dataset) -> wire::datasets::Dataset<'_> {
    let Dataset {
        id,
        number: _,
        pipeline,
        owner: _,
        author_email: _,
        shared: _,
        name,
        description,
        category: _,
        creator: _,
        source: _,
        public: _,
        origin: _,
        case_count: _,
        slots: _,
        version: _,
        archived_at,
        created_at,
        updated_at,
        collection: _,
        facet: _,
    } = dataset;
    wire::datasets::Dataset {
        id: *id,
        created_at: Timestamp(*created_at),
        updated_at: Timestamp(updated_at.unwrap_or(*created_at)),
        name,
        description: description.as_deref(),
        archived_at: archived_at.map(Timestamp),
        pipeline_id: *pipeline,
    }
}

/// Design §2.4's `write`: the payloads as they are.
#[must_use]
pub fn new_case(test_case: wire::test_cases::NewTestCase) -> NewCase {
    let wire::test_cases::NewTestCase { dataset_id: _, name, inputs, expected_outputs } = test_case;
    NewCase {
        id: None,
        case: write(Said { name: Some(name), inputs, expected: expected_outputs }),
        origin: Origin { dialect: NAME.to_owned(), source_id: None, facet: None },
    }
}

/// Design §2.4's `read`. A test case cannot be changed, so it was last changed when it was made.
#[must_use]
pub fn test_case(stored: &StoredCase) -> wire::test_cases::TestCase<'_> {
    let StoredCase { id, number, dataset, pipeline, case, origin: _, created_at } = stored;
    let Case { name, stage, inputs, output, expected, metadata: _ } = case;
    let created_at = Timestamp(*created_at);
    wire::test_cases::TestCase {
        id: *id,
        created_at,
        updated_at: created_at,
        inputs: shown_inputs(inputs, stage.as_deref(), output.as_ref()),
        expected_outputs: expected.as_ref(),
        dataset_id: *dataset,
        name: name.as_deref().map_or_else(|| unnamed(*number).into(), Cow::Borrowed),
        pipeline_id: *pipeline,
        archived_at: None,
        deleted_at: None,
    }
}

/// What a test case says of a case.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// The name, if it has one.
    pub name: Option<String>,
    /// The inputs, with what else has a place there.
    pub inputs: RawObject,
    /// The expected outputs.
    pub expected: Option<RawObject>,
}

/// What a test case says of this case.
#[must_use]
pub fn read(case: &Case) -> Said {
    let Case { name, stage, inputs, output, expected, metadata: _ } = case;
    let inputs = shown_inputs(inputs, stage.as_deref(), output.as_ref()).into_owned();
    Said { name: name.clone(), inputs, expected: expected.clone() }
}

/// The case that says just that.
#[must_use]
pub fn write(said: Said) -> Case {
    let Said { name, inputs, expected } = said;
    Case { name, stage: None, inputs, output: None, expected, metadata: None }
}

/// The name of a case that has none.
#[must_use]
pub fn unnamed(number: Number) -> String {
    format!("Case {number}")
}

/// The inputs, with the recorded output and the stage where they have a place: a key of that name
/// that the inputs already have is left alone, whatever its value.
fn shown_inputs<'a>(
    inputs: &'a RawObject,
    stage: Option<&str>,
    output: Option<&RawJson>,
) -> Cow<'a, RawObject> {
    let stage = stage.map(RawJson::from_text);
    let output = output.map(RawJson::view).filter(|output| !output.is_null());
    let added = [(key::OUTPUT, output), (key::STAGE, stage.as_ref().map(RawJson::view))];
    let added: Vec<_> = added
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .filter(|(key, _)| inputs.view().get(key).is_none())
        .collect();
    if added.is_empty() { Cow::Borrowed(inputs) } else { Cow::Owned(inputs.with_members(&added)) }
}

/// A pipeline to be made.
#[must_use]
pub fn new_pipeline(pipeline: wire::pipelines::NewPipeline) -> NewPipeline {
    let wire::pipelines::NewPipeline { slug, display_name, folder_id } = pipeline;
    NewPipeline { id: None, slug, display_name, folder: folder_id }
}

/// What an update asks to change of a pipeline.
#[must_use]
pub fn pipeline_change(update: wire::pipelines::PipelineUpdate) -> PipelineChange {
    let wire::pipelines::PipelineUpdate { display_name, folder_id, is_archived } = update;
    PipelineChange { display_name, folder: folder_id, archived: is_archived }
}

/// Which pipelines a list shows.
#[must_use]
pub fn pipeline_filter(query: wire::pipelines::PipelineQuery) -> PipelineFilter {
    let wire::pipelines::PipelineQuery { slug, folder_id } = query;
    PipelineFilter { slug: slug_conditions(slug), folder: folder_id }
}

/// The vendor's filter, condition by condition. `search` was a full-text search in an older
/// version of the vendor's specification; here every word must stand in the slug (contract §3.1).
fn slug_conditions(filter: wire::pipelines::SlugFilter) -> Vec<SlugCondition> {
    let wire::pipelines::SlugFilter {
        equals,
        contains,
        search,
        starts_with,
        ends_with,
        is_in,
        not_in,
        insensitive,
    } = filter;
    let by_mode = [
        contains.map(SlugComparison::Contains),
        starts_with.map(SlugComparison::StartsWith),
        ends_with.map(SlugComparison::EndsWith),
        is_in.map(SlugComparison::In),
        not_in.map(SlugComparison::NotIn),
    ];
    let words = search.unwrap_or_default();
    let words = words.split_whitespace().map(|word| SlugComparison::Contains(word.to_owned()));
    let condition =
        |ignore_case| move |comparison: SlugComparison| SlugCondition { comparison, ignore_case };
    let equals = equals.map(SlugComparison::Is).into_iter().map(condition(false));
    let by_mode = by_mode.into_iter().flatten().map(condition(insensitive));
    equals.chain(by_mode).chain(words.map(condition(true))).collect()
}

/// A pipeline as the vendor writes it.
#[must_use]
pub fn pipeline(pipeline: Pipeline) -> wire::pipelines::Pipeline {
    let Pipeline {
        id,
        number: _,
        slug,
        display_name,
        folder,
        golden_dataset,
        archived_at,
        created_at,
        updated_at,
    } = pipeline;
    wire::pipelines::Pipeline {
        id: id.to_string(),
        created_at: Timestamp(created_at),
        updated_at: Timestamp(updated_at.unwrap_or(created_at)),
        slug,
        display_name,
        folder_id: folder.map(|folder| folder.to_string()),
        archived_at: archived_at.map(Timestamp),
        golden_dataset_id: golden_dataset.map(|dataset| dataset.to_string()),
    }
}

/// A run to be made of an experiment, in this pipeline.
#[must_use]
pub fn new_run(experiment: wire::experiments::NewExperiment, pipeline: PipelineId) -> NewRun {
    let wire::experiments::NewExperiment { pipeline_id: _, name, metadata } = experiment;
    NewRun { id: None, kind: RunKind::Experiment, origin: NAME, pipeline, name, metadata }
}

/// What an update asks to change of an experiment's run.
#[must_use]
pub fn run_change(update: wire::experiments::ExperimentUpdate) -> RunChange {
    let wire::experiments::ExperimentUpdate { name, metadata, status } = update;
    RunChange { name, metadata, status: status.map(run_status) }
}

/// The vendor's servers evaluate when the user's code has ended; here nothing is left to do.
fn run_status(status: wire::experiments::Status) -> RunStatus {
    match status {
        wire::experiments::Status::Generating => RunStatus::Running,
        wire::experiments::Status::Evaluating => RunStatus::Completed,
    }
}

/// Which runs a list of experiments shows: all, or those of a pipeline.
#[must_use]
pub const fn run_filter(pipeline: Option<PipelineId>) -> RunFilter {
    RunFilter { kind: RunKind::Experiment, pipeline }
}

/// An experiment as the vendor writes it, with the path of its page.
#[must_use]
pub fn experiment(run: Run, caller: &Caller) -> wire::experiments::Experiment {
    let Run {
        id,
        number: _,
        pipeline,
        name,
        status: _,
        metadata,
        origin: _,
        finished_at: _,
        created_at,
        updated_at,
    } = run;
    let organization = &caller.organization_slug;
    wire::experiments::Experiment {
        id,
        created_at: Timestamp(created_at),
        updated_at: Timestamp(updated_at.unwrap_or(created_at)),
        name,
        pipeline_id: pipeline,
        metadata,
        resource_path: format!("/t/{organization}/pipeline/{pipeline}/experiments/{id}"),
    }
}

/// An organization as the vendor writes it.
#[must_use]
pub fn organization(organization: Organization) -> wire::organizations::Organization {
    let Organization {
        id,
        number: _,
        slug,
        name,
        personal: _,
        default_pipeline,
        created_at,
        updated_at,
    } = organization;
    wire::organizations::Organization {
        id: id.to_string(),
        created_at: Timestamp(created_at),
        updated_at: Timestamp(updated_at.unwrap_or(created_at)),
        name,
        slug,
        default_pipeline_id: Some(default_pipeline.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::pipeline::SlugComparison::{Contains, EndsWith, In, Is, NotIn, StartsWith};

    use super::*;
    use crate::wire::pipelines::SlugFilter;

    fn object(text: &str) -> RawObject {
        RawJson::parse(text).expect(text).try_into().expect(text)
    }

    fn shown(inputs: &str, stage: Option<&str>, output: Option<&str>) -> String {
        let output = output.map(|output| RawJson::parse(output).expect(output));
        shown_inputs(&object(inputs), stage, output.as_ref()).into_owned().into_string()
    }

    #[test]
    fn output_and_stage_are_shown_where_they_have_a_place() {
        assert_eq!(shown(r#"{ "a": 1 }"#, None, None), r#"{ "a": 1 }"#);
        assert_eq!(
            shown(r#"{ "a": 1.0 }"#, Some("tool"), Some(r#"["\ud800"]"#)),
            r#"{ "a": 1.0,"output":["\ud800"],"stage":"tool" }"#
        );
        assert_eq!(shown("{}", Some("input"), None), r#"{"stage":"input"}"#);
        assert_eq!(shown("{}", None, Some("null")), "{}");
    }

    #[test]
    fn a_key_in_the_way_stays_alone_even_when_it_is_null() {
        let inputs = r#"{"output":null,"st\u0061ge":0}"#;
        assert_eq!(shown(inputs, Some("tool"), Some("1")), inputs);
    }

    #[test]
    fn mode_is_for_all_conditions_but_two() {
        let filter = |insensitive| SlugFilter {
            equals: Some("a".to_owned()),
            contains: Some("b".to_owned()),
            search: Some(" c  d".to_owned()),
            starts_with: Some("e".to_owned()),
            ends_with: Some("f".to_owned()),
            is_in: Some(vec!["g".to_owned()]),
            not_in: Some(vec!["h".to_owned()]),
            insensitive,
        };
        for insensitive in [false, true] {
            let text = str::to_owned;
            let expected = [
                (Is(text("a")), false),
                (Contains(text("b")), insensitive),
                (StartsWith(text("e")), insensitive),
                (EndsWith(text("f")), insensitive),
                (In(vec![text("g")]), insensitive),
                (NotIn(vec![text("h")]), insensitive),
                (Contains(text("c")), true),
                (Contains(text("d")), true),
            ];
            let expected =
                expected.map(|(comparison, ignore_case)| SlugCondition { comparison, ignore_case });
            assert_eq!(slug_conditions(filter(insensitive)), expected);
        }
        assert_eq!(slug_conditions(SlugFilter::default()), []);
    }
}
