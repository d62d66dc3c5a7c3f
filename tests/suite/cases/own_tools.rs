//! The suite's own judgement: a comparison that accepts anything would pass every scenario.

use crate::arbitrary::canonical;
use crate::arbitrary::text::{Spelling, Text};
use crate::arbitrary::value::{Member, Value, plain};
use crate::json::{Json, KeyOrder, compare};
use crate::scenario::tables::Tables;
use crate::scenario::variables::Variables;
use crate::scenario::{Expect, expectation};
use crate::trials::Trials;
use crate::wire::Answer;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.once("own_tools::comparison", comparison);
    trials.once("own_tools::json_reader", json_reader);
    trials.once("own_tools::variables", variables);
    trials.once("own_tools::expectations", expectations);
    trials.once("own_tools::route_tables", route_tables);
    trials.once("own_tools::canonical_json", canonical_json);
}

fn comparison() {
    let rows = [
        (r#"{"a":1,"b":null}"#, r#"{ "a" : 1, "b" : null }"#, true),
        (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, false),
        (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false),
        (r#"{"a":1,"b":2}"#, r#"{"a":1}"#, false),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, false),
        (r#"{"a":null}"#, r"{}", false),
        ("1", "1.0", false),
        ("1e400", "1E400", false),
        (r#""<int>""#, "12345678901234567890123", true),
        (r#""<int>""#, "1.0", false),
        (r#""<int>""#, r#""1""#, false),
        (r#""<number>""#, "1.5e3", true),
        (r#""<uuid>""#, r#""0190a6c5-7e1f-7000-8000-00000000000a""#, true),
        (r#""<uuid>""#, r#""0190A6C5-7E1F-7000-8000-00000000000A""#, false),
        (r#""<uuid>""#, r#""42""#, false),
        (r#""<time:seconds>""#, r#""2026-04-02T12:00:00Z""#, true),
        (r#""<time:seconds>""#, r#""2026-04-02T12:00:00.000Z""#, false),
        (r#""<time:millis>""#, r#""2026-04-02T12:00:00.123Z""#, true),
        (r#""<time:micros>""#, r#""2026-04-02T12:00:00.123456Z""#, true),
        (r#""<string>""#, "null", false),
        (r#""<nonempty>""#, r#""""#, false),
        (r#""<any>""#, "null", true),
        ("[1,2]", "[1]", false),
        ("[1]", "[1,2]", false),
        (r#"[1,"<rest>"]"#, "[1,2,3]", true),
        (r#"[1,"<rest>"]"#, "[1]", true),
        (r#"[1,"<rest>"]"#, "[]", false),
        (r#""\u00e9""#, r#""é""#, true),
        (r#""\ud800""#, r#""\udc00""#, false),
        ("true", "false", false),
        (r#""a""#, r#""b""#, false),
    ];
    for (expected, actual, equal) in rows {
        let (wanted, found) = (parsed(expected), parsed(actual));
        let outcome = compare(&wanted, &found, KeyOrder::Fixed);
        assert_eq!(outcome.is_ok(), equal, "{expected} against {actual}: {outcome:?}");
    }
    let (wanted, found) = (parsed(r#"{"a":1,"b":2}"#), parsed(r#"{"b":2,"a":1}"#));
    assert_eq!(compare(&wanted, &found, KeyOrder::Free), Ok(()));
    let found = parsed(r#"{"b":2,"a":3}"#);
    assert!(compare(&wanted, &found, KeyOrder::Free).is_err(), "values count in any order");
}

fn parsed(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn json_reader() {
    let broken = [
        "",
        "{",
        "[1,]",
        r#"{"a":1,}"#,
        r#"{"a"}"#,
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "nul",
        "NaN",
        r#"""#,
        "\"\t\"",
        r#""\x""#,
        r#""\u12""#,
        "1 2",
        "'a'",
        "{a:1}",
        "[1 2]",
        "-",
    ];
    for text in broken {
        assert!(Json::parse(text).is_err(), "{text:?} is broken");
    }
    assert_eq!(parsed(r#""\ud83d\ude00""#), parsed("\"\u{1f600}\""));
    let document = parsed(r#"{"a":[{"b/c":-1.50e+3}]}"#);
    assert_eq!(document.at("/a/0/b~1c").and_then(Json::plain), Ok("-1.50e+3".to_owned()));
    assert!(document.at("/a/1").is_err());
}

fn variables() {
    let mut variables = Variables::default();
    variables.set("id", "42");
    let filled = variables.fill("/{{id}}/{{repeat:3:ab}}/{{braces}}x}}");
    assert_eq!(filled, Ok("/42/ababab/{{x}}".to_owned()));
    for wrong in ["{{nothing}}", "{{id", "{{repeat:x:y}}", "{{repeat:3}}"] {
        assert!(variables.fill(wrong).is_err(), "{wrong}");
    }
}

fn expectations() {
    let headers = [("content-type", "application/json"), ("x-request-id", "7"), ("allow", "GET")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let answer = Answer { status: 200, headers, body: br#"{"a":1}"#.to_vec() };
    let rows = [
        ("status = 200", true),
        ("status = 201", false),
        ("status = 200\njson = '{\"a\":1}'", true),
        ("status = 200\njson = '{\"a\":2}'", false),
        ("status = 200\nbody = '{\"a\":1}'", true),
        ("status = 200\nbody = '{\"a\": 1}'", false),
        ("status = 200\nbody = ''", false),
        ("status = 200\ncontains = ['a\":1']", true),
        ("status = 200\ncontains = ['a\":2']", false),
        ("status = 200\ncontains = ['']", false),
        ("status = 200\nlacks = ['b']", true),
        ("status = 200\nlacks = ['a']", false),
        ("status = 200\nheaders = { Allow = 'GET' }", true),
        ("status = 200\nheaders = { Allow = 'POST' }", false),
        ("status = 200\nheaders = { Allow = '<absent>' }", false),
        ("status = 200\nheaders = { Location = '<absent>' }", true),
        ("status = 200\nheaders = { Location = '<any>' }", false),
    ];
    for (text, holds) in rows {
        let expect: Expect = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let outcome = expectation::check(&expect, &answer, &Variables::default());
        assert_eq!(outcome.is_ok(), holds, "{text}: {outcome:?}");
    }
    let nameless = Answer { headers: Vec::new(), ..answer };
    let outcome = expectation::check(&Expect::status(200), &nameless, &Variables::default());
    assert!(outcome.is_err(), "an answer without X-Request-Id");
}

fn route_tables() {
    let source = r#"
        const UNSERVED: &[Line] = &[("/old/{id}", &[(Method::GET, "x"), (Method::PUT, "y")])];
        Routes::under("/v1", not_allowed)
            .line(resource("/things").get(list).post(make))
            .line(resource("/things/{thing_id}").get(one))
        #[cfg(test)] resource("/test").get(x)
    "#;
    let tables = Tables::read(&[source.to_owned()]);
    let right = [
        "GET /v1/things",
        "POST /v1/things",
        "GET /v1/things/{id}",
        "GET /v1/old/{name}",
        "PUT /v1/old/{name}",
    ];
    let wrong = |listed: &[&str]| {
        let listed: Vec<String> = listed.iter().map(|route| (*route).to_owned()).collect();
        tables.against(&listed).into_iter().filter(|(_, outcome)| outcome.is_err()).count()
    };
    assert_eq!(wrong(&right), 0);
    for missing in 0..right.len() {
        let mut listed = right.to_vec();
        listed.remove(missing);
        assert_eq!(wrong(&listed), 1, "without {}", right[missing]);
    }
    for stale in ["DELETE /v1/things", "GET /v1/test", "GET /things", "POST /v1/old/{name}"] {
        assert_eq!(wrong(&[&right[..], &[stale]].concat()), 1, "{stale}");
    }
}

/// The laws predict digests by it.
fn canonical_json() {
    for (spelled, canonical) in [
        ("0", "0"),
        ("-0.00e5", "0"),
        ("100", "1e2"),
        ("-1.50", "-15e-1"),
        ("0.01e+02", "1"),
        ("12345678901234567890123.0", "12345678901234567890123"),
        ("10e999999999999999999999", "1e1000000000000000000000"),
    ] {
        assert_eq!(canonical::number(spelled), canonical, "{spelled}");
    }
    let strange = Text::spelled("a/\"\n\u{1f}\u{7f}é😀", Spelling::Upper);
    assert_eq!(strange.to_string(), r#""\u0061\u002F\u0022\u000A\u001F\u007F\u00E9\uD83D\uDE00""#);
    let canonical = "\"a/\\\"\\n\\u001f\u{7f}é😀\"";
    assert_eq!(canonical::string(&strange.units()), canonical);
    assert_eq!(canonical::string(&[0xdc00, 0xd83d, 0xde00, 0xd800]), r#""\udc00😀\ud800""#);
    // Keys are in the order of their code units, in which an emoji comes before U+FFFF.
    let members = [("\u{ffff}", "1"), ("b", "2"), ("😀", "3"), ("b", "4"), ("B", "5")];
    let members = members.map(|(key, value)| Member::plain(key, Value::Number(value.to_owned())));
    let sorted = "{\"B\":5,\"b\":2,\"b\":4,\"😀\":3,\"\u{ffff}\":1}";
    assert_eq!(canonical::members(&members), sorted);
    assert_eq!(canonical::value(&plain("\u{8}")), r#""\b""#);
}
