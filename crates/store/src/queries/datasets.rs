//! Datasets. Hidden ones (deleted, or not yet complete) and other people's private ones are never
//! found.

use diesel::dsl::AsSelect;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SingleValue, Text};
use evalstone_core::attempt::Made;
use evalstone_core::caller::Caller;
use evalstone_core::dataset::{Beside, Dataset, NewDataset, Reference, SlotCounts};
use evalstone_core::error::Error;
use evalstone_core::id::{DatasetId, Number, PipelineId};
use evalstone_core::source::SourceKind;

use super::super::{Backend, Connection, ext};
use super::{attempts, dataset_totals, source_ids};
use crate::failure::{Failure, Outcome};
use crate::fixed::fixed;
use crate::records::datasets::{DatasetRecord, NewDatasetRecord, NewFacetRecord};
use crate::schema::{collections, dataset_facets, datasets, pipelines, users};
use crate::types::Key;

/// A dataset as the queries here select it.
type Row = (DatasetRecord, Option<Number>, Option<String>, Option<Number>, Option<String>);

/// What the caller can see.
#[diesel::dsl::auto_type]
pub fn visible(organization: Key, user: Key) -> _ {
    datasets::organization_id
        .eq(organization)
        .and(datasets::hidden_at.is_null())
        .and(datasets::shared.eq(true).or(datasets::owner_id.assume_not_null().eq(user)))
}

/// The row of a new dataset that `caller` owns, without cases.
pub fn record_of<'a>(
    caller: &'a Caller,
    id: DatasetId,
    new: &'a NewDataset,
) -> NewDatasetRecord<'a> {
    NewDatasetRecord {
        organization_id: caller.organization.into(),
        id: id.into(),
        pipeline_id: new.pipeline.unwrap_or(caller.default_pipeline).into(),
        owner_id: Some(caller.user.into()),
        author_email: &caller.email,
        shared: new.shared,
        name: &new.name,
        name_key: new.name_key.as_deref(),
        description: new.description.as_deref(),
        category: new.category.as_deref(),
        creator: new.creator.as_deref(),
        source: &new.source,
        public: new.public,
        origin: new.origin,
        case_count: 0,
        prompts: 0,
        inputs: 0,
        contexts: 0,
        outputs: 0,
        golden_answers: 0,
    }
}

/// Says what the constraints that a new dataset can break mean.
pub fn explain(error: diesel::result::Error) -> Failure {
    Failure::from(error)
        .when_id_taken(|| Error::taken("a dataset with this id exists"))
        .when_taken(|| Error::taken("a dataset with this name exists"))
        .when_dangling(|| Error::not_found("Pipeline"))
}

/// The facet row of a new dataset, if its dialect has something to keep.
pub fn facet_of<'a>(
    caller: &Caller,
    id: DatasetId,
    new: &'a NewDataset,
) -> Option<NewFacetRecord<'a>> {
    new.facet.as_ref().map(|facet| NewFacetRecord {
        organization_id: caller.organization.into(),
        dataset_id: id.into(),
        dialect: new.origin,
        body: facet.as_str(),
    })
}

/// Makes this dataset the golden one of its pipeline, or clears it if it was.
pub fn set_golden(
    c: &mut Connection,
    caller: &Caller,
    pipeline: PipelineId,
    dataset: DatasetId,
    golden: bool,
) -> Outcome<()> {
    let target = pipelines::table.find((Key::from(caller.organization), Key::from(pipeline)));
    let dataset = Key::from(dataset);
    let updated_at = pipelines::updated_at.eq(ext::now().nullable());
    if golden {
        diesel::update(target)
            .set((pipelines::golden_dataset_id.eq(dataset), updated_at))
            .execute(c)?;
    } else {
        diesel::update(target.filter(pipelines::golden_dataset_id.eq(dataset)))
            .set((pipelines::golden_dataset_id.eq(None::<Key>), updated_at))
            .execute(c)?;
    }
    Ok(())
}

/// The dataset that `reference` names, with the facet of the asking dialect.
pub fn find(
    c: &mut Connection,
    caller: &Caller,
    dialect: &'static str,
    reference: &Reference,
) -> Outcome<Option<Dataset>> {
    let beside = Beside::All(dialect);
    let named = match reference {
        Reference::Id(id) => Some(seen(caller).filter(datasets::id.eq(Key(*id)))),
        Reference::Number(number) => Some(seen(caller).filter(datasets::number.eq(*number))),
        Reference::Source(_) => None,
    };
    let one = |c: &mut Connection, named: Seen<'_>| -> QueryResult<Option<Dataset>> {
        let found = named.select(columns(caller, beside)).get_result::<Row>(c).optional()?;
        Ok(found.map(shown))
    };
    if let Some(named) = named
        && let Some(found) = one(c, named)?
    {
        return Ok(Some(found));
    }
    let source_id = reference.to_string();
    match source_ids::resolve(c, caller, dialect, SourceKind::Dataset, &source_id)? {
        Some(id) => Ok(one(c, seen(caller).filter(datasets::id.eq(Key(id))))?),
        None => Ok(None),
    }
}

/// Datasets that the caller sees, which further conditions narrow down.
pub type Seen<'a> =
    diesel::dsl::IntoBoxed<'a, diesel::dsl::Filter<datasets::table, visible>, Backend>;

/// All datasets that the caller sees.
pub fn seen<'a>(caller: &Caller) -> Seen<'a> {
    datasets::table.filter(visible(caller.organization.into(), caller.user.into())).into_boxed()
}

/// A value that one of several expressions gives for a dataset, if it has one.
type Maybe<S> = Box<dyn BoxableExpression<datasets::table, Backend, SqlType = Nullable<S>>>;

/// What is selected of a dataset.
type Columns =
    (AsSelect<DatasetRecord, Backend>, Maybe<BigInt>, Maybe<Text>, Maybe<BigInt>, Maybe<Text>);

/// A dataset with what is asked for beside it: of the collections one that the caller sees. What other tables hold is
/// looked up row by row: with joins, making the plan would take longer than all the rest.
fn columns(caller: &Caller, beside: Beside) -> Columns {
    let (number, email, collection) = match beside {
        Beside::Nothing | Beside::Facet(_) => (nothing(), nothing(), nothing()),
        Beside::All(_) => owner_and_collection(caller),
    };
    let facet = beside.facet().map_or_else(nothing, facet_in);
    (DatasetRecord::as_select(), number, email, collection, facet)
}

fn shown((record, number, email, collection, facet): Row) -> Dataset {
    record.into_dataset(number.zip(email), collection, facet)
}

/// The first of these datasets until they have `bytes` of texts together, and whether they do. They are read one by
/// one, because their texts can have megabytes.
pub fn first_of(
    c: &mut Connection,
    caller: &Caller,
    beside: Beside,
    these: Seen<'_>,
    bytes: usize,
) -> Outcome<(Vec<Dataset>, bool)> {
    let (mut first, mut together) = (Vec::new(), 0);
    let these = these.select(columns(caller, beside));
    for row in these.load_iter::<Row, ext::OneByOne>(c)? {
        let dataset = shown(row?);
        together += bytes_of(&dataset);
        first.push(dataset);
        if together >= bytes {
            return Ok((first, true));
        }
    }
    Ok((first, false))
}

/// The bytes of a dataset's texts.
fn bytes_of(dataset: &Dataset) -> usize {
    let Dataset { author_email, name, description, category, creator, source, facet, .. } = dataset;
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let facet = facet.as_ref().map_or(0, |facet| facet.as_str().len());
    author_email.len()
        + name.len()
        + source.len()
        + text(description)
        + text(category)
        + text(creator)
        + facet
}

/// The owner's number and e-mail address, and the number of the collection if the caller sees it.
fn owner_and_collection(caller: &Caller) -> (Maybe<BigInt>, Maybe<Text>, Maybe<BigInt>) {
    let owner = || {
        users::table
            .filter(users::organization_id.eq(datasets::organization_id))
            .filter(users::id.nullable().eq(datasets::owner_id))
    };
    let collection = collections::table
        .filter(collections::organization_id.eq(datasets::organization_id))
        .filter(collections::id.nullable().eq(datasets::collection_id))
        .filter(
            collections::shared
                .eq(true)
                .or(collections::owner_id.assume_not_null().eq(Key::from(caller.user))),
        );
    (
        Box::new(owner().select(users::number).single_value()),
        Box::new(owner().select(users::email).single_value()),
        Box::new(collection.select(collections::number).single_value()),
    )
}

/// What a dialect alone knows of the dataset.
fn facet_in(dialect: &'static str) -> Maybe<Text> {
    let facet = dataset_facets::table
        .filter(dataset_facets::organization_id.eq(datasets::organization_id))
        .filter(dataset_facets::dataset_id.eq(datasets::id))
        .filter(dataset_facets::dialect.eq(dialect));
    Box::new(facet.select(dataset_facets::body).single_value())
}

/// What was not asked for.
fn nothing<S: SingleValue + Send>() -> Maybe<S> {
    Box::new(fixed::<Nullable<S>>("NULL"))
}

/// Deletes a dataset: it leaves a tombstone without a name key, and is nobody's golden dataset any
/// more. Its cases are removed by [`super::loads::sweep`].
pub fn delete(c: &mut Connection, caller: &Caller, id: DatasetId) -> Outcome<bool> {
    attempts::begin(c, [caller])?;
    let target = datasets::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(datasets::id.eq(Key::from(id)));
    let pipeline: Option<Key> = diesel::update(target)
        .set((
            datasets::hidden_at.eq(ext::now().nullable()),
            datasets::name_key.eq(None::<&str>),
            datasets::collection_id.eq(None::<Key>),
            // Until it is swept a tombstone counts one more, so that one whose cases were all
            // deleted before, and keep their rows, is swept too.
            datasets::case_count.eq(datasets::case_count + 1),
            datasets::version.eq(datasets::version + 1),
        ))
        .returning(datasets::pipeline_id)
        .get_result(c)
        .optional()?;
    let Some(pipeline) = pipeline else {
        return Ok(false);
    };
    set_golden(c, caller, pipeline.into(), id, false)?;
    attempts::keep(c, [(caller, Made::DatasetDeleted(id))])?;
    dataset_totals::changed(c, caller.organization.into())?;
    Ok(true)
}

/// What a write learns of the dataset whose lock it took.
pub struct Head {
    /// The dataset.
    pub id: Key,
    /// Its pipeline.
    pub pipeline: Key,
    /// How many cases it has now.
    pub case_count: i64,
}

/// Takes the dataset's lock by counting `added` cases (negative when they go). None when the caller
/// sees no such dataset.
pub fn bump(
    c: &mut Connection,
    caller: &Caller,
    id: Key,
    added: i64,
    slots: SlotCounts,
) -> Outcome<Option<Head>> {
    let target = datasets::table
        .filter(visible(caller.organization.into(), caller.user.into()))
        .filter(datasets::id.eq(id));
    let row: Option<(Key, Key, i64)> = diesel::update(target)
        .set((
            datasets::case_count.eq(datasets::case_count + added),
            datasets::prompts.eq(datasets::prompts + slots.prompt),
            datasets::inputs.eq(datasets::inputs + slots.input),
            datasets::contexts.eq(datasets::contexts + slots.context),
            datasets::outputs.eq(datasets::outputs + slots.output),
            datasets::golden_answers.eq(datasets::golden_answers + slots.golden_answer),
            datasets::version.eq(datasets::version + 1),
            datasets::updated_at.eq(ext::now().nullable()),
        ))
        .returning((datasets::id, datasets::pipeline_id, datasets::case_count))
        .get_result(c)
        .optional()?;
    Ok(row.map(|(id, pipeline, case_count)| Head { id, pipeline, case_count }))
}
