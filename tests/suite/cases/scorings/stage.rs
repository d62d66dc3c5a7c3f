//! A gateway with what runs are over.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::judge::Judge;
use crate::gateway::{Backend, Gateway, Identities, Settings};
use crate::json::Json;
use crate::wire::Answer;
use crate::wire::client::{FormPart, Payload, Request};

/// How long something that takes a while may take; a lease alone is 20 s.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A gateway and whoever asks it.
pub struct Stage {
    /// The gateway.
    pub gateway: Gateway,
    /// Who asks.
    pub identities: Identities,
}

impl Stage {
    /// A gateway with this configuration.
    pub fn start(backend: Backend, config: &str) -> Self {
        Self::with(Gateway::start_with(backend, &Settings::config(config)))
    }

    /// A gateway that asks this judge.
    pub fn judged(backend: Backend, judge: &Judge, more: &str) -> Self {
        let model = "[dialects.aegis.models.gpt-4o]\nurl = \"{{upstream}}/v1\"\ntimeout = \"10m\"\n\
                     parallel = 4\n";
        let settings = Settings::config(&format!("{model}{more}")).calling(&judge.upstream);
        Self::with(Gateway::start_with(backend, &settings))
    }

    fn with(gateway: Gateway) -> Self {
        let identities = Identities::make(&gateway);
        Self { gateway, identities }
    }

    /// Asks under the dialect's prefix.
    pub fn ask(&self, key: &str, method: &str, path: &str, body: &str) -> Answer {
        self.ask_at(key, method, &format!("/api/v1{path}"), body)
    }

    /// Asks anywhere.
    pub fn ask_at(&self, key: &str, method: &str, path: &str, body: &str) -> Answer {
        self.gateway.send(&self.request(key, method, path, body))
    }

    /// The request that asks there.
    pub fn request(&self, key: &str, method: &str, path: &str, body: &str) -> Request {
        let request = Request::new(method, path);
        let request = request.bearer(self.identities.key(key).expect("an identity"));
        if body.is_empty() { request } else { request.json(body) }
    }

    /// Uploads a dataset; its number.
    pub fn upload(&self, name: &str, csv: &str, metrics: &str) -> String {
        let part = |name: &str, filename: Option<&str>, content: &str| FormPart {
            name: name.to_owned(),
            filename: filename.map(str::to_owned),
            content_type: None,
            content: content.as_bytes().to_vec(),
        };
        let parts = vec![
            part("file", Some("d.csv"), csv),
            part("selected_metrics", None, metrics),
            part("name", None, name),
        ];
        let payload = Payload::Form(parts);
        let request = Request { payload, ..self.request("ci", "POST", "/api/v1/datasets", "") };
        plain(&self.gateway.send(&request), "/id")
    }

    /// Uploads so many questions for a judge; the dataset's number.
    pub fn questions(&self, name: &str, count: usize) -> String {
        self.upload(name, &rows(count), r#"{"25":{"threshold":50}}"#)
    }

    /// Uploads so many rows of which no model is asked.
    pub fn answers(&self, name: &str, count: usize) -> String {
        let metrics = r#"{"7":{"threshold":0,"metric_args":null}}"#;
        self.upload(name, &rows(count), metrics)
    }

    /// Starts a run over a dataset; its number.
    pub fn run(&self, dataset: &str, more: &str) -> String {
        let body = format!(r#"{{"dataset_id":{dataset}{more}}}"#);
        plain(&self.ask("ci", "POST", "/runs/dataset", &body), "/id")
    }

    /// The run as soon as so many of its evaluations are done.
    pub fn await_completed(&self, run: &str, count: &str) -> Answer {
        self.shown(run, |answer| plain(answer, "/progress/completed") == count)
    }

    /// The run at its end.
    pub fn ended(&self, run: &str) -> Answer {
        self.shown(run, |answer| {
            let finished = answer.json().and_then(|json| json.at("/finished_at").cloned());
            finished.expect("a run") != Json::Null
        })
    }

    fn shown(&self, run: &str, fits: impl Fn(&Answer) -> bool) -> Answer {
        let begun = Instant::now();
        loop {
            let answer = self.ask("ci", "GET", &format!("/runs/{run}"), "");
            assert_eq!(answer.status, 200, "{answer}");
            if fits(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{answer}\n{}", self.gateway.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Asserts that a run has evaluated each of so many rows once, in order.
    pub fn assert_whole(&self, run: &Answer, count: usize) {
        assert_rows(run, count);
        let count = count.to_string();
        assert_eq!(plain(run, "/progress/total"), count);
        assert_eq!(plain(run, "/progress/completed"), count);
        assert_eq!(plain(run, "/is_gte_threshold"), "true");
    }
}

/// Asserts that the evaluations of a run are those of its first so many rows, each once.
pub fn assert_rows(run: &Answer, count: usize) {
    let json = run.json().expect("JSON");
    let evaluations = json.at("/evaluations").and_then(Json::items).expect("evaluations");
    let text = |item: &Json, at: &str| item.at(at).and_then(Json::plain).expect("a value");
    let inputs: Vec<String> = evaluations.iter().map(|item| text(item, "/input")).collect();
    let expected: Vec<String> = (0..count).map(|row| format!("question {row}.")).collect();
    assert_eq!(inputs.len(), count);
    assert!(inputs == expected, "not each row once and in order");
    assert!(evaluations.iter().all(|item| text(item, "/is_success") == "true"), "{run}");
}

fn rows(count: usize) -> String {
    let mut csv = "input,output,golden_answer\n".to_owned();
    for row in 0..count {
        let _ = writeln!(csv, "question {row}.,a,a");
    }
    csv
}

/// A value of an answer that is none of refusal.
pub fn plain(answer: &Answer, pointer: &str) -> String {
    assert!(matches!(answer.status, 200 | 201), "{answer}");
    answer.json().and_then(|json| json.at(pointer)?.plain()).unwrap_or_else(|why| {
        panic!("{why}\n{answer}");
    })
}
