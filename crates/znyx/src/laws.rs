//! The laws of design §2.4 on generated samples and cases: what comes in comes out, to the byte.

use chrono::{DateTime, Utc};
use evalstone_core::arbitrary;
use evalstone_core::case::{Case, STAGES};
use evalstone_core::dataset::StoredCase;
use evalstone_core::digest::case_digest;
use evalstone_core::id::{CaseId, DatasetId, PipelineId};
use evalstone_core::json::{RawJson, View, encode};
use evalstone_core::loss::loss;
use evalstone_core::normal::{Field, NormalForm};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::body::Body;
use crate::mapping::{new_case, read, sample, write};
use crate::wire::NewSamples;

/// A sample's fields as JSON texts, as a client could write them; none is a key left out.
#[derive(Clone, Debug)]
struct Sent {
    input_text: String,
    context: Option<String>,
    expected_decision: Option<String>,
    expected_rule_hits: Option<String>,
    metadata: Option<String>,
}

impl Sent {
    fn to_json(&self) -> String {
        let Self { input_text, context, expected_decision, expected_rule_hits, metadata } = self;
        let fields = [
            ("metadata", metadata),
            ("expected_rule_hits", expected_rule_hits),
            ("expected_decision", expected_decision),
            ("context", context),
        ];
        let optional = fields.iter().filter_map(|(key, value)| {
            value.as_ref().map(|value| format!("\"{key}\" : {value} ,"))
        });
        let optional: String = optional.collect();
        format!("{{{optional} \"input_text\":{input_text}}}")
    }

    /// What an answer shows of it, with the contract's defaults.
    fn shown(&self, id: CaseId) -> String {
        let Self { input_text, context, expected_decision, expected_rule_hits, metadata } = self;
        let or_null = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
        let context = context.clone().unwrap_or_else(|| encode("input"));
        let (decision, rule_hits) = (or_null(expected_decision), or_null(expected_rule_hits));
        let metadata = or_null(metadata);
        format!(
            r#"{{"id":"{id}","input_text":{input_text},"context":{context},"expected_decision":{decision},"expected_rule_hits":{rule_hits},"metadata":{metadata},"created_at":"1970-01-01T00:00:00.000000Z"}}"#
        )
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    let context = prop_oneof![
        3 => select(&STAGES[..]).prop_map(encode),
        1 => arbitrary::plain_text().prop_map(|text| encode(&text)),
    ];
    let rule_hits = vec(arbitrary::json_string_token(), 0..4)
        .prop_map(|rules| format!("[{}]", rules.join(" ,\n")));
    let null = || Just("null".to_owned());
    (
        arbitrary::json_string_token(),
        option::of(context),
        option::of(prop_oneof![4 => arbitrary::json_string_token(), 1 => null()]),
        option::of(prop_oneof![4 => rule_hits, 1 => null()]),
        option::of(prop_oneof![4 => arbitrary::json_object(), 1 => null()]),
    )
        .prop_map(|(input_text, context, expected_decision, expected_rule_hits, metadata)| {
            Sent { input_text, context, expected_decision, expected_rule_hits, metadata }
        })
}

/// The samples of a body that the test knows to be valid.
fn taken(body: &str) -> NewSamples {
    let json = RawJson::parse(body).expect("JSON");
    NewSamples::read(&Body::Json(json)).map_err(|problems| problems.detail()).expect("valid")
}

fn round_trip(case: &Case) -> Case {
    write(read(case))
}

proptest! {
    /// Law 1, from the request's bytes to the answer's.
    #[test]
    fn what_was_sent_is_shown(sent in vec(sent(), 1..4)) {
        let bodies: Vec<String> = sent.iter().map(Sent::to_json).collect();
        let samples = taken(&format!(r#"{{"samples":[{}]}}"#, bodies.join(", "))).samples;
        prop_assert_eq!(samples.len(), sent.len());
        for (sent, taken) in sent.iter().zip(samples) {
            let new = new_case(taken);
            let stored = StoredCase {
                id: CaseId::generate(),
                number: 1,
                dataset: DatasetId::generate(),
                pipeline: PipelineId::generate(),
                case: new.case,
                origin: new.origin,
                created_at: DateTime::<Utc>::UNIX_EPOCH,
            };
            prop_assert_eq!(sample(&stored).to_json(), sent.shown(stored.id));
        }
    }

    /// Law 1 in the domain's own terms, and so no loss for what this dialect wrote.
    #[test]
    fn what_this_dialect_wrote_is_read_whole(sent in sent()) {
        let body = format!(r#"{{"samples":[{}]}}"#, sent.to_json());
        for sample in taken(&body).samples {
            let case = write(sample.clone());
            prop_assert_eq!(&read(&case), &sample);
            prop_assert_eq!(&round_trip(&case), &case);
        }
    }

    /// Laws 3 and 4: the loss names exactly the fields whose canonical text differs, and without
    /// one the digest is the same.
    #[test]
    fn a_loss_is_honest(case in arbitrary::case()) {
        let round_trip = round_trip(&case);
        let (before, after) = (NormalForm::of(&case), NormalForm::of(&round_trip));
        let differing: Vec<Field> = Field::ALL
            .into_iter()
            .filter(|field| before.canonical_field(*field) != after.canonical_field(*field))
            .collect();
        let lost = loss(&case, &round_trip);
        prop_assert_eq!(&lost, &differing);
        prop_assert_eq!(lost.is_empty(), case_digest(&case) == case_digest(&round_trip));
        prop_assert!(!lost.contains(&Field::Metadata));
    }

    /// What has been read once is read the same again.
    #[test]
    fn reading_settles(case in arbitrary::case()) {
        let once = read(&case);
        prop_assert_eq!(read(&write(once.clone())), once);
    }

    /// Hostile bodies are refused or taken, and either way the answer is JSON.
    #[test]
    fn no_body_is_too_strange(body in arbitrary::json_value(), inner in arbitrary::json_value()) {
        for text in [
            body.clone(),
            format!(r#"{{"samples":{body}}}"#),
            format!(r#"{{"samples":[{body},{inner}]}}"#),
            format!(r#"{{"samples":[{{"input_text":{body},"context":{inner},"expected_rule_hits":[{body}]}}]}}"#),
        ] {
            let json = RawJson::parse(&text).expect("JSON");
            if let Err(problems) = NewSamples::read(&Body::Json(json)) {
                prop_assert!(!problems.is_empty());
                let detail = problems.detail();
                prop_assert!(View::parse(&detail, 200).is_ok(), "{}", detail);
            }
        }
    }
}
