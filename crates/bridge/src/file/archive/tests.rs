//! Whole archives: what is written is read again, and what is damaged is refused.

use std::path::{Path, PathBuf};

use chrono::DateTime;
use evalstone_core::case::Case;
use evalstone_core::digest::DatasetDigest;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{MAX_DEPTH, RawJson, RawObject};
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::{EvaluationCopy, RowCopy, RunCopy, RunPart, SpanCopy};
use evalstone_core::trace::{Span, SpanId, TraceId};
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};
use evalstone_kit::remote::{About, Fetched, Remote, RemoteDataset, Walk};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::Archive;

fn json(text: &str) -> RawJson {
    RawJson::parse(text).expect(text)
}

fn dataset(id: &str) -> RemoteDataset {
    let about = About { name: format!("the {id}"), ..About::default() };
    RemoteDataset { id: id.to_owned(), about, case_count: None, created_at: None }
}

fn cases() -> Vec<Fetched> {
    // As a client has sent it: over two lines.
    let inputs = json("{\"a\":\n1.0}").try_into().expect("an object");
    let case = Case { inputs, ..Case::default() };
    vec![Fetched { id: Some("c".to_owned()), dataset: None, case, origin: None }]
}

fn run(id: &str, kind: RunKind, dataset: Option<&str>) -> RemoteRun {
    // Arguments of metrics are five levels deep in the settings, and may be as deep as any payload.
    let arguments = "[".repeat(MAX_DEPTH + 5) + &"]".repeat(MAX_DEPTH + 5);
    let run = RunCopy {
        name: Some("nightly".to_owned()),
        settings: Some(RawObject::trusted(format!("{{\"parts\":{arguments}}}"))),
        total: 1,
        completed: 1,
        summary: Some(RawObject::trusted("{\n}".to_owned())),
        finished_at: Some(DateTime::UNIX_EPOCH),
        ..RunCopy::of(kind, RunStatus::Completed, DateTime::UNIX_EPOCH)
    };
    let dataset = dataset.map(str::to_owned);
    RemoteRun { id: id.to_owned(), dataset, pipeline: None, run, tells_parts: true, noted: None }
}

fn row(position: i64) -> FetchedPart {
    let case = Case { output: Some(json("null")), ..Case::default() };
    FetchedPart { case: None, part: RunPart::Row(RowCopy { position, part: 0, case }) }
}

fn evaluation(row: Option<i64>, score: f64) -> FetchedPart {
    let depth = if row.is_none() { MAX_DEPTH } else { 1 };
    let deepest = "[".repeat(depth) + &"]".repeat(depth);
    let evaluation = EvaluationCopy {
        row,
        inputs: Some(json(&deepest)),
        output: Some(json(r#"["\ud800",1e400]"#)),
        trace: Some(TraceId([1; 16])),
        span: Some(SpanId([2; 8])),
        score: Some(score),
        passed: Some(true),
        // A list of what the detectors of a runtime say, each of which may be as deep as any payload.
        details: Some(RawJson::trusted(format!("[{deepest}]"))),
        ..EvaluationCopy::of("bleu".to_owned(), DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH)
    };
    FetchedPart { case: Some("c".to_owned()), part: RunPart::Evaluation(Box::new(evaluation)) }
}

fn span() -> FetchedPart {
    let span = Span {
        trace: TraceId([1; 16]),
        id: SpanId([2; 8]),
        parent: None,
        name: "a test".to_owned(),
        start_ns: 1,
        end_ns: 2,
        failed: false,
        body: json("{\"kind\":\r\n1}"),
        resource: json("{}"),
        scope: json("{}"),
    };
    let span = SpanCopy { span, marked: true, names_pipeline: false, reports: true };
    FetchedPart { case: None, part: RunPart::Span(Box::new(span)) }
}

/// The runs of the archive that the tests write: one of each kind, with its parts.
fn runs() -> Vec<(RemoteRun, Vec<FetchedPart>)> {
    let scored =
        (1..=300).map(row).chain((1..=300).map(|at| evaluation(Some(at), 0.1 * at as f64)));
    vec![
        (run("s", RunKind::Scoring, Some("one")), scored.collect()),
        (run("b", RunKind::Benchmark, Some("gone")), vec![evaluation(None, 70.0)]),
        (run("e", RunKind::Experiment, None), vec![evaluation(None, 1.5), span()]),
        (run("n", RunKind::Experiment, Some("two")), Vec::new()),
    ]
}

/// So many at a time.
fn walk<T: Clone + 'static>(all: &[T]) -> Walk<'static, T> {
    let pieces: Vec<Result<Vec<T>>> = all.chunks(7).map(|piece| Ok(piece.to_vec())).collect();
    stream::iter(pieces).boxed_local()
}

async fn digest(archive: &Archive, run: &RemoteRun) -> Result<(u64, String)> {
    let mut digest = DatasetDigest::new();
    let mut parts = archive.parts(run);
    while let Some(piece) = parts.try_next().await? {
        assert!(!piece.is_empty() && piece.len() <= 500);
        piece.iter().for_each(|part| digest.push(&part.part.digest()));
    }
    Ok((digest.count(), digest.finish().to_string()))
}

fn digest_of(parts: &[FetchedPart]) -> (u64, String) {
    let mut digest = DatasetDigest::new();
    parts.iter().for_each(|part| digest.push(&part.part.digest()));
    (digest.count(), digest.finish().to_string())
}

async fn listed(archive: &Archive, datasets: &[RemoteDataset], all: bool) -> Vec<RemoteRun> {
    let runs = archive.runs(datasets, all).try_concat().await.expect("runs");
    runs.into_iter().map(|run| run.expect("a run that can be read")).collect()
}

/// Writes an archive with two datasets and these runs, each of which is read again at once.
async fn written(runs: &[(RemoteRun, Vec<FetchedPart>)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.evalstone.jsonl");
    let archive = Archive::create(&path);
    for id in ["one", "two"] {
        archive.upload(&dataset(id), walk(&cases())).await.expect("a dataset");
    }
    for (run, parts) in runs {
        let broken = walk(parts).chain(stream::iter([Err(Error::fault("broken off"))]));
        archive.receive(run, broken.boxed_local()).await.expect_err("broken off");
        assert!(digest(&archive, run).await.is_err(), "it is not there yet");
        archive.receive(run, walk(parts)).await.expect("a run");
        assert_eq!(digest(&archive, run).await.expect("parts"), digest_of(parts), "{}", run.id);
    }
    let broken = stream::iter([Err(Error::fault("broken off"))]).boxed_local();
    let more = run("more", RunKind::Scoring, None);
    archive.receive(&more, broken).await.expect_err("broken off");
    archive.finish().await.expect("an archive");
    (folder, path)
}

#[tokio::test]
async fn runs_come_back_as_they_were() {
    let runs = runs();
    let (_folder, path) = written(&runs).await;
    let archive = Archive::open(&path).expect("an archive");
    let found = listed(&archive, &[], true).await;
    assert_eq!(found.len(), runs.len());
    for (found, (run, parts)) in found.iter().zip(&runs) {
        assert_eq!((&found.id, &found.dataset), (&run.id, &run.dataset));
        assert_eq!(found.run.digest(), run.run.digest());
        assert_eq!(digest(&archive, found).await.expect("parts"), digest_of(parts));
    }
    let ids = |runs: Vec<RemoteRun>| runs.into_iter().map(|run| run.id).collect::<Vec<_>>();
    assert_eq!(ids(listed(&archive, &[dataset("one"), dataset("two")], false).await), ["s", "n"]);
    assert!(listed(&archive, &[], false).await.is_empty());
    let cases_read: Vec<_> = archive.cases("two").try_concat().await.expect("cases");
    assert!(cases_read.iter().all(Result::is_ok) && cases_read.len() == 1);
    let kinds = RunKind::ALL;
    assert!(kinds.iter().all(|kind| archive.takes(*kind)));
    assert!(kinds.iter().all(|kind| Archive::create(&path).takes(*kind)));
    let read_only = archive.receive(&runs[0].0, walk(&[])).await;
    assert!(read_only.is_err());
}

#[tokio::test]
async fn what_has_no_place_in_an_archive_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = Archive::create(&folder.path().join("all.evalstone.jsonl"));
    let one = run("s", RunKind::Scoring, None);
    archive.receive(&one, walk(&[evaluation(None, 1.0), row(1)])).await.expect_err("out of order");
    archive.receive(&one, walk(&[row(1), row(2)])).await.expect("a run");
    archive.upload(&dataset("late"), walk(&[])).await.expect_err("behind a run");
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// An archive of these lines whose manifest is right.
fn sealed(lines: &[String]) -> String {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let member = |name: &str| {
        let ends = lines.iter().filter_map(|line| {
            line.strip_prefix(&format!("{{\"{name}\":"))?.strip_suffix('}').map(str::to_owned)
        });
        ends.collect::<Vec<_>>().join(",")
    };
    let (datasets, runs) = (member("end"), member("run_end"));
    let sha256 = hex(text.as_bytes());
    let manifest = format!(r#""datasets":[{datasets}],"runs":[{runs}],"sha256":"{sha256}""#);
    format!("{text}{{\"manifest\":{{{manifest}}}}}\n")
}

/// Why an archive of this text is not read.
fn refusal(path: &Path, text: &str) -> String {
    std::fs::write(path, text).expect("a file");
    match Archive::open(path) {
        Ok(_) => String::new(),
        Err(error) => error.message().to_owned(),
    }
}

/// A small archive's lines without the manifest, and the manifest.
async fn small() -> (TempDir, PathBuf, Vec<String>, String) {
    let parts = vec![row(1), row(2), evaluation(Some(1), 1.5), evaluation(Some(2), 2.5), span()];
    let (folder, path) = written(&[(run("s", RunKind::Scoring, None), parts)]).await;
    let text = std::fs::read_to_string(&path).expect("an archive");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let manifest = lines.pop().expect("a manifest");
    assert_eq!(sealed(&lines), text);
    (folder, path, lines, manifest)
}

/// Where the line of this kind stands that is the `nth` of its kind.
fn at(lines: &[String], kind: &str, nth: usize) -> usize {
    let start = format!("{{\"{kind}\":");
    let all = lines.iter().enumerate().filter(|(_, line)| line.starts_with(&start));
    all.map(|(at, _)| at).nth(nth).expect(kind)
}

#[tokio::test]
async fn damage_is_refused() {
    let (_folder, path, lines, manifest) = small().await;
    let joined =
        |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let refused = |change: &dyn Fn(&mut Vec<String>)| {
        let mut changed = lines.clone();
        changed.push(manifest.clone());
        change(&mut changed);
        refusal(&path, &joined(&changed))
    };
    let (evaluation, end) = (at(&lines, "evaluation", 0), at(&lines, "run_end", 0));
    assert_eq!(refused(&|_| ()), "");
    let cut = refused(&|lines| lines.truncate(evaluation + 1));
    assert!(cut.ends_with("it was cut off: there is no manifest"), "{cut}");
    let half = joined(&lines[..=evaluation]);
    let half = refusal(&path, &half[..half.len() - 9]);
    assert!(half.ends_with("the line is cut off, or over the limit"), "{half}");
    let byte = refused(&|lines| lines[evaluation] = lines[evaluation].replace("1.5", "1.6"));
    assert!(byte.ends_with("the manifest says something else"), "{byte}");
    let swapped = refused(&|lines| lines.swap(evaluation, evaluation + 1));
    assert!(swapped.ends_with("the manifest says something else"), "{swapped}");
    let missing = refused(&|lines| drop(lines.remove(end)));
    let line = format!("is damaged at line {}: a line that has no place here", end + 1);
    assert!(missing.ends_with(&line), "{missing}");
}

#[tokio::test]
async fn lines_out_of_place_are_refused_whatever_the_manifest_says() {
    let (_folder, path, lines, _) = small().await;
    let refused = |change: &dyn Fn(&mut Vec<String>)| {
        let mut changed = lines.clone();
        change(&mut changed);
        refusal(&path, &sealed(&changed))
    };
    let find = |kind: &str, nth| at(&lines, kind, nth);
    let to = |lines: &mut Vec<String>, from: usize, to: usize| {
        let line = lines.remove(from);
        lines.insert(to, line);
    };
    let (run, row, end) = (find("run", 0), find("row", 0), find("run_end", 0));
    for (what, refusal) in [
        ("a part before its run", refused(&|lines| to(lines, row, run))),
        ("a part behind its run", refused(&|lines| lines.push(lines[row].clone()))),
        ("a row behind an evaluation", refused(&|lines| to(lines, row, row + 2))),
        ("a span before a row", refused(&|lines| to(lines, end - 1, row))),
        ("a run in a dataset", refused(&|lines| to(lines, run, find("case", 1)))),
        ("a run in a run", refused(&|lines| lines.insert(row, lines[run].clone()))),
        ("a case in a run", refused(&|lines| to(lines, find("case", 1), run))),
        ("no run's end", refused(&|lines| lines.truncate(end))),
        ("a run of the first version", refused(&|lines| lines[0] = lines[0].replace('2', "1"))),
        (
            "a dataset behind a run",
            refused(&|lines| {
                let dataset: Vec<String> = lines.drain(find("dataset", 1)..run).collect();
                lines.extend(dataset);
            }),
        ),
    ] {
        assert!(refusal.contains("a line that has no place here"), "{what}: {refusal}");
    }
    let fewer = refused(&|lines| drop(lines.remove(row)));
    assert!(fewer.ends_with("the run's end says something else"), "{fewer}");
    let other = refused(&|lines| lines[end] = lines[end].replace("\"s\"", "\"t\""));
    assert!(other.ends_with("the run's end says something else"), "{other}");
    let wrong =
        refused(&|lines| lines[row] = lines[row].replace("{\"position\":1", "{\"position\":\"\""));
    let line = format!("is damaged at line {}: \"position\" is no whole number", row + 1);
    assert!(wrong.ends_with(&line), "{wrong}");
    let newer = refused(&|lines| lines[0] = lines[0].replace('2', "3"));
    assert!(newer.ends_with("only the versions 1 to 2 of the form are known"), "{newer}");
    let whole = sealed(&lines);
    let another =
        refusal(&path, &whole.replace("\"runs\":[{\"id\":\"s\"", "\"runs\":[{\"id\":\"t\""));
    assert!(another.ends_with("the manifest says something else"), "{another}");
    let deep = "[".repeat(MAX_DEPTH + 3) + &"]".repeat(MAX_DEPTH + 3);
    let deep = refused(&|lines| lines[2] = lines[2].replace("1.0", &deep));
    assert!(deep.contains("nested deeper than"), "{deep}");
}

#[tokio::test]
async fn a_runs_digest_is_checked_when_it_is_read() {
    let (_folder, path, mut lines, _) = small().await;
    let evaluation = at(&lines, "evaluation", 0);
    lines.swap(evaluation, evaluation + 1);
    std::fs::write(&path, sealed(&lines)).expect("a file");
    let archive = Archive::open(&path).expect("an archive");
    let run = &listed(&archive, &[], true).await[0];
    let error = digest(&archive, run).await.expect_err("another digest");
    assert!(error.message().ends_with("the digest is another"), "{}", error.message());
}

#[tokio::test]
async fn the_first_version_is_read() {
    let (_folder, path, lines, _) = small().await;
    let lines = &lines[..at(&lines, "run", 0)];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let text = text.replace("{\"evalstone_archive\":2}", "{\"evalstone_archive\":1}");
    let ends: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("{\"end\":")).collect();
    let ends: Vec<&str> = ends.iter().filter_map(|end| end.strip_suffix('}')).collect();
    let manifest = format!(
        "{{\"manifest\":{{\"datasets\":[{}],\"sha256\":\"{}\"}}}}\n",
        ends.join(","),
        hex(text.as_bytes())
    );
    std::fs::write(&path, text + &manifest).expect("a file");
    let archive = Archive::open(&path).expect("an archive");
    assert_eq!(archive.datasets().try_concat().await.expect("datasets").len(), 2);
    assert!(listed(&archive, &[], true).await.is_empty());
    assert_eq!(archive.cases("one").try_concat().await.expect("cases").len(), 1);
}
