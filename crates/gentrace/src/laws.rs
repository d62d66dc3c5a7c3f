//! The laws of design §2.4 for this dialect, on generated wire values and cases.

use chrono::DateTime;
use evalstone_core::arbitrary;
use evalstone_core::case::{Case, Origin, STAGES, key};
use evalstone_core::dataset::StoredCase;
use evalstone_core::digest::case_digest;
use evalstone_core::id::{CaseId, DatasetId, PipelineId};
use evalstone_core::json::{RawJson, RawObject, View, encode};
use evalstone_core::loss::loss;
use evalstone_core::normal::Field;
use proptest::option;
use proptest::prelude::*;

use crate::mapping;
use crate::wire::test_cases::NewTestCase;

const DATASET: &str = "b2c3d4e5-f6a7-8901-2345-67890abcdef1";
const NUMBER: i64 = 7;

/// The answer that shows a case.
fn shown(case: Case) -> RawJson {
    let stored = StoredCase {
        id: CaseId::generate(),
        number: NUMBER,
        dataset: DatasetId::generate(),
        pipeline: PipelineId::generate(),
        case,
        origin: Origin { dialect: "another".to_owned(), source_id: None, facet: None },
        created_at: DateTime::UNIX_EPOCH,
    };
    RawJson::parse(&mapping::test_case(&stored).to_json()).expect("the answer is JSON")
}

/// What the body of a `POST /v4/test-cases` is stored as.
fn written(body: &str) -> Case {
    mapping::new_case(NewTestCase::parse(body.as_bytes()).expect("a valid body")).case
}

/// The body that says what an answer shows.
fn body_of(shown: &RawJson) -> String {
    let field = |name: &str| shown.view().get(name).expect(name).raw();
    let (name, inputs, expected) = (field("name"), field("inputs"), field("expectedOutputs"));
    format!(
        r#"{{"datasetId":"{DATASET}","name":{name},"inputs":{inputs},"expectedOutputs":{expected}}}"#
    )
}

fn round_trip(case: &Case) -> Case {
    written(&body_of(&shown(case.clone())))
}

/// The field's bytes.
fn raw<'a>(shown: &'a RawJson, field: &str) -> Option<&'a str> {
    shown.view().get(field).map(View::raw)
}

/// Whether the inputs have no key of this name, not even with null.
fn is_free(case: &Case, name: &str) -> bool {
    case.inputs.view().get(name).is_none()
}

/// Cases whose name the vendor could write: its own API refuses an empty one.
fn case() -> impl Strategy<Value = Case> {
    arbitrary::case().prop_filter("an empty name", |case| case.name.as_deref() != Some(""))
}

/// Cases without metadata, whose stage and output have a place among the inputs if they need one.
fn sayable() -> impl Strategy<Value = Case> {
    case().prop_map(|case| {
        let stage_fits = case.stage.as_deref().is_none_or(|stage| STAGES.contains(&stage));
        let stage_goes = stage_fits && is_free(&case, key::STAGE);
        let output_goes = is_free(&case, key::OUTPUT);
        Case {
            stage: case.stage.filter(|_| stage_goes),
            output: case.output.filter(|_| output_goes),
            metadata: case.metadata.map(|_| RawObject::empty()),
            ..case
        }
    })
}

fn filled_text() -> impl Strategy<Value = String> {
    arbitrary::plain_text().prop_filter("an empty name", |text| !text.is_empty())
}

proptest! {
    /// Law 1.
    #[test]
    fn what_is_written_reads_the_same_to_the_byte(
        name in filled_text(),
        inputs in arbitrary::json_object(),
        expected in option::of(prop_oneof![Just("null".to_owned()), arbitrary::json_object()]),
    ) {
        let sent = expected.as_ref().map(|sent| format!(r#","expectedOutputs": {sent} "#));
        let body = format!(
            r#"{{"inputs" : {inputs} {},"name":{},"datasetId":"{DATASET}"}}"#,
            sent.unwrap_or_default(),
            encode(&name)
        );
        let shown = shown(written(&body));
        prop_assert_eq!(raw(&shown, "inputs"), Some(inputs.as_str()));
        prop_assert_eq!(raw(&shown, "expectedOutputs"), Some(expected.as_deref().unwrap_or("{}")));
        prop_assert_eq!(shown.view().get("name").and_then(View::as_text), Some(name.into()));
    }

    /// Law 3.
    #[test]
    fn what_a_test_case_can_say_keeps_its_digest(case in sayable()) {
        let round_trip = round_trip(&case);
        prop_assert_eq!(loss(&case, &round_trip), []);
        prop_assert_eq!(case_digest(&case), case_digest(&round_trip));
    }

    /// Law 3 the other way round.
    #[test]
    fn what_loses_something_has_another_digest(case in case()) {
        let round_trip = round_trip(&case);
        let lossless = loss(&case, &round_trip).is_empty();
        prop_assert_eq!(lossless, case_digest(&case) == case_digest(&round_trip));
    }

    /// Law 4: what this dialect can say, and what it cannot, said without the code under test.
    #[test]
    fn the_loss_is_what_the_dialect_cannot_say(case in case()) {
        let lost = loss(&case, &round_trip(&case));
        let metadata = case.metadata.as_ref().is_some_and(|metadata| !metadata.is_empty());
        prop_assert_eq!(lost.contains(&Field::Metadata), metadata);
        prop_assert!(!lost.contains(&Field::Expected));
        let stage_fits = case.stage.as_deref().is_none_or(|stage| STAGES.contains(&stage));
        let stage_goes = case.stage.is_none() || (stage_fits && is_free(&case, key::STAGE));
        let no_output = case.output.as_ref().is_none_or(|output| output.view().is_null());
        let output_goes = no_output || is_free(&case, key::OUTPUT);
        if stage_goes {
            prop_assert!(!lost.contains(&Field::Stage));
        }
        if output_goes {
            prop_assert!(!lost.contains(&Field::Output));
        }
        if stage_goes && output_goes {
            prop_assert!(!lost.contains(&Field::Inputs));
        }
        if !stage_fits {
            prop_assert!(lost.contains(&Field::Stage));
        }
        if !stage_fits && is_free(&case, key::STAGE) {
            prop_assert!(lost.contains(&Field::Inputs));
        }
    }

    #[test]
    fn a_name_is_kept_or_made_from_the_number(case in case()) {
        let name = case.name.clone().unwrap_or_else(|| format!("Case {NUMBER}"));
        prop_assert_eq!(round_trip(&case).name, Some(name));
    }

    #[test]
    fn a_second_round_trip_changes_nothing(case in case()) {
        let first = round_trip(&case);
        prop_assert_eq!(round_trip(&first), first);
    }
}
