//! Spans → the reports that OpenTelemetry's protocol sends them in, in JSON (contract §3.8).

use evalstone_core::error::{Error, Result};
use evalstone_core::json::{Kind, RawJson, View, object};
use evalstone_kit::remote::answer::Answer;

use super::splice::{last_member, without_member};

/// How many spans a report has at the most.
const SPANS: usize = 100;
/// How many bytes they have at the most, with what stands around them, unless a single one has more.
const BYTES: usize = 1 << 20;
/// Where our own store keeps the URL of the schema of a resource or scope, which OTLP writes beside it.
const SCHEMA_URL: &str = "schemaUrl";

/// Spans that are to be sent together.
#[derive(Debug, Default)]
pub struct Report {
    resources: Vec<Resource>,
    spans: usize,
    bytes: usize,
}

/// The spans of one resource.
#[derive(Debug)]
struct Resource {
    resource: RawJson,
    scopes: Vec<Scope>,
}

/// The spans of one scope.
#[derive(Debug)]
struct Scope {
    scope: RawJson,
    spans: Vec<RawJson>,
}

impl Report {
    /// Whether one more span has room. The first one always has.
    pub fn has_room(&self, body: &RawJson, resource: &RawJson, scope: &RawJson) -> bool {
        // That of a resource which is there already is not needed; that is known better later.
        let bytes = [body, resource, scope].map(|json| json.as_str().len()).iter().sum::<usize>();
        self.spans == 0 || self.spans < SPANS && self.bytes + bytes <= BYTES
    }

    /// Adds a span to those of the same resource and scope.
    pub fn add(&mut self, body: RawJson, resource: RawJson, scope: RawJson) {
        self.spans += 1;
        self.bytes += body.as_str().len();
        let at = self.resources.iter().position(|other| other.resource == resource);
        let at = at.unwrap_or_else(|| {
            self.bytes += resource.as_str().len();
            self.resources.push(Resource { resource, scopes: Vec::new() });
            self.resources.len() - 1
        });
        let scopes = &mut self.resources[at].scopes;
        let at = scopes.iter().position(|other| other.scope == scope);
        let at = at.unwrap_or_else(|| {
            self.bytes += scope.as_str().len();
            scopes.push(Scope { scope, spans: Vec::new() });
            scopes.len() - 1
        });
        scopes[at].spans.push(body);
    }

    /// The report (`ExportTraceServiceRequest`), if there is any span; the next one begins.
    pub fn take(&mut self) -> Option<String> {
        let Self { resources, spans, .. } = std::mem::take(self);
        let around = |resource: &Resource| {
            let scopes = list(&resource.scopes, |scope| {
                let spans = list(&scope.spans, |span| span.as_str().to_owned());
                around("scope", &scope.scope, "spans", &spans)
            });
            around("resource", &resource.resource, "scopeSpans", &scopes)
        };
        let report = || object(|report| report.json("resourceSpans", &list(&resources, around)));
        (spans > 0).then(report)
    }
}

fn list<T>(items: &[T], write: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(write).collect();
    format!("[{}]", items.join(","))
}

/// A resource or scope with the URL of its schema beside it, and what it stands around.
fn around(name: &str, head: &RawJson, inner_name: &str, inner: &str) -> String {
    let view = head.view();
    let url = last_member(view, SCHEMA_URL).filter(|(_, url)| url.kind() == Kind::String);
    object(|object| {
        match url {
            Some((index, url)) => {
                object.json(name, &without_member(view, index));
                object.json(SCHEMA_URL, url.raw());
            }
            None => object.json(name, view.raw()),
        }
        object.json(inner_name, inner);
    })
}

/// How many spans of a report a server says not to have stored, and why
/// (`ExportTraceServiceResponse`).
///
/// # Errors
/// Invalid when the answer is none, or the number cannot be read: spans may be lost.
pub fn rejected(answer: &str) -> Result<Option<(u64, String)>> {
    // A server that has nothing to say may say nothing.
    if answer.trim().is_empty() {
        return Ok(None);
    }
    let Some(partial) = Answer::parse(answer)?.get("partialSuccess") else {
        return Ok(None);
    };
    let partial = Answer::of(partial)?;
    // A number of 64 bits is a text in this protocol's JSON, but not everybody's.
    let count = |count: View<'_>| count.as_text().unwrap_or(count.raw().into()).parse();
    let count = partial.get("rejectedSpans").map_or(Ok(0), count);
    let count: u64 =
        count.map_err(|_| Error::invalid("an answer whose \"rejectedSpans\" are no number"))?;
    // A reason that is no text is told as its JSON.
    let why = |why: View<'_>| why.as_text().unwrap_or(why.raw().into()).into_owned();
    let why = partial.get("errorMessage").map_or_else(|| "no reason given".to_owned(), why);
    Ok((count > 0).then_some((count, why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).expect(text)
    }

    fn add(report: &mut Report, body: &str, resource: &str, scope: &str) {
        report.add(json(body), json(resource), json(scope));
    }

    #[test]
    fn spans_stand_under_their_resource_and_scope() {
        let mut report = Report::default();
        assert_eq!(report.take(), None);
        let url = r#"{"name":"r", "schemaUrl":"u\/" }"#;
        for (body, resource, scope) in [
            (r#"{ "n": 1.0 }"#, "{}", r#"{"name":"a"}"#),
            (r#"{"n":2}"#, url, r#"{"schemaUrl":"v"}"#),
            (r#"{"n":3}"#, "{}", r#"{"name":"b"}"#),
            (r#"{"n":4}"#, "{}", r#"{"name":"a"}"#),
        ] {
            add(&mut report, body, resource, scope);
        }
        let wanted = r#"{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{"name":"a"},"spans":[{ "n": 1.0 },{"n":4}]},{"scope":{"name":"b"},"spans":[{"n":3}]}]},{"resource":{"name":"r" },"schemaUrl":"u\/","scopeSpans":[{"scope":{},"schemaUrl":"v","spans":[{"n":2}]}]}]}"#;
        assert_eq!(report.take().as_deref(), Some(wanted));
        assert_eq!(report.take(), None);
    }

    #[test]
    fn a_report_is_full_at_a_hundred_spans_or_a_mebibyte() {
        let (empty, long) = (json("{}"), json(&format!("\"{}\"", "x".repeat(BYTES / 2))));
        let mut report = Report::default();
        for _ in 0..SPANS {
            assert!(report.has_room(&empty, &empty, &empty));
            add(&mut report, "{}", "{}", "{}");
        }
        assert!(!report.has_room(&empty, &empty, &empty));
        report.take();
        let longest = json(&format!("\"{}\"", "x".repeat(BYTES)));
        assert!(report.has_room(&longest, &empty, &empty));
        report.add(empty.clone(), long.clone(), empty.clone());
        assert!(report.has_room(&empty, &empty, &empty));
        assert!(!report.has_room(&long, &empty, &empty));
        assert!(!report.has_room(&empty, &empty, &long));
    }

    #[test]
    fn a_server_tells_what_it_has_not_stored() {
        for none in [
            "",
            "{}",
            r#"{"partialSuccess":null}"#,
            r#"{"partialSuccess":{}}"#,
            r#"{"partialSuccess":{"rejectedSpans":"0","errorMessage":"slow down"}}"#,
        ] {
            assert_eq!(rejected(none).expect("an answer"), None, "{none}");
        }
        for (some, why) in [
            (r#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"x\""}}"#, "x\""),
            (r#"{"partialSuccess":{"rejectedSpans":2,"errorMessage":"y"}}"#, "y"),
            (r#"{"partialSuccess":{"rejectedSpans":2,"errorMessage":{"z": 1}}}"#, r#"{"z": 1}"#),
            (r#"{"partialSuccess":{"rejectedSpans":2}}"#, "no reason given"),
        ] {
            assert_eq!(rejected(some).expect("an answer"), Some((2, why.to_owned())), "{some}");
        }
        for bad in [
            "[]",
            "<html>",
            r#"{"partialSuccess":5}"#,
            r#"{"partialSuccess":{"rejectedSpans":"some"}}"#,
            r#"{"partialSuccess":{"rejectedSpans":-1}}"#,
        ] {
            assert!(rejected(bad).is_err(), "{bad}");
        }
    }
}
