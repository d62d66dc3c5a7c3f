//! Every failure under a dialect's prefix has the dialect's shape.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use evalstone_core::error::Error;
use evalstone_kit::errors::guard;
use evalstone_kit::routes::{Routes, resource};

use crate::served::{Failure, Served, body, header, not_allowed, render, status};

fn mount(config: &mut ServiceConfig) {
    let table = Routes::under("/v1", not_allowed)
        .line(resource("/things").get(list).post(list))
        .line(resource("/things/{number}").get(get))
        .line(resource("/things/{number}/parts/{part}").get(part))
        .line(resource("/things/first/parts").get(list))
        .line(resource("/panic").get(panics))
        .line(resource("/fault").get(fails));
    let scope = table.scope(HttpResponse::NotFound);
    config.service(scope.route("/panic-elsewhere", web::get().to(panics)).wrap(guard(render)));
}

async fn list() -> impl Responder {
    HttpResponse::Ok().json(["thing"])
}

async fn get(number: web::Path<u32>) -> impl Responder {
    number.to_string()
}

async fn part(at: web::Path<(u32, String)>, request: HttpRequest) -> impl Responder {
    let named = |name| request.match_info().get(name).unwrap_or_default().to_owned();
    format!("{:?} {} {}", *at, named("number"), named("part"))
}

async fn panics() -> HttpResponse {
    panic!("secret of the handler")
}

async fn fails() -> Result<HttpResponse, Failure> {
    Err(Error::fault("secret of the database").into())
}

#[test]
fn a_panic_is_answered_and_the_next_request_too() {
    let served = Served::new(mount);
    for path in ["/v1/panic", "/v1/panic-elsewhere"] {
        let answer = served.get(path);
        assert_eq!(status(&answer), 500, "{path}");
        assert_eq!(header(&answer, "content-type"), Some("application/json"));
        assert!(body(&answer).starts_with(r#"{"said":"The gateway could not"#), "{answer}");
        assert!(!answer.contains("secret"), "{answer}");
        assert!(header(&answer, "x-request-id").is_some(), "{answer}");
        assert_eq!(status(&served.get("/v1/things")), 200);
    }
}

#[test]
fn internal_context_never_reaches_the_client() {
    let answer = Served::new(mount).get("/v1/fault");
    assert_eq!(status(&answer), 500);
    assert!(!answer.contains("secret"), "{answer}");
}

#[test]
fn errors_of_the_framework_get_the_shape() {
    let served = Served::new(mount);
    let unknown = served.get("/v1/unknown");
    assert_eq!((status(&unknown), body(&unknown)), (404, r#"{"said":"Not Found"}"#));
    let unreadable = served.get("/v1/things/many");
    assert_eq!(status(&unreadable), 404);
    assert!(body(&unreadable).starts_with(r#"{"said":"can not parse"#), "{unreadable}");
}

#[test]
fn outside_the_dialect_the_outer_shape_holds() {
    let answer = Served::new(mount).get("/elsewhere");
    assert_eq!(status(&answer), 404);
    assert_eq!(header(&answer, "content-type"), Some("application/problem+json"));
    let problem: serde_json::Value = serde_json::from_str(body(&answer)).expect("JSON");
    assert_eq!(problem["status"], 404);
    assert_eq!(problem["title"], "Not Found");
}

#[test]
fn answers_that_are_no_errors_are_left_alone() {
    let answer = Served::new(mount).get("/v1/things/7");
    assert_eq!((status(&answer), body(&answer)), (200, "7"));
    assert_eq!(header(&answer, "content-type"), Some("text/plain; charset=utf-8"));
}

#[test]
fn parameters_are_whole_segments() {
    let served = Served::new(mount);
    let found = |path: &str| {
        let answer = served.get(path);
        (status(&answer), body(&answer).to_owned())
    };
    let part = |text: &str| (200, text.to_owned());
    assert_eq!(found("/v1/things/7/parts/a"), part(r#"(7, "a") 7 a"#));
    assert_eq!(found("/v1/things/7/parts/a%2Fb%20%C3%A9"), part(r#"(7, "a/b é") 7 a%2Fb é"#));
    assert_eq!(found("/v1/things/7/parts/{part}"), part(r#"(7, "{part}") 7 {part}"#));
    assert_eq!(found("/v1/things/first/parts"), (200, r#"["thing"]"#.to_owned()));
    let (code, said) = found("/v1/things/first/parts/a");
    assert_eq!(code, 404);
    assert!(
        said.contains("can not parse"),
        "the literal leads nowhere, the parameter is read: {said}"
    );
    for none in ["", "/", "/things/", "/things/7/parts", "/things/7/parts/", "/things/7/parts/a/b"]
    {
        assert_eq!(found(&format!("/v1{none}")).0, 404, "{none}");
    }
    assert_eq!(found("/v1/things//parts/a").0, 404, "a segment has a character at least");
}

#[test]
#[should_panic(expected = "/v1/things/{other}")]
fn two_lines_for_one_path_are_a_mistake() {
    let _ = Routes::under("/v1", not_allowed)
        .line(resource("/things/{number}").get(get))
        .line(resource("/things/{other}").get(get));
}

#[test]
fn other_methods_are_told_which_there_are() {
    let served = Served::new(mount);
    for method in ["DELETE", "PUT", "BREW"] {
        let answer = served.exchange(format!(
            "{method} /v1/things HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(status(&answer), 405);
        assert_eq!(header(&answer, "allow"), Some("GET, POST"));
        assert_eq!(body(&answer), r#"{"said":"no such method"}"#);
    }
    let head = served.exchange("HEAD /v1/things HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    assert_eq!((status(&head), body(&head)), (405, ""));
}
