//! The lines of an archive.

use evalstone_core::case::Origin;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{ObjectWriter, RawJson, RawObject, View, object};
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::{About, AboutPipeline, Fetched, RemoteDataset};

use super::super::line::{read_case, write_case};

/// The version of the form.
const VERSION: u64 = 1;

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

/// What a line of an archive is.
pub enum Line<'a> {
    /// The first.
    Head,
    /// A dataset, whose cases follow.
    Dataset(Box<RemoteDataset>),
    /// A case.
    Case(View<'a>),
    /// The end of a dataset.
    End(End),
    /// The last.
    Manifest {
        /// What the ends of all datasets say.
        ends: Vec<End>,
        /// The SHA-256 of all bytes before it.
        sha256: String,
    },
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

fn pipeline_json(pipeline: &AboutPipeline) -> String {
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

/// The last line.
pub fn manifest_line(ends: &[End], sha256: &str) -> String {
    let ends: Vec<String> =
        ends.iter().map(|end| object(|object| write_end(object, end))).collect();
    within("manifest", |object| {
        object.json("datasets", &format!("[{}]", ends.join(",")));
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

fn within(key: &str, write: impl FnOnce(&mut ObjectWriter<'_>)) -> String {
    object(|outer| {
        let mut inner = ObjectWriter::open(outer.key(key));
        write(&mut inner);
        inner.close();
    })
}

impl<'a> Line<'a> {
    /// The line that a JSON text is.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(view: View<'a>) -> Result<Self> {
        let answer = Answer::of(view)?;
        if answer.get("evalstone_archive").is_some() {
            return match answer.number("evalstone_archive")? {
                Some(VERSION) => Ok(Self::Head),
                _ => Err(Error::invalid(format!("only version {VERSION} of the form is known"))),
            };
        }
        if let Some(dataset) = answer.get("dataset") {
            return Ok(Self::Dataset(Box::new(dataset_of(Answer::of(dataset)?)?)));
        }
        if let Some(case) = answer.get("case") {
            return Ok(Self::Case(case));
        }
        if let Some(end) = answer.get("end") {
            return Ok(Self::End(end_of(Answer::of(end)?)?));
        }
        if let Some(manifest) = answer.get("manifest") {
            let manifest = Answer::of(manifest)?;
            let ends = manifest.list("datasets")?.map(|end| end_of(end?)).collect::<Result<_>>()?;
            return Ok(Self::Manifest { ends, sha256: manifest.text("sha256")? });
        }
        Err(Error::invalid("a line that is none of an archive"))
    }
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
    let facet = answer.json("facet").map(RawObject::try_from).transpose();
    Ok(Origin {
        dialect: answer.text("dialect")?,
        source_id: answer.nullable_text("source_id")?,
        facet: facet.map_err(|error| Error::invalid(error.to_string()))?,
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

fn pipeline_of(answer: Answer<'_>) -> Result<AboutPipeline> {
    Ok(AboutPipeline {
        id: answer.text("id")?,
        slug: answer.text("slug")?,
        display_name: answer.nullable_text("display_name")?,
        folder: answer.nullable_text("folder")?.and_then(|id| id.parse().ok()),
    })
}
