//! How runs are found, and what keeps none of the others from being read.

use evalstone_core::run::{RunKind, RunStatus};
use evalstone_kit::remote::Remote as _;
use evalstone_kit::remote::runs::{RemoteRun, UnreadableRun};
use futures_util::TryStreamExt as _;

use super::runs_tests::{connect, dataset, read};

#[actix_web::test]
async fn runs_are_found_with_datasets_and_collections_once() {
    let head = r#""started_at":"2026-04-01T09:15:01Z","evaluations":null"#;
    let bodies: Vec<(String, String)> = [3, 4, 10, 11]
        .map(|id| (format!("/api/v1/runs/{id}"), format!("{{\"id\":{id},{head}}}")))
        .to_vec();
    let first = r#"{"items":[{"id":1,"runs":[{"id":3,"dataset_id":1},{"id":11,"dataset_id":7}]}],"meta":{"has_next":true}}"#;
    let second = r#"{"items":[{"id":2,"runs":[{"id":4},{"id":12}]}],"meta":{"has_next":false}}"#;
    let list = "/api/v1/data-collections";
    let lists = [
        ("/api/v1/datasets/1".to_owned(), r#"{"runs":[{"id":10}],"records":[]}"#),
        ("/api/v1/datasets/2".to_owned(), r#"{"runs":[{"id":3}]}"#),
        (format!("{list}?page=1&page_size=1"), "{}"),
        (format!("{list}?page=1&page_size=100"), first),
        (format!("{list}?page=2&page_size=100"), second),
    ];
    let answers: Vec<(&str, &str)> = bodies
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .chain(lists.iter().map(|(path, text)| (path.as_str(), *text)))
        .collect();
    let (_, aegis) = connect(&answers);
    let datasets = [dataset("1"), dataset("3"), dataset("2")];
    let told = |runs: Vec<RemoteRun>| -> Vec<(String, Option<String>)> {
        assert!(runs.iter().all(|run| run.run.status == RunStatus::Running));
        runs.into_iter().map(|run| (run.id, run.dataset)).collect()
    };
    let pair = |id: &str, dataset: Option<&str>| (id.to_owned(), dataset.map(str::to_owned));
    // The run 12 and the dataset 3 have gone by the time when they are asked for.
    let all = [pair("3", Some("2")), pair("4", None), pair("10", Some("1")), pair("11", Some("7"))];
    assert_eq!(told(read(&aegis, &datasets, true).await.expect("runs")), all);
    let some = [pair("3", Some("2")), pair("10", Some("1"))];
    assert_eq!(told(read(&aegis, &datasets, false).await.expect("runs")), some);
}

#[actix_web::test]
async fn what_cannot_be_read_is_named() {
    let told = async |text: &str| {
        let list = "/api/v1/datasets/1";
        let (_, aegis) = connect(&[
            (list, r#"{"runs":[{"id":6},{"id":5}]}"#),
            ("/api/v1/runs/5", text),
            ("/api/v1/runs/6", r#"{"evaluations":[],"started_at":"2026-04-01T09:15:01Z"}"#),
        ]);
        let datasets = [dataset("1")];
        let mut runs = aegis.runs(&datasets, false).try_concat().await.expect("a list");
        let UnreadableRun { id, kind, why } = runs.remove(0).expect_err(text);
        assert_eq!((id.as_str(), kind, runs.len()), ("5", RunKind::Scoring, 1), "6 can be read");
        why
    };
    assert_eq!(told(r#"{"evaluations":[]}"#).await, "it tells no time");
    let bad = r#"{"evaluations":[{"metric_shortname":"a"}],"started_at":"2026-04-01T09:15:01Z"}"#;
    assert_eq!(told(bad).await, "evaluation 1 of run 5: it has no threshold");
    let odd = r#"{"evaluations":[],"finished_at":"soon"}"#;
    assert_eq!(told(odd).await, "finished_at is no time");
    assert!(told(r#"{"id":5}"#).await.contains("no evaluations"));
    assert!(told("403").await.contains("403"));
    let (_, refusing) = connect(&[("/api/v1/data-collections?page=1&page_size=1", "403")]);
    assert!(read(&refusing, &[], true).await.expect("none").is_empty());
}

#[actix_web::test]
async fn a_page_tells_whether_another_follows() {
    let list = "/api/v1/data-collections";
    let first = format!("{list}?page=1&page_size=1");
    let page = format!("{list}?page=1&page_size=100");
    for text in
        [r#"{"items":[]}"#, r#"{"items":[],"meta":{}}"#, r#"{"items":[],"meta":{"has_next":null}}"#]
    {
        let (_, aegis) = connect(&[
            (&first, "{}"),
            (&page, text),
            ("/api/v1/datasets?page=1&page_size=1000", text),
        ]);
        let runs = read(&aegis, &[], true).await.expect_err(text);
        let datasets = aegis.datasets().try_concat().await.expect_err(text);
        for error in [runs, datasets] {
            assert!(error.message().contains("whether another follows"), "{text}: {error}");
        }
    }
}
