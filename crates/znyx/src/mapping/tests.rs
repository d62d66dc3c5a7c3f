//! Samples and datasets there and back.

use evalstone_core::loss::loss;
use evalstone_core::normal::Field;

use super::*;

fn object(text: &str) -> RawObject {
    RawJson::parse(text).expect(text).try_into().expect(text)
}

fn json(text: &str) -> RawJson {
    RawJson::parse(text).expect(text)
}

fn input(text: &str, context: &str) -> wire::SampleInput {
    wire::SampleInput {
        input_text: json(text),
        context: context.to_owned(),
        expected_decision: None,
        expected_rule_hits: None,
        metadata: None,
    }
}

/// The context and text of a case without anything else.
fn shown(case: &Case) -> (String, String) {
    let sample = read(case);
    (sample.context, sample.input_text.into_string())
}

fn pair(context: &str, text: &str) -> (String, String) {
    (context.to_owned(), text.to_owned())
}

#[test]
fn a_sample_becomes_a_case() {
    let plain = write(input(r#""hi""#, "input"));
    assert_eq!(plain, Case { inputs: object(r#"{"input":"hi"}"#), ..Case::default() });
    let answer = write(input(r#""hi""#, "output"));
    let expected =
        Case { stage: Some("output".to_owned()), output: Some(json(r#""hi""#)), ..Case::default() };
    assert_eq!(answer, expected);
    let labelled = write(wire::SampleInput {
        expected_decision: Some(json(r#""BLOCK""#)),
        expected_rule_hits: Some(json("[]")),
        metadata: Some(object("{}")),
        ..input(r#""hi""#, "odd stage")
    });
    let expected = Case {
        stage: Some("odd stage".to_owned()),
        inputs: object(r#"{"input":"hi"}"#),
        expected: Some(object(r#"{"decision":"BLOCK","rule_hits":[]}"#)),
        metadata: Some(object("{}")),
        ..Case::default()
    };
    assert_eq!(labelled, expected);
}

#[test]
fn the_context_of_a_case_from_elsewhere() {
    let of = |inputs: &str, output: Option<&str>| {
        shown(&Case { inputs: object(inputs), output: output.map(json), ..Case::default() })
    };
    assert_eq!(of(r#"{"question":"why"}"#, None), pair("input", r#""why""#));
    assert_eq!(of("{}", None), pair("input", r#""""#));
    assert_eq!(of("{}", Some("42")), pair("output", r#""42""#));
    assert_eq!(of(r#"{"a":null}"#, Some(r#"{"b": 1.0}"#)), pair("output", r#""{\"b\":1.0}""#));
    assert_eq!(of(r#"{"input":"q"}"#, Some(r#""a""#)), pair("input", r#""q""#));
    assert_eq!(of(r#"{"stage":"output","output":"o"}"#, None), pair("output", r#""o""#));
    assert_eq!(of(r#"{"stage":"output","input":"q"}"#, None), pair("output", r#""q""#));
    assert_eq!(of(r#"{"stage":"nowhere"}"#, None), pair("input", r#""nowhere""#));
    assert_eq!(of(r#"{"a":1, "b":[2]}"#, None), pair("input", r#""{\"a\":1,\"b\":[2]}""#));
}

#[test]
fn only_strings_are_decisions_and_only_arrays_of_strings_rule_hits() {
    let verdict = |expected: &str| {
        let sample = read(&Case { expected: Some(object(expected)), ..Case::default() });
        (
            sample.expected_decision.map(RawJson::into_string),
            sample.expected_rule_hits.map(RawJson::into_string),
        )
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(verdict(r#"{"decision":"maybe","rule_hits":[]}"#), (some(r#""maybe""#), some("[]")));
    assert_eq!(verdict(r#"{"decision":1,"rule_hits":["a",1]}"#), (None, None));
    assert_eq!(verdict(r#"{"golden_answer":"x"}"#), (None, None));
}

#[test]
fn a_loss_names_what_a_sample_cannot_say() {
    let lost = |case: Case| loss(&case, &write(read(&case)));
    let case = || Case { inputs: object(r#"{"input":"q"}"#), ..Case::default() };
    assert_eq!(lost(case()), []);
    assert_eq!(lost(Case { output: Some(json("1")), ..case() }), [Field::Output]);
    assert_eq!(lost(Case { inputs: object(r#"{"question":"q"}"#), ..case() }), [Field::Inputs]);
    assert_eq!(lost(Case { inputs: object(r#"{"input":5}"#), ..case() }), [Field::Inputs]);
    let golden = Some(object(r#"{"golden_answer":"x","decision":"ALLOW"}"#));
    assert_eq!(lost(Case { expected: golden, ..case() }), [Field::Expected]);
    let both = Case { stage: Some("output".to_owned()), output: Some(json(r#""a""#)), ..case() };
    assert_eq!(lost(both), [Field::Inputs]);
    let answer = Case { output: Some(json(r#""a""#)), ..Case::default() };
    assert_eq!(lost(answer), [Field::Stage]);
}

#[test]
fn a_dataset_is_shared_and_its_trust_level_kept_when_it_is_unusual() {
    let new = |trust_level: &str| {
        new_dataset(wire::NewDataset {
            name: "n".to_owned(),
            description: Some("d".to_owned()),
            category: Some("c".to_owned()),
            trust_level: trust_level.to_owned(),
            is_public: true,
            created_by: Some("dana".to_owned()),
        })
    };
    let usual = new("custom");
    assert!(usual.facet.is_none() && usual.shared && usual.public && !usual.golden);
    assert_eq!((usual.origin, usual.source.as_str()), ("znyx", "customer"));
    assert_eq!(usual.creator.as_deref(), Some("dana"));
    let facet = new("of\"ficial").facet.map(RawJson::into_string);
    assert_eq!(facet.as_deref(), Some(r#"{"trust_level":"of\"ficial"}"#));
}

#[test]
fn a_usual_trust_level_clears_what_was_kept() {
    let change = |trust_level: Option<&str>| {
        dataset_change(wire::DatasetUpdate {
            name: Some("n".to_owned()),
            description: Some(None),
            category: None,
            trust_level: trust_level.map(str::to_owned),
            is_public: Some(false),
        })
    };
    let usual = change(Some("custom"));
    assert!(matches!(usual.facet, Some(None)) && usual.public == Some(false));
    assert_eq!((usual.name.as_deref(), usual.description), (Some("n"), Some(None)));
    let official = change(Some("official")).facet.flatten().map(RawJson::into_string);
    assert_eq!(official.as_deref(), Some(r#"{"trust_level":"official"}"#));
    assert!(change(None).facet.is_none());
}

#[test]
fn filters_are_a_union_without_empty_parts() {
    let query = |category: Option<&str>, categories: Option<&str>, source: Option<&str>| {
        let window = wire::Window { limit: 50, offset: 0 };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        filter(&wire::DatasetQuery {
            category: owned(category),
            categories: owned(categories),
            source: owned(source),
            window,
        })
        .map(|filter| (filter.categories, filter.source))
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(query(None, None, None), Some((named(&[]), None)));
    assert_eq!(query(Some(""), Some(" , ,"), Some("")), Some((named(&[]), None)));
    let union = query(Some(" a "), Some("b ,, c,b"), Some("customer"));
    assert_eq!(union, Some((named(&[" a ", "b", "c", "b"]), Some("customer".to_owned()))));
    assert_eq!(query(Some("\0"), Some("b"), None), Some((named(&["b"]), None)));
    assert_eq!(query(Some("\0"), None, None), None);
    assert_eq!(query(None, None, Some("a\0")), None);
}
