//! Multipart forms: any order of parts, limits, and the three ways to fail.

use std::io::Read as _;
use std::time::Duration;

use actix_web::web::{Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use evalstone_kit::errors::{answer, guard};
use evalstone_kit::limits::{Cap, Limits, Pace};
use evalstone_kit::multipart::{Form, FormError};
use evalstone_kit::routes::{Routes, resource};

use crate::served::{Served, body, not_allowed, render, status};

fn limits() -> Limits {
    Limits {
        upload: Cap { bytes: 3 << 20, setting: "limits.upload" },
        form_field: Cap { bytes: 16, setting: "limits.form_field" },
        form_text: Cap { bytes: 40, setting: "limits.form_text" },
        form_parts: 4,
        pace: Pace {
            chunk_timeout: Duration::from_millis(500),
            min_rate: 1,
            min_rate_grace: Duration::from_secs(30),
        },
        ..Limits::default()
    }
}

fn mount(config: &mut ServiceConfig) {
    let table = Routes::under("/v1", not_allowed).line(resource("/form").post(take));
    config.service(table.scope(HttpResponse::NotFound).wrap(guard(render)));
}

/// Answers with what was understood, so that the tests read it off the answer.
async fn take(payload: Payload, request: HttpRequest) -> HttpResponse {
    match Form::read(&request, payload, &limits(), "file").await {
        Ok(form) => HttpResponse::Ok().body(describe(form)),
        Err(FormError::NotAForm) => HttpResponse::UnprocessableEntity().json("not a form"),
        Err(FormError::Malformed(why)) => HttpResponse::BadRequest().json(why),
        Err(FormError::Failed(error)) => answer(&error, render),
    }
}

fn describe(form: Form) -> String {
    let fields: Vec<String> = form.fields.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let last = form.field("a").unwrap_or("-").to_owned();
    let file = form.file.map_or_else(String::new, |mut spooled| {
        let mut bytes = Vec::new();
        spooled.file.read_to_end(&mut bytes).expect("rewound");
        assert_eq!(bytes.len() as u64, spooled.bytes);
        let sum: u64 = bytes.iter().map(|b| u64::from(*b)).sum();
        format!("{}:{}:{sum}", spooled.name.unwrap_or_default(), bytes.len())
    });
    format!("{}|{last}|{file}", fields.join(","))
}

fn text(name: &str, value: &str) -> Vec<u8> {
    let head = format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    [head.as_bytes(), value.as_bytes(), b"\r\n"].concat()
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"d.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

fn send(served: &Served, parts: &[Vec<u8>]) -> String {
    let body = [parts.concat(), b"--B--\r\n".to_vec()].concat();
    send_as(served, "multipart/form-data; boundary=B", &body)
}

fn send_as(served: &Served, content_type: &str, body: &[u8]) -> String {
    let head = format!(
        "POST /v1/form HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    served.exchange([head.as_bytes(), body].concat())
}

#[test]
fn parts_come_in_any_order_and_the_last_of_a_name_counts() {
    let served = Served::new(mount);
    let csv = b"a,b\n1,2\n";
    let sum: u64 = csv.iter().map(|b| u64::from(*b)).sum();
    let answer = send(&served, &[file("file", csv), text("a", "1"), text("a", "é")]);
    assert_eq!((status(&answer), body(&answer)), (200, &*format!("a=1,a=é|é|d.csv:8:{sum}")));
    let answer = send(&served, &[text("b", ""), file("file", b"old"), file("file", b"")]);
    assert_eq!(body(&answer), "b=|-|d.csv:0:0");
}

#[test]
fn a_large_file_is_spooled_whole() {
    let bytes = vec![1_u8; (3 << 20) - 5];
    let answer = send(&Served::new(mount), &[file("file", &bytes)]);
    assert_eq!(body(&answer), format!("|-|d.csv:{0}:{0}", bytes.len()));
}

#[test]
fn a_file_under_another_name_is_dropped_and_text_under_the_files_name_is_text() {
    let served = Served::new(mount);
    let answer = send(&served, &[file("other", b"xx"), text("file", "t")]);
    assert_eq!(body(&answer), "file=t|-|");
}

#[test]
fn every_limit_is_named() {
    let served = Served::new(mount);
    let big = vec![b'x'; (3 << 20) + 1];
    let cases = [
        (vec![file("file", &big)], "the file is over 3 MiB (setting limits.upload)"),
        (vec![file("other", &big)], "the file is over 3 MiB (setting limits.upload)"),
        (
            vec![text("a", &"x".repeat(17))],
            "the form field a is over 16 bytes (setting limits.form",
        ),
        (vec![text("a", ""); 5], "the form has more than 4 parts (setting limits.form_parts)"),
        (vec![file("file", &big), file("file", &big)], "the upload is over 3 MiB"),
    ];
    for (parts, message) in cases {
        let answer = send(&served, &parts);
        assert_eq!(status(&answer), 413, "{message}");
        assert!(body(&answer).contains(message), "{answer}");
    }
}

#[test]
fn many_parts_may_bring_no_more_than_few() {
    let served = Served::new(mount);
    // Each of these is within the limit of a part, and the form within what may be announced.
    let mib = vec![b'x'; 1 << 20];
    let near = vec![b'x'; (3 << 20) - 8];
    let field = |name: &str| text(name, &"x".repeat(14));
    let files = "what the form's files hold together is over 3 MiB (setting limits.upload)";
    let fields = "what the form's fields hold together is over 40 bytes (setting limits.form_text)";
    let cases = [
        (vec![file("file", &near), file("file", b"123456789")], files),
        (vec![file("other", b"123456789"), file("file", &near)], files),
        (vec![file("other", &near), file("other", b"123456789")], files),
        (vec![field("a"), field("b"), field("a")], fields),
    ];
    for (parts, message) in cases {
        let answer = send(&served, &parts);
        assert_eq!(status(&answer), 413, "{message}");
        assert!(body(&answer).contains(message), "{answer}");
    }
    let sum = u64::from(b'x') << 20;
    let fits = [file("file", b"old"), file("other", &mib), file("file", &mib)];
    let answer = send(&served, &fits);
    assert_eq!(body(&answer), format!("|-|d.csv:{}:{sum}", 1 << 20));
    assert_eq!(status(&send(&served, &[field("a"), field("b"), text("c", "12 bytes set")])), 200);
}

#[test]
fn text_must_be_utf_8() {
    let mut part = text("a", "");
    part.truncate(part.len() - 2);
    part.extend_from_slice(b"ok\xff\r\n");
    let answer = send(&Served::new(mount), &[part]);
    assert_eq!(status(&answer), 400);
    assert!(body(&answer).contains("the form field a is not UTF-8 at byte 2"), "{answer}");
}

#[test]
fn what_is_no_form_is_told_from_what_is_a_broken_one() {
    let served = Served::new(mount);
    for content_type in ["application/json", "multipart/mixed; boundary=B", ""] {
        assert_eq!(status(&send_as(&served, content_type, b"{}")), 422, "{content_type}");
    }
    let broken: [(&str, Vec<u8>); 4] = [
        ("multipart/form-data", text("a", "1")),
        ("multipart/form-data; boundary=B", text("a", "1")),
        ("multipart/form-data; boundary=B", b"nonsense".to_vec()),
        ("multipart/form-data; boundary=B", b"--B\r\n\r\nx\r\n--B--\r\n".to_vec()),
    ];
    for (content_type, body) in broken {
        let answer = send_as(&served, content_type, &body);
        assert_eq!(status(&answer), 400, "{content_type} {answer}");
        assert!(answer.contains("application/json"), "{answer}");
    }
}

#[test]
fn a_client_that_falls_silent_in_a_part_is_refused() {
    let part = text("a", "1");
    let request = format!(
        "POST /v1/form HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 5000\r\n\r\n{}",
        String::from_utf8_lossy(&part)
    );
    let answer = Served::new(mount).exchange(request);
    assert_eq!(status(&answer), 408, "{answer}");
}
