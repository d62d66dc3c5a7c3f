//! The dialect spoken outward, for the bridge: a server that speaks the vendor's v4 (contract §3.1 to
//! §3.4, §3.8).
//!
//! `pipelines` and `experiments` say what is asked of a server besides datasets and cases; `mark` finds
//! an experiment again that was moved there; `sending` reports its spans, in which `rename` puts the
//! server's ids, as `report` writes them; `splice` changes parts of JSON texts.

mod experiments;
mod mark;
mod pipelines;
mod rename;
mod report;
mod sending;
mod splice;

use std::cell::RefCell;
use std::collections::HashMap;

use evalstone_core::case::Case;
use evalstone_core::error::Result;
use evalstone_core::json::{RawJson, RawObject, object};
use evalstone_core::run::RunKind;
use evalstone_core::run_copy::RunCopy;
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::client::{Client, Server};
use evalstone_kit::remote::elements::Wanted;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, RunWalk};
use evalstone_kit::remote::{
    About, AboutPipeline, Fetched, Manner, Outward, Portion, Remote, RemoteDataset, Reply,
    Unreadable, Walk, segment,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::NAME;
use crate::mapping::{SOURCE, Said, read, unnamed, write};
use crate::wire::test_cases::ListedTestCase;
use experiments::{Moved, said_of_experiment};
use pipelines::Pipelines;

/// How many test cases are handed over at a time; the vendor takes them one by one.
const CASES: usize = 100;
const BYTES: usize = 4 << 20;

/// What this dialect speaks outward.
#[must_use]
pub fn outward() -> Outward {
    Outward {
        name: NAME,
        title: "Gentrace",
        connect: |server| Ok(Box::new(Gentrace::connect(server)?)),
        round_trip: |case| write(said(case)),
        writable: |_| Ok(()),
        unsaid,
        cases_key: "data",
        case_marks: &["inputs"],
        case: test_case,
        shown,
        table: None,
    }
}

/// What a dataset of this dialect cannot say.
fn unsaid(about: &About) -> Vec<&'static str> {
    let About {
        name: _,
        description: _,
        category,
        creator,
        source,
        public,
        shared,
        unique_name: _,
        archived: _,
        golden: _,
        pipeline: _,
        facet: _,
        facets: _,
        origin: _,
    } = about;
    let lost = [
        ("category", category.is_some()),
        ("creator", creator.is_some()),
        ("source", source.as_deref().is_some_and(|source| source != SOURCE)),
        ("public", *public),
        ("private", !shared),
    ];
    lost.into_iter().filter(|(_, lost)| *lost).map(|(name, _)| name).collect()
}

/// What a test case says of a case. The vendor takes no empty name.
fn said(case: &Case) -> Said {
    let said = read(case);
    Said { name: said.name.filter(|name| !name.is_empty()), ..said }
}

/// A test case as lists show it, as far as it says more than when and where it was stored.
fn shown(case: &Case, id: Option<&str>) -> String {
    let Said { name, inputs, expected } = said(case);
    object(|object| {
        if let Some(id) = id {
            object.text("id", id);
        }
        object.nullable_text("name", name.as_deref());
        object.json("inputs", inputs.as_str());
        object.nullable_json("expectedOutputs", expected.as_ref().map(RawObject::as_str));
    })
}

fn test_case(json: &RawJson) -> Result<Fetched, String> {
    let listed = ListedTestCase::parse(json.as_str().as_bytes());
    let ListedTestCase { id, dataset_id, name, inputs, expected_outputs } =
        listed.map_err(|error| error.message().to_owned())?;
    let case = write(Said { name, inputs, expected: expected_outputs });
    Ok(Fetched { id, dataset: dataset_id, case, origin: None })
}

/// A server of this dialect.
struct Gentrace {
    client: Client,
    /// The pipelines that were seen.
    pipelines: RefCell<Vec<AboutPipeline>>,
    /// The experiments that were moved here, once they were looked for.
    moved: RefCell<Option<Moved>>,
}

impl Gentrace {
    fn connect(server: Server) -> Result<Self> {
        server.known_options(&[])?;
        let client = Client::new(&server.without(&["/api", "/api/v4"]))?;
        Ok(Self { client, pipelines: RefCell::default(), moved: RefCell::default() })
    }

    async fn list(&self) -> Result<Vec<RemoteDataset>> {
        let pipelines = self.pipelines().await?;
        let wanted = Wanted::list("data");
        let mut found = Vec::new();
        let mut pieces = self.client.elements("/api/v4/datasets?archived=true".to_owned(), wanted);
        while let Some(piece) = pieces.try_next().await? {
            for element in piece {
                let dataset = dataset(Answer::parse(&element.text)?, &pipelines)?;
                found.push(dataset);
            }
        }
        Ok(found)
    }
}

impl Remote for Gentrace {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        // The vendor's lists have no pages.
        stream::once(self.list()).boxed_local()
    }

    fn others(&self) -> Reply<'_, Vec<String>> {
        Box::pin(async move { Ok(self.unmoved().await?.into_iter().collect()) })
    }

    fn cases<'a>(&'a self, id: &'a str) -> Walk<'a, Result<Fetched, Unreadable>> {
        let path = format!("/api/v4/test-cases?datasetId={}", segment(id));
        let elements = self.client.elements(path, Wanted::list("data"));
        elements
            .map_ok(|piece| {
                let case = |text: Box<str>| match RawJson::parse(&text) {
                    Ok(json) => test_case(&json)
                        .map_err(|why| Unreadable { text: text.clone().into(), why }),
                    Err(fault) => Err(Unreadable { why: fault.to_string(), text: text.into() }),
                };
                piece.into_iter().map(|element| case(element.text)).collect()
            })
            .boxed_local()
    }

    fn manner(&self) -> Manner {
        Manner { whole: false, portion: Some(Portion { cases: CASES, bytes: BYTES }) }
    }

    fn create<'a>(&'a self, like: &'a RemoteDataset) -> Reply<'a, RemoteDataset> {
        Box::pin(async move {
            let about = &like.about;
            let pipeline = match &about.pipeline {
                Some(pipeline) => Some(self.pipeline_like(pipeline).await?),
                None => None,
            };
            // What comes in takes nobody's place; which the default pipeline is, nobody says.
            let golden = about.golden && self.is_free(pipeline.as_deref()).await?;
            let body = object(|object| {
                object.text("name", &about.name);
                object.nullable_text("description", about.description.as_deref());
                object.plain("isGolden", golden);
                if let Some(pipeline) = &pipeline {
                    object.text("pipelineId", pipeline);
                }
            });
            let text = self.client.post("/api/v4/datasets", &body).await?;
            let made = dataset(Answer::parse(&text)?, &HashMap::new())?;
            let about = About { golden, ..made.about };
            Ok(RemoteDataset { about, ..made })
        })
    }

    fn append<'a>(&'a self, id: &'a str, at: u64, cases: &'a [Fetched]) -> Reply<'a, ()> {
        Box::pin(async move {
            for (case, number) in cases.iter().zip(at + 1..) {
                let Said { name, inputs, expected } = said(&case.case);
                let number = i64::try_from(number).unwrap_or(i64::MAX);
                let body = object(|object| {
                    object.text("datasetId", id);
                    object.text("name", &name.unwrap_or_else(|| unnamed(number)));
                    object.json("inputs", inputs.as_str());
                    object
                        .nullable_json("expectedOutputs", expected.as_ref().map(RawObject::as_str));
                });
                self.client.post("/api/v4/test-cases", &body).await?;
            }
            Ok(())
        })
    }

    fn settle<'a>(&'a self, dataset: &'a RemoteDataset, like: &'a RemoteDataset) -> Reply<'a, ()> {
        Box::pin(async move {
            let (is, about) = (&dataset.about, &like.about);
            let Some(archived) = about.archived.filter(|archived| Some(*archived) != is.archived)
            else {
                return Ok(());
            };
            let body = object(|object| object.plain("isArchived", archived));
            let path = format!("/api/v4/datasets/{}", segment(&dataset.id));
            self.client.post(&path, &body).await.map(drop)
        })
    }

    fn runs<'a>(&'a self, _: &'a [RemoteDataset], all: bool) -> RunWalk<'a> {
        // An experiment is over no dataset that v4 names.
        if all {
            stream::once(self.experiments()).boxed_local()
        } else {
            stream::empty().boxed_local()
        }
    }

    fn takes(&self, kind: RunKind) -> bool {
        kind == RunKind::Experiment
    }

    fn said(&self, run: &RunCopy) -> RunCopy {
        match run.kind {
            RunKind::Experiment => said_of_experiment(run.name.clone(), run.metadata.clone()),
            RunKind::Benchmark | RunKind::Scoring => run.clone(),
        }
    }

    fn knows_case_ids(&self) -> bool {
        false
    }

    fn known_run<'a>(&'a self, run: &'a RemoteRun) -> Reply<'a, Option<RemoteRun>> {
        Box::pin(self.known_experiment(run))
    }

    fn receive<'a>(
        &'a self,
        like: &'a RemoteRun,
        parts: Walk<'a, FetchedPart>,
    ) -> Reply<'a, RemoteRun> {
        Box::pin(self.take_in(like, parts))
    }
}

/// A dataset of an answer, in one of these pipelines.
fn dataset(answer: Answer<'_>, pipelines: &Pipelines) -> Result<RemoteDataset> {
    let id = answer.text("id")?;
    let place = answer.nullable_text("pipelineId")?;
    let place = place.and_then(|pipeline| pipelines.get(&pipeline));
    let about = About {
        name: answer.text("name")?,
        description: answer.nullable_text("description")?,
        shared: true,
        archived: Some(answer.get("archivedAt").is_some()),
        golden: place.is_some_and(|(_, golden)| golden.as_deref() == Some(&id)),
        pipeline: place.map(|(pipeline, _)| pipeline.clone()),
        ..About::default()
    };
    Ok(RemoteDataset { id, about, case_count: None, created_at: answer.time("createdAt") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).expect(text)
    }

    #[test]
    fn a_test_case_comes_back_as_it_was_shown() {
        let text = r#"{"id":"i","name":"n","inputs":{ "q" : 1.0 },"expectedOutputs":null}"#;
        let fetched = test_case(&json(text)).expect("a test case");
        assert_eq!((fetched.id.as_deref(), fetched.dataset.as_deref()), (Some("i"), None));
        assert_eq!(shown(&fetched.case, Some("i")), text);
        let why = test_case(&json(r#"{"inputs":[]}"#)).expect_err("no object");
        assert!(why.contains("'inputs' must be an object"), "{why}");
    }

    #[test]
    fn what_a_test_case_says_of_a_case_is_what_comes_back() {
        let case = Case {
            name: Some(String::new()),
            stage: Some("tool".to_owned()),
            output: Some(json("1")),
            ..Case::default()
        };
        let round = (outward().round_trip)(&case);
        assert_eq!(round.name, None);
        assert_eq!(round.inputs.as_str(), r#"{"output":1,"stage":"tool"}"#);
    }

    #[test]
    fn a_dataset_knows_its_pipeline_and_whether_it_is_golden() {
        let pipeline = AboutPipeline {
            id: "p".to_owned(),
            slug: "s".to_owned(),
            display_name: None,
            folder: None,
        };
        let pipelines = HashMap::from([("p".to_owned(), (pipeline.clone(), Some("d".to_owned())))]);
        let text = r#"{"id":"d","createdAt":"2025-04-01T00:00:00.000Z","name":"n","description":null,"archivedAt":"2025-04-01T00:00:00.000Z","pipelineId":"p"}"#;
        let found = dataset(Answer::parse(text).expect("an object"), &pipelines).expect("one");
        assert!(found.about.golden && found.about.archived == Some(true) && found.about.shared);
        assert_eq!(found.about.pipeline, Some(pipeline));
        assert_eq!(unsaid(&found.about), Vec::<&str>::new());
    }
}
