//! Writes and reads datasets of one organization through each dialect, as the vendors' clients do.

use std::cell::Cell;
use std::fmt::Display;

use super::dialect::{Dialect, Shown};
use crate::arbitrary::record::{FIELDS, Record};
use crate::gateway::{ADMIN_KEY, Gateway};
use crate::json::Json;
use crate::wire::client::{FormPart, Payload, Request};

/// An organization with a key of its own.
pub struct Desk<'a> {
    gateway: &'a Gateway,
    slug: String,
    key: String,
    made: Cell<u32>,
}

/// A dataset.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// UUID.
    pub id: String,
    /// Public number.
    pub number: String,
}

/// What `GET /evalstone/datasets/{id}/digest?cases=true` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// The dataset's digest.
    pub whole: String,
    /// Each case's id and digest.
    pub cases: Vec<(String, String)>,
}

impl<'a> Desk<'a> {
    /// In the organization `default`.
    pub fn home(gateway: &'a Gateway) -> Self {
        Self::with(gateway, "default", ADMIN_KEY.to_owned())
    }

    /// In an organization that is made for it.
    pub fn fresh(gateway: &'a Gateway, slug: &str) -> Self {
        gateway.cli_json(&["orgs", "create", slug, "--json"]);
        let made =
            gateway.cli_json(&["keys", "create", "--org", slug, "--kind", "admin", "--json"]);
        let key = made.at("/key").and_then(Json::plain).expect("a key");
        Self::with(gateway, slug, key)
    }

    fn with(gateway: &'a Gateway, slug: &str, key: String) -> Self {
        Self { gateway, slug: slug.to_owned(), key, made: Cell::new(0) }
    }

    /// Makes a dataset of these samples, each the text of its object.
    pub fn add_samples(&self, samples: &[impl Display]) -> Result<Dataset, String> {
        let datasets = format!("/v1/orgs/{}/datasets", self.slug);
        let name = self.next_name();
        let made = self.post(&datasets, &format!("{{\"name\":\"{name}\"}}"))?;
        let id = plain(&made, "/id")?;
        let samples: Vec<String> = samples.iter().map(ToString::to_string).collect();
        let body = format!("{{\"samples\":[{}]}}", samples.join(","));
        self.post(&format!("{datasets}/{id}/samples"), &body)?;
        Ok(Dataset { number: self.number(&name)?, id })
    }

    /// Makes a dataset of test cases, each made from the dataset's id to the text of its body.
    pub fn add_test_cases(
        &self,
        bodies: impl Iterator<Item = impl FnOnce(&str) -> String>,
    ) -> Result<Dataset, String> {
        let name = self.next_name();
        let body = format!("{{\"name\":\"{name}\",\"description\":null}}");
        let id = plain(&self.post("/api/v4/datasets", &body)?, "/id")?;
        for body in bodies {
            self.post("/api/v4/test-cases", &body(&id))?;
        }
        Ok(Dataset { number: self.number(&name)?, id })
    }

    /// Makes a dataset of these records, written plainly.
    pub fn upload_records(&self, records: &[Record]) -> Result<Dataset, String> {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let row = |Record(cells): &Record| {
            cells.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
        };
        let rows: String = records.iter().map(row).collect();
        let file = format!("{}\r\n{rows}", FIELDS.join(","));
        let (status, answer) = self.upload(file.into_bytes(), None)?;
        expect(status, 201, &answer)?;
        self.created(&answer)
    }

    /// Uploads a file; the status and the answer.
    pub fn upload(&self, file: Vec<u8>, mapping: Option<String>) -> Result<(u16, String), String> {
        let text = |name: &str, content: String| FormPart {
            name: name.to_owned(),
            filename: None,
            content_type: None,
            content: content.into_bytes(),
        };
        let mut parts = vec![
            FormPart {
                name: "file".to_owned(),
                filename: Some("records.csv".to_owned()),
                content_type: Some("text/csv".to_owned()),
                content: file,
            },
            text("selected_metrics", r#"{"1":{"threshold":70}}"#.to_owned()),
            text("name", self.next_name()),
        ];
        parts.extend(mapping.map(|mapping| text("column_mappings", mapping)));
        let request = Request::new("POST", "/api/v1/datasets");
        self.ask(Request { payload: Payload::Form(parts), ..request })
    }

    /// What a dialect shows of a dataset's cases.
    pub fn read(&self, dialect: Dialect, dataset: &Dataset) -> Result<Vec<Shown>, String> {
        let Dataset { id, number } = dataset;
        dialect.shown(&self.get(&match dialect {
            Dialect::Znyx => {
                format!("/v1/orgs/{}/datasets/{id}/samples?limit=1000", self.slug)
            }
            Dialect::Aegis => format!("/api/v1/datasets/{number}"),
            Dialect::Gentrace => format!("/api/v4/test-cases?datasetId={id}"),
        })?)
    }

    /// Makes a dataset of what a dialect showed, through that dialect.
    pub fn write_again(&self, dialect: Dialect, cases: &[Shown]) -> Result<Dataset, String> {
        let body = |shown: &Shown| shown.body(dialect);
        match dialect {
            Dialect::Znyx => {
                let samples: Vec<String> =
                    cases.iter().map(|shown| format!("{{{}}}", body(shown))).collect();
                self.add_samples(&samples)
            }
            Dialect::Aegis => {
                let rows: Option<Vec<Record>> = cases.iter().map(Shown::row).collect();
                self.upload_records(&rows.ok_or("a file cannot hold every record")?)
            }
            Dialect::Gentrace => self.add_test_cases(cases.iter().map(|shown| {
                move |dataset: &str| format!("{{\"datasetId\":\"{dataset}\",{}}}", body(shown))
            })),
        }
    }

    /// The digests of a dataset and its cases.
    pub fn digests(&self, dataset: &Dataset) -> Result<Digests, String> {
        let answer = self.get(&format!("/evalstone/datasets/{}/digest?cases=true", dataset.id))?;
        let json = Json::parse(&answer)?;
        let case = |row: &Json| Ok((row.at("/id")?.plain()?, row.at("/digest")?.plain()?));
        let rows = json.at("/cases")?.items()?;
        let cases = rows.iter().map(case).collect::<Result<Vec<_>, String>>()?;
        Ok(Digests { whole: json.at("/digest")?.plain()?, cases })
    }

    /// The dataset that an upload's answer shows.
    pub fn created(&self, answer: &str) -> Result<Dataset, String> {
        let number = plain(answer, "/id")?;
        let answer = self.get(&format!("/evalstone/datasets/{number}/digest"))?;
        Ok(Dataset { id: plain(&answer, "/dataset")?, number })
    }

    fn number(&self, name: &str) -> Result<String, String> {
        let found = self.get(&format!("/api/v1/datasets?search={name}"))?;
        plain(&found, "/items/0/id")
    }

    /// A name that no other dataset's name has within it.
    fn next_name(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("law-{:06}", self.made.get())
    }

    fn get(&self, path: &str) -> Result<String, String> {
        let (status, answer) = self.ask(Request::new("GET", path))?;
        expect(status, 200, &answer).map_err(|why| format!("GET {path}: {why}"))?;
        Ok(answer)
    }

    fn post(&self, path: &str, body: &str) -> Result<String, String> {
        let (status, answer) = self.ask(Request::new("POST", path).json(body))?;
        expect(status, 200, &answer).map_err(|why| format!("POST {path} {body}: {why}"))?;
        Ok(answer)
    }

    fn ask(&self, request: Request) -> Result<(u16, String), String> {
        let answer = self.gateway.try_send(&request.bearer(&self.key))?;
        Ok((answer.status, answer.text()?.to_owned()))
    }
}

/// Refuses another status.
pub fn expect(status: u16, wanted: u16, answer: &str) -> Result<(), String> {
    if status == wanted { Ok(()) } else { Err(format!("{status}, not {wanted}: {answer}")) }
}

fn plain(answer: &str, pointer: &str) -> Result<String, String> {
    Json::parse(answer)?.at(pointer)?.plain()
}
