//! A case as a line of our own files: `{"id", "name", "stage", "inputs", "output", "expected",
//! "metadata"}`, each but `inputs` left out when there is none.

use evalstone_core::case::Case;
use evalstone_core::json::{Kind, ObjectWriter, RawJson, RawObject, View};

/// Adds the members of a case to an object.
pub fn write_case(object: &mut ObjectWriter<'_>, id: Option<&str>, case: &Case) {
    let Case { name, stage, inputs, output, expected, metadata } = case;
    for (key, text) in [("id", id), ("name", name.as_deref()), ("stage", stage.as_deref())] {
        if let Some(text) = text {
            object.text(key, text);
        }
    }
    object.json("inputs", inputs.as_str());
    let payloads = [
        ("output", output.as_ref().map(RawJson::as_str)),
        ("expected", expected.as_ref().map(RawObject::as_str)),
        ("metadata", metadata.as_ref().map(RawObject::as_str)),
    ];
    for (key, payload) in payloads {
        if let Some(payload) = payload {
            object.json(key, payload);
        }
    }
}

/// A JSON text on one line. Payloads keep their spelling, and may be spelled over several lines; in JSON a
/// line breaks outside of strings only, where a space is as good.
pub fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

/// The id and the case that an object's members say. A member that is null is not there, but for
/// `output`, whose null is a value.
///
/// # Errors
/// What is wrong, for people.
pub fn read_case(object: View<'_>) -> Result<(Option<String>, Case), String> {
    let text = |key: &str| {
        let value = object.get(key).filter(|value| !value.is_null());
        let text = |value: View<'_>| value.as_text().map(std::borrow::Cow::into_owned);
        value.map(|value| text(value).ok_or_else(|| format!("{key} is no text"))).transpose()
    };
    let payload = |key: &str| {
        let value = object.get(key).filter(|value| !value.is_null());
        let object =
            |value: View<'_>| RawObject::try_from(value).map_err(|_| format!("{key} is no object"));
        value.map(object).transpose()
    };
    if object.kind() != Kind::Object {
        return Err(format!("an object was expected, not {}", object.kind().as_str()));
    }
    let case = Case {
        name: text("name")?,
        stage: text("stage")?,
        inputs: payload("inputs")?.ok_or("there are no inputs")?,
        output: object.get("output").map(RawJson::from_view),
        expected: payload("expected")?,
        metadata: payload("metadata")?,
    };
    Ok((text("id")?, case))
}

#[cfg(test)]
mod tests {
    use evalstone_core::arbitrary;
    use evalstone_core::digest::case_digest;
    use evalstone_core::json::object;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_case_comes_back_to_the_byte(case in arbitrary::case(), id in proptest::option::of("[a-z]{1,4}")) {
            let text = object(|object| write_case(object, id.as_deref(), &case));
            let json = RawJson::parse(&text).expect("JSON");
            prop_assert_eq!(read_case(json.view()), Ok((id, case)));
        }

        #[test]
        fn a_case_means_the_same_on_one_line(case in arbitrary::case()) {
            let text = one_line(&object(|object| write_case(object, None, &case)));
            prop_assert_eq!(text.lines().count(), 1);
            let json = RawJson::parse(&text).expect("JSON");
            let (_, read) = read_case(json.view()).expect("a case");
            prop_assert_eq!(case_digest(&read), case_digest(&case));
        }
    }

    #[test]
    fn what_is_no_case_says_why() {
        for (text, why) in [
            ("[]", "an object was expected"),
            ("{}", "no inputs"),
            (r#"{"inputs":[]}"#, "inputs is no object"),
            (r#"{"inputs":{},"name":1}"#, "name is no text"),
            (r#"{"inputs":{},"metadata":1}"#, "metadata is no object"),
        ] {
            let json = RawJson::parse(text).expect("JSON");
            let told = read_case(json.view()).expect_err(text);
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
