//! The dialect spoken outward, for the bridge: a server of the vendor's, or another that speaks like
//! it (contract §3.1, §3.3, §3.4, §3.8, §3.15).

mod evaluations;
mod file;
#[cfg(test)]
mod finding_tests;
mod rows;
mod runs;
#[cfg(test)]
mod runs_tests;
mod values;

use evalstone_core::case::Case;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::json::{self, MAX_DEPTH, RawJson, View, object};
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::client::{Client, Server};
use evalstone_kit::remote::elements::{Broken, Wanted};
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, RunWalk};
use evalstone_kit::remote::{
    About, Fetched, Manner, Outward, Remote, RemoteDataset, Reply, Table, Unreadable, Walk,
    counted, is_refusal, segment,
};
use futures_util::{StreamExt as _, TryStreamExt as _, future, stream};
use reqwest::multipart::{Form, Part};
use tokio::sync::mpsc;

use crate::NAME;
use crate::mapping::{COLUMN_MAPPINGS, SELECTED_METRICS, STRUCTURE, read, write};
use crate::wire::dataset::write_fields;
use crate::wire::record::{Field, Fields, Token};
use file::{HEADER, Lines, csv_line, feed, open, sayable};

/// How many datasets a call asks for; the vendor allows ten times as many (contract §3.3).
const DATASETS: usize = 1000;

/// What this dialect speaks outward.
#[must_use]
pub fn outward() -> Outward {
    Outward {
        name: NAME,
        title: "Aegis Evals",
        connect: |server| Ok(Box::new(Aegis::connect(server)?)),
        round_trip: |case| write(read(case)),
        writable: |case| sayable(case).map(drop),
        unsaid,
        cases_key: "records",
        case_marks: &["prompt", "input", "context", "output", "golden_answer"],
        case: |json| record(json.view()),
        shown,
        table: Some(Table { header: HEADER, line: csv_line, open }),
    }
}

/// What a dataset of this dialect cannot say. Its columns are named anew when it is written.
fn unsaid(about: &About) -> Vec<&'static str> {
    let About {
        name: _,
        description,
        category,
        creator,
        source,
        public,
        shared,
        unique_name: _,
        archived,
        golden,
        pipeline,
        facet,
        facets: _,
        origin: _,
    } = about;
    let mapped = member(facet.as_ref(), COLUMN_MAPPINGS).is_some_and(|value| !value.is_null());
    let lost = [
        ("description", description.is_some()),
        ("category", category.is_some()),
        ("creator", creator.is_some()),
        ("source", source.as_deref().is_some_and(|source| source != "customer")),
        ("public", *public),
        ("shared", *shared),
        ("archived", *archived == Some(true)),
        ("golden", *golden),
        ("pipeline", pipeline.is_some()),
        (COLUMN_MAPPINGS, mapped),
    ];
    lost.into_iter().filter(|(_, lost)| *lost).map(|(name, _)| name).collect()
}

fn member<'a>(facet: Option<&'a RawJson>, name: &str) -> Option<View<'a>> {
    facet.and_then(|facet| facet.view().get(name))
}

/// A record as a dataset shows it, written.
fn shown(case: &Case, id: Option<&str>) -> String {
    let fields = read(case);
    object(|object| {
        // Ids of other dialects are no numbers, which this one's are.
        if let Some(id) = id.filter(|id| id.parse::<i64>().is_ok()) {
            object.json("id", id);
        }
        for (field, token) in Field::ALL.into_iter().zip(&fields.0) {
            object.nullable_json(field.as_str(), token.as_ref().map(Token::as_str));
        }
    })
}

/// A record of an answer as a case.
fn record(view: View<'_>) -> Result<Fetched, String> {
    let answer = Answer::of(view).map_err(|error| error.to_string())?;
    let mut fields = Fields::default();
    for field in Field::ALL {
        let name = field.as_str();
        if let Some(value) = answer.get(name) {
            if value.kind() != json::Kind::String {
                return Err(format!("{name} is no text"));
            }
            fields.0[field as usize] = Some(Token::trusted(value.raw().to_owned()));
        }
    }
    let id = |name: &str| answer.get(name).map(|id| id.raw().to_owned());
    Ok(Fetched { id: id("id"), dataset: id("dataset_id"), case: write(fields), origin: None })
}

/// A server of this dialect.
struct Aegis {
    client: Client,
    /// The metrics of datasets that have none of this dialect's own.
    metrics: Option<String>,
}

impl Aegis {
    fn connect(server: Server) -> Result<Self> {
        server.known_options(&[SELECTED_METRICS])?;
        let metrics = server.options.get(SELECTED_METRICS).cloned();
        Ok(Self { client: Client::new(&server.without(&["/api/v1"]))?, metrics })
    }

    /// One page of datasets, and whether there is another.
    async fn page(&self, number: usize) -> Result<(Vec<RemoteDataset>, bool)> {
        let path = format!("/api/v1/datasets?page={number}&page_size={DATASETS}");
        let text = self.client.get(&path).await?;
        let answer = Answer::parse(&text)?;
        let datasets: Result<Vec<RemoteDataset>> =
            answer.list("items")?.map(|answer| dataset(answer?)).collect();
        let meta = answer.get("meta").ok_or_else(without_meta)?;
        Ok((datasets?, has_next(Answer::of(meta)?)?))
    }

    /// The metrics of a dataset like this one.
    fn metrics(&self, about: &About) -> Result<String> {
        let own = member(about.facet.as_ref(), SELECTED_METRICS)
            .filter(|metrics| metrics.members().next().is_some());
        let own = own.map(|metrics| metrics.raw().to_owned());
        own.or_else(|| self.metrics.clone()).ok_or_else(|| {
            let name = &about.name;
            Error::invalid(format!(
                "Aegis wants to know the metrics of {name:?}: --target-option \
                 {SELECTED_METRICS}='{{\"1\":{{\"threshold\":70}}}}', say"
            ))
        })
    }

    /// Sends the form with the records that `lines` brings, and gives the new dataset's id.
    async fn send(&self, about: &About, metrics: String, lines: Lines) -> Result<String> {
        let body = stream::unfold(lines, |mut lines| async move {
            lines.recv().await.map(|line| (line, lines))
        });
        let file = Part::stream(reqwest::Body::wrap_stream(body));
        let file = file.file_name("records.csv").mime_str("text/csv").map_err(Error::fault)?;
        let form = Form::new()
            .text(SELECTED_METRICS, metrics)
            .text("name", about.name.clone())
            .part("file", file);
        let response = self.client.post_form("/api/v1/datasets", form).await?;
        // The answer repeats all records, of which nothing is to be learned.
        let wanted = Wanted { lists: Vec::new(), members: vec!["id"] };
        let mut pieces = self.client.elements_of(response, wanted);
        let mut id = None;
        while let Some(piece) = pieces.recv().await {
            let piece = piece.map_err(|broken: Broken| broken.into_error("the new dataset"))?;
            id = piece.into_iter().map(|element| String::from(element.text)).next().or(id);
        }
        id.ok_or_else(|| Error::invalid("the server has made a dataset without an id"))
    }
}

impl Remote for Aegis {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        let pages = stream::try_unfold(Some(1_usize), move |number| async move {
            let Some(number) = number else { return Ok(None) };
            let (page, more) = self.page(number).await?;
            Ok((!page.is_empty()).then_some((page, more.then_some(number + 1))))
        });
        pages.boxed_local()
    }

    fn others(&self) -> Reply<'_, Vec<String>> {
        Box::pin(async move {
            let mut others = Vec::new();
            match self.client.get("/api/v1/data-collections?page=1&page_size=1").await {
                Ok(text) => {
                    let answer = Answer::parse(&text)?;
                    let meta = answer.get("meta").map(Answer::of).transpose()?;
                    let total = meta.map(|meta| meta.number("total_items")).transpose()?.flatten();
                    others.extend(counted(total, "collection", "collections"));
                }
                Err(error) if is_refusal(&error) => {
                    others.extend(counted(None, "collection", "collections"));
                }
                Err(error) => return Err(error),
            }
            // There is no list of runs but those of datasets and of collections.
            others.push("custom runs outside of collections, uncounted".to_owned());
            Ok(others)
        })
    }

    fn runs<'a>(&'a self, datasets: &'a [RemoteDataset], all: bool) -> RunWalk<'a> {
        self.runs_of(datasets, all)
    }

    fn parts<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        self.rows(run).chain(self.evaluations(run)).boxed_local()
    }

    fn cases<'a>(&'a self, id: &'a str) -> Walk<'a, Result<Fetched, Unreadable>> {
        let elements = self.client.elements(dataset_path(id), Wanted::list("records"));
        let case = |text: Box<str>| match View::parse(&text, MAX_DEPTH) {
            Ok(view) => record(view).map_err(|why| Unreadable { text: text.clone().into(), why }),
            Err(fault) => Err(Unreadable { why: fault.to_string(), text: text.into() }),
        };
        elements
            .map_ok(move |piece| piece.into_iter().map(|element| case(element.text)).collect())
            .boxed_local()
    }

    fn manner(&self) -> Manner {
        Manner { whole: true, portion: None }
    }

    fn upload<'a>(
        &'a self,
        like: &'a RemoteDataset,
        cases: Walk<'a, Fetched>,
    ) -> Reply<'a, RemoteDataset> {
        Box::pin(async move {
            let about = &like.about;
            let metrics = self.metrics(about)?;
            let (sender, lines) = mpsc::channel(4);
            let (sent, fed) =
                future::join(self.send(about, metrics, lines), feed(cases, sender)).await;
            // Where the cases could not be read, that the request broke off is no news.
            let id = match (fed, sent) {
                (Err(error), _) if !matches!(error.kind(), Kind::Fault) => return Err(error),
                (_, sent) => sent?,
            };
            let about = About { shared: false, unique_name: true, ..about.clone() };
            Ok(RemoteDataset { id, about, case_count: None, created_at: None })
        })
    }
}

/// Whether a page's `meta` says that another follows. Without it nobody knows whether that was all.
fn has_next(meta: Answer<'_>) -> Result<bool> {
    values::truth(meta, "has_next")?.ok_or_else(without_meta)
}

fn without_meta() -> Error {
    Error::invalid("a page that does not tell in its meta whether another follows")
}

/// Where a dataset is with everything that belongs to it.
fn dataset_path(id: &str) -> String {
    format!("/api/v1/datasets/{}", segment(id))
}

/// A dataset of a list.
fn dataset(answer: Answer<'_>) -> Result<RemoteDataset> {
    let id = answer.get("id").ok_or_else(|| Error::invalid("a dataset without an id"))?;
    let facet = object(|object| {
        let metrics = answer.get(SELECTED_METRICS).map_or("{}", View::raw);
        object.json(SELECTED_METRICS, metrics);
        object.nullable_json(COLUMN_MAPPINGS, answer.get(COLUMN_MAPPINGS).map(View::raw));
        let names = answer.get(STRUCTURE).into_iter().flat_map(View::items);
        let fields: Vec<Field> =
            names.filter_map(|name| Field::from_name(&name.as_text()?)).collect();
        write_fields(&fields, object.key(STRUCTURE));
    });
    let about = About {
        name: answer.text("name")?,
        source: Some("customer".to_owned()),
        shared: answer.get("org_id").is_some(),
        unique_name: true,
        facet: Some(RawJson::trusted(facet)),
        ..About::default()
    };
    // Where it cannot be read, nothing hangs on it.
    let created_at = values::time(answer, "created_at").unwrap_or_default();
    Ok(RemoteDataset { id: id.raw().to_owned(), about, case_count: None, created_at })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).expect(text)
    }

    fn case(text: &str) -> Case {
        record(json(text).view()).expect(text).case
    }

    #[test]
    fn a_record_comes_back_as_it_was_shown() {
        let text = r#"{"id":7,"prompt":null,"input":"a\u0000\"b","context":null,"output":"\ud800","golden_answer":null}"#;
        let fetched = record(json(text).view()).expect("a record");
        assert_eq!(fetched.id.as_deref(), Some("7"));
        assert_eq!(shown(&fetched.case, Some("7")), text);
        assert!(record(json(r#"{"input":5}"#).view()).expect_err("no text").contains("input"));
    }

    #[test]
    fn what_no_file_can_hold_is_not_written() {
        let line = |text: &str| csv_line(&case(text)).map_err(|why| why.0);
        let plain = r#"{"input":"a \"b\", c","golden_answer":" d\ne"}"#;
        assert_eq!(line(plain).expect("sayable"), ",\"a \"\"b\"\", c\",,,\" d\ne\"\n");
        assert!(line("{}").expect_err("empty").contains("no field"));
        assert!(line(r#"{"output":""}"#).expect_err("empty").contains("no field"));
        let half = line(r#"{"input":"a","output":"\ud800"}"#).expect_err("half");
        assert!(half.starts_with("output holds half"), "{half}");
    }

    #[test]
    fn a_written_file_is_read_as_it_was_meant() {
        let cases = [r#"{"input":"a\r\n\"b\"","output":" c"}"#, r#"{"golden_answer":"é😀"}"#];
        let lines: String =
            cases.iter().map(|text| csv_line(&case(text)).expect("sayable")).collect();
        let file = Box::new(io::Cursor::new(format!("{HEADER}{lines}").into_bytes()));
        let read: Result<Vec<Case>> = open(file).expect("a file").collect();
        assert_eq!(read.expect("good"), cases.map(case));
    }

    #[test]
    fn a_dataset_keeps_what_the_dialect_alone_knows() {
        let text = r#"{"id":42,"user":null,"name":"n","selected_metrics":{"1": {"threshold":70}},"structure":["input"],"column_mappings":{"input":"q"},"org_id":3,"created_at":"2026-04-02T12:00:00Z"}"#;
        let found = dataset(Answer::parse(text).expect("an object")).expect("a dataset");
        assert_eq!((found.id.as_str(), found.about.shared), ("42", true));
        let facet = found.about.facet.as_ref().map(RawJson::as_str);
        let expected = r#"{"selected_metrics":{"1": {"threshold":70}},"column_mappings":{"input":"q"},"structure":["input"]}"#;
        assert_eq!(facet, Some(expected));
        assert_eq!(unsaid(&found.about), ["shared", "column_mappings"]);
        let server = Server { url: "http://h/api/v1".to_owned(), ..Server::default() };
        let aegis = Aegis::connect(server).expect("an address");
        assert_eq!(aegis.metrics(&found.about).expect("its own"), r#"{"1": {"threshold":70}}"#);
        let none = aegis.metrics(&About::default()).expect_err("none");
        assert!(none.message().contains("--target-option selected_metrics="), "{none}");
    }
}
