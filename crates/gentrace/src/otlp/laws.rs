//! What holds for any report: OpenTelemetry's own types write it, in both encodings, and read it
//! back from the form in which it is stored.

use bytes::Bytes;
use evalstone_core::json::RawJson;
use evalstone_kit::limits::Cap;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use prost::Message as _;

use super::reply::Encoding;
use super::writer::double;
use super::{Batch, read};

const CAP: Cap = Cap { bytes: 1 << 20, setting: "limits.otlp" };

fn any_value() -> impl Strategy<Value = AnyValue> {
    let scalar = prop_oneof![
        Just(None),
        any::<String>().prop_map(|text| Some(Value::StringValue(text))),
        any::<bool>().prop_map(|truth| Some(Value::BoolValue(truth))),
        any::<i64>().prop_map(|number| Some(Value::IntValue(number))),
        // serde_json, by which OpenTelemetry's types are read, is not exact for longer ones.
        any::<i32>().prop_map(|number| Some(Value::DoubleValue(f64::from(number) / 1024.0))),
        vec(any::<u8>(), 0..8).prop_map(|bytes| Some(Value::BytesValue(bytes))),
    ];
    scalar.prop_map(|value| AnyValue { value }).prop_recursive(4, 12, 3, |inner| {
        let pair = (any::<String>(), option::of(inner.clone())).prop_map(key_value);
        prop_oneof![
            vec(inner, 0..3).prop_map(|values| Value::ArrayValue(ArrayValue { values })),
            vec(pair, 0..3).prop_map(|values| Value::KvlistValue(KeyValueList { values })),
        ]
        .prop_map(|value| AnyValue { value: Some(value) })
    })
}

fn key_value((key, value): (String, Option<AnyValue>)) -> KeyValue {
    KeyValue { key, value, key_strindex: 0 }
}

/// Attributes, some of them those that the vendor's SDKs write.
fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let known = prop::sample::select(vec![
        "gentrace.pipeline_id",
        "gentrace.experiment_id",
        "gentrace.test_case_id",
        "gentrace.test_case_name",
        "gentrace.sample",
        "error.type",
        "exception.message",
        "args",
        "output",
    ]);
    let key = prop_oneof![any::<String>(), known.prop_map(str::to_owned)];
    let said = prop::sample::select(vec![
        "default",
        "b2c3d4e5-f6a7-8901-2345-67890abcdef1",
        "[{\"q\": 1.0}]",
        "[1, 2]",
        "\0",
    ]);
    let said = said.prop_map(|text| AnyValue { value: Some(Value::StringValue(text.to_owned())) });
    vec((key, option::of(prop_oneof![any_value(), said])).prop_map(key_value), 0..4)
}

fn event() -> impl Strategy<Value = Event> {
    let known = prop::sample::select(vec!["gentrace.fn.args", "gentrace.fn.output", "exception"]);
    let name = prop_oneof![any::<String>(), known.prop_map(str::to_owned)];
    (any::<u64>(), name, attributes(), any::<u32>()).prop_map(|(at, name, attributes, dropped)| {
        Event { time_unix_nano: at, name, attributes, dropped_attributes_count: dropped }
    })
}

fn link() -> impl Strategy<Value = Link> {
    (any::<[u8; 16]>(), any::<[u8; 8]>(), any::<String>(), attributes(), any::<(u32, u32)>())
        .prop_map(|(trace, span, trace_state, attributes, (dropped, flags))| Link {
            trace_id: trace.to_vec(),
            span_id: span.to_vec(),
            trace_state,
            attributes,
            dropped_attributes_count: dropped,
            flags,
        })
}

fn span() -> impl Strategy<Value = Span> {
    let ids = (any::<[u8; 16]>(), any::<[u8; 8]>(), option::of(any::<[u8; 8]>()));
    let status = (any::<String>(), 0..3_i32).prop_map(|(message, code)| Status { message, code });
    let lists = (attributes(), vec(event(), 0..3), vec(link(), 0..2), option::of(status));
    let texts = (any::<String>(), any::<String>());
    (ids, texts, 0..6_i32, any::<(u64, u64)>(), lists, any::<(u32, u32, u32, u32)>()).prop_map(
        |((mut trace, mut id, parent), (name, trace_state), kind, (start, end), lists, counts)| {
            (trace[0], id[0]) = (trace[0].max(1), id[0].max(1));
            let (attributes, events, links, status) = lists;
            Span {
                trace_id: trace.to_vec(),
                span_id: id.to_vec(),
                trace_state,
                parent_span_id: parent.map(|id| id.to_vec()).unwrap_or_default(),
                flags: counts.0,
                name,
                kind,
                start_time_unix_nano: start,
                end_time_unix_nano: end,
                attributes,
                dropped_attributes_count: counts.1,
                events,
                dropped_events_count: counts.2,
                links,
                dropped_links_count: counts.3,
                status,
            }
        },
    )
}

fn report() -> impl Strategy<Value = ExportTraceServiceRequest> {
    let scope = (any::<String>(), any::<String>(), attributes(), any::<u32>()).prop_map(
        |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        },
    );
    let scope_spans = (option::of(scope), vec(span(), 0..3), any::<String>())
        .prop_map(|(scope, spans, schema_url)| ScopeSpans { scope, spans, schema_url });
    let resource = (attributes(), any::<u32>()).prop_map(|(attributes, dropped)| Resource {
        attributes,
        dropped_attributes_count: dropped,
        entity_refs: Vec::new(),
    });
    let resource_spans = (option::of(resource), vec(scope_spans, 0..3), any::<String>()).prop_map(
        |(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url },
    );
    vec(resource_spans, 0..3)
        .prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

fn protobuf(report: &ExportTraceServiceRequest) -> Batch {
    let body = Bytes::from(report.encode_to_vec());
    read(&body, Some(Encoding::Protobuf), CAP).expect("protobuf").1
}

fn json(report: &ExportTraceServiceRequest) -> Batch {
    let body = Bytes::from(serde_json::to_vec(report).expect("JSON"));
    read(&body, Some(Encoding::Json), CAP).expect("JSON").1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn both_encodings_are_stored_alike(report in report()) {
        prop_assert_eq!(format!("{:?}", protobuf(&report)), format!("{:?}", json(&report)));
    }

    #[test]
    fn what_is_stored_is_the_whole_span(report in report()) {
        let report = without_experiments(report);
        let batch = protobuf(&report);
        prop_assert_eq!(batch.refused.count, 0);
        let mut stored = batch.spans.into_iter();
        for resource_spans in &report.resource_spans {
            let resource = resource_spans.resource.clone().unwrap_or_default();
            for scope_spans in &resource_spans.scope_spans {
                let scope = scope_spans.scope.clone().unwrap_or_default();
                for span in &scope_spans.spans {
                    let stored = stored.next().expect("a stored span").span;
                    prop_assert_eq!(&whole::<Span>(&stored.body), span);
                    prop_assert_eq!(&whole::<Resource>(&stored.resource), &resource);
                    prop_assert_eq!(&whole::<InstrumentationScope>(&stored.scope), &scope);
                }
            }
        }
        prop_assert!(stored.next().is_none());
    }

    #[test]
    fn doubles_come_back(number in any::<f64>().prop_filter("no number", |n| n.is_finite())) {
        prop_assert_eq!(double(number).parse(), Ok(number));
    }

    #[test]
    fn garbage_never_panics(bytes in vec(any::<u8>(), 0..200)) {
        let bytes = Bytes::from(bytes);
        for label in [None, Some(Encoding::Json), Some(Encoding::Protobuf)] {
            let _ = read(&bytes, label, CAP);
        }
    }

    #[test]
    fn a_damaged_report_never_panics(report in report(), place in any::<usize>(), byte in any::<u8>()) {
        for mut body in [report.encode_to_vec(), serde_json::to_vec(&report).expect("JSON")] {
            if body.is_empty() {
                continue;
            }
            let place = place % body.len();
            body[place] = byte;
            let _ = read(&Bytes::from(body.clone()), None, CAP);
            body.truncate(place);
            let _ = read(&Bytes::from(body), Some(Encoding::Protobuf), CAP);
        }
    }

    #[test]
    fn what_is_stored_is_read_again_as_the_same(report in report()) {
        for stored in protobuf(&report).spans {
            let [span, resource, scope] = [&stored.span.body, &stored.span.resource, &stored.span.scope];
            let [span, resource, scope] = [span.as_str(), resource.as_str(), scope.as_str()];
            let again = format!(
                r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"scope":{scope},"spans":[{span}]}}]}}]}}"#
            );
            let (_, batch) = read(&again.into(), None, CAP).expect("JSON");
            prop_assert_eq!(batch.spans[0].span.body.as_str(), span);
        }
    }
}

/// A report of spans that nothing is wrong with.
fn without_experiments(mut report: ExportTraceServiceRequest) -> ExportTraceServiceRequest {
    let scopes = report.resource_spans.iter_mut().flat_map(|spans| &mut spans.scope_spans);
    for span in scopes.flat_map(|spans| &mut spans.spans) {
        span.attributes.retain(|attribute| attribute.key != "gentrace.experiment_id");
    }
    report
}

/// What OpenTelemetry's own types read from a stored form.
fn whole<T: serde::de::DeserializeOwned>(stored: &RawJson) -> T {
    serde_json::from_str(stored.as_str()).expect("OTLP JSON")
}
