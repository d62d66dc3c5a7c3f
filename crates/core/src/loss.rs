//! What a dialect cannot say about a case (design §2.4, law 4).

use crate::case::Case;
use crate::normal::{Field, NormalForm};

/// The fields of the normal form that differ between a case and what a dialect's own `write` makes
/// of its `read`: the fields that the dialect's reading does not determine. None are lost exactly
/// when the digests are equal.
#[must_use]
pub fn loss(original: &Case, round_trip: &Case) -> Vec<Field> {
    let (original, round_trip) = (NormalForm::of(original), NormalForm::of(round_trip));
    let differs =
        |field: &Field| original.canonical_field(*field) != round_trip.canonical_field(*field);
    Field::ALL.into_iter().filter(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{case, json, object};

    #[test]
    fn a_loss_names_the_fields_that_differ() {
        let original = Case {
            stage: Some("tool".to_owned()),
            output: Some(json("1")),
            expected: Some(object(r#"{"decision":"BLOCK"}"#)),
            metadata: Some(object(r#"{"k":1}"#)),
            ..case(r#"{"input":"hi"}"#)
        };
        let changed = |change: fn(&mut Case)| {
            let mut changed = original.clone();
            change(&mut changed);
            loss(&original, &changed)
        };
        assert_eq!(changed(|case| case.name = Some("n".to_owned())), []);
        assert_eq!(changed(|case| case.stage = None), [Field::Stage]);
        assert_eq!(changed(|case| case.inputs = object("{}")), [Field::Inputs]);
        assert_eq!(changed(|case| case.output = None), [Field::Output]);
        assert_eq!(changed(|case| case.expected = None), [Field::Expected]);
        assert_eq!(changed(|case| case.metadata = Some(object("{}"))), [Field::Metadata]);
        assert_eq!(loss(&original, &Case::default()), Field::ALL);
    }

    #[test]
    fn what_moves_into_the_inputs_is_not_lost() {
        let original = Case {
            stage: Some("tool".to_owned()),
            output: Some(json("[1]")),
            expected: Some(object(r#"{"a":1,"b":2}"#)),
            ..case(r#"{"input":"hi"}"#)
        };
        let moved = Case {
            expected: Some(object(r#"{"b":2.0, "\u0061":1e0}"#)),
            ..case(r#"{"stage":"tool","input":"hi","output":[ 1 ]}"#)
        };
        assert_eq!(loss(&original, &moved), []);
    }
}
