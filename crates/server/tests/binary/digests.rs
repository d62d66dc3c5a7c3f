//! `GET /evalstone/datasets/{id}/digest`, over cases that were put into the store directly.

use std::time::Duration;

use actix_web::rt::System;
use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{Dataset, NewCase, NewDataset, Reference};
use evalstone_core::digest::{DatasetDigest, case_digest};
use evalstone_core::json::RawObject;
use evalstone_store::{Options, Store};

use crate::gateway::Home;

/// More than one piece of a walk.
const CASES: usize = 300;

fn new_dataset() -> NewDataset {
    NewDataset {
        id: None,
        origin: "test",
        pipeline: None,
        shared: true,
        name: "answers".into(),
        name_key: None,
        description: None,
        category: None,
        creator: None,
        source: "customer".into(),
        public: false,
        golden: false,
        facet: None,
    }
}

fn case(number: usize) -> Case {
    let inputs = RawObject::trusted(format!(r#"{{"input": "question {number}"}}"#));
    Case { inputs, ..Case::default() }
}

/// Stores a dataset as the holder of `key` would.
async fn fill(home: &Home, key: &str, count: usize) -> Dataset {
    let url = format!("sqlite:{}", home.path("data/evalstone.db").display());
    let statement_timeout = Duration::from_secs(15);
    let store = Store::open(&Options { url, pool_size: 2, statement_timeout }).expect("it opens");
    let caller = store.authenticate(key).await.expect("it answers").expect("a good key");
    let dataset = store.create_dataset(&caller, new_dataset()).await.expect("made");
    let origin = Origin { dialect: "test".into(), source_id: None, facet: None };
    let new = |number| NewCase { id: None, case: case(number), origin: origin.clone() };
    let reference = Reference::Id(dataset.id.uuid());
    let cases = (0..count).map(new).collect();
    store.add_cases(&caller, "test", &reference, cases).await.expect("stored");
    dataset
}

#[test]
fn a_datasets_digest_is_that_of_its_cases_in_order() {
    let home = Home::new();
    home.ok(&["orgs", "create", "acme"]);
    home.ok(&["orgs", "create", "other"]);
    let key = home.ok(&["keys", "create", "--org", "acme", "--kind", "ci"]);
    let stranger = home.ok(&["keys", "create", "--org", "other", "--kind", "admin"]);
    let reader = home.ok(&["keys", "create", "--org", "acme", "--kind", "runtime"]);
    let dataset = System::new().block_on(fill(&home, key.trim_end(), CASES));
    let empty = System::new().block_on(fill(&home, key.trim_end(), 0));
    let gateway = home.serve();

    let mut expected = DatasetDigest::new();
    (0..CASES).for_each(|number| expected.push(&case_digest(&case(number))));
    let expected = expected.finish().to_string();

    let path = format!("/evalstone/datasets/{}/digest", dataset.id);
    let by_id = gateway.get_with_key(&path, reader.trim_end());
    let by_number = format!("/evalstone/datasets/{}/digest", dataset.number);
    assert_eq!(by_id.json(), gateway.get_with_key(&by_number, reader.trim_end()).json());
    assert_eq!(by_id.json()["dataset"], dataset.id.to_string());
    assert_eq!(by_id.json()["digest"], expected);
    assert_eq!(by_id.json()["case_count"], CASES);

    let listed = format!("{path}?cases=true");
    let document = gateway.get_with_key(&listed, reader.trim_end()).json();
    assert_eq!(document["digest"], expected);
    let cases = document["cases"].as_array().expect("a list");
    assert_eq!(cases.len(), CASES);
    assert_eq!(cases[7]["digest"], case_digest(&case(7)).to_string());
    assert_eq!(cases[7]["id"].as_str().map(str::len), Some(36));

    let nothing = format!("/evalstone/datasets/{}/digest?cases=true", empty.number);
    let nothing = gateway.get_with_key(&nothing, reader.trim_end()).json();
    assert_eq!((&nothing["cases"], &nothing["case_count"]), (&serde_json::json!([]), &0.into()));

    let foreign = gateway.get_with_key(&path, stranger.trim_end());
    let unknown = "/evalstone/datasets/00000000-0000-7000-8000-000000000000/digest";
    let unknown = gateway.get_with_key(unknown, stranger.trim_end());
    assert_eq!((foreign.status(), foreign.body()), (404, unknown.body()));
    assert_eq!(gateway.get_with_key(&format!("{path}?cases=yes"), reader.trim_end()).status(), 400);
}
