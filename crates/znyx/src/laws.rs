//! The laws of design §2.4 on generated samples and cases: what comes in comes out, to the byte.

use chrono::{DateTime, Utc};
use evalstone_core::arbitrary;
use evalstone_core::case::{Case, STAGES};
use evalstone_core::dataset::StoredCase;
use evalstone_core::digest::case_digest;
use evalstone_core::id::{CaseId, DatasetId, PipelineId};
use evalstone_core::json::{Kind, RawJson, View, encode};
use evalstone_core::loss::loss;
use evalstone_core::normal::Field;
use evalstone_core::stated::{Member, Stated, can_say, members};
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

/// Every case that a sample can say, however it is spelled: one text, as an input or, at the stage
/// `output`, as the output; the engine's verdict; any metadata. Stage and output may stand among
/// the inputs.
fn sayable() -> impl Strategy<Value = Case> {
    let stage = prop_oneof![
        4 => select(&STAGES[..]).prop_map(str::to_owned),
        1 => arbitrary::plain_text(),
    ];
    let verdict = (
        option::of(arbitrary::json_string_token()),
        option::of(vec(arbitrary::json_string_token(), 0..4)),
    );
    let places = (any::<bool>(), any::<bool>(), option::of(arbitrary::plain_text()));
    let metadata = option::of(arbitrary::json_object());
    (stage, arbitrary::json_string_token(), verdict, metadata, places).prop_flat_map(
        |(stage, text, (decision, rule_hits), metadata, (stage_inside, output_inside, name))| {
            let is_answer = stage == "output";
            let stage_inside = stage_inside && STAGES.contains(&stage.as_str());
            let inputs = arbitrary::object_with(vec![
                ("input", (!is_answer).then(|| text.clone())),
                ("output", (is_answer && output_inside).then(|| text.clone())),
                ("stage", stage_inside.then(|| encode(&stage))),
            ]);
            let expected = arbitrary::object_with(vec![
                ("decision", decision),
                ("rule_hits", rule_hits.map(|rules| format!("[{}]", rules.join(" ,")))),
            ]);
            let own_output = (is_answer && !output_inside).then_some(text);
            (inputs, option::of(expected)).prop_map(move |(inputs, expected)| Case {
                name: name.clone(),
                stage: (!stage_inside).then(|| stage.clone()),
                inputs,
                output: own_output.as_deref().map(json),
                expected,
                metadata: metadata.as_deref().map(|text| json(text).try_into().expect("an object")),
            })
        },
    )
}

fn json(text: &str) -> RawJson {
    RawJson::parse(text).expect(text)
}

/// What a sample cannot say of a case, by the ZNYX rows of design §2.4's table.
fn unsayable(case: &Case) -> Vec<Field> {
    let stated = Stated::of(case);
    let becomes_answer = stated.stage.is_none() && stated.is_blank() && stated.output.is_some();
    let is_answer = becomes_answer || stated.stage.as_deref() == Some("output");
    let is_text = |view: View<'_>| view.kind() == Kind::String;
    let (inputs_stay, output_stays) = if is_answer {
        (stated.inputs.is_empty(), stated.output.is_some_and(is_text))
    } else {
        let is_input = |member: &Member<'_>| member.is("input") && is_text(member.value);
        let one = stated.inputs.len() == 1 && can_say(&stated.inputs, is_input);
        (one, stated.output.is_none())
    };
    let is_verdict = |member: &Member<'_>| {
        member.is("decision") && is_text(member.value)
            || member.is("rule_hits")
                && member.value.kind() == Kind::Array
                && member.value.items().all(is_text)
    };
    let lost = [
        (Field::Stage, becomes_answer),
        (Field::Inputs, !inputs_stay),
        (Field::Output, !output_stays),
        (Field::Expected, !can_say(&members(case.expected.as_ref()), is_verdict)),
        (Field::Metadata, false),
    ];
    lost.into_iter().filter(|(_, lost)| *lost).map(|(field, _)| field).collect()
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
            let mut shown = String::new();
            sample(&stored).write(&mut shown);
            prop_assert_eq!(shown, sent.shown(stored.id));
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

    /// Law 3.
    #[test]
    fn what_a_sample_can_say_keeps_its_digest(case in sayable()) {
        let round_trip = round_trip(&case);
        prop_assert_eq!(loss(&case, &round_trip), []);
        prop_assert_eq!(case_digest(&round_trip), case_digest(&case));
    }

    /// Law 4.
    #[test]
    fn the_loss_is_what_a_sample_cannot_say(case in arbitrary::varied(sayable())) {
        let round_trip = round_trip(&case);
        let unsayable = unsayable(&case);
        prop_assert_eq!(&loss(&case, &round_trip), &unsayable);
        let kept = case_digest(&round_trip) == case_digest(&case);
        prop_assert_eq!(kept, unsayable.is_empty());
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
