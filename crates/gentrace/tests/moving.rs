//! Experiments that are moved to a server of this dialect, over real connections: what arrives, and
//! what an interruption leaves.

mod moved;
mod opened;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::{ServerHandle, Service as _};
use actix_web::{App, HttpResponse, HttpServer};
use evalstone_core::caller::Caller;
use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{NewCase, Reference};
use evalstone_core::digest::DatasetDigest;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::run::{Evaluation, RunFilter, RunKind, RunStatus};
use evalstone_core::run_copy::RunPart;
use evalstone_core::trace::{Span, SpanId};
use evalstone_gentrace::{dialect, outward};
use evalstone_kit::dialect::{Means, NoSettings};
use evalstone_kit::remote::Remote;
use evalstone_kit::remote::client::Server;
use evalstone_kit::remote::runs::{FetchedPart, RemoteRun};
use evalstone_store::Store;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use moved::{ELSEWHERE, SOURCE, TRACE, evaluation, experiment, object, parts, span};
use opened::{KEY, new_dataset, open};
use tempfile::TempDir;

/// A server whose answers to some paths get lost.
struct Target {
    remote: Box<dyn Remote>,
    url: String,
    store: Store,
    caller: Caller,
    /// The calls whose answers get lost, each once.
    lost: Arc<Mutex<Vec<&'static str>>>,
    handle: ServerHandle,
    _folder: TempDir,
}

impl Drop for Target {
    fn drop(&mut self) {
        // Calling `stop` is what stops; its future only waits.
        drop(self.handle.stop(false));
    }
}

async fn target() -> Target {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, caller) = open(&folder).await;
    let dialect = dialect(&store, &Means::default(), NoSettings {}).expect("a dialect");
    let lost: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let troubles = Arc::clone(&lost);
    let server = HttpServer::new(move || {
        let (dialect, troubles) = (dialect.clone(), Arc::clone(&troubles));
        App::new().configure(|config| (dialect.mount)(config)).wrap_fn(move |request, service| {
            let call = format!("{} {}", request.method(), request.path());
            let troubles = Arc::clone(&troubles);
            let answer = service.call(request);
            async move {
                let answer = answer.await?;
                let mut troubles = troubles.lock().expect("the list");
                Ok(match troubles.iter().position(|lost| *lost == call) {
                    Some(at) => {
                        troubles.remove(at);
                        answer.into_response(HttpResponse::ServiceUnavailable().finish())
                    }
                    None => answer.map_into_boxed_body(),
                })
            }
        })
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("http://{}/api", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Target { remote: connect(&url), url, store, caller, lost, handle, _folder: folder }
}

fn connect(url: &str) -> Box<dyn Remote> {
    let remote = (outward().connect)(Server {
        url: url.to_owned(),
        key: Some(KEY.to_owned().into()),
        first_pause: Duration::from_millis(1),
        retries: 3,
        ..Server::default()
    });
    remote.expect("a server")
}

impl Target {
    async fn evaluations(&self, id: &str) -> Vec<Evaluation> {
        let run = id.parse().expect("a UUID");
        self.store.evaluations(&self.caller, run, 0, 10).await.expect("read")
    }

    /// How far an experiment is, and its metadata.
    async fn stored(&self, id: &str) -> (RunStatus, String) {
        let run = id.parse().expect("a UUID");
        let run = self.store.run(&self.caller, RunKind::Experiment, run).await.expect("read");
        let run = run.expect("an experiment");
        (run.status, run.metadata.map(RawObject::into_string).unwrap_or_default())
    }

    async fn count(&self) -> usize {
        let filter = RunFilter { kind: RunKind::Experiment, pipeline: None };
        self.store.runs(&self.caller, filter).await.expect("read").len()
    }

    async fn receive(&self, like: &RemoteRun, parts: Vec<FetchedPart>) -> Result<RemoteRun> {
        // Pieces end anywhere.
        let pieces: Vec<_> = parts.into_iter().map(|part| Ok(vec![part])).collect();
        self.remote.receive(like, stream::iter(pieces).boxed_local()).await
    }

    /// The id of a stored case with these expected outputs.
    async fn case(&self, expected: &str) -> String {
        let dataset = self.store.create_dataset(&self.caller, new_dataset()).await.expect("made");
        let case = Case { expected: Some(object(expected)), ..Case::default() };
        let origin = Origin { dialect: "gentrace".to_owned(), source_id: None, facet: None };
        let reference = Reference::Id(dataset.id.uuid());
        let new = NewCase { id: None, case, origin };
        let stored = self.store.add_case(&self.caller, "gentrace", &reference, new).await;
        stored.expect("added").id.to_string()
    }
}

/// The spans that were sent, with the ids that they have here.
fn renamed(experiment: &str, pipeline: &str, case: &str) -> Vec<Span> {
    let spans = parts("").into_iter().filter_map(|part| match part.part {
        RunPart::Span(copy) => Some(copy.span),
        RunPart::Row(_) | RunPart::Evaluation(_) => None,
    });
    let rename = |span: Span| {
        let body = span
            .body
            .as_str()
            .replace(SOURCE, experiment)
            .replace("\"old\"", &format!("\"{pipeline}\""));
        let is_first = span.id == SpanId([1; 8]);
        let body = if is_first { body.replace(ELSEWHERE, case) } else { body };
        Span { body: RawJson::parse(&body).expect("JSON"), ..span }
    };
    spans.map(rename).collect()
}

/// What of spans is told as it came.
fn shown(spans: &[Span]) -> Vec<[&str; 3]> {
    spans
        .iter()
        .map(|span| [&span.body, &span.resource, &span.scope].map(RawJson::as_str))
        .collect()
}

#[actix_web::test]
async fn an_experiment_arrives_with_its_results_and_its_traces() {
    let target = target().await;
    let case = target.case(r#"{ "a": 1.0 }"#).await;
    let like = experiment();
    assert!(target.remote.takes(RunKind::Experiment) && !target.remote.takes(RunKind::Scoring));
    assert!(target.remote.known_run(&like).await.expect("asked").is_none());
    let made = target.receive(&like, parts(&case)).await.expect("moved");
    let name_and_metadata = |run: &RemoteRun| (run.run.name.clone(), run.run.metadata.clone());
    assert_eq!(name_and_metadata(&made), name_and_metadata(&like));
    let pipeline = made.pipeline.clone().expect("a pipeline");
    assert_eq!((pipeline.slug.as_str(), made.tells_parts), ("desk", false));

    let evaluations = target.evaluations(&made.id).await;
    let [one, two] = evaluations.as_slice() else { panic!("{evaluations:?}") };
    let cases = [one, two].map(|of| of.case.expect("a case").to_string());
    assert_eq!(cases, [case.as_str(), ELSEWHERE]);
    assert_eq!(one.expected.as_ref().map(RawJson::as_str), Some(r#"{ "a": 1.0 }"#));
    assert_eq!((one.span, two.span), (SpanId([1; 8]), SpanId([2; 8])));
    let stored = target.store.trace(&target.caller, TRACE, 10).await.expect("read");
    assert_eq!(shown(&stored), shown(&renamed(&made.id, &pipeline.id, &case)));
    let mut digest = DatasetDigest::new();
    parts(&case).iter().for_each(|part| digest.push(&part.part.digest()));
    let digest = digest.finish().to_string();
    let mark = format!(
        r#"{{ "seed": 1.0 ,"a":"\ud800","evalstone_source":{{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301","created_at":"1970-01-01T00:00:01.001Z","moved":"{digest}"}} }}"#
    );
    assert_eq!(target.stored(&made.id).await, (RunStatus::Completed, mark));
    assert_eq!(made.noted.as_ref(), Some(&digest));

    let known = target.remote.known_run(&like).await.expect("asked").expect("known");
    assert_eq!((&known.id, name_and_metadata(&known)), (&made.id, name_and_metadata(&like)));
    assert_eq!(known.noted, Some(digest), "by which is seen whether it has grown since");
}

#[actix_web::test]
async fn what_an_earlier_try_has_left_is_gone_on_with() {
    let target = target().await;
    let case = target.case("{}").await;
    let like = experiment();
    let (create, report) = ("POST /api/v4/experiments", "POST /api/otel/v1/traces");
    target.lost.lock().expect("the list").extend([create, report, report]);
    let mut cut: Vec<_> = parts(&case).into_iter().map(|part| Ok(vec![part])).collect();
    cut.truncate(3);
    cut.push(Err(Error::invalid("the source is gone")));
    let error = target.remote.receive(&like, stream::iter(cut).boxed_local()).await;
    assert_eq!(error.expect_err("broken off").message(), "the source is gone");
    assert_eq!(target.count().await, 1);
    assert!(target.remote.known_run(&like).await.expect("asked").is_none(), "it is not whole");

    let first = target.receive(&like, parts(&case)).await.expect("moved");
    assert_eq!(*target.lost.lock().expect("the list"), [""; 0], "every answer was lost");
    let again = target.receive(&like, parts(&case)).await.expect("moved again");
    assert_eq!((first.id.clone(), target.count().await), (again.id, 1));
    assert_eq!(target.evaluations(&first.id).await.len(), 2);

    // Another client, which has only the mark to go by, finds it, too, and another experiment is another one.
    let known = connect(&target.url).known_run(&like).await.expect("asked").expect("known");
    assert_eq!(known.id, first.id);
    let other = RemoteRun { id: "4".to_owned(), ..experiment() };
    assert_ne!(target.receive(&other, Vec::new()).await.expect("moved").id, first.id);
    assert_eq!(target.count().await, 2);
    // What is here itself is its own counterpart, but whether all that came of it is here nobody knows.
    let itself = RemoteRun { id: first.id.clone(), ..experiment() };
    assert!(target.remote.known_run(&itself).await.expect("asked").is_none());
    let reticent = RemoteRun { tells_parts: false, ..itself };
    let own = target.remote.known_run(&reticent).await.expect("asked").expect("itself");
    assert_eq!((own.id, own.noted), (first.id, None));
}

#[actix_web::test]
async fn what_did_not_arrive_is_told_when_the_rest_has() {
    let target = target().await;
    let mut all = parts("c");
    all.insert(0, evaluation(9, None));
    // A span of another experiment comes with that one, and one without an id cannot be stored.
    all.push(span(4, &[("x", ""), ("gentrace.experiment_id", "another")]));
    all.push(span(0, &[]));
    let error = target.receive(&experiment(), all).await.expect_err("something is missing");
    assert_eq!(error.kind(), Kind::Invalid);
    assert_eq!(
        error.message(),
        "1 evaluation without its span; 1 span refused: 1 span was not stored: a span id is 8 \
         bytes, not all of them zero (1)"
    );
    let spans = target.store.trace(&target.caller, TRACE, 10).await.expect("read");
    assert_eq!(spans.len(), 3);
    assert!(target.remote.known_run(&experiment()).await.expect("asked").is_none());
    let without = vec![evaluation(1, None), span(1, &[])];
    let other = RemoteRun { id: "other".to_owned(), ..experiment() };
    let error = target.receive(&other, without).await.expect_err("no result is reported");
    assert_eq!(error.message(), "1 evaluation without its span");
}

#[actix_web::test]
async fn experiments_are_listed_without_their_marks() {
    let target = target().await;
    let bare = |id: &str| {
        let mut run = experiment();
        run.id = id.to_owned();
        run.run.name = (id == "b").then(String::new);
        run.run.metadata = (id == "b").then(RawObject::empty);
        run.run.status = RunStatus::Running;
        run.pipeline = None;
        run
    };
    assert!(target.remote.others().await.expect("asked").is_empty());
    for id in ["a", "b"] {
        target.receive(&bare(id), Vec::new()).await.expect("moved");
    }
    // Whoever lists them, they come in the order in which they were made.
    let listed = connect(&target.url).runs(&[], true).try_concat().await.expect("listed");
    let listed: Vec<RemoteRun> = listed.into_iter().map(|run| run.expect("readable")).collect();
    let [a, b] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((&a.run.name, &a.run.metadata), (&None, &None));
    assert_eq!((b.run.name.as_deref(), &b.run.metadata), (Some(""), &Some(RawObject::empty())));
    assert!(a.run.created_at <= b.run.created_at && a.pipeline.is_some() && !a.tells_parts);
    assert!(target.remote.parts(a).try_next().await.expect("nothing").is_none());
    assert!(target.remote.runs(&[], false).try_next().await.expect("nothing").is_none());
    let others = target.remote.others().await.expect("asked");
    assert_eq!(others, ["test results and traces of 2 experiments, which this API does not show"]);
}
