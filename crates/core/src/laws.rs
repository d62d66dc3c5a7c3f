//! Laws of the normal form, the digest and the loss, on generated cases (design §2.4).

use proptest::prelude::*;

use crate::arbitrary;
use crate::case::{Case, DEFAULT_STAGE, key};
use crate::digest::case_digest;
use crate::json::{self, RawJson, RawObject, View};
use crate::lens::Reading;
use crate::loss::loss;
use crate::normal::{Field, NormalForm};
use crate::samples::json;

/// The case that says the same with stage and output in their own fields.
fn settled(case: &Case) -> Case {
    let reading = Reading::of(case);
    Case {
        name: None,
        stage: reading.stage().map(str::to_owned).or_else(|| Some(DEFAULT_STAGE.to_owned())),
        inputs: reading.inputs().to_object(),
        output: reading.output().map(RawJson::from_view),
        expected: Some(case.expected.clone().unwrap_or_default()),
        metadata: Some(case.metadata.clone().unwrap_or_default()),
    }
}

fn compact(object: &RawObject) -> RawObject {
    json(&object.view().compact()).try_into().expect("an object stays one")
}

proptest! {
    #[test]
    fn a_case_loses_nothing_to_itself(case in arbitrary::case()) {
        prop_assert_eq!(loss(&case, &case), []);
    }

    #[test]
    fn nothing_is_lost_exactly_when_the_digests_are_equal(
        one in arbitrary::case(),
        two in arbitrary::case(),
        kept in prop::array::uniform5(any::<bool>()),
    ) {
        let [stage, inputs, output, expected, metadata] = kept;
        let mixed = Case {
            name: two.name,
            stage: if stage { one.stage.clone() } else { two.stage },
            inputs: if inputs { one.inputs.clone() } else { two.inputs },
            output: if output { one.output.clone() } else { two.output },
            expected: if expected { one.expected.clone() } else { two.expected },
            metadata: if metadata { one.metadata.clone() } else { two.metadata },
        };
        let lost = loss(&one, &mixed);
        prop_assert_eq!(lost.is_empty(), case_digest(&one) == case_digest(&mixed));
        prop_assert!(!(expected && lost.contains(&Field::Expected)));
        prop_assert!(!(metadata && lost.contains(&Field::Metadata)));
    }

    #[test]
    fn the_canonical_normal_form_is_canonical_json(case in arbitrary::case()) {
        let canonical = NormalForm::of(&case).canonical();
        let payload = json(&canonical);
        prop_assert_eq!(json::canonical(payload.view()), canonical);
        for field in Field::ALL {
            let whole = payload.view().get(field.as_str()).map(View::raw);
            let alone = NormalForm::of(&case).canonical_field(field);
            prop_assert_eq!(whole, alone.as_deref());
        }
    }

    #[test]
    fn compacting_keeps_the_digest(case in arbitrary::case()) {
        let compacted = Case {
            inputs: compact(&case.inputs),
            output: case.output.as_ref().map(|output| json(&output.view().compact())),
            expected: case.expected.as_ref().map(compact),
            metadata: case.metadata.as_ref().map(compact),
            ..case.clone()
        };
        prop_assert_eq!(case_digest(&compacted), case_digest(&case));
    }

    #[test]
    fn stage_and_output_in_their_own_fields_say_the_same(
        case in arbitrary::case(),
    ) {
        let settled = settled(&case);
        let reading = Reading::of(&settled);
        prop_assert_eq!(reading.stage(), settled.stage.as_deref());
        prop_assert_eq!(loss(&case, &settled), []);
        prop_assert_eq!(case_digest(&settled), case_digest(&case));
    }

    #[test]
    fn an_output_moved_into_the_inputs_is_not_lost(case in arbitrary::case(), output in arbitrary::json_value()) {
        let output = json(&output);
        prop_assume!(case.inputs.view().get(key::OUTPUT).is_none() && !output.view().is_null());
        let own = Case { output: Some(output.clone()), ..case.clone() };
        let inputs = case.inputs.with_members(&[(key::OUTPUT, output.view())]);
        let moved = Case { output: None, inputs, ..case };
        prop_assert_eq!(loss(&own, &moved), []);
        prop_assert_eq!(case_digest(&own), case_digest(&moved));
    }
}
