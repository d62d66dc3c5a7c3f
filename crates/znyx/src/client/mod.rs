//! The dialect spoken outward, for the bridge: a server of the vendor's, or another that speaks like
//! it (contract §3.0 to §3.6, §3.14, §3.16).

mod runs;
#[cfg(test)]
mod runs_tests;

use std::collections::HashSet;

use evalstone_core::case::Case;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::json::{self, MAX_DEPTH, RawJson, RawObject, View, object};
use evalstone_core::run_copy::RunCopy;
use evalstone_kit::remote::answer::Answer;
use evalstone_kit::remote::client::{Client, Server};
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun, RunWalk};
use evalstone_kit::remote::{
    About, Fetched, Manner, Outward, Portion, Remote, RemoteDataset, Reply, Unreadable, Walk,
    counted, is_refusal, segment,
};
use futures_util::{StreamExt as _, stream};

use crate::mapping::{facet, read, trust_level, write};
use crate::{NAME, wire};

/// How many datasets a call asks for: the most that the vendor's own settings allow (contract U2).
const DATASETS: usize = 200;
/// How many samples a call asks for (contract U2).
const SAMPLES: usize = 1000;
/// The list of benchmarks.
const BENCHMARK_LIST: &str = "benchmarks";
/// The bytes of samples that a call adds: below the vendor's soft limit of 2 MB (contract §3.5).
const BYTES: usize = 1_500_000;

/// What this dialect speaks outward.
#[must_use]
pub fn outward() -> Outward {
    Outward {
        name: NAME,
        title: "ZNYX",
        connect: |server| Ok(Box::new(Znyx::connect(server)?)),
        round_trip: |case| write(read(case)),
        writable: |_| Ok(()),
        unsaid,
        cases_key: "samples",
        case_marks: &["input_text"],
        case: |json| sample(json.view()),
        shown,
        table: None,
    }
}

/// What a dataset of this dialect cannot say: its pipeline and what hangs on it, that it is archived or
/// private; and it says by itself where its cases come from.
fn unsaid(about: &About) -> Vec<&'static str> {
    let About {
        name: _,
        description: _,
        category: _,
        creator: _,
        source,
        public: _,
        shared,
        unique_name: _,
        archived,
        golden,
        pipeline,
        facet: _,
        facets: _,
        origin: _,
    } = about;
    let source = source.as_deref().is_some_and(|source| source != wire::CUSTOMER);
    let lost = [
        ("source", source),
        ("private", !shared),
        ("archived", *archived == Some(true)),
        ("golden", *golden),
        ("pipeline", pipeline.is_some()),
    ];
    lost.into_iter().filter(|(_, lost)| *lost).map(|(name, _)| name).collect()
}

/// A sample as lists show it, written.
fn shown(case: &Case, id: Option<&str>) -> String {
    let mut members = body(case);
    if let Some(id) = id {
        let mut with_id = object(|object| object.text("id", id));
        with_id.pop();
        members.replace_range(..1, &format!("{with_id},"));
    }
    members
}

/// A sample as requests bring it, every key written.
fn body(case: &Case) -> String {
    let wire::SampleInput { input_text, context, expected_decision, expected_rule_hits, metadata } =
        read(case);
    object(|object| {
        object.json("input_text", input_text.as_str());
        object.text("context", &context);
        object.nullable_json("expected_decision", expected_decision.as_ref().map(RawJson::as_str));
        object
            .nullable_json("expected_rule_hits", expected_rule_hits.as_ref().map(RawJson::as_str));
        object.nullable_json("metadata", metadata.as_ref().map(RawObject::as_str));
    })
}

/// A sample of an answer as a case.
fn sample(view: View<'_>) -> Result<Fetched, String> {
    let input = wire::SampleInput::parse(view)?;
    let answer = Answer::of(view).map_err(|error| error.to_string())?;
    let id = answer.nullable_text("id").map_err(|error| error.to_string())?;
    Ok(Fetched { id, dataset: None, case: write(input), origin: None })
}

/// A server and the organization there.
struct Znyx {
    client: Client,
    /// `/v1/orgs/{org_id}/datasets`.
    datasets: String,
}

impl Znyx {
    fn connect(mut server: Server) -> Result<Self> {
        server.known_options(&["org"])?;
        let mut org = server.options.get("org").cloned();
        if let Some((base, named)) = server.url.clone().split_once("/v1/orgs/") {
            server.url = base.to_owned();
            org = Some(named.trim_end_matches('/').to_owned());
        }
        let org = org.ok_or_else(|| {
            Error::invalid("ZNYX wants an organization: https://HOST/v1/orgs/ORG, by id or slug")
        })?;
        let server = server.without(&["/v1"]);
        let datasets = format!("/v1/orgs/{}/datasets", segment(&org));
        Ok(Self { client: Client::new(&server)?, datasets })
    }

    /// `/v1/orgs/{org_id}`.
    fn organization(&self) -> &str {
        self.datasets.strip_suffix("/datasets").unwrap_or_default()
    }

    /// One page of a list: its length, what its rows make, and how many rows there are in all.
    async fn page<T>(
        &self,
        path: &str,
        list: &str,
        make: impl Fn(View<'_>) -> Result<T>,
    ) -> Result<(Vec<T>, u64)> {
        let text = self.client.get(path).await?;
        // What detectors say of a sample stands one level deeper than a sample's metadata.
        let view = View::parse(&text, MAX_DEPTH + 4)
            .map_err(|fault| Error::invalid(format!("{path} answers with no JSON: {fault}")))?;
        let answer = Answer::of(view)?;
        let total = answer.number("total")?;
        let total =
            total.ok_or_else(|| Error::invalid(format!("{path} answers without a total")))?;
        let rows = answer
            .get(list)
            .filter(|rows| rows.kind() == json::Kind::Array)
            .ok_or_else(|| Error::invalid(format!("{path} answers without a list {list:?}")))?;
        Ok((rows.items().map(make).collect::<Result<_>>()?, total))
    }

    /// A list, page by page. The path may have a query already.
    fn pages<'a, T: 'a>(
        &'a self,
        path: String,
        list: &'static str,
        most: usize,
        make: impl Fn(View<'_>) -> Result<T> + Copy + 'a,
    ) -> Walk<'a, T> {
        let and = if path.contains('?') { '&' } else { '?' };
        stream::try_unfold(Some((0_usize, Some(most))), move |place| {
            let path = path.clone();
            async move {
                let Some((offset, limit)) = place else { return Ok(None) };
                let page = async |limit: Option<usize>| {
                    let limit = limit.map(|limit| format!("limit={limit}&")).unwrap_or_default();
                    self.page(&format!("{path}{and}{limit}offset={offset}"), list, make).await
                };
                let (page, limit) = match page(limit).await {
                    // How many may be asked for is nowhere documented; then the server decides.
                    Err(error) if limit.is_some() && error.kind() == Kind::Invalid => {
                        (page(None).await?, None)
                    }
                    page => (page?, limit),
                };
                let (rows, total) = page;
                let next = offset + rows.len();
                let more = (next as u64) < total;
                if more && rows.is_empty() {
                    return Err(Error::invalid(format!(
                        "{path} answers with {offset} of {total} {list} and no more"
                    )));
                }
                Ok((!rows.is_empty()).then_some((rows, more.then_some((next, limit)))))
            }
        })
        .boxed_local()
    }
}

impl Remote for Znyx {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        // New datasets come first and push others onto the next page, where they are seen again.
        let mut seen = HashSet::new();
        let pages = self
            .pages(self.datasets.clone(), "datasets", DATASETS, |view| dataset(Answer::of(view)?));
        pages
            .map(move |page| {
                let mut page: Vec<RemoteDataset> = page?;
                page.retain(|dataset| seen.insert(dataset.id.clone()));
                Ok(page)
            })
            .boxed_local()
    }

    fn others(&self) -> Reply<'_, Vec<String>> {
        Box::pin(async move {
            let organization = self.organization();
            let mut others = Vec::new();
            for (list, one, many) in [
                (BENCHMARK_LIST, "benchmark with its results", "benchmarks with their results"),
                ("traces", "trace", "traces"),
                ("annotations", "annotation", "annotations"),
            ] {
                let path = format!("{organization}/{list}?limit=1");
                match self.client.get(&path).await {
                    // They are moved where they are shown.
                    Ok(_) if list == BENCHMARK_LIST => {}
                    Ok(text) => {
                        let total = Answer::parse(&text)?.number("total")?;
                        others.extend(counted(total, one, many));
                    }
                    Err(error) if is_refusal(&error) => others.extend(counted(None, one, many)),
                    Err(error) => return Err(error),
                }
            }
            Ok(others)
        })
    }

    fn runs<'a>(&'a self, datasets: &'a [RemoteDataset], all: bool) -> RunWalk<'a> {
        self.benchmarks(datasets, all)
    }

    /// All but the policy.
    fn said(&self, run: &RunCopy) -> RunCopy {
        RunCopy { policy: None, ..run.clone() }
    }

    fn parts<'a>(&'a self, run: &'a RemoteRun) -> Walk<'a, FetchedPart> {
        self.results(run)
    }

    fn cases<'a>(&'a self, id: &'a str) -> Walk<'a, Result<Fetched, Unreadable>> {
        let path = format!("{}/{}/samples", self.datasets, segment(id));
        self.pages(path, "samples", SAMPLES, |view| {
            Ok(sample(view).map_err(|why| Unreadable { text: view.raw().to_owned(), why }))
        })
    }

    fn manner(&self) -> Manner {
        Manner { whole: false, portion: Some(Portion { cases: SAMPLES, bytes: BYTES }) }
    }

    fn create<'a>(&'a self, like: &'a RemoteDataset) -> Reply<'a, RemoteDataset> {
        Box::pin(async move {
            let text = self.client.post(&self.datasets, &new_dataset(&like.about)).await?;
            dataset(Answer::parse(&text)?)
        })
    }

    fn append<'a>(&'a self, id: &'a str, _: u64, cases: &'a [Fetched]) -> Reply<'a, ()> {
        Box::pin(async move {
            let samples: Vec<String> = cases.iter().map(|fetched| body(&fetched.case)).collect();
            let json = format!("{{\"samples\":[{}]}}", samples.join(","));
            let path = format!("{}/{}/samples", self.datasets, segment(id));
            self.client.post(&path, &json).await.map(drop)
        })
    }
}

/// A dataset of an answer.
fn dataset(answer: Answer<'_>) -> Result<RemoteDataset> {
    let trust = answer.nullable_text("trust_level")?;
    let about = About {
        name: answer.text("name")?,
        description: answer.nullable_text("description")?,
        category: answer.nullable_text("category")?,
        creator: answer.nullable_text("created_by")?,
        source: answer.nullable_text("source")?,
        public: answer.flag("is_public"),
        shared: true,
        facet: trust.as_deref().and_then(facet),
        ..About::default()
    };
    let created_at = answer.time("created_at");
    let case_count = answer.number("sample_count")?;
    Ok(RemoteDataset { id: answer.text("id")?, about, case_count, created_at })
}

/// The body that makes a dataset like this one.
fn new_dataset(about: &About) -> String {
    object(|object| {
        object.text("name", &about.name);
        object.nullable_text("description", about.description.as_deref());
        object.nullable_text("category", about.category.as_deref());
        object.text("trust_level", &trust_level(about.facet.as_ref()));
        object.plain("is_public", about.public);
        object.nullable_text("created_by", about.creator.as_deref());
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).expect(text)
    }

    #[test]
    fn a_sample_comes_back_as_it_was_shown() {
        let text = r#"{"id":"i","input_text":"\ud800 a","context":"tool","expected_decision":"BLOCK","expected_rule_hits":["a"],"metadata":{"k" : 1.0}}"#;
        let fetched = (outward().case)(&json(text)).expect("a sample");
        assert_eq!(fetched.id.as_deref(), Some("i"));
        assert_eq!(shown(&fetched.case, Some("i")), text);
        let bare = (outward().case)(&json(r#"{"input_text":"x"}"#)).expect("a sample");
        assert_eq!(bare.id, None);
        assert!(
            (outward().case)(&json(r#"{"context":"x"}"#))
                .expect_err("no text")
                .contains("input_text")
        );
    }

    #[test]
    fn a_dataset_is_made_as_it_was_described() {
        let text = r#"{"id":"d","name":"n","description":null,"category":"c","trust_level":"official","source":"customer","sample_count":3,"is_public":true,"created_by":"dana","created_at":"2026-04-22T12:00:00Z","updated_at":null}"#;
        let found = dataset(Answer::parse(text).expect("an object")).expect("a dataset");
        assert_eq!((found.id.as_str(), found.case_count), ("d", Some(3)));
        assert_eq!(
            new_dataset(&found.about),
            r#"{"name":"n","description":null,"category":"c","trust_level":"official","is_public":true,"created_by":"dana"}"#
        );
        assert_eq!(unsaid(&found.about), Vec::<&str>::new());
        let other = About { archived: Some(true), ..About::default() };
        assert_eq!(unsaid(&other), ["private", "archived"]);
    }

    #[test]
    fn the_organization_stands_in_the_address() {
        let connect = |url: &str| {
            let server = Server { url: url.to_owned(), ..Server::default() };
            Znyx::connect(server).map(|znyx| format!("{}{}", znyx.client.base(), znyx.datasets))
        };
        let expected = "https://h/v1/orgs/a%20b/datasets";
        assert_eq!(connect("https://h/v1/orgs/a b/").expect("an address"), expected);
        assert!(connect("https://h/v1").is_err());
    }
}
