//! What a span says of pipelines, experiments and test cases (contract §3.8), read from the form
//! in which it is stored.

use std::borrow::Cow;
use std::str::FromStr;

use evalstone_core::id::RunId;
use evalstone_core::json::{RawJson, View};
use evalstone_core::run::NewEvaluation;
use evalstone_core::trace::{NewSpan, PipelineName, Refusal, Span, SpanId, TraceId};

use super::refused::reason;
use crate::wire::ids::DEFAULT;

/// What the names of the vendor's attributes and events begin with.
const PREFIX: &str = "gentrace.";
/// The attribute that names a span's pipeline.
pub const PIPELINE: &str = "gentrace.pipeline_id";
/// The attribute of a test span that names its experiment.
pub const EXPERIMENT: &str = "gentrace.experiment_id";
/// The attribute of a test span that names its stored case.
pub const CASE: &str = "gentrace.test_case_id";
const CASE_NAME: &str = "gentrace.test_case_name";
const ARGUMENTS: (&str, &str) = ("gentrace.fn.args", "args");
const OUTPUT: (&str, &str) = ("gentrace.fn.output", "output");
const ERROR_TYPE: &str = "error.type";
const EXCEPTION: &str = "exception";
const EXCEPTION_TYPE: &str = "exception.type";
const EXCEPTION_MESSAGE: &str = "exception.message";

/// Why a span without a trace's id cannot be stored.
pub const NO_TRACE_ID: &str = "a trace id is 16 bytes, not all of them zero";

/// The code of a status that is an error.
const ERROR: &str = "2";

/// A span's columns.
#[derive(Debug)]
pub struct Marks {
    /// The trace.
    pub trace: TraceId,
    /// The span.
    pub id: SpanId,
    /// The span it happened in.
    pub parent: Option<SpanId>,
    /// What was done.
    pub name: String,
    /// When it began; what is too late for the column is cut off.
    pub start_ns: i64,
    /// When it ended.
    pub end_ns: i64,
    /// Whether it ended in an error.
    pub failed: bool,
    /// Whether it has an attribute or event of the vendor's.
    pub marked: bool,
    /// The pipeline that it names.
    pub pipeline: Option<PipelineName>,
    /// What it says of a test case, if it is a test span.
    pub evaluation: Option<NewEvaluation>,
}

impl Marks {
    /// The span to be stored.
    pub fn into_span(self, body: RawJson, resource: RawJson, scope: RawJson) -> NewSpan {
        let Self {
            trace,
            id,
            parent,
            name,
            start_ns,
            end_ns,
            failed,
            marked,
            pipeline,
            evaluation,
        } = self;
        let span =
            Span { trace, id, parent, name, start_ns, end_ns, failed, body, resource, scope };
        NewSpan { span, marked, pipeline, evaluation }
    }
}

/// Reads a span; the error is why it cannot be stored.
pub fn read(span: View<'_>) -> Result<Marks, String> {
    let [trace, own, parent, span_name, start, end, status, attributes, events] = span.get_each([
        "traceId",
        "spanId",
        "parentSpanId",
        "name",
        "startTimeUnixNano",
        "endTimeUnixNano",
        "status",
        "attributes",
        "events",
    ]);
    let trace = id(trace).filter(|id: &TraceId| id.0 != [0; 16]);
    let trace = trace.ok_or(NO_TRACE_ID)?;
    let own = id(own).filter(is_set);
    let own = own.ok_or("a span id is 8 bytes, not all of them zero")?;
    let name = text(span_name);
    let failed = status.and_then(|status| status.get("code"));
    let failed = failed.is_some_and(|code| code.raw() == ERROR);
    let said = Said::of(attributes, events);
    let evaluation = said.evaluation(status, &name, failed)?;
    Ok(Marks {
        trace,
        id: own,
        parent: id(parent).filter(is_set),
        start_ns: nanos(start),
        end_ns: nanos(end),
        failed,
        marked: said.marked,
        pipeline: said.pipeline.map(|value| pipeline_name(said_text(value))),
        evaluation,
        name,
    })
}

fn is_set(id: &SpanId) -> bool {
    id.0 != [0; 8]
}

/// The values of the attributes and events that are looked for; of several alike the last one's.
#[derive(Default)]
struct Said<'a> {
    marked: bool,
    pipeline: Option<View<'a>>,
    experiment: Option<View<'a>>,
    case: Option<View<'a>>,
    case_name: Option<View<'a>>,
    arguments: Option<View<'a>>,
    output: Option<View<'a>>,
    error_type: Option<View<'a>>,
    exception_type: Option<View<'a>>,
    exception_message: Option<View<'a>>,
}

impl<'a> Said<'a> {
    fn of(attributes: Option<View<'a>>, events: Option<View<'a>>) -> Self {
        let mut said = Self::default();
        for (key, value) in pairs(attributes) {
            said.marked |= key.starts_with(PREFIX);
            match key.as_ref() {
                PIPELINE => said.pipeline = Some(value),
                EXPERIMENT => said.experiment = Some(value),
                CASE => said.case = Some(value),
                CASE_NAME => said.case_name = Some(value),
                ERROR_TYPE => said.error_type = Some(value),
                _ => {}
            }
        }
        for event in events.into_iter().flat_map(View::items) {
            let [name, attributes] = event.get_each(["name", "attributes"]);
            let name = name.and_then(View::as_text_lossy).unwrap_or_default();
            said.marked |= name.starts_with(PREFIX);
            said.take_event(&name, attributes);
        }
        said
    }

    fn take_event(&mut self, name: &str, attributes: Option<View<'a>>) {
        let mut take = |place: fn(&mut Self) -> &mut Option<View<'a>>, wanted: &str| {
            let found = pairs(attributes).filter(|(key, _)| key == wanted).last();
            if let Some((_, value)) = found {
                *place(self) = Some(value);
            }
        };
        match name {
            _ if name == ARGUMENTS.0 => take(|said| &mut said.arguments, ARGUMENTS.1),
            _ if name == OUTPUT.0 => take(|said| &mut said.output, OUTPUT.1),
            EXCEPTION => {
                take(|said| &mut said.exception_type, EXCEPTION_TYPE);
                take(|said| &mut said.exception_message, EXCEPTION_MESSAGE);
            }
            _ => {}
        }
    }

    fn evaluation(
        &self,
        status: Option<View<'_>>,
        span_name: &str,
        failed: bool,
    ) -> Result<Option<NewEvaluation>, String> {
        let Some(experiment) = self.experiment else {
            return Ok(None);
        };
        let id = said_text(experiment);
        let run: RunId = id.parse().map_err(|_| reason(&Refusal::Run(id)))?;
        let name = self.case_name.map_or_else(|| span_name.to_owned(), said_text);
        Ok(Some(NewEvaluation {
            run,
            case: self.case.and_then(|case| said_text(case).parse().ok()),
            name,
            inputs: self.arguments.map(|value| only_argument(&payload(value))),
            output: self.output.map(payload),
            error: failed.then(|| self.error(status)),
        }))
    }

    /// Why the span failed: what its status says, or else its exception, with the error's type in
    /// front unless the text begins with it already.
    fn error(&self, status: Option<View<'_>>) -> String {
        let message = text(status.and_then(|status| status.get("message")));
        let message = Some(message).filter(|message| !message.is_empty());
        let message = message.or_else(|| self.exception_message.map(said_text));
        let kind = self.error_type.or(self.exception_type).map(said_text);
        let kind = kind.filter(|kind| !kind.is_empty());
        match (kind, message.filter(|message| !message.is_empty())) {
            (Some(kind), Some(message)) if names(&message, &kind) => message,
            (Some(kind), Some(message)) => format!("{kind}: {message}"),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => "failed without a message".to_owned(),
        }
    }
}

/// Whether a message begins with an error's type, be it with the module that it stands in or not.
fn names(message: &str, kind: &str) -> bool {
    let short = kind.rsplit(['.', ':']).next().unwrap_or(kind);
    message.starts_with(kind) || message.starts_with(short)
}

fn pipeline_name(text: String) -> PipelineName {
    if text == DEFAULT { PipelineName::Default } else { PipelineName::Text(text) }
}

/// The key and the value of each of these attributes.
fn pairs(attributes: Option<View<'_>>) -> impl Iterator<Item = (Cow<'_, str>, View<'_>)> {
    let attributes = attributes.into_iter().flat_map(View::items);
    attributes.filter_map(|attribute| {
        let [key, value] = attribute.get_each(["key", "value"]);
        let key = key?.as_text_lossy()?;
        // An attribute's value is an object with one member, named after the value's type.
        let (_, value) = value?.members().next()?;
        Some((key, value))
    })
}

/// A payload that a client wrote as JSON into a text. What is no JSON is a string.
fn payload(value: View<'_>) -> RawJson {
    let text = said_text_whole(value);
    RawJson::parse(&text).unwrap_or_else(|_| RawJson::from_text(&text))
}

/// The only one of a list of arguments, or else the list.
fn only_argument(arguments: &RawJson) -> RawJson {
    let mut items = arguments.view().items();
    match (items.next(), items.next()) {
        (Some(only), None) => RawJson::from_view(only),
        _ => arguments.clone(),
    }
}

/// An attribute's value as text, such as a column can hold.
pub fn said_text(value: View<'_>) -> String {
    storable(&said_text_whole(value))
}

fn said_text_whole(value: View<'_>) -> Cow<'_, str> {
    value.as_text_lossy().unwrap_or_else(|| value.raw().into())
}

/// A string as a column can hold it; the empty one when there is none.
fn text(value: Option<View<'_>>) -> String {
    value.and_then(View::as_text_lossy).map(|text| storable(&text)).unwrap_or_default()
}

/// The span's body keeps every character; the columns beside it cannot hold this one.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn nanos(field: Option<View<'_>>) -> i64 {
    let nanos = field.and_then(View::as_text).and_then(|text| text.parse::<u64>().ok());
    i64::try_from(nanos.unwrap_or_default()).unwrap_or(i64::MAX)
}

fn id<T: FromStr>(field: Option<View<'_>>) -> Option<T> {
    field?.as_text()?.parse().ok()
}
