//! Uploads through Aegis of any length: few rows and many go different ways into the store.

use std::thread;

use super::lifecycle::await_sql;
use crate::gateway::{Backend, Gateway, Identities};
use crate::json::Json;
use crate::trials::Trials;
use crate::wire::Answer;
use crate::wire::client::{FormPart, Payload, Request};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("uploads::the_answer_is_the_dataset_whatever_its_length", answers);
    trials.both("uploads::of_many_at_once_each_is_answered_by_itself", crowd);
    trials.once("uploads::postgres_looks_at_the_tables_that_they_fill", analyzed);
}

fn upload(gateway: &Gateway, key: &str, name: &str, csv: &str) -> Answer {
    let part = |field: &str, filename: Option<&str>, content: &str| FormPart {
        name: field.to_owned(),
        filename: filename.map(str::to_owned),
        content_type: None,
        content: content.as_bytes().to_vec(),
    };
    let parts = vec![
        part("file", Some("rows.csv"), csv),
        part("selected_metrics", None, r#"{"1":{"threshold":55}}"#),
        part("name", None, name),
    ];
    let mut request = Request::new("POST", "/api/v1/datasets").bearer(key);
    request.payload = Payload::Form(parts);
    gateway.send(&request)
}

fn csv(rows: usize, length: usize) -> String {
    let text = "x".repeat(length);
    let row = |number| format!("\"row {number}\n\",{text}\n");
    "input,output\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

fn plain(json: &Json, at: &str) -> String {
    json.at(at).and_then(Json::plain).expect(at)
}

fn answers(backend: Backend) {
    let gateway = Gateway::start(backend);
    let key = Identities::make(&gateway).ci;
    // Around what is stored with other small writes (64 rows), and around what stays in memory (64 KiB).
    for (rows, length) in [(1, 1), (64, 9), (65, 9), (64, 1_000), (64, 1_100), (3_000, 40)] {
        let name = format!("{rows} of {length}");
        let made = upload(&gateway, &key, &name, &csv(rows, length));
        assert_eq!(made.status, 201, "{name}: {made}");
        let json = made.json().expect("JSON");
        let path = format!("/api/v1/datasets/{}", plain(&json, "/id"));
        let found = gateway.send(&Request::new("GET", &path).bearer(&key));
        assert_eq!(made.text(), found.text(), "{name}");
        let Ok(Json::List(records)) = json.at("/records") else { panic!("{name}: {made}") };
        let inputs: Vec<String> = records.iter().map(|record| plain(record, "/input")).collect();
        let expected: Vec<String> = (0..rows).map(|number| format!("row {number}\n")).collect();
        assert_eq!(inputs, expected, "{name}");
    }
    // Nothing is there of what could not be read, be it few rows or many.
    for rows in [2, 200] {
        let ragged = csv(rows, 1) + "a,b,c\n";
        let refused = upload(&gateway, &key, "ragged", &ragged);
        assert_eq!(refused.status, 400, "{refused}");
        let again = upload(&gateway, &key, "ragged", &csv(rows, 1));
        assert_eq!(again.status, 201, "the name is free: {again}");
        let path = format!("/api/v1/datasets/{}", plain(&again.json().expect("JSON"), "/id"));
        let gone = gateway.send(&Request::new("DELETE", &path).bearer(&key));
        assert_eq!(gone.status, 204, "{gone}");
    }
}

fn crowd(backend: Backend) {
    const UPLOADS: usize = 96;
    let gateway = Gateway::start(backend);
    let key = Identities::make(&gateway).ci;
    // Every third comes with a name that the one before it has.
    let name = |number: usize| format!("crowd {}", number - usize::from(number % 3 == 2));
    let answers: Vec<Answer> = thread::scope(|scope| {
        let (gateway, key) = (&gateway, &key);
        let send = |number| {
            scope.spawn(move || upload(gateway, key, &name(number), &csv(number % 5 + 1, 3)))
        };
        let sent: Vec<_> = (0..UPLOADS).map(send).collect();
        sent.into_iter().map(|sent| sent.join().expect("an answer")).collect()
    });
    for (number, answer) in answers.iter().enumerate() {
        let json = answer.json().expect("JSON");
        if answer.status != 201 {
            let told = (answer.status, plain(&json, "/detail"));
            assert!(told.0 == 400 && told.1.contains("name"), "{number}: {answer}");
        } else {
            let Ok(Json::List(records)) = json.at("/records") else { panic!("{answer}") };
            assert_eq!((plain(&json, "/name"), records.len()), (name(number), number % 5 + 1));
        }
    }
    for pair in (1..UPLOADS).step_by(3).map(|first| [first, first + 1]) {
        let made = pair.iter().filter(|number| answers[**number].status == 201).count();
        assert_eq!(made, 1, "of two with one name one is made");
    }
    let others = answers.iter().step_by(3).filter(|answer| answer.status == 201).count();
    assert_eq!(others, UPLOADS / 3, "nobody else is refused");
}

/// Plans are those of empty tables until Postgres has looked at them, which its own worker is kept from here.
fn analyzed() {
    let gateway = Gateway::start(Backend::Postgres);
    let key = Identities::make(&gateway).ci;
    gateway.database().sql("ALTER TABLE cases SET (autovacuum_enabled = false)");
    let made = upload(&gateway, &key, "long", &csv(3_000, 100));
    assert_eq!(made.status, 201, "{made}");
    let counted = "SELECT reltuples >= 3000 FROM pg_class WHERE oid = 'cases'::regclass";
    await_sql(&gateway, counted, |told| told == "t");
}
