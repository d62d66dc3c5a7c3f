//! What is written of runs is read again as it was, and nothing else is.

use chrono::{DateTime, Utc};
use evalstone_core::arbitrary::{case, json_object, json_value, plain_text};
use evalstone_core::case::Case;
use evalstone_core::json::{MAX_DEPTH, RawJson, RawObject, View, object};
use evalstone_core::run::{RunKind, RunStatus};
use evalstone_core::run_copy::{EvaluationCopy, RowCopy, RunCopy, RunPart, SpanCopy};
use evalstone_core::trace::{Span, SpanId, TraceId};
use evalstone_kit::remote::AboutPipeline;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::super::line::one_line;
use super::runs::{PartKind, part_line, part_of, run_line, run_of};

/// Deeper than any line may be.
const DEEP: usize = MAX_DEPTH + 50;

/// Any time of four digits of years, in microseconds.
fn time() -> impl Strategy<Value = DateTime<Utc>> {
    let micros = prop_oneof![
        Just(0),
        Just(253_402_300_799_999_999),
        -62_135_596_800_000_000..=253_402_300_799_999_999_i64,
    ];
    micros.prop_map(|micros| DateTime::from_timestamp_micros(micros).expect("a time"))
}

/// Boxed like the others: as they are, so many would take more than the stack has.
fn text() -> BoxedStrategy<Option<String>> {
    // A text may hold what the store holds of it, and U+0000.
    option::of(prop_oneof![8 => plain_text(), 1 => Just("a\0\u{2028}\\ud800".to_owned())]).boxed()
}

fn number() -> impl Strategy<Value = i64> {
    prop_oneof![select(vec![0, -1, i64::MIN, i64::MAX]), any::<i64>()]
}

fn json() -> BoxedStrategy<RawJson> {
    json_value().prop_map(RawJson::trusted).boxed()
}

fn whole() -> BoxedStrategy<RawObject> {
    json_object().prop_map(RawObject::trusted).boxed()
}

fn run() -> impl Strategy<Value = RunCopy> {
    let words = (select(RunKind::ALL.to_vec()), select(RunStatus::ALL.to_vec()), any::<bool>());
    let texts = [(); 5].map(|()| text());
    let objects = [(); 4].map(|()| option::of(whole()));
    let numbers = (option::of(number()), number(), number());
    let times = (time(), option::of(time()), option::of(time()));
    (words, texts, objects, numbers, times).prop_map(|(words, texts, objects, numbers, times)| {
        let (kind, status, shared) = words;
        let [origin, name, policy_version, bundle, failure] = texts;
        let [metadata, settings, policy, summary] = objects;
        let (threshold, total, completed) = numbers;
        let (created_at, started_at, finished_at) = times;
        RunCopy {
            kind,
            origin,
            shared,
            name,
            status,
            metadata,
            threshold,
            settings,
            policy,
            policy_version,
            bundle,
            total,
            completed,
            summary,
            failure,
            created_at,
            started_at,
            finished_at,
        }
    })
}

fn remote() -> impl Strategy<Value = RemoteRun> {
    let pipeline = (plain_text(), plain_text(), text(), option::of(any::<u128>())).prop_map(
        |(id, slug, display_name, folder)| AboutPipeline {
            id,
            slug,
            display_name,
            folder: folder.map(Uuid::from_u128),
        },
    );
    (plain_text(), text(), option::of(pipeline), any::<bool>(), run()).prop_map(
        |(id, dataset, pipeline, tells_parts, run)| RemoteRun {
            id,
            dataset,
            pipeline,
            run,
            tells_parts,
            noted: None,
        },
    )
}

fn row() -> impl Strategy<Value = RunPart> {
    (number(), number(), case()).prop_map(|(position, part, case)| {
        RunPart::Row(RowCopy { position, part, case: Case { name: None, ..case } })
    })
}

fn score() -> impl Strategy<Value = f64> {
    let nasty = vec![0.0, -0.0, 100.0, 0.1 + 0.2, 99.999_999_999_999_99, 5e-324, f64::MAX];
    prop_oneof![select(nasty), 0.0..100.0]
}

fn evaluation() -> impl Strategy<Value = RunPart> {
    let texts = [(); 6].map(|()| text());
    let values = [(); 5].map(|()| option::of(json()));
    let objects = [(); 2].map(|()| option::of(whole()));
    let ids = (option::of(any::<[u8; 16]>()), option::of(any::<[u8; 8]>()));
    let numbers = [(); 5].map(|()| option::of(number()));
    let judged = (option::of(score()), option::of(any::<bool>()));
    let times = (time(), time(), option::of(time()));
    let fields = (plain_text(), texts, values, objects, ids, numbers, judged, times);
    fields.prop_map(|(name, texts, values, objects, ids, numbers, judged, times)| {
        let [scorer, stage, error, decision, model, explanation] = texts;
        let [inputs, output, expected, rule_hits, details] = values;
        let [metadata, arguments] = objects;
        let [row, position, latency_ms, threshold, cost] = numbers;
        RunPart::Evaluation(Box::new(EvaluationCopy {
            row,
            position,
            scorer,
            name,
            stage,
            inputs,
            output,
            expected,
            metadata,
            error,
            trace: ids.0.map(TraceId),
            span: ids.1.map(SpanId),
            decision,
            rule_hits,
            score: judged.0,
            passed: judged.1,
            latency_ms,
            threshold,
            model,
            arguments,
            explanation,
            details,
            cost,
            started_at: times.0,
            finished_at: times.1,
            reported_at: times.2,
        }))
    })
}

fn span() -> impl Strategy<Value = RunPart> {
    let ids = (any::<[u8; 16]>(), any::<[u8; 8]>(), option::of(any::<[u8; 8]>()));
    let values = [(); 3].map(|()| json());
    let flags = any::<[bool; 4]>();
    (ids, plain_text(), number(), number(), values, flags).prop_map(
        |(ids, name, start_ns, end_ns, [body, resource, scope], flags)| {
            let [failed, marked, names_pipeline, reports] = flags;
            let span = Span {
                trace: TraceId(ids.0),
                id: SpanId(ids.1),
                parent: ids.2.map(SpanId),
                name,
                start_ns,
                end_ns,
                failed,
                body,
                resource,
                scope,
            };
            RunPart::Span(Box::new(SpanCopy { span, marked, names_pipeline, reports }))
        },
    )
}

/// What stands in the only member of a line.
fn inside(line: &str) -> View<'_> {
    let view = View::parse(line, DEEP).expect("JSON");
    let mut members = view.members();
    let (_, value) = members.next().expect("a member");
    assert!(members.next().is_none(), "one member");
    value
}

proptest! {
    #[test]
    fn a_run_comes_back_to_the_byte(remote in remote()) {
        let line = run_line(&remote);
        let read = run_of(inside(&line)).expect("a run");
        prop_assert_eq!(format!("{read:?}"), format!("{remote:?}"));
        let line = one_line(&line);
        prop_assert_eq!(line.lines().count(), 1);
        let read = run_of(inside(&line)).expect("a run");
        prop_assert_eq!(read.run.digest(), remote.run.digest());
    }

    #[test]
    fn a_part_comes_back_to_the_byte(
        part in prop_oneof![row().boxed(), evaluation().boxed(), span().boxed()],
        case in text(),
    ) {
        let fetched = FetchedPart { case, part };
        let (kind, line) = (PartKind::of(&fetched.part), part_line(&fetched));
        let read = part_of(kind, inside(&line)).expect("a part");
        prop_assert_eq!(format!("{read:?}"), format!("{fetched:?}"));
        let line = one_line(&line);
        prop_assert_eq!(line.lines().count(), 1);
        let read = part_of(kind, inside(&line)).expect("a part");
        prop_assert_eq!(read.part.digest(), fetched.part.digest());
    }
}

#[test]
fn the_words_for_kinds_are_those_that_are_written() {
    let row = RunPart::Row(RowCopy { position: 1, part: 0, case: Case::default() });
    assert_eq!(PartKind::of_word(row.as_str()), Some(PartKind::Row));
    for (word, kind) in [("evaluation", PartKind::Evaluation), ("span", PartKind::Span)] {
        assert_eq!(PartKind::of_word(word), Some(kind));
    }
    assert_eq!(PartKind::of_word("run"), None);
}

const RUN: &str = r#""id":"r","tells_parts":true,"kind":"scoring","shared":true,"status":"completed","total":1,"completed":1,"created_at":"2026-04-02T12:00:00.000000Z""#;
const ROW: &str = r#""position":1,"part":0,"inputs":{}"#;
const EVALUATION: &str =
    r#""name":"","started_at":"2026-04-02T12:00:00Z","finished_at":"2026-04-02T14:00:00.5+02:00""#;
const SPAN: &str = r#""trace":"0102030405060708090a0b0c0d0e0f10","id":"0102030405060708","name":"","start_ns":0,"end_ns":0,"failed":false,"marked":false,"names_pipeline":false,"reports":false,"body":{},"resource":{},"scope":{}"#;

/// How an object with these members is refused.
fn refusal(kind: Option<PartKind>, members: &str) -> Option<String> {
    let text = format!("{{{members}}}");
    let view = View::parse(&text, DEEP).expect("JSON");
    let refused = match kind {
        Some(kind) => part_of(kind, view).err(),
        None => run_of(view).err(),
    };
    refused.map(|error| error.message().to_owned())
}

/// That no member of `whole` may be missing, or null.
fn needed(kind: Option<PartKind>, whole: &str) {
    assert_eq!(refusal(kind, whole), None);
    let text = format!("{{{whole}}}");
    let all = View::parse(&text, DEEP).expect("JSON");
    for (left_out, _) in all.members() {
        let name = left_out.text().expect("a name");
        let others = all.members().filter(|(key, _)| !key.is(&name));
        let others: Vec<String> =
            others.map(|(key, value)| format!("{}:{}", key.raw(), value.raw())).collect();
        let missing = refusal(kind, &others.join(","));
        assert_eq!(missing, Some(format!("there is no {name:?}")));
        if ["body", "resource", "scope"].contains(&&*name) {
            continue;
        }
        let null = refusal(kind, &format!("{},{name:?}:null", others.join(",")));
        assert!(null.is_some_and(|null| null.starts_with(&format!("{name:?} is no "))), "{name}");
    }
}

#[test]
fn what_is_needed_must_be_there() {
    needed(None, RUN);
    needed(Some(PartKind::Row), ROW);
    needed(Some(PartKind::Evaluation), EVALUATION);
    needed(Some(PartKind::Span), SPAN);
}

#[test]
fn a_member_of_another_kind_is_named() {
    use PartKind::{Evaluation, Row};
    for (kind, whole, member, why) in [
        (None, RUN, r#""policy":[]"#, "\"policy\" is no object"),
        (None, RUN, r#""threshold":1.0"#, "\"threshold\" is no whole number"),
        (None, RUN, r#""threshold":9223372036854775808"#, "\"threshold\" is no whole number"),
        (None, RUN, r#""threshold":"1""#, "\"threshold\" is no whole number"),
        (None, RUN, r#""failure":"\ud800""#, "\"failure\" is no text"),
        (None, RUN, r#""finished_at":"2026-04-02""#, "\"finished_at\" is no time"),
        (None, RUN, r#""started_at":0"#, "\"started_at\" is no time"),
        (None, RUN, r#""pipeline":"p""#, "an object was expected, not string"),
        (None, RUN, r#""new":1"#, "nobody knows what \"new\" means"),
        (None, RUN, r#""id":"r""#, "there is \"id\" twice"),
        (None, &RUN.replace("scoring", "x"), r#""name":"""#, "\"kind\" is no kind of run"),
        (
            None,
            &RUN.replace("completed\",", "x\","),
            r#""name":"""#,
            "\"status\" is no status of a run",
        ),
        (Some(Row), ROW, r#""expected":"a""#, "\"expected\" is no object"),
        (Some(Row), ROW, r#""case":1"#, "\"case\" is no text"),
        (Some(Row), ROW, r#""name":"a""#, "nobody knows what \"name\" means"),
        (Some(Evaluation), EVALUATION, r#""score":1e400"#, "\"score\" is no number"),
        (Some(Evaluation), EVALUATION, r#""score":"1""#, "\"score\" is no number"),
        (Some(Evaluation), EVALUATION, r#""passed":1"#, "\"passed\" is no truth value"),
        (Some(Evaluation), EVALUATION, r#""trace":"0g""#, "\"trace\" is no trace's id"),
        (Some(Evaluation), EVALUATION, r#""span":"010203040506070""#, "\"span\" is no span's id"),
        (Some(Evaluation), EVALUATION, r#""arguments":[1]"#, "\"arguments\" is no object"),
    ] {
        let told = refusal(kind, &format!("{whole},{member}"));
        assert_eq!(told.as_deref(), Some(why), "{member}");
    }
    let none = part_of(Row, View::parse("[]", 1).expect("JSON")).expect_err("no object");
    assert_eq!(none.message(), "an object was expected, not array");
}

#[test]
fn a_null_that_was_answered_is_not_the_same_as_none() {
    let read = |members: &str| {
        let text = format!("{{{members}}}");
        let view = View::parse(&text, DEEP).expect("JSON");
        part_of(PartKind::Row, view).expect("a row")
    };
    let null = read(&format!(r#"{ROW},"output":null"#));
    let RunPart::Row(RowCopy { case, .. }) = &null.part else { panic!("{null:?}") };
    assert_eq!(case.output.as_ref().map(RawJson::as_str), Some("null"));
    assert_ne!(null.part.digest(), read(ROW).part.digest());
    let written = object(|object| null.part.write(object));
    assert_eq!(written, format!(r#"{{{ROW},"output":null}}"#));
}
