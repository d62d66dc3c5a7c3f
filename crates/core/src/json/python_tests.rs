use proptest::prelude::*;

use super::{MAX_DEPTH, PythonFault, View, canonical, check, python, python_fault};
use crate::arbitrary::json_value;

fn spelled(text: &str) -> String {
    python(View::parse(text, MAX_DEPTH).expect(text))
}

/// The answers of `CPython` 3.11 to
/// `json.dumps(json.loads(text), sort_keys=True, separators=(',', ':'))`.
#[test]
fn numbers_as_python_writes_them() {
    for (text, expected) in [
        ("0", "0"),
        ("-0", "0"),
        ("-12", "-12"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0.0", "0.0"),
        ("-0.0", "-0.0"),
        ("-1e-400", "-0.0"),
        ("1E+2", "100.0"),
        ("100.0", "100.0"),
        ("0.1", "0.1"),
        ("0.1000000000000000055511151231257827", "0.1"),
        ("1e15", "1000000000000000.0"),
        ("1e16", "1e+16"),
        ("9007199254740993.0", "9007199254740992.0"),
        ("123456789012345678.0", "1.2345678901234568e+17"),
        // Halfway between two shortest spellings: the even digit wins.
        ("1265060122269758.25", "1265060122269758.2"),
        ("1633803163394439.3", "1633803163394439.2"),
        // 2 to the power of 89, 378 and -44: the nearest of that length would be read as another.
        ("618970019642690137449562112.0", "6.189700196426902e+26"),
        ("6.1565634681866376e113", "6.156563468186638e+113"),
        ("5.684341886080801486968994140625e-14", "5.684341886080802e-14"),
        ("1e22", "1e+22"),
        ("1e23", "1e+23"),
        ("2e23", "2e+23"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("0.00001234", "1.234e-05"),
        ("1e100", "1e+100"),
        ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("1e400", "Infinity"),
        ("-1e400", "-Infinity"),
    ] {
        assert_eq!(spelled(text), expected, "{text}");
    }
}

/// From the same source.
#[test]
fn strings_and_objects_as_python_writes_them() {
    for (text, expected) in [
        (
            r#""\u007F\u00E9\ud83d\uDE00\uD800\u2028\/\b\f\n\r\t\u0000\u001f\"\\ é😀""#,
            r#""\u007f\u00e9\ud83d\ude00\ud800\u2028/\b\f\n\r\t\u0000\u001f\"\\ \u00e9\ud83d\ude00""#,
        ),
        (
            // By code points the surrogate pair, which UTF-16 would place first, comes last.
            r#"{"\ud800":1,"\uffff":2,"\ud83d\ude00":3,"b":1,"a":2,"\u0062":0,"a":1}"#,
            r#"{"a":1,"b":0,"\ud800":1,"\uffff":2,"\ud83d\ude00":3}"#,
        ),
        (r#" { "b" : [ 1 , { } ] , "a" : null , "c":true} "#, r#"{"a":null,"b":[1,{}],"c":true}"#),
        (r#"{"ab":1,"a":2,"":3,"a b":4,"B":5}"#, r#"{"":3,"B":5,"a":2,"a b":4,"ab":1}"#),
        (r#"{"a":{"x":1},"a":{"y":2}}"#, r#"{"a":{"y":2}}"#),
        ("[ ]", "[]"),
    ] {
        assert_eq!(spelled(text), expected, "{text}");
    }
}

#[test]
fn numbers_that_python_cannot_carry() {
    let ones = |count: usize| "1".repeat(count);
    for (token, fault) in [
        ("1e308".to_owned(), None),
        ("1.8e308".to_owned(), Some(PythonFault::Infinite)),
        ("-1e999999999999999999999".to_owned(), Some(PythonFault::Infinite)),
        ("1e-999999999999999999999".to_owned(), None),
        (ones(4300), None),
        (format!("-{}", ones(4300)), None),
        (ones(4301), Some(PythonFault::TooLong)),
        (format!("{}.5", ones(4301)), Some(PythonFault::Infinite)),
        (format!("0.{}", ones(5000)), None),
    ] {
        assert_eq!(python_fault(&token), fault, "{token}");
    }
}

#[test]
fn nesting_as_deep_as_payloads_may_be() {
    let deep = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    assert_eq!(spelled(&deep), deep);
}

proptest! {
    #[test]
    fn it_is_ascii_json_that_stays_as_it_is(text in json_value()) {
        let once = spelled(&text);
        prop_assert!(once.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        // What is infinite is no JSON, in Python either.
        if !once.contains("Infinity") {
            prop_assert_eq!(check(&once, MAX_DEPTH), Ok(()));
            prop_assert_eq!(spelled(&once), once);
        }
    }

    #[test]
    fn doubles_survive(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let again: f64 = spelled(&format!("{value:e}")).parse().expect("a double");
        prop_assert_eq!(again.to_bits(), bits);
    }

    /// Canonical JSON keeps duplicate keys, whose last is what counts here.
    #[test]
    fn spelling_makes_no_difference(text in json_value()) {
        let view = View::parse(&text, MAX_DEPTH).expect("generated JSON");
        let compact = view.compact();
        prop_assert_eq!(spelled(&compact), spelled(&text));
        let keys = spelled(&text).matches(':').count();
        prop_assert!(keys <= canonical(view).matches(':').count());
    }
}
