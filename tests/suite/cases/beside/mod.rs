//! A gateway beside a vendor, for which a second gateway stands: as its mirror, and compared with it.

mod astray;
mod diffing;
mod flows;
mod mirroring;
mod misses;

use std::time::{Duration, Instant};

use crate::gateway::{ADMIN_KEY, Backend, Gateway, Settings};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::Answer;
use crate::wire::client::{FormPart, Payload, Request};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    mirroring::list(trials);
    misses::list(trials);
    diffing::list(trials);
    astray::list(trials);
}

/// How long is waited for what happens beside answering.
const PATIENCE: Duration = Duration::from_secs(30);

/// The configuration of a gateway beside another, in all dialects.
fn config(url: &str, mode: &str, more: &str) -> String {
    let table = |dialect: &str| {
        format!(
            "[dialects.{dialect}.upstream]\nurl = \"{url}\"\nmode = \"{mode}\"\ntimeout = \"20s\"\n"
        )
    };
    let tables: String = ["znyx", "aegis", "gentrace"].map(table).concat();
    format!("{tables}{more}\n[shutdown]\ngrace = \"0s\"\n")
}

/// A gateway beside another.
fn beside(backend: Backend, vendor: &str, mode: &str, more: &str) -> Gateway {
    Gateway::start_with(backend, &Settings::config(&config(vendor, mode, more)))
}

/// Whoever calls a gateway.
#[derive(Clone, Copy)]
struct Client<'a> {
    gateway: &'a Gateway,
    key: &'a str,
}

impl<'a> Client<'a> {
    fn of(gateway: &'a Gateway) -> Self {
        Self { gateway, key: ADMIN_KEY }
    }

    /// Sends a request, with a JSON body if there is one.
    fn try_call(self, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::new(method, path).bearer(self.key);
        self.gateway.send(&if body.is_empty() { request } else { request.json(body) })
    }

    /// The same where it must succeed; null for an empty answer.
    fn call(self, method: &str, path: &str, body: &str) -> Json {
        read(method, path, &self.try_call(method, path, body))
    }

    fn get(self, path: &str) -> Json {
        self.call("GET", path, "")
    }

    /// Uploads a file.
    fn upload(self, name: &str, csv: &str) -> Json {
        self.upload_into(name, csv, None)
    }

    /// Uploads a file into a collection.
    fn upload_into(self, name: &str, csv: &str, collection: Option<&str>) -> Json {
        let part = |name: &str, filename: Option<&str>, content: &str| FormPart {
            name: name.to_owned(),
            filename: filename.map(str::to_owned),
            content_type: None,
            content: content.as_bytes().to_vec(),
        };
        let mut parts = vec![
            part("file", Some("data.csv"), csv),
            part("selected_metrics", None, r#"{"3":{"threshold":70}}"#),
            part("name", None, name),
        ];
        parts.extend(collection.map(|number| part("data_collection_id", None, number)));
        let mut request = Request::new("POST", "/api/v1/datasets").bearer(self.key);
        request.payload = Payload::Form(parts);
        read("POST", "/api/v1/datasets", &self.gateway.send(&request))
    }

    /// The digest of a dataset by its UUID or number.
    fn digest(self, id: &str) -> String {
        text(&self.get(&format!("/evalstone/datasets/{id}/digest")), "/digest")
    }
}

fn read(method: &str, path: &str, answer: &Answer) -> Json {
    assert!((200..300).contains(&answer.status), "{method} {path}: {answer}");
    if answer.body.is_empty() {
        return Json::Null;
    }
    answer.json().unwrap_or_else(|why| panic!("{method} {path}: {why}\n{answer}"))
}

fn text(json: &Json, pointer: &str) -> String {
    json.at(pointer).and_then(Json::plain).unwrap_or_else(|why| panic!("{why}: {json:?}"))
}

fn items<'a>(json: &'a Json, pointer: &str) -> &'a [Json] {
    json.at(pointer).and_then(Json::items).unwrap_or_else(|why| panic!("{why}: {json:?}"))
}

/// The misses of the `default` organization.
fn misses(gateway: &Gateway) -> Vec<Json> {
    let list = gateway.cli_json(&["mirror", "misses", "--org", "default", "--json"]);
    list.items().expect("a list").to_vec()
}

/// The sum of a metric over all lines that have these labels.
fn metric(gateway: &Gateway, name: &str, labels: &[&str]) -> f64 {
    let answer = gateway.send(&Request::new("GET", "/metrics"));
    let text = answer.text().expect("text").to_owned();
    let of_metric = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{') || rest.starts_with(' '))
            && labels.iter().all(|label| line.contains(label))
    };
    let lines = text.lines().filter(of_metric);
    lines.map(|line| line.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0)).sum()
}

/// Waits until something is as it should be.
fn wait_until(what: &str, gateway: &Gateway, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: never\n{}", gateway.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}
