//! The own sets, and directories good and bad.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use evalstone_core::case::DECISIONS;
use evalstone_core::json::RawJson;
use evalstone_kit::limits::Limits;
use tempfile::TempDir;

use super::folder::Folder;
use super::manifest::Manifest;
use super::{Entry, Samples, own};
use crate::mapping;
use crate::wire::SampleInput;

fn samples(entry: &Entry) -> Vec<SampleInput> {
    let cases = entry.open(Limits::default().record).expect("it can be read").expect("samples");
    cases.map(|new| mapping::read(&new.expect("a good row").case)).collect()
}

#[test]
fn every_own_set_is_labelled_and_has_both_sides_and_both_answers() {
    let entries = own::entries();
    let ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["znyx-jailbreak", "znyx-pii", "znyx-toxicity", "znyx-secrets", "znyx-benign"]);
    for entry in &entries {
        let samples = samples(entry);
        assert!(samples.len() >= 25, "{}", entry.id);
        assert_eq!(entry.sample_count, i64::try_from(samples.len()).ok());
        let decision = |sample: &SampleInput| {
            let decision = sample.expected_decision.as_ref().expect("a label").view().as_text();
            decision.expect("text").into_owned()
        };
        let decisions: Vec<String> = samples.iter().map(decision).collect();
        assert!(decisions.iter().all(|decision| DECISIONS.contains(&decision.as_str())));
        let stopped = decisions.iter().filter(|decision| *decision != "ALLOW").count();
        let harmless = samples.len() - stopped;
        assert!(harmless >= 10, "{} has near misses", entry.id);
        assert_eq!(stopped >= 15, entry.id != "znyx-benign", "{}", entry.id);
        assert!(samples.iter().any(|sample| sample.context == "output"));
        assert!(
            samples.iter().all(|sample| ["input", "output"].contains(&sample.context.as_str()))
        );
        let texts: HashSet<&str> =
            samples.iter().map(|sample| sample.input_text.as_str()).collect();
        assert_eq!(texts.len(), samples.len(), "{} repeats a text", entry.id);
        assert_eq!((entry.source, entry.trust_level.as_str()), ("znyx_sample", "official"));
    }
}

#[test]
fn what_becomes_of_an_entry() {
    let new = mapping::installed(&own::entries()[0]);
    assert_eq!(
        (new.name.as_str(), new.category.as_deref()),
        ("Jailbreak basics", Some("jailbreak"))
    );
    assert_eq!((new.source.as_str(), new.creator, new.public), ("znyx_sample", None, false));
    assert_eq!(
        new.facet.map(RawJson::into_string).as_deref(),
        Some(r#"{"trust_level":"official"}"#)
    );
}

#[test]
fn manifests_say_what_is_wrong_with_them() {
    let good = Manifest::of_toml("id = \"a\"\nname = \"A\"\n").expect("good");
    assert_eq!((good.trust_level.as_str(), good.description), ("community", None));
    let same = Manifest::of_json(r#"{"id":"a","name":"A","data":"x.csv","sample_count":3}"#);
    let same = same.expect("good");
    assert_eq!((same.data.as_deref(), same.sample_count), (Some("x.csv"), Some(3)));
    for (text, why) in [
        ("id = \"a\"", "missing field `name`"),
        ("id = 1\nname = \"A\"", "invalid type: integer `1`, expected a string"),
        ("id = \"a\"\nname = \"A\"\nsource = \"customer\"", "unknown field `source`"),
        ("id = \"a\"\nname = \"A\"\nsample_count = -1", "invalid value: integer `-1`"),
        ("id = \"a\"\nname = \"\\u0000\"", "name holds the character U+0000"),
        ("id = ", "string values must be quoted"),
    ] {
        let error = Manifest::of_toml(text).expect_err(text);
        assert!(error.message().starts_with(why), "{text}: {error}");
    }
    assert!(Manifest::of_json("[]").is_err());
}

/// A catalog's directory, and the entry of that name in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn entries(&self) -> Vec<Entry> {
        Folder::new(self.path().join("catalog")).entries()
    }

    fn entry(&self, id: &str) -> Entry {
        self.entries().into_iter().find(|entry| entry.id == id).expect(id)
    }
}

#[test]
fn known_benchmarks_are_listed_without_files_and_say_where_to_put_them() {
    let place = Place::new();
    let entries = place.entries();
    let ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["truthfulqa", "bold", "realtoxicityprompts"]);
    for entry in entries {
        assert!(matches!(entry.samples, Samples::Absent));
        let hint = entry.hint().expect("a hint");
        let place = format!("catalog/{} in the gateway's data directory", entry.id);
        assert!(hint.contains(&place) && hint.contains("manifest.toml"), "{hint}");
        assert!(entry.open(Limits::default().record).expect("nothing to open").is_none());
    }
}

#[test]
fn a_directory_with_a_manifest_and_samples_is_an_entry() {
    let place = Place::new();
    let manifest = "id = \"bold\"\nname = \"Bold\"\nlicence = \"CC-BY-SA-4.0\"\n";
    place.write("catalog/bold/manifest.toml", manifest);
    place.write("catalog/bold/samples.csv", "prompt,label\na,ALLOW\nb,BLOCK\n");
    let json =
        r#"{"id":"our own","name":"Ours","category":"pii","data":"rows.ndjson","sample_count":1}"#;
    place.write("catalog/our own/manifest.json", json);
    place.write("catalog/our own/rows.ndjson", "{\"text\":\"c\"}\n");
    place.write("catalog/.hidden/manifest.toml", manifest);
    place.write("catalog/a file", "");
    let entries = place.entries();
    let ids: Vec<_> = entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["truthfulqa", "bold", "realtoxicityprompts", "our own"]);
    let bold = &entries[1];
    assert_eq!((bold.name.as_str(), bold.sample_count), ("Bold", None));
    assert_eq!((bold.source, bold.licence.as_deref()), ("industry_standard", Some("CC-BY-SA-4.0")));
    assert!(bold.hint().is_none());
    let texts: Vec<_> = samples(bold).into_iter().map(|sample| sample.input_text).collect();
    assert_eq!(texts, [RawJson::from_text("a"), RawJson::from_text("b")]);
    assert_eq!(samples(&entries[3]).len(), 1);
    assert_eq!(entries[3].sample_count, Some(1));
}

#[test]
fn what_is_broken_makes_its_own_entry_unusable() {
    let place = Place::new();
    let manifest = |id: &str, more: &str| format!("id = \"{id}\"\nname = \"N\"\n{more}");
    place.write("catalog/broken/manifest.toml", "id = [");
    place.write("catalog/huge/manifest.toml", &"#".repeat(70_000));
    place.write("catalog/binary/manifest.toml", "id = \"binary\"\nname = \"\0\"");
    place.write("catalog/other/manifest.toml", &manifest("elsewhere", ""));
    place.write("catalog/empty/note.txt", "");
    place.write("catalog/two/manifest.toml", &manifest("two", ""));
    place.write("catalog/two/manifest.json", "{}");
    place.write("catalog/without/manifest.toml", &manifest("without", ""));
    place.write("catalog/named/manifest.toml", &manifest("named", "data = \"rows.jsonl\""));
    place.write("catalog/parquet/manifest.toml", &manifest("parquet", "data = \"rows.parquet\""));
    place.write("catalog/parquet/rows.parquet", "");
    for (id, data) in [("up", "../two/manifest.jsonl"), ("root", "/etc/x.csv"), ("dot", "..")] {
        place.write(
            &format!("catalog/{id}/manifest.toml"),
            &manifest(id, &format!("data = \"{data}\"")),
        );
    }
    fs::create_dir_all(place.path().join("catalog/folder/samples.jsonl")).expect("made");
    place.write("catalog/folder/manifest.toml", &manifest("folder", ""));
    place.write("catalog/znyx-pii/manifest.toml", &manifest("znyx-pii", ""));
    let entries = place.entries();
    let further: Vec<_> = entries[3..].iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(
        further,
        [
            "binary", "broken", "dot", "empty", "folder", "huge", "named", "other", "parquet",
            "root", "two", "up", "without"
        ]
    );
    for entry in &entries[3..] {
        assert!(matches!(entry.samples, Samples::Unusable), "{}", entry.id);
        let hint = entry.hint().expect("a hint");
        assert!(hint.ends_with("the gateway's log says why"), "{hint}");
        assert!(!hint.contains("elsewhere"));
    }
}

#[test]
fn links_that_lead_out_are_not_followed() {
    let place = Place::new();
    let manifest = |id: &str| format!("id = \"{id}\"\nname = \"N\"\n");
    place.write("outside/manifest.toml", &manifest("linked"));
    place.write("outside/samples.jsonl", "{\"text\":\"secret\"}\n");
    place.write("catalog/data/manifest.toml", &manifest("data"));
    place.write("catalog/inside/manifest.toml", &manifest("inside"));
    place.write("catalog/inside/real.jsonl", "{\"text\":\"a\"}\n");
    let at = |path: &str| place.path().join(path);
    symlink(at("outside"), at("catalog/linked")).expect("linked");
    symlink(at("outside/samples.jsonl"), at("catalog/data/samples.jsonl")).expect("linked");
    symlink("real.jsonl", at("catalog/inside/samples.jsonl")).expect("linked");
    symlink("nowhere", at("catalog/dangling")).expect("linked");
    assert!(matches!(place.entry("linked").samples, Samples::Unusable));
    assert!(matches!(place.entry("data").samples, Samples::Unusable));
    assert_eq!(samples(&place.entry("inside")).len(), 1);
    assert!(place.entries().iter().all(|entry| entry.id != "dangling"));
}
