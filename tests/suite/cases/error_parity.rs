//! Every failure under a dialect's prefix has that dialect's status and shape.

use super::Findings;
use crate::gateway::{Backend, Settings};
use crate::scenario::Expect;
use crate::scenario::dialect::Dialect;
use crate::scenario::expectation;
use crate::scenario::stage::Stage;
use crate::trials::Trials;
use crate::wire::client::{Payload, Request};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    for dialect in Dialect::all() {
        let name = format!("error_parity::{}", dialect.name);
        trials.both(&name, move |backend| parity(&dialect, backend));
    }
}

fn parity(dialect: &Dialect, backend: Backend) {
    let mut case = Case::start(dialect, backend);
    case.unknown_routes();
    case.wrong_methods();
    case.bad_bodies();
    case.client_request_ids();
    case.findings.report();
}

struct Case {
    stage: Stage,
    dialect: Dialect,
    findings: Findings,
}

impl Case {
    fn start(dialect: &Dialect, backend: Backend) -> Self {
        let mut stage = Stage::start(dialect, backend, &Settings::default());
        stage.refresh();
        Self { stage, dialect: dialect.clone(), findings: Findings::default() }
    }

    fn look(&mut self, place: &str, request: &Request, expected: &Expect) {
        let answer = self.stage.send(request);
        let checked = expectation::check(expected, &answer, &self.stage.variables());
        self.findings.note(place, checked.map_err(|why| format!("{why}\n{answer}")));
    }

    fn unknown_routes(&mut self) {
        let expected = self.dialect.answers.unknown_route.clone();
        let key = self.stage.identities.home.admin.clone();
        for tail in ["", "/", "/no-such-thing", "/no/such/thing", "/%00", "/%ff", "/datasets%2f"] {
            for method in ["GET", "POST", "DELETE"] {
                let path = format!("{}{tail}", self.dialect.prefix);
                let request = Request::new(method, &path).bearer(&key);
                self.look(&format!("{method} {path}"), &request, &expected);
            }
        }
    }

    /// Each path with the methods that it does not have.
    fn wrong_methods(&mut self) {
        for route in self.dialect.all_routes() {
            let mut allowed: Vec<String> = self.dialect.methods_at(&route);
            allowed.sort();
            let wrong = ["PUT", "PATCH", "DELETE", "GET", "POST"];
            for method in wrong.iter().filter(|wrong| !allowed.iter().any(|known| known == *wrong))
            {
                let mut request = self.stage.request(&route, "admin");
                (*method).clone_into(&mut request.method);
                request.payload = Payload::Empty;
                let place = format!("{method} {}", route.path());
                let expected = self.dialect.answers.wrong_method.clone();
                self.look(&place, &request, &expected);
                self.allow_header(&place, &request, &allowed);
            }
        }
    }

    fn allow_header(&mut self, place: &str, request: &Request, allowed: &[String]) {
        let answer = self.stage.send(request);
        let header = answer.header("allow").unwrap_or_default();
        let mut named: Vec<&str> = header.split(", ").collect();
        named.sort_unstable();
        let outcome = if named == allowed {
            Ok(())
        } else {
            Err(format!("Allow: {header:?}, but the path has {allowed:?}"))
        };
        self.findings.note(place, outcome);
    }

    /// Each route that takes JSON, with JSON that is broken and JSON that is too deep.
    fn bad_bodies(&mut self) {
        let Some((routes, answers)) = self.dialect.bodies() else { return };
        for route in routes.iter().filter(|route| route.send.json.is_some()) {
            let json = answers.json.as_ref().expect("[answers.bodies.json]");
            let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
            let deep = format!(r#"{{"name": "x", "inputs": {deep}}}"#);
            for (body, expected) in [(r#"{"name": "#, &json.broken), (&deep, &json.too_deep)] {
                let mut request = self.stage.request(route, "admin");
                request.payload = Payload::Bytes(body.as_bytes().to_vec());
                let shown: String = body.chars().take(40).collect();
                self.look(&format!("{} with {shown}", route.route), &request, expected);
            }
        }
    }

    /// A request's own id comes back, on refusals too.
    fn client_request_ids(&mut self) {
        for route in self.dialect.routes.clone() {
            for key in ["none", "runtime"] {
                let request = self.stage.request(&route, key).header("X-Request-Id", "suite-42");
                let answer = self.stage.send(&request);
                let outcome = match answer.header("x-request-id") {
                    Some("suite-42") => Ok(()),
                    other => Err(format!("X-Request-Id: {other:?}")),
                };
                self.findings.note(&format!("{} by {key}", route.route), outcome);
            }
        }
    }
}
