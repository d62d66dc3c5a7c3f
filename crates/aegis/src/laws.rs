//! Laws 1, 3 and 4 of design §2.4 for this dialect, on generated records and cases.

use evalstone_core::arbitrary;
use evalstone_core::digest::case_digest;
use evalstone_core::loss::loss;
use evalstone_core::normal::NormalForm;
use proptest::option;
use proptest::prelude::*;

use crate::mapping::{read, write};
use crate::wire::record::{Fields, Token};

fn fields() -> impl Strategy<Value = Fields> {
    let token = option::of(arbitrary::json_string_token().prop_map(Token::trusted));
    proptest::array::uniform5(token).prop_map(Fields)
}

/// What the contract makes of a record: an empty field is null.
fn settled(fields: Fields) -> Fields {
    Fields(fields.0.map(|field| field.filter(|token| !token.is_empty())))
}

proptest! {
    #[test]
    fn law_1_a_record_comes_back_to_the_byte(fields in fields()) {
        prop_assert_eq!(read(&write(fields.clone())), settled(fields));
    }

    #[test]
    fn law_3_where_nothing_is_lost_the_digest_is_the_same(case in arbitrary::case()) {
        let round_trip = write(read(&case));
        if loss(&case, &round_trip).is_empty() {
            prop_assert_eq!(case_digest(&round_trip), case_digest(&case));
        }
    }

    #[test]
    fn law_4_the_loss_names_exactly_what_differs(case in arbitrary::case()) {
        let round_trip = write(read(&case));
        let (before, after) = (NormalForm::of(&case), NormalForm::of(&round_trip));
        let lost = loss(&case, &round_trip);
        for field in evalstone_core::normal::Field::ALL {
            let same = before.canonical_field(field) == after.canonical_field(field);
            prop_assert_eq!(lost.contains(&field), !same);
        }
        prop_assert_eq!(lost.is_empty(), before.canonical() == after.canonical());
    }

    #[test]
    fn a_record_loses_nothing(fields in fields()) {
        let case = write(fields);
        prop_assert_eq!(loss(&case, &write(read(&case))), []);
    }

    #[test]
    fn what_was_read_reads_the_same_again(case in arbitrary::case()) {
        let once = read(&case);
        prop_assert_eq!(read(&write(once.clone())), settled(once));
    }
}
