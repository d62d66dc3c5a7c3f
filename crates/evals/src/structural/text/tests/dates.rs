//! `is_date`.

use super::{failure, holds, of, why};

/// Whether a text is a date when strings are accepted.
fn is_date(text: &str, more: &str) -> bool {
    holds(of("is_date", &format!("\"{text}\""), &format!(r#"{{"strict_type":false{more}}}"#)))
}

#[test]
fn a_string_is_a_date_only_when_types_are_not_strict() {
    assert!(is_date("2026-04-02", ""));
    let told = "the output is a string, which strict_type does not accept as a date";
    for arguments in ["{}", r#"{"strict_type":true}"#, r#"{"allowed_formats":["%Y"]}"#] {
        assert_eq!(why(of("is_date", r#""2026-04-02""#, arguments)), told, "{arguments}");
    }
}

#[test]
fn an_object_is_a_date_by_its_member() {
    for arguments in ["{}", r#"{"strict_type":false}"#] {
        assert!(holds(of("is_date", r#"{"$date":"2026-04-02T12:00:00Z"}"#, arguments)));
        assert!(!holds(of("is_date", r#"{"$date":"soon"}"#, arguments)));
        for (output, kind) in [
            (r#"{"date":"2026-04-02"}"#, "object"),
            (r#"{"$date":1775088000}"#, "object"),
            ("20260402", "number"),
            (r#"["2026-04-02"]"#, "array"),
            ("true", "boolean"),
        ] {
            let told = format!("the output is a JSON {kind}, not a date");
            assert_eq!(why(of("is_date", output, arguments)), told);
        }
    }
    let german = r#"{"allowed_formats":["%d.%m.%Y"]}"#;
    assert!(holds(of("is_date", r#"{"$date":"02.04.2026"}"#, german)));
}

#[test]
fn iso_8601_is_read_in_its_extended_form() {
    for date in [
        "2026-04-02",
        "2024-02-29",
        "0001-01-01",
        "9999-12-31",
        "2026-04-02T12:30",
        "2026-04-02 12:30:15",
        "2026-04-02t12:30:15.123456789z",
        "2026-04-02T12:30:15,5+02:00",
        "2026-04-02T12:30-0330",
        "2026-04-02T23:59:59+14",
    ] {
        assert!(is_date(date, ""), "{date}");
    }
    for other in [
        "",
        " 2026-04-02",
        "2026-04-02 ",
        "2026-4-2",
        "20260402",
        "2026-13-01",
        "2026-02-29",
        "0000-01-01",
        "2026-04-31",
        "02.04.2026",
        "2026-04-02T",
        "2026-04-02T12",
        "2026-04-02T24:00",
        "2026-04-02T12:60",
        "2026-04-02T12:30:60",
        "2026-04-02T12:30:15.",
        "2026-04-02T12:30Z01:30",
        "2026-04-02T12:30+25:00",
        "2026-04-02T12:30+2",
        "2026-04-02Z",
        "2026-W14-4",
        "2026-092",
        "٢٠٢٦-04-02",
        "2026-04-0é",
        "today",
    ] {
        assert!(!is_date(other, ""), "{other}");
    }
}

#[test]
fn times_and_zones_can_be_required() {
    let (time, zone) = (r#","require_datetime":true"#, r#","require_timezone":true"#);
    for (date, has_time, has_zone) in [
        ("2026-04-02", false, false),
        ("2026-04-02T12:30", true, false),
        ("2026-04-02T12:30Z", true, true),
        ("2026-04-02T12:30+02:00", true, true),
    ] {
        assert_eq!(is_date(date, time), has_time, "{date}");
        assert_eq!(is_date(date, zone), has_zone, "{date}");
    }
    let told =
        |more| why(of("is_date", r#""2026-04-02""#, &format!(r#"{{"strict_type":false{more}}}"#)));
    assert_eq!(told(time), "the output is a date without the time that require_datetime wants");
    assert_eq!(told(zone), "the output is a date without the zone that require_timezone wants");
}

#[test]
fn formats_are_those_of_strptime() {
    for (format, date) in [
        ("%d.%m.%Y", "02.04.2026"),
        ("%d.%m.%Y", "2.4.2026"),
        ("%d %B %Y", "2 april 2026"),
        ("%a, %d %b %y", "Thu, 02 Apr 26"),
        // As in Python, a wrong day of the week is none of its business.
        ("%A %d %b %y", "Monday 02 Apr 26"),
        ("%I:%M %p", "12:30 PM"),
        ("%Y-%j", "2026-366"),
        ("%G-W%V-%u", "2026-W14-4"),
        ("%c", "Thu Apr  2 12:30:15 2026"),
        ("%x %X", "04/02/26 12:30:15"),
        ("100%% in %Y", "100% in 2026"),
        ("%Y  %m", "2026 \\n 4"),
        ("%Y.%m", "2026.4"),
    ] {
        assert!(is_date(date, &format!(r#","allowed_formats":["{format}"]"#)), "{format} {date}");
    }
    for (format, other) in [
        ("%d.%m.%Y", "2026-04-02"),
        ("%d.%m.%Y", "31.04.2026"),
        ("%d.%m.%Y", "02.04.2026 "),
        ("%d.%m.%Y", "02.04.20261"),
        ("%Y.%m", "2026x4"),
        ("%d %m", "29 02"),
        ("%H:%M:%S", "23:59:60"),
        ("%G-W%V", "2026-W14"),
        ("%G-W%V-%u", "2025-W53-1"),
        ("%Y-%V-%u", "2026-14-4"),
        ("%Y", ""),
    ] {
        assert!(
            !is_date(other, &format!(r#","allowed_formats":["{format}"]"#)),
            "{format} {other}"
        );
    }
}

#[test]
fn formats_are_bounded() {
    let formats =
        |list: Vec<String>| format!(r#"{{"allowed_formats":["{}"]}}"#, list.join("\",\""));
    let refused = |list| failure(of("is_date", r#""2026""#, &formats(list)));
    let many = vec!["%Y".to_owned(); 101];
    assert_eq!(refused(many), "allowed_formats may hold 100 formats at most");
    let long = format!("%Y{}", "-".repeat(199));
    let told = "allowed_formats: a format is longer than 200 characters";
    assert_eq!(refused(vec![long.clone()]), told);
    assert!(!is_date("2026", &format!(r#","allowed_formats":["{}"]"#, &long[1..])));
    assert!(refused(vec!["%Y %Y".to_owned()]).ends_with("has a directive twice"));
}

#[test]
fn any_of_the_formats_will_do() {
    let formats = r#","allowed_formats":["%Y-%m-%d","%Y-%m-%d %H:%M","%Y-%m-%d %H:%M %z"]"#;
    let time = format!(r#"{formats},"require_datetime":true"#);
    let zone = format!(r#"{formats},"require_timezone":true"#);
    assert!(is_date("2026-04-02", formats) && !is_date("2026-04-02", &time));
    assert!(is_date("2026-04-02 12:30", &time) && !is_date("2026-04-02 12:30", &zone));
    assert!(is_date("2026-04-02 12:30 +0200", &zone));
    assert!(!is_date("2026-04-02T12:30", formats));
    // Without a format all is as if the argument were absent.
    assert!(is_date("2026-04-02T12:30", r#","allowed_formats":[]"#));
    let told = of("is_date", r#""soon""#, r#"{"strict_type":false,"allowed_formats":["%Y"]}"#);
    assert_eq!(why(told), "the output is not a date in any of the allowed_formats");
}

#[test]
fn formats_that_strptime_cannot_read_fail() {
    for (format, reason) in [
        ("%Q", "an unknown directive %Q"),
        ("100%", "a % at its end"),
        ("%Y %Y", "a directive twice"),
        ("%H %X", "a directive twice"),
    ] {
        let arguments = format!(r#"{{"allowed_formats":["%d","{format}"]}}"#);
        let told = failure(of("is_date", r#""2026""#, &arguments));
        assert_eq!(told, format!("allowed_formats: {format:?} has {reason}"));
    }
}
