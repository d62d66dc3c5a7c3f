//! The lines of an archive.

use evalstone_core::case::Origin;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{ObjectWriter, RawJson, RawObject, View, object};
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::runs::RemoteRun;
use evalstone_kit::remote::{About, AboutPipeline, Fetched, RemoteDataset};

use super::super::line::{read_case, write_case};
use super::runs::{PartKind, run_of};

/// The version of the form that is written.
const VERSION: u64 = 2;
/// The versions that are read.
const READ: [u64; 2] = [1, VERSION];
/// The first version that has runs.
pub const WITH_RUNS: u64 = 2;

/// What the line behind a dataset's cases says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The dataset's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many cases there are.
    pub cases: u64,
    /// Their digest in hexadecimal.
    pub digest: String,
}

/// What the line behind a run's parts says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// The run's id.
    pub id: String,
    /// How many parts there are.
    pub parts: u64,
    /// Their digest in hexadecimal.
    pub digest: String,
}

/// What the last line says.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// What the ends of all datasets say.
    pub datasets: Vec<End>,
    /// What the ends of all runs say.
    pub runs: Vec<RunEnd>,
    /// The SHA-256 of all bytes before it.
    pub sha256: String,
}

/// What a line of an archive is.
pub enum Line<'a> {
    /// The first, with the version of the form.
    Head(u64),
    /// A dataset, whose cases follow.
    Dataset(Box<RemoteDataset>),
    /// A case.
    Case(View<'a>),
    /// The end of a dataset.
    End(End),
    /// A run, whose parts follow.
    Run(Box<RemoteRun>),
    /// A part of a run.
    Part(PartKind, View<'a>),
    /// The end of a run.
    RunEnd(RunEnd),
    /// The last.
    Manifest(Manifest),
}

/// The first line.
pub fn head_line() -> String {
    object(|object| object.plain("evalstone_archive", VERSION))
}

/// The line of a dataset.
pub fn dataset_line(dataset: &RemoteDataset) -> String {
    let RemoteDataset { id, about, case_count: _, created_at } = dataset;
    let About {
        name,
        description,
        category,
        creator,
        source,
        public,
        shared,
        unique_name,
        archived,
        golden,
        pipeline,
        facet: _,
        facets,
        origin,
    } = about;
    within("dataset", |object| {
        object.text("id", id);
        object.text("name", name);
        for (key, text) in [
            ("description", description),
            ("category", category),
            ("creator", creator),
            ("source", source),
            ("origin", origin),
        ] {
            object.nullable_text(key, text.as_deref());
        }
        for (key, flag) in [
            ("public", public),
            ("shared", shared),
            ("unique_name", unique_name),
            ("golden", golden),
        ] {
            object.plain(key, flag);
        }
        object.nullable("archived", *archived);
        object.nullable_json("pipeline", pipeline.as_ref().map(pipeline_json).as_deref());
        let mut own = ObjectWriter::open(object.key("facets"));
        for (dialect, facet) in facets {
            own.json(dialect, facet.as_str());
        }
        own.close();
        object.nullable_text("created_at", created_at.map(|at| at.to_rfc3339()).as_deref());
    })
}

/// A pipeline as a member of what is in it.
pub fn pipeline_json(pipeline: &AboutPipeline) -> String {
    let AboutPipeline { id, slug, display_name, folder } = pipeline;
    object(|object| {
        object.text("id", id);
        object.text("slug", slug);
        object.nullable_text("display_name", display_name.as_deref());
        object.nullable_text("folder", folder.map(|id| id.to_string()).as_deref());
    })
}

/// The line of a case.
pub fn case_line(fetched: &Fetched) -> String {
    let Fetched { id, dataset: _, case, origin } = fetched;
    within("case", |object| {
        write_case(object, id.as_deref(), case);
        if let Some(Origin { dialect, source_id, facet }) = origin {
            let mut own = ObjectWriter::open(object.key("origin"));
            own.text("dialect", dialect);
            own.nullable_text("source_id", source_id.as_deref());
            own.nullable_json("facet", facet.as_ref().map(RawObject::as_str));
            own.close();
        }
    })
}

/// The line behind the last case of a dataset.
pub fn end_line(end: &End) -> String {
    within("end", |object| write_end(object, end))
}

/// The line behind the last part of a run.
pub fn run_end_line(end: &RunEnd) -> String {
    within("run_end", |object| write_run_end(object, end))
}

/// The last line.
pub fn manifest_line(manifest: &Manifest) -> String {
    let Manifest { datasets, runs, sha256 } = manifest;
    let datasets: Vec<String> =
        datasets.iter().map(|end| object(|object| write_end(object, end))).collect();
    let runs: Vec<String> =
        runs.iter().map(|end| object(|object| write_run_end(object, end))).collect();
    within("manifest", |object| {
        object.json("datasets", &format!("[{}]", datasets.join(",")));
        object.json("runs", &format!("[{}]", runs.join(",")));
        object.text("sha256", sha256);
    })
}

fn write_end(object: &mut ObjectWriter<'_>, end: &End) {
    let End { id, name, cases, digest } = end;
    object.text("id", id);
    object.text("name", name);
    object.plain("cases", cases);
    object.text("digest", digest);
}

fn write_run_end(object: &mut ObjectWriter<'_>, end: &RunEnd) {
    let RunEnd { id, parts, digest } = end;
    object.text("id", id);
    object.plain("parts", parts);
    object.text("digest", digest);
}

/// An object with one member, which is an object.
pub fn within(key: &str, write: impl FnOnce(&mut ObjectWriter<'_>)) -> String {
    object(|outer| {
        let mut inner = ObjectWriter::open(outer.key(key));
        write(&mut inner);
        inner.close();
    })
}

impl<'a> Line<'a> {
    /// The line that a JSON text is: its first member says it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(view: View<'a>) -> Result<Self> {
        let unknown = || Error::invalid("a line that is none of an archive");
        let (key, value) = view.members().next().ok_or_else(unknown)?;
        let key = key.text().ok_or_else(unknown)?;
        if let Some(kind) = PartKind::of_word(&key) {
            return Ok(Self::Part(kind, value));
        }
        Ok(match &*key {
            "evalstone_archive" => Self::Head(version_of(value)?),
            "dataset" => Self::Dataset(Box::new(dataset_of(Answer::of(value)?)?)),
            "case" => Self::Case(value),
            "end" => Self::End(end_of(Answer::of(value)?)?),
            "run" => Self::Run(Box::new(run_of(value)?)),
            "run_end" => Self::RunEnd(run_end_of(Answer::of(value)?)?),
            "manifest" => Self::Manifest(manifest_of(Answer::of(value)?)?),
            _ => return Err(unknown()),
        })
    }
}

fn version_of(view: View<'_>) -> Result<u64> {
    let version = view.raw().parse().ok().filter(|version| READ.contains(version));
    version.ok_or_else(|| {
        let [first, last] = READ;
        Error::invalid(format!("only the versions {first} to {last} of the form are known"))
    })
}

fn manifest_of(answer: Answer<'_>) -> Result<Manifest> {
    // There were no runs in the first version.
    let runs = match answer.get("runs") {
        Some(_) => answer.list("runs")?.map(|end| run_end_of(end?)).collect::<Result<_>>()?,
        None => Vec::new(),
    };
    let datasets = answer.list("datasets")?.map(|end| end_of(end?)).collect::<Result<_>>()?;
    Ok(Manifest { datasets, runs, sha256: answer.text("sha256")? })
}

/// The case that the member `case` of a line says.
///
/// # Errors
/// What is wrong with it, for people.
pub fn case_of(view: View<'_>) -> Result<Fetched, String> {
    let (id, case) = read_case(view)?;
    let origin = match view.get("origin").filter(|origin| !origin.is_null()) {
        Some(origin) => Some(origin_of(origin).map_err(|error| error.message().to_owned())?),
        None => None,
    };
    Ok(Fetched { id, dataset: None, case, origin })
}

fn origin_of(view: View<'_>) -> Result<Origin> {
    let answer = Answer::of(view)?;
    Ok(Origin {
        dialect: answer.text("dialect")?,
        source_id: answer.nullable_text("source_id")?,
        facet: answer.object("facet")?,
    })
}

fn end_of(answer: Answer<'_>) -> Result<End> {
    Ok(End {
        id: answer.text("id")?,
        name: answer.text("name")?,
        cases: answer.number("cases")?.ok_or_else(|| Error::invalid("an end without cases"))?,
        digest: answer.text("digest")?,
    })
}

fn run_end_of(answer: Answer<'_>) -> Result<RunEnd> {
    Ok(RunEnd {
        id: answer.text("id")?,
        parts: answer.number("parts")?.ok_or_else(|| Error::invalid("an end without parts"))?,
        digest: answer.text("digest")?,
    })
}

fn dataset_of(answer: Answer<'_>) -> Result<RemoteDataset> {
    let pipeline = answer.get("pipeline").map(|pipeline| pipeline_of(Answer::of(pipeline)?));
    let facets = answer.get("facets").into_iter().flat_map(View::members);
    let facets = facets.filter_map(|(dialect, facet)| {
        Some((dialect.text()?.into_owned(), RawJson::from_view(facet)))
    });
    let about = About {
        name: answer.text("name")?,
        description: answer.nullable_text("description")?,
        category: answer.nullable_text("category")?,
        creator: answer.nullable_text("creator")?,
        source: answer.nullable_text("source")?,
        origin: answer.nullable_text("origin")?,
        public: answer.flag("public"),
        shared: answer.flag("shared"),
        unique_name: answer.flag("unique_name"),
        archived: answer.get("archived").and_then(View::as_bool),
        golden: answer.flag("golden"),
        pipeline: pipeline.transpose()?,
        facet: None,
        facets: facets.collect(),
    };
    let created_at = answer.time("created_at");
    Ok(RemoteDataset { id: answer.text("id")?, about, case_count: None, created_at })
}

/// The pipeline that such a member says.
///
/// # Errors
/// What is wrong with it.
pub fn pipeline_of(answer: Answer<'_>) -> Result<AboutPipeline> {
    Ok(AboutPipeline {
        id: answer.text("id")?,
        slug: answer.text("slug")?,
        display_name: answer.nullable_text("display_name")?,
        folder: answer.nullable_text("folder")?.and_then(|id| id.parse().ok()),
    })
}
