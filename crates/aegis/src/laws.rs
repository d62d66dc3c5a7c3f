//! Laws 1, 3 and 4 of design §2.4 for this dialect, on generated records and cases.

use evalstone_core::arbitrary;
use evalstone_core::case::Case;
use evalstone_core::digest::case_digest;
use evalstone_core::json::{Kind, RawJson, View};
use evalstone_core::loss::loss;
use evalstone_core::normal::Field;
use evalstone_core::stated::{Member, Stated, can_say, members};
use proptest::option;
use proptest::prelude::*;

use crate::mapping::{read, write};
use crate::wire::record::{Fields, Token};

fn fields() -> impl Strategy<Value = Fields<'static>> {
    let token = option::of(arbitrary::json_string_token().prop_map(Token::trusted));
    proptest::array::uniform5(token).prop_map(Fields)
}

/// What the contract makes of a record: an empty field is null.
fn settled(fields: Fields<'_>) -> Fields<'_> {
    Fields(fields.0.map(|field| field.filter(|token| !token.is_empty())))
}

fn round_trip(case: &Case) -> Case {
    write(read(case))
}

fn filled() -> impl Strategy<Value = String> {
    arbitrary::json_string_token().prop_filter("an empty text", |token| token != "\"\"")
}

/// Every case that a record can say, however it is spelled: the vendor's five fields and nothing
/// else, each absent or a text. Stage and output may stand among the inputs.
fn sayable() -> impl Strategy<Value = Case> {
    let fields = proptest::array::uniform5(option::of(filled()));
    let places = (any::<bool>(), any::<bool>(), option::of(arbitrary::plain_text()));
    (fields, places).prop_flat_map(|([prompt, input, context, output, golden], places)| {
        let (output_inside, stage_inside, name) = places;
        let (inside, own) = if output_inside { (output, None) } else { (None, output) };
        let inputs = arbitrary::object_with(vec![
            ("prompt", prompt),
            ("input", input),
            ("context", context),
            ("output", inside),
            ("stage", stage_inside.then(|| "\"input\"".to_owned())),
        ]);
        let stage = option::of(Just("input".to_owned()));
        let expected = match golden {
            Some(golden) => {
                arbitrary::object_with(vec![("golden_answer", Some(golden))]).prop_map(Some).boxed()
            }
            None => arbitrary::nothing().boxed(),
        };
        (Just(name), stage, inputs, Just(own), expected, arbitrary::nothing()).prop_map(
            move |(name, stage, inputs, output, expected, metadata)| Case {
                name,
                stage: if stage_inside { None } else { stage },
                inputs,
                output: output.map(|token| RawJson::parse(&token).expect("a token")),
                expected,
                metadata,
            },
        )
    })
}

/// What a record cannot say of a case, by the Aegis rows of design §2.4's table.
fn unsayable(case: &Case) -> Vec<Field> {
    let Stated { stage, output, inputs } = Stated::of(case);
    let is_field = |member: &Member<'_>| {
        ["prompt", "input", "context"].iter().any(|key| member.is(key)) && member.is_filled_text()
    };
    let is_answer = |member: &Member<'_>| member.is("golden_answer") && member.is_filled_text();
    let is_text = |output: View<'_>| output.kind() == Kind::String && output.raw() != "\"\"";
    let lost = [
        (Field::Stage, stage.is_some_and(|stage| stage != "input")),
        (Field::Inputs, !can_say(&inputs, is_field)),
        (Field::Output, output.is_some_and(|output| !is_text(output))),
        (Field::Expected, !can_say(&members(case.expected.as_ref()), is_answer)),
        (Field::Metadata, !members(case.metadata.as_ref()).is_empty()),
    ];
    lost.into_iter().filter(|(_, lost)| *lost).map(|(field, _)| field).collect()
}

proptest! {
    #[test]
    fn law_1_a_record_comes_back_to_the_byte(fields in fields()) {
        let case = write(fields.clone());
        prop_assert_eq!(read(&case), settled(fields));
    }

    #[test]
    fn law_3_what_a_record_can_say_keeps_its_digest(case in sayable()) {
        let round_trip = round_trip(&case);
        prop_assert_eq!(loss(&case, &round_trip), []);
        prop_assert_eq!(case_digest(&round_trip), case_digest(&case));
    }

    #[test]
    fn law_4_the_loss_is_what_a_record_cannot_say(case in arbitrary::varied(sayable())) {
        let round_trip = round_trip(&case);
        let unsayable = unsayable(&case);
        prop_assert_eq!(&loss(&case, &round_trip), &unsayable);
        let kept = case_digest(&round_trip) == case_digest(&case);
        prop_assert_eq!(kept, unsayable.is_empty());
    }

    #[test]
    fn a_record_loses_nothing(fields in fields()) {
        let case = write(fields);
        prop_assert_eq!(loss(&case, &round_trip(&case)), []);
    }

    #[test]
    fn what_was_read_reads_the_same_again(case in arbitrary::case()) {
        let once = read(&case);
        let again = write(once.clone());
        prop_assert_eq!(read(&again), settled(once));
    }
}
