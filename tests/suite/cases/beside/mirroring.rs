//! The vendor answers, and the gateway keeps a copy with the vendor's ids.

use super::flows::{self, Left};
use super::{Client, beside, config, items, metric, misses, text};
use crate::gateway::{ADMIN_KEY, Backend, Gateway};
use crate::json::Json;
use crate::trials::Trials;
use crate::upstream::{Canned, NOBODY, Upstream};
use crate::wire::client::Request;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("mirroring::a_copy_is_the_vendors_and_answers_after_the_cut_over", cut_over);
    trials.both("mirroring::ids_that_are_taken_here_are_translated", taken_ids);
    trials.both("mirroring::what_the_vendor_refuses_is_not_done", refusals);
    trials.both("mirroring::a_vendor_out_of_reach", out_of_reach);
    trials.once("mirroring::settings_that_cannot_be_meant", settings);
    trials.both("mirroring::what_goes_on_and_what_does_not", what_goes_on);
    trials.both("mirroring::what_the_vendor_computes_is_not_computed_again", not_copied);
}

fn organization_id(gateway: &Gateway) -> String {
    let list = gateway.cli_json(&["orgs", "list", "--json"]);
    text(&list.items().expect("a list")[0], "/id")
}

/// Everything that a copy is asked for, as the vendor and the copy show it.
fn assert_same(
    vendor: Client<'_>,
    copy: Client<'_>,
    left: &Left,
    copy_of: impl Fn(&str) -> String,
) {
    for path in &left.paths {
        let theirs = facts(&vendor.get(path));
        assert_eq!(facts(&copy.get(&copy_of(path))), theirs, "{path}");
    }
    for path in &left.names {
        let names = |client: Client<'_>, path: &str| -> Vec<String> {
            items(&client.get(path), "/data").iter().map(|row| text(row, "/name")).collect()
        };
        assert_eq!(names(copy, path), names(vendor, path), "{path}");
    }
    for path in &left.gone {
        let answer = copy.try_call("GET", &copy_of(path), "");
        assert!([404, 405].contains(&answer.status), "{path}: {answer}");
    }
    for (id, cases) in &left.datasets {
        assert_eq!(copy.digest(id), vendor.digest(id), "{id}");
        let digests = copy.get(&format!("/evalstone/datasets/{id}/digest"));
        assert_eq!(text(&digests, "/case_count"), cases.to_string(), "{id}");
    }
    for number in &left.numbers {
        assert_eq!(copy.digest(number), vendor.digest(number), "{number}");
    }
}

/// An answer without what a copy has of its own: times, ids of samples and records, and who is who.
fn facts(json: &Json) -> Json {
    const OWN: [&str; 14] = [
        "created_at",
        "updated_at",
        "createdAt",
        "updatedAt",
        "archivedAt",
        "records",
        "user",
        "org_id",
        "resourcePath",
        "samples",
        "pipelineId",
        "author_email",
        "total_items",
        "meta",
    ];
    match json {
        Json::List(items) => Json::List(items.iter().map(facts).collect()),
        Json::Object(members) => {
            let kept = members.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
            Json::Object(kept.map(|(name, value)| (name.clone(), facts(value))).collect())
        }
        other => other.clone(),
    }
}

fn cut_over(backend: Backend) {
    let vendor = Gateway::start(backend);
    let mut gateway = beside(backend, &vendor.base(), "mirror", "");
    let organization = organization_id(&vendor);
    let left = flows::all(Client::of(&gateway), &organization);
    assert_eq!(misses(&gateway), [], "nothing was missed\n{}", gateway.log());
    assert!(metric(&gateway, "evalstone_mirror_calls_total", &["outcome=\"done\""]) > 20.0);
    // While it mirrors, the vendor answers.
    for path in &left.paths {
        let [ours, theirs] = [&gateway, &vendor].map(|gateway| {
            Client::of(gateway).try_call("GET", path, "").text().expect("text").to_owned()
        });
        assert_eq!(ours, theirs, "{path}");
    }
    gateway.kill();
    gateway.configure(&config(&vendor.base(), "off", ""));
    gateway.resume();
    let own = organization_id(&gateway);
    assert_same(Client::of(&vendor), Client::of(&gateway), &left, |path| {
        path.replace(&organization, &own)
    });
    // It goes on by itself, and gives no number twice.
    let made = Client::of(&gateway).upload("later", "output\nx\n");
    let number: u64 = text(&made, "/id").parse().expect("a number");
    assert!(left.numbers.iter().all(|used| used.parse::<u64>().expect("a number") < number));
    let before = Client::of(&vendor).get("/api/v1/datasets/all-partial");
    assert!(!format!("{before:?}").contains("later"));
}

fn taken_ids(backend: Backend) {
    let vendor = Gateway::start(backend);
    let mut gateway = Gateway::start(backend);
    // Numbers that the vendor will give, too.
    for n in 0..3 {
        Client::of(&gateway).upload(&format!("own {n}"), "output\nown\n");
        let body = format!(r#"{{"name":"own {n}"}}"#);
        Client::of(&gateway).call("POST", "/api/v1/data-collections", &body);
    }
    gateway.kill();
    gateway.configure(&config(&vendor.base(), "mirror", ""));
    gateway.resume();
    let mut left = Left::default();
    flows::aegis(Client::of(&gateway), &mut left);
    assert_eq!(misses(&gateway), [], "{}", gateway.log());
    gateway.kill();
    gateway.configure("");
    gateway.resume();
    let client = Client::of(&gateway);
    let listed = client.get("/api/v1/datasets/all-partial");
    let listed = listed.items().map_or_else(|_| items(&listed, "/items").to_vec(), <[_]>::to_vec);
    let named = |name: &str| {
        let found: Vec<_> = listed.iter().filter(|row| text(row, "/name") == name).collect();
        assert_eq!(found.len(), 1, "{name} in {listed:?}");
        text(found[0], "/id")
    };
    let vendor = Client::of(&vendor);
    for (name, number) in [("small, renamed", &left.numbers[0]), ("large", &left.numbers[1])] {
        assert_eq!(client.digest(&named(name)), vendor.digest(number), "{name}");
    }
    for n in 0..3 {
        let own = client.get(&format!("/api/v1/datasets/{}", named(&format!("own {n}"))));
        assert_eq!(text(&own, "/records/0/output"), "own");
    }
}

fn refusals(backend: Backend) {
    let refusal = |path: &str, status| Canned {
        path: path.to_owned(),
        status,
        json: Some(r#"{"said":"no"}"#.to_owned()),
        headers: [("X-Reason".to_owned(), "because".to_owned())].into(),
        ..Canned::default()
    };
    let vendor = Upstream::canned(&[
        refusal("/api/v4/datasets", 422),
        refusal("/v1/orgs/default/datasets", 500),
        refusal("/api/v1/data-collections", 302),
    ]);
    let gateway = beside(backend, &vendor.base(), "mirror", "");
    let client = Client::of(&gateway);
    for (path, status) in [
        ("/api/v4/datasets", 422),
        ("/v1/orgs/default/datasets", 500),
        ("/api/v1/data-collections", 302),
    ] {
        let answer = client.try_call(
            "POST",
            path,
            r#"{"name":"n","description":null,"pipelineId":"default"}"#,
        );
        assert_eq!((answer.status, answer.text()), (status, Ok(r#"{"said":"no"}"#)), "{path}");
        assert_eq!(answer.header("x-reason"), Some("because"));
    }
    let count = gateway.database().sql("SELECT count(*) FROM datasets");
    assert_eq!(count, "0", "nothing was done here");
    assert_eq!(misses(&gateway), []);
    // A success that does not tell what was made is kept for somebody to look at.
    let strange = Upstream::canned(&[refusal("/api/v4/datasets", 200)]);
    let gateway = beside(backend, &strange.base(), "mirror", "");
    let body = r#"{"name":"n","description":null,"pipelineId":"default"}"#;
    assert_eq!(Client::of(&gateway).try_call("POST", "/api/v4/datasets", body).status, 200);
    let missed = misses(&gateway);
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert_eq!(text(&missed[0], "/reason"), "the answer does not tell the id of what was made");
    let head = gateway.send(&Request::new("HEAD", "/api/v4/datasets").bearer(ADMIN_KEY));
    assert_eq!((head.status, head.body.len()), (200, 0));
}

fn settings() {
    let mut gateway = Gateway::start(Backend::Sqlite);
    gateway.kill();
    for (upstream, why) in [
        ("mode = \"mirror\"", "dialects.aegis.upstream.mode needs dialects.aegis.upstream.url"),
        ("url = \"https://me:hush@h\"", "dialects.aegis.upstream.url must be an address"),
        ("url = \"http://h\"\nmode = \"copy\"", "unknown variant `copy`"),
        ("uri = \"http://h\"", "unknown field `uri`"),
    ] {
        gateway.configure(&format!("[dialects.aegis.upstream]\n{upstream}\n"));
        let refused = gateway.cli(&["serve"]);
        assert!(!refused.status.success() && refused.stderr.contains(why), "{refused:?}");
        assert!(!refused.stderr.contains("hush"), "{refused:?}");
    }
    gateway.configure("[dialects.aegis.upstream]\nurl = \"https://h/\"\n");
    let shown = gateway.cli(&["config", "show"]).stdout;
    let table = "[dialects.aegis.upstream]\nurl = \"https://h/\"\nmode = \"off\"\n";
    assert!(shown.contains(table), "{shown}");
}

fn out_of_reach(backend: Backend) {
    let gateway = beside(backend, &format!("http://{NOBODY}"), "mirror", "");
    let client = Client::of(&gateway);
    for (path, key) in [
        ("/api/v4/datasets", "message"),
        ("/v1/orgs/default/datasets", "detail"),
        ("/api/v1/data-collections", "detail"),
    ] {
        let answer = client.try_call(
            "POST",
            path,
            r#"{"name":"n","description":null,"pipelineId":"default"}"#,
        );
        assert_eq!(answer.status, 503, "{answer}");
        let json = answer.json().expect("the dialect's shape");
        let said = text(&json, &format!("/{key}"));
        assert!(said.contains(&format!("http://{NOBODY} cannot be reached")), "{said}");
    }
    assert_eq!(gateway.database().sql("SELECT count(*) FROM datasets"), "0");
    let unreachable = ["outcome=\"unreachable\""];
    assert_eq!(metric(&gateway, "evalstone_upstream_calls_total", &unreachable), 3.0);
    assert_eq!(client.try_call("GET", "/healthz", "").status, 200, "our own routes are ours");
}

fn what_goes_on(backend: Backend) {
    let answer = Canned {
        path: "/api/v4/datasets?archived=false".to_owned(),
        status: 200,
        json: Some(r#"{"data":[]}"#.to_owned()),
        ..Canned::default()
    };
    let vendor = Upstream::canned(&[answer]);
    let gateway = beside(backend, &vendor.base(), "mirror", "");
    let request = Request::new("GET", "/api/v4/datasets?archived=false")
        .bearer("a key that only the vendor knows")
        .header("X-Custom", "1")
        .header("Accept-Encoding", "gzip");
    assert_eq!(gateway.send(&request).text(), Ok(r#"{"data":[]}"#));
    let asked = vendor.asked();
    let headers = &asked[0].headers;
    let header = |name: &str| headers.get(name).map(String::as_str);
    assert_eq!(header("authorization"), Some("Bearer a key that only the vendor knows"));
    assert_eq!(header("x-custom"), Some("1"));
    assert_eq!(header("host"), Some(vendor.base().trim_start_matches("http://")));
    assert_eq!(header("accept-encoding"), Some("identity"));
    let page = gateway.send(&Request::new("GET", "/t/default/pipeline/x/experiments/y"));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{page}");
    assert_eq!(vendor.asked().len(), 1, "the page is ours");
    let log = gateway.log();
    assert!(!log.contains("only the vendor knows") && !log.contains(ADMIN_KEY), "{log}");
}

fn not_copied(backend: Backend) {
    let vendor = Gateway::start(backend);
    let gateway = beside(backend, &vendor.base(), "mirror", "");
    let client = Client::of(&gateway);
    let body = r#"{"metric_shortname":"exact_match","output":"a","golden_answer":"a"}"#;
    client.call("POST", "/api/v1/evaluate", body);
    client.call("POST", "/v1/orgs/default/projects", r#"{"name":"p","environments":["dev"]}"#);
    let route = ["outcome=\"not_copied\"", "route=\"POST /v1/orgs/{org_id}/projects\""];
    assert_eq!(metric(&gateway, "evalstone_mirror_calls_total", &route), 1.0);
    assert_eq!(gateway.database().sql("SELECT count(*) FROM projects WHERE name = 'p'"), "0");
    let answered = ["route=\"/v1/orgs/{org_id}/projects\"", "method=\"POST\""];
    assert_eq!(metric(&gateway, "evalstone_http_requests_total", &answered), 1.0);
    let route = ["outcome=\"not_copied\"", "route=\"POST /api/v1/evaluate\""];
    assert_eq!(metric(&gateway, "evalstone_mirror_calls_total", &route), 1.0);
    let runs = |gateway: &Gateway| gateway.database().sql("SELECT count(*) FROM runs");
    assert_eq!((runs(&vendor), runs(&gateway)), ("1".to_owned(), "0".to_owned()));
    // A key that is not registered here belongs to nobody.
    let key = text(
        &vendor.cli_json(&["keys", "create", "--org", "default", "--kind", "ci", "--json"]),
        "/key",
    );
    let stranger = Client { gateway: &gateway, key: &key };
    stranger.call("POST", "/v1/orgs/default/datasets", r#"{"name":"n"}"#);
    let unknown = ["outcome=\"unknown_key\""];
    assert_eq!(metric(&gateway, "evalstone_mirror_calls_total", &unknown), 1.0);
    assert_eq!(gateway.database().sql("SELECT count(*) FROM datasets"), "0");
    assert_eq!(misses(&gateway), []);
}
