//! Entries of the catalog whose files an administrator puts into the data directory.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use crate::gateway::{Backend, Gateway, Identities};
use crate::trials::Trials;
use crate::wire::Answer;
use crate::wire::client::Request;

/// As many rows as the largest but one of the known benchmarks has.
const ROWS: usize = 23_679;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("catalog::entries_with_files", entries_with_files);
    trials.both("catalog::files_that_cannot_be_used", files_that_cannot_be_used);
}

struct Stage {
    gateway: Gateway,
    identities: Identities,
}

impl Stage {
    fn start(backend: Backend) -> Self {
        let gateway = Gateway::start(backend);
        let identities = Identities::make(&gateway);
        Self { gateway, identities }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.gateway.data_dir().join("catalog").join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    fn ask(&self, method: &str, path: &str, body: Option<&str>) -> Answer {
        let request = Request::new(method, &format!("/v1/orgs/default/datasets{path}"))
            .bearer(&self.identities.ci);
        self.gateway.send(&match body {
            Some(body) => request.json(body),
            None => request,
        })
    }

    /// Returns when the gateway has logged this: an answer may arrive before the line about it does.
    fn await_log(&self, line: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.gateway.log().contains(line) {
            assert!(Instant::now() < deadline, "no {line:?} in\n{}", self.gateway.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn install(&self, id: &str) -> Answer {
        self.ask("POST", "/install", Some(&format!(r#"{{"id": "{id}"}}"#)))
    }

    /// The catalog's entry of this id.
    fn entry(&self, id: &str) -> String {
        let answer = text(&self.ask("GET", "/catalog?source=industry_standard", None));
        let begin = answer.find(&format!(r#"{{"id":"{id}""#)).expect("the entry is listed");
        let end = answer[begin..].find('}').expect("an object");
        answer[begin..=begin + end].to_owned()
    }
}

fn text(answer: &Answer) -> String {
    answer.text().expect("UTF-8").to_owned()
}

fn entries_with_files(backend: Backend) {
    let stage = Stage::start(backend);
    let mut rows = String::new();
    for row in 0..ROWS {
        let _ = writeln!(
            rows,
            r#"{{"prompt": "Sentence {row} begins", "metadata": {{"row": {row}}}}}"#
        );
    }
    stage.write("bold/samples.jsonl", &rows);
    let manifest =
        "id = \"bold\"\nname = \"BOLD\"\ncategory = \"bias\"\nlicence = \"CC-BY-SA-4.0\"\n";
    stage.write("bold/manifest.toml", manifest);
    stage.write("ours/manifest.json", r#"{"id": "ours", "name": "Ours", "data": "rows.csv"}"#);
    stage.write("ours/rows.csv", "text,label,team\r\n\"a, b\",block,red\r\n");
    for id in ["bold", "ours"] {
        let entry = stage.entry(id);
        assert!(entry.contains(r#""installed":false,"dataset_id":null"#), "{entry}");
        assert!(entry.contains(r#""available":true,"hint":null"#), "{entry}");
    }
    let bold = stage.install("bold");
    assert_eq!(bold.status, 200, "{bold}");
    let shown = r#""category":"bias","trust_level":"community","source":"industry_standard","sample_count":23679"#;
    assert!(text(&bold).contains(shown), "{bold}");
    let id = bold.json().and_then(|json| json.at("/id")?.plain()).expect("an id");
    assert!(stage.entry("bold").contains(&format!(r#""installed":true,"dataset_id":"{id}""#)));
    let last = text(&stage.ask("GET", &format!("/{id}/samples?offset={}", ROWS - 1), None));
    assert!(last.contains(r#""input_text":"Sentence 23678 begins""#), "{last}");
    // Once it is there, nobody needs its files.
    fs::remove_dir_all(stage.gateway.data_dir().join("catalog/bold")).expect("removed");
    assert_eq!(text(&stage.install("bold")), text(&bold));
    let ours = stage.install("ours");
    assert_eq!(ours.status, 200, "{ours}");
    let samples = text(&stage.ask("GET", "/ours/samples", None));
    let sample = r#""input_text":"a, b","context":"input","expected_decision":"BLOCK","expected_rule_hits":null,"metadata":{"team":"red"}"#;
    assert!(samples.contains(sample), "{samples}");
}

fn files_that_cannot_be_used(backend: Backend) {
    let stage = Stage::start(backend);
    stage.write("truthfulqa/manifest.toml", "id = [");
    stage.write("bold/manifest.toml", "id = \"bold\"\nname = \"BOLD\"\n");
    stage.write("bold/samples.csv", "text,label\na,ALLOW\nb\n");
    assert!(stage.entry("truthfulqa").contains(r#""available":false,"hint":"the files in catalog/truthfulqa in the gateway's data directory cannot be used"#));
    for id in ["truthfulqa", "bold"] {
        let refused = stage.install(id);
        assert_eq!(refused.status, 409, "{refused}");
        let expected = format!(
            r#"{{"detail":{{"error":"not_available","message":"The catalog entry {id} has no samples here: the files in catalog/{id} in the gateway's data directory cannot be used; the gateway's log says why"}}}}"#
        );
        assert_eq!(text(&refused), expected);
    }
    stage.await_log("catalog/truthfulqa: unclosed array");
    stage.await_log("Invalid row 1 (line 3): it has only 1 of the header's 2 cells");
    // Nothing of what was read is in the way once the file is mended.
    stage.write("bold/samples.csv", "text,label\na,ALLOW\nb,BLOCK\n");
    let installed = stage.install("bold");
    assert!(text(&installed).contains(r#""sample_count":2"#), "{installed}");
}
