//! Files as places.

use super::stage::{House, bridge, datasets, digests, document, items, named, run, text, two};
use crate::gateway::{Backend, Gateway};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("bridge::an_archive_loses_nothing", archive);
    trials.both("bridge::a_damaged_archive_is_refused", damaged);
    trials.both("bridge::saved_answers_are_imported", saved);
    trials.both("bridge::files_of_cases", files);
}

fn path(gateway: &Gateway, name: &str) -> String {
    gateway.data_dir().join(name).to_str().expect("UTF-8").to_owned()
}

fn archive(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    let file = path(&one, "all.evalstone.jsonl");
    document(bridge(&one, "", "", &["export", "--all", &file, "--json"]));
    let report = document(bridge(&two, "", "", &["import", &file, "--json"]));
    assert_eq!(text(&report, "/complete"), "true");
    let (there, here) = (datasets(&one, &house), datasets(&two, &house));
    assert_eq!(there, here, "names and ids");
    for (name, id) in &there {
        assert_eq!(digests(&one, &house, id), digests(&two, &house, id), "{name}");
        let lossy = text(named(&report, name), "/lossy");
        assert_eq!(lossy, "0");
    }
    // What the dialects alone know is there, too.
    let samples = two.send(
        &Request::new("GET", &format!("/v1/orgs/default/datasets/{}", here["guard"]))
            .bearer(&house.key),
    );
    assert_eq!(text(&samples.json().expect("JSON"), "/trust_level"), "gold");
    let desk = |gateway: &Gateway| {
        let list = Request::new("GET", "/api/v1/datasets?search=desk").bearer(&house.key);
        let list = gateway.send(&list).json().expect("JSON");
        assert_eq!(list.at("/items/0/org_id"), Ok(&Json::Null), "it is not shared");
        ["/items/0/selected_metrics/1/threshold", "/items/0/structure/0"]
            .map(|pointer| text(&list, pointer))
    };
    let expected = ["55", "input"].map(str::to_owned);
    assert_eq!((desk(&one), desk(&two)), (expected.clone(), expected));
    let again = document(bridge(&two, "", "", &["import", &file, "--json"]));
    for dataset in items(&again, "/datasets") {
        assert_eq!(text(dataset, "/action"), "skipped");
    }
    for (source, target) in [("store", file.as_str()), (file.as_str(), "store")] {
        let verdict = document(bridge(&two, "", "", &["verify", source, target, "--json"]));
        assert_eq!(text(&verdict, "/equal"), "true");
    }
    let manifest = |file: &str| {
        let text = std::fs::read_to_string(file).expect("an archive");
        let last = Json::parse(text.lines().last().expect("a line")).expect("JSON");
        let digests = items(&last, "/manifest/datasets").iter();
        digests.map(|one| (self::text(one, "/id"), self::text(one, "/digest"))).collect::<Vec<_>>()
    };
    let second = path(&two, "again.evalstone.jsonl");
    document(bridge(&two, "", "", &["export", "--all", &second, "--json"]));
    let sorted = |file: &str| {
        let mut manifest = manifest(file);
        manifest.sort();
        manifest
    };
    assert_eq!(sorted(&second), sorted(&file));
    let refused = run(bridge(&one, "", "", &["export", "--all", &file]));
    assert!(refused.stderr.contains("there is a file"), "{refused:?}");
}

fn damaged(backend: Backend) {
    let (one, two) = two(backend);
    let file = path(&one, "all.evalstone.jsonl");
    document(bridge(&one, "", "", &["export", "--all", &file, "--json"]));
    let whole = std::fs::read_to_string(&file).expect("an archive");
    let lines: Vec<&str> = whole.lines().collect();
    let cut = lines[..lines.len() - 1].join("\n") + "\n";
    let broken = [
        ("cut off", cut.clone()),
        ("half a line", whole[..whole.len() - 20].to_owned()),
        ("another case", whole.replace("\"plain\"", "\"plane\"")),
        ("a case less", whole.replacen(&format!("{}\n", lines[2]), "", 1)),
        ("more behind it", format!("{whole}{}\n", lines[2])),
        ("no archive", "{}\n".to_owned()),
    ];
    for (name, content) in broken {
        let file = path(&two, "broken.evalstone.jsonl");
        std::fs::write(&file, content).expect("a file");
        let output = run(bridge(&two, "", "", &["import", &file, "--json"]));
        assert_eq!(output.status.code(), Some(1), "{name}: {output:?}");
        assert!(output.stderr.contains("is damaged"), "{name}: {output:?}");
        assert!(datasets(&two, &House::default()).is_empty(), "{name}: nothing of it is used");
    }
}

fn saved(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    let there = datasets(&one, &house);
    let number = text(
        &one.send(&Request::new("GET", "/api/v1/datasets?search=desk").bearer(&house.key))
            .json()
            .expect("JSON"),
        "/items/0/id",
    );
    for (name, url) in [
        ("guard", format!("/v1/orgs/default/datasets/{}/samples?limit=1000", there["guard"])),
        ("flow", format!("/api/v4/test-cases?datasetId={}", there["flow"])),
        ("desk", format!("/api/v1/datasets/{number}")),
    ] {
        let answer = one.send(&Request::new("GET", &url).bearer(&house.key));
        let file = path(&two, &format!("{name}.json"));
        std::fs::write(&file, &answer.body).expect("a file");
        let report = document(bridge(&two, "", "", &["import", &file, "--json"]));
        assert_eq!(text(&report, "/complete"), "true");
        let here = datasets(&two, &house);
        let (original, copy) =
            (digests(&one, &house, &there[name]), digests(&two, &house, &here[name]));
        assert_eq!(original, copy, "{name}");
    }
    // Without a filter the vendor lists the cases of all datasets; each finds its own again.
    let all = one.send(&Request::new("GET", "/api/v4/test-cases").bearer(&house.key));
    let file = path(&two, "everything.json");
    std::fs::write(&file, &all.body).expect("a file");
    let into = House::fresh(&two, "everything");
    let import = ["import", &file, "--org", "everything", "--form", "gentrace", "--json"];
    let report = document(bridge(&two, "", "", &import));
    assert_eq!(items(&report, "/datasets").len(), 3, "{report:?}");
    let here = datasets(&two, &into);
    assert_eq!(digests(&two, &into, &here[&there["flow"]]), digests(&one, &house, &there["flow"]));
}

fn files(backend: Backend) {
    let (one, two) = two(backend);
    let house = House::default();
    let there = datasets(&one, &house);
    for (org, name, file, form) in [
        ("csv", "desk", "desk.csv", None),
        ("lines", "guard", "guard.jsonl", None),
        ("elements", "flow", "flow.jsonl", Some("gentrace")),
        ("lists", "guard", "lists.json", Some("znyx")),
    ] {
        let file = path(&one, file);
        let mut export = vec!["export", name, &file, "--json"];
        export.extend(form.iter().flat_map(|form| ["--form", form]));
        document(bridge(&one, "", "", &export));
        let into = House::fresh(&two, org);
        let import = ["import", &file, "--org", org, "--json", "--name", name];
        let report = document(bridge(&two, "", "", &import));
        assert_eq!(text(&report, "/complete"), "true");
        let here = datasets(&two, &into);
        let (original, copy) =
            (digests(&one, &house, &there[name]), digests(&two, &into, &here[name]));
        assert_eq!(original, copy, "{file}");
        let mut verify =
            vec!["verify", "store", &file, "--dataset", name, "--name", name, "--json"];
        verify.extend(form.iter().flat_map(|form| ["--form", form]));
        let verdict = document(bridge(&one, "", "", &verify));
        assert_eq!(text(&verdict, "/equal"), "true", "{file}");
    }
    let bad = path(&two, "bad.jsonl");
    std::fs::write(&bad, "{\"inputs\":{\"a\":1}}\nnonsense\n{\"input\":7}\n").expect("a file");
    let rejects = path(&two, "rejects.jsonl");
    let import = ["import", &bad, "--json", "--rejects", &rejects];
    let output = run(bridge(&two, "", "", &import));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = Json::parse(&output.stdout).expect("a document");
    let counts = ["/fetched", "/written", "/rejected"].map(|key| text(named(&report, "bad"), key));
    assert_eq!(counts, ["3", "1", "2"]);
    let verify = ["verify", &bad, "store", "--json"];
    let unequal = run(bridge(&two, "", "", &verify));
    assert_eq!(unequal.status.code(), Some(1), "what cannot be read is not equal: {unequal:?}");
    let dry = path(&one, "dry.evalstone.jsonl");
    document(bridge(&one, "", "", &["export", "--all", &dry, "--dry-run", "--json"]));
    for left in [dry.clone(), format!("{dry}.part")] {
        assert!(!std::path::Path::new(&left).exists(), "a dry run leaves nothing: {left}");
    }
    let rejects = std::fs::read_to_string(&rejects).expect("rejects");
    assert!(rejects.contains("line 2: ") && rejects.contains("\"read\":\"nonsense\""), "{rejects}");
    for (args, why) in [
        (&["import", "none.jsonl"][..], "there is no file"),
        (&["import", "config.toml"], "ends in none of"),
        (&["pull", "https://h"], "DIALECT+"),
        (&["pull", "none+https://h"], "no dialect is called"),
        (&["export", "--all", "x.json"], "in which dialect's form"),
        (&["export", "nobody", "x.jsonl"], "has no dataset \"nobody\""),
        (&["push", "x.jsonl"], "name the datasets, or say --all"),
    ] {
        let output = run(bridge(&two, "", "", args));
        assert!(!output.status.success() && output.stderr.contains(why), "{args:?}: {output:?}");
    }
}
