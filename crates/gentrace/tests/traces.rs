//! What reports of spans leave in the store, which no request of the vendor's can show.

mod opened;

use std::io::Write as _;

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use bytes::Bytes;
use evalstone_core::caller::Caller;
use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{NewCase, Reference, StoredCase};
use evalstone_core::json::RawJson;
use evalstone_core::run::Evaluation;
use evalstone_core::trace::{Span, TraceId};
use evalstone_gentrace::dialect;
use evalstone_kit::dialect::Dialect;
use evalstone_kit::dialect::{Means, NoSettings};
use evalstone_store::Store;
use flate2::Compression;
use flate2::write::GzEncoder;
use opened::{KEY, new_dataset, open};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as OtlpSpan, Status};
use prost::Message as _;

const TRACE: TraceId = TraceId([7; 16]);
const START: u64 = 1_700_000_000_000_000_000;

fn attribute((key, value): (&str, &str)) -> KeyValue {
    let value = AnyValue { value: Some(Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), key_strindex: 0 }
}

fn span(number: u64, name: &str, attributes: &[(&str, &str)]) -> OtlpSpan {
    OtlpSpan {
        trace_id: TRACE.0.to_vec(),
        span_id: number.to_be_bytes().to_vec(),
        name: name.to_owned(),
        start_time_unix_nano: START + number,
        end_time_unix_nano: START + number + 1_500_000,
        attributes: attributes.iter().copied().map(attribute).collect(),
        ..OtlpSpan::default()
    }
}

fn event(name: &str, attributes: &[(&str, &str)]) -> Event {
    let attributes = attributes.iter().copied().map(attribute).collect();
    Event { name: name.to_owned(), attributes, ..Event::default() }
}

fn report(spans: Vec<OtlpSpan>) -> Vec<u8> {
    let scope = InstrumentationScope { name: "gentrace.sdk".to_owned(), ..Default::default() };
    let scope_spans =
        vec![ScopeSpans { scope: Some(scope), spans, schema_url: "https://s".to_owned() }];
    let resource =
        Resource { attributes: vec![attribute(("service.name", "x"))], ..Default::default() };
    let resource_spans =
        ResourceSpans { resource: Some(resource), scope_spans, schema_url: String::new() };
    ExportTraceServiceRequest { resource_spans: vec![resource_spans] }.encode_to_vec()
}

/// Sends a body and gives the status and the answer's body.
async fn send(
    dialect: &Dialect,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> (u16, Bytes) {
    let service = init_service(App::new().configure(|c| (dialect.mount)(c))).await;
    let request = TestRequest::post().uri(path).set_payload(body);
    let request = request.insert_header(("authorization", format!("Bearer {KEY}")));
    let request =
        headers.iter().fold(request, |request, header| request.insert_header(*header)).to_request();
    let response = call_service(&service, request).await;
    (response.status().as_u16(), read_body(response).await)
}

async fn export(dialect: &Dialect, spans: Vec<OtlpSpan>) {
    let headers = [("content-type", "application/x-protobuf")];
    let answer = send(dialect, "/api/otel/v1/traces", &headers, report(spans)).await;
    assert_eq!(answer, (200, Bytes::new()));
}

async fn stored_case(store: &Store, caller: &Caller) -> StoredCase {
    let dataset = store.create_dataset(caller, new_dataset()).await.expect("made");
    let expected = RawJson::parse(r#"{ "a": 1.0 }"#).expect("JSON").try_into().expect("an object");
    let case = Case { expected: Some(expected), ..Case::default() };
    let origin = Origin { dialect: "gentrace".to_owned(), source_id: None, facet: None };
    let reference = Reference::Id(dataset.id.uuid());
    let new = NewCase { id: None, case, origin };
    store.add_case(caller, "gentrace", &reference, new).await.expect("added")
}

#[actix_web::test]
async fn test_spans_become_evaluations_of_their_experiment() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, caller) = open(&folder).await;
    let dialect = dialect(&store, &Means::default(), NoSettings {}).expect("a dialect");
    let case = stored_case(&store, &caller).await.id;
    let body = br#"{"pipelineId": "default"}"#.to_vec();
    let (_, experiment) = send(&dialect, "/api/v4/experiments", &[], body).await;
    let experiment = std::str::from_utf8(&experiment).expect("UTF-8")[7..43].to_owned();
    let run = experiment.parse().expect("a UUID");

    let (case_id, id) = (case.to_string(), ("gentrace.experiment_id", experiment.as_str()));
    let mut good = span(1, "span", &[id, ("gentrace.test_case_id", &case_id)]);
    good.attributes.push(attribute(("gentrace.test_case_name", "case")));
    good.events = vec![
        event("gentrace.fn.args", &[("args", r#"[{ "q": "Hi" }]"#)]),
        event("gentrace.fn.output", &[("output", r#""HI""#)]),
    ];
    let mut bad = span(2, "local", &[id, ("error.type", "ValueError")]);
    bad.status = Some(Status { message: "no".to_owned(), code: 2 });
    let child = OtlpSpan { parent_span_id: good.span_id.clone(), ..span(3, "child", &[]) };
    export(&dialect, vec![child]).await;
    export(&dialect, vec![good.clone(), bad.clone()]).await;
    // Exporters send again what they believe lost.
    good.events[1] = event("gentrace.fn.output", &[("output", "NaN")]);
    export(&dialect, vec![bad, good]).await;

    let evaluations = store.evaluations(&caller, run, 0, 10).await.expect("read");
    let [good, bad] = evaluations.as_slice() else { panic!("{evaluations:?}") };
    let text = |json: &Option<RawJson>| json.as_ref().map(|json| json.as_str().to_owned());
    let Evaluation { case: of, name, inputs, output, expected, error, trace, span, .. } = good;
    assert_eq!((name.as_str(), *of, error), ("case", Some(case), &None));
    assert_eq!(text(inputs).as_deref(), Some(r#"{ "q": "Hi" }"#));
    assert_eq!(text(output).as_deref(), Some(r#""NaN""#));
    assert_eq!(text(expected).as_deref(), Some(r#"{ "a": 1.0 }"#));
    assert_eq!((*trace, span.to_string().as_str()), (TRACE, "0000000000000001"));
    assert_eq!((good.finished_at - good.started_at).num_microseconds(), Some(1500));
    let Evaluation { case, name, inputs, output, expected, error, .. } = bad;
    assert_eq!((name.as_str(), *case), ("local", None));
    assert_eq!((inputs, output, expected), (&None, &None, &None));
    assert_eq!(error.as_deref(), Some("ValueError: no"));

    let spans = store.trace(&caller, TRACE, 10).await.expect("read");
    let [good, bad, child] = spans.as_slice() else { panic!("{spans:?}") };
    let Span { parent, name, failed, resource, scope, .. } = child;
    assert_eq!((*parent, name.as_str(), *failed), (Some(good.id), "child", false));
    assert!(bad.failed);
    let said = r#"{"attributes":[{"key":"service.name","value":{"stringValue":"x"}}]}"#;
    assert_eq!(resource.as_str(), said);
    assert_eq!(scope.as_str(), r#"{"name":"gentrace.sdk","schemaUrl":"https://s"}"#);
    let whole: OtlpSpan = serde_json::from_str(child.body.as_str()).expect("OTLP JSON");
    assert_eq!(whole.parent_span_id, 1_u64.to_be_bytes());
}

#[actix_web::test]
async fn ten_thousand_spans_in_one_body_are_stored_packed_or_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, caller) = open(&folder).await;
    let dialect = dialect(&store, &Means::default(), NoSettings {}).expect("a dialect");
    let text = "x".repeat(700);
    let spans = (1..=10_000).map(|number| span(number, "n", &[("text", &text)])).collect();
    let body = report(spans);
    assert!(body.len() > 7_500_000, "{}", body.len());
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&body).expect("in memory");
    let packed = packed.finish().expect("in memory");
    let label = ("content-type", "application/x-protobuf");
    let path = "/api/otel/v1/traces";
    for (headers, body) in
        [(vec![label], body), (vec![label, ("content-encoding", "gzip")], packed)]
    {
        let answer = send(&dialect, path, &headers, body).await;
        assert_eq!(answer, (200, Bytes::new()));
        let stored = store.trace(&caller, TRACE, 20_000).await.expect("read");
        assert_eq!(stored.len(), 10_000);
        assert!(stored.iter().all(|span| span.body.as_str().contains(&text)));
    }
}

#[actix_web::test]
async fn a_gzip_bomb_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = open(&folder).await;
    let dialect = dialect(&store, &Means::default(), NoSettings {}).expect("a dialect");
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    let piece = vec![b' '; 1 << 20];
    (0..60).for_each(|_| bomb.write_all(&piece).expect("in memory"));
    let bomb = bomb.finish().expect("in memory");
    assert!(bomb.len() < 100_000);
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let (status, body) = send(&dialect, "/api/otel/v1/traces", &headers, bomb).await;
    assert_eq!(status, 413);
    let told = r#"{"message":"the unpacked body is over 32 MiB (setting limits.otlp)"}"#;
    assert_eq!(body, told);
}
