//! Lists of test cases are read and written in pieces, whose borders nobody must see.

mod opened;

use actix_web::App;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use evalstone_core::caller::Caller;
use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{Dataset, NewCase, Reference};
use evalstone_core::json::{MAX_DEPTH, RawJson, View};
use evalstone_gentrace::dialect;
use evalstone_kit::dialect::{Means, NoSettings};
use evalstone_store::Store;
use opened::{KEY, new_dataset, open};

async fn dataset_of(store: &Store, caller: &Caller, cases: usize) -> Dataset {
    let dataset = store.create_dataset(caller, new_dataset()).await.expect("made");
    let cases: Vec<NewCase> = (0..cases).map(case).collect();
    if !cases.is_empty() {
        let reference = Reference::Id(dataset.id.uuid());
        store.add_cases(caller, "gentrace", &reference, cases).await.expect("added");
    }
    dataset
}

fn case(number: usize) -> NewCase {
    let inputs = format!(r#"{{"number":{number},"text":"{}"}}"#, "x".repeat(number % 700));
    let inputs = RawJson::parse(&inputs).expect("JSON").try_into().expect("an object");
    NewCase {
        id: None,
        case: Case { name: Some(format!("n{number}")), inputs, ..Case::default() },
        origin: Origin { dialect: "gentrace".to_owned(), source_id: None, facet: None },
    }
}

#[actix_web::test]
async fn a_list_is_whole_and_in_order_whatever_its_length() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, caller) = open(&folder).await;
    let dialect = dialect(&store, &Means::default(), NoSettings {}).expect("a dialect");
    let service = init_service(
        App::new().configure(|c| (dialect.mount)(c)).configure(|c| (dialect.fallback)(c)),
    )
    .await;
    for length in [0, 1, 15, 16, 17, 143, 144, 145, 6_000] {
        let id = dataset_of(&store, &caller, length).await.id;
        let request = TestRequest::get()
            .uri(&format!("/api/v4/test-cases?datasetId={id}"))
            .insert_header(("authorization", format!("Bearer {KEY}")))
            .to_request();
        let response = call_service(&service, request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let body = read_body(response).await;
        let text = std::str::from_utf8(&body).expect("UTF-8");
        let list = View::parse(text, MAX_DEPTH).expect("JSON");
        let data = list.get("data").expect("data");
        let names: Vec<_> = data.items().filter_map(|case| case.get("name")?.as_text()).collect();
        let expected: Vec<_> = (0..length).map(|number| format!("n{number}")).collect();
        assert_eq!(names, expected, "{length} cases");
        assert_eq!(list.members().count(), 1);
    }
}

#[actix_web::test]
async fn the_dialect_answers_for_all_of_its_prefixes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = open(&folder).await;
    let dialect = dialect(&store, &Means::default(), NoSettings {}).expect("a dialect");
    let service = init_service(
        App::new().configure(|c| (dialect.mount)(c)).configure(|c| (dialect.fallback)(c)),
    )
    .await;
    let (known, unknown) = (StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED);
    for prefix in dialect.prefixes {
        // Pages are for people, who are told nothing of where they may not look.
        let (start, unknown) = match *prefix {
            "/t" => ("<!DOCTYPE html>", known),
            _ => (r#"{"message":""#, unknown),
        };
        for (key, status) in [(KEY, known), ("x", unknown)] {
            let request = TestRequest::get()
                .uri(&format!("{prefix}/no-such-thing"))
                .insert_header(("authorization", format!("Bearer {key}")))
                .to_request();
            let response = call_service(&service, request).await;
            assert_eq!(response.status(), status, "{prefix}");
            assert!(read_body(response).await.starts_with(start.as_bytes()), "{prefix}");
        }
    }
    let lines = (dialect.quickstart)("http://127.0.0.1:3825");
    assert_eq!(lines[0], "export GENTRACE_BASE_URL=http://127.0.0.1:3825/api");
}
