//! Everybody who shares or is shared with, and what they do on the Aegis dialect.

use crate::gateway::{Backend, Gateway};
use crate::json::Json;
use crate::wire::Answer;
use crate::wire::client::{FormPart, Payload, Request};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever makes things.
    Owner,
    /// Another member of the organization.
    Member,
    /// An administrator of the organization.
    Admin,
    /// An administrator of another organization.
    Outsider,
    /// Somebody without an organization.
    Alone,
}

impl Who {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Member, Self::Admin, Self::Outsider, Self::Alone];
    /// Those of the organization who own nothing of what the owner makes.
    pub const COLLEAGUES: [Self; 2] = [Self::Member, Self::Admin];
    /// Those who never see anything of the organization.
    pub const STRANGERS: [Self; 2] = [Self::Outsider, Self::Alone];
}

/// What can be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A dataset.
    Dataset,
    /// A collection.
    Collection,
    /// A run over rows of its own.
    Run,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dataset, Self::Collection, Self::Run];

    /// The path of these.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Dataset => "datasets",
            Self::Collection => "data-collections",
            Self::Run => "runs",
        }
    }

    /// The field that holds the name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dataset | Self::Collection => "name",
            Self::Run => "alias",
        }
    }

    /// The command line's word.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Dataset => "--dataset",
            Self::Collection => "--collection",
            Self::Run => "--run",
        }
    }
}

/// A gateway with everybody's keys.
pub struct House {
    gateway: Gateway,
    keys: Vec<(Who, String)>,
    /// The number of the organization that three of them are in.
    pub org: String,
    made: std::cell::Cell<u32>,
}

impl House {
    /// Starts a gateway and makes everybody.
    pub fn new(backend: Backend) -> Self {
        let gateway = Gateway::start(backend);
        gateway.cli_json(&["orgs", "create", "other", "--json"]);
        gateway.cli_json(&["orgs", "create", "alone", "--personal", "--json"]);
        let mut keys = Vec::new();
        for (who, org, role) in [
            (Who::Owner, "default", "member"),
            (Who::Member, "default", "member"),
            (Who::Admin, "default", "admin"),
            (Who::Outsider, "other", "admin"),
            (Who::Alone, "alone", "admin"),
        ] {
            let email = format!("{who:?}@example.com");
            gateway.cli_json(&["users", "create", &email, "--org", org, "--role", role, "--json"]);
            let args = ["keys", "create", "--org", org, "--kind", "ci", "--user", &email, "--json"];
            keys.push((who, text(&gateway.cli_json(&args), "/key")));
        }
        let orgs = gateway.cli_json(&["orgs", "list", "--json"]);
        let rows = orgs.items().expect("a list");
        let home = rows.iter().find(|row| text(row, "/slug") == "default").expect("default");
        let org = text(home, "/number");
        Self { gateway, keys, org, made: std::cell::Cell::new(0) }
    }

    /// A name that nothing has yet.
    pub fn fresh(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("thing {}", self.made.get())
    }

    fn key(&self, who: Who) -> &str {
        let found = self.keys.iter().find(|(one, _)| *one == who);
        &found.expect("everybody has a key").1
    }

    /// Sends a request under any path.
    pub fn ask(&self, who: Who, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::new(method, path).bearer(self.key(who));
        self.gateway.send(&if body.is_empty() { request } else { request.json(body) })
    }

    /// Sends a request under the dialect's prefix, and wants this status.
    pub fn get(&self, who: Who, method: &str, path: &str, body: &str, status: u16) -> Json {
        let answer = self.ask(who, method, &format!("/api/v1/{path}"), body);
        assert_eq!(answer.status, status, "{who:?}: {method} {path} {body}: {answer}");
        answer.json().unwrap_or(Json::Null)
    }

    /// Makes a thing of this kind that is private to its owner.
    pub fn make(&self, who: Who, kind: Kind) -> String {
        let name = self.fresh();
        match kind {
            Kind::Dataset => self.dataset(who, None),
            Kind::Collection => self.collection(who, &[]),
            Kind::Run => {
                let body = format!(
                    r#"{{"alias":"{name}","is_blocking":true,"evaluations":[{{"metrics":["exact_match"],"data":[{{"output":"a","golden_answer":"a"}}]}}]}}"#
                );
                text(&self.get(who, "POST", "runs/custom", &body, 201), "/id")
            }
        }
    }

    /// Makes a dataset, in a collection if one is named.
    pub fn dataset(&self, who: Who, collection: Option<&str>) -> String {
        let field = |name: &str, text: &str| FormPart {
            name: name.to_owned(),
            filename: None,
            content_type: None,
            content: text.as_bytes().to_vec(),
        };
        let file = field("file", "output,golden_answer\na,a\n");
        let mut parts = vec![
            FormPart { filename: Some("d.csv".to_owned()), ..file },
            field("selected_metrics", r#"{"7":{"threshold":70}}"#),
            field("name", &self.fresh()),
        ];
        parts.extend(collection.map(|id| field("data_collection_id", id)));
        let mut request = Request::new("POST", "/api/v1/datasets").bearer(self.key(who));
        request.payload = Payload::Form(parts);
        let answer = self.gateway.send(&request);
        assert_eq!(answer.status, 201, "{who:?}: an upload: {answer}");
        text(&answer.json().expect("JSON"), "/id")
    }

    /// Makes a collection of these datasets.
    pub fn collection(&self, who: Who, datasets: &[&str]) -> String {
        let (name, ids) = (self.fresh(), datasets.join(","));
        let body = format!(r#"{{"name":"{name}","dataset_ids":[{ids}]}}"#);
        text(&self.get(who, "POST", "data-collections", &body, 201), "/id")
    }

    /// Runs a dataset.
    pub fn run_of(&self, who: Who, dataset: &str) -> String {
        let body = format!(r#"{{"dataset_id":{dataset},"is_blocking":true}}"#);
        text(&self.get(who, "POST", "runs/dataset", &body, 201), "/id")
    }

    /// Changes a thing, and wants this status.
    pub fn put(&self, who: Who, kind: Kind, id: &str, body: &str, status: u16) {
        let body = body.replace("ORG", &self.org);
        self.get(who, "PUT", &format!("{}/{id}", kind.path()), &body, status);
    }

    /// Makes a thing the organization's own.
    pub fn adopt(&self, kind: Kind, id: &str) {
        let output = self.gateway.cli(&["orgs", "adopt", "default", kind.option(), id]);
        assert!(output.status.success(), "adopt {kind:?} {id}: {output:?}");
    }

    /// Where a thing is, as this one sees it: `private` or `shared`, and in which collection; `unseen`
    /// where it does not.
    pub fn place(&self, who: Who, kind: Kind, id: &str) -> String {
        let answer = self.ask(who, "GET", &format!("/api/v1/{}/{id}", kind.path()), "");
        if answer.status == 404 {
            return "unseen".to_owned();
        }
        assert_eq!(answer.status, 200, "{who:?}: {kind:?} {id}: {answer}");
        let json = answer.json().expect("JSON");
        let org = json.at("/org_id").expect("an org_id");
        let shared = match org {
            Json::Null => "private",
            org => {
                assert_eq!(org.plain(), Ok(self.org.clone()), "another organization");
                "shared"
            }
        };
        match json.at("/data_collection_id") {
            Ok(Json::Null) | Err(_) => shared.to_owned(),
            Ok(collection) => format!("{shared} in {}", collection.plain().expect("a number")),
        }
    }

    /// Whether a list of this kind has the thing. There is no list of runs.
    pub fn lists(&self, who: Who, kind: Kind, id: &str) -> bool {
        let path = match kind {
            Kind::Dataset => "datasets/all-partial",
            Kind::Collection => "data-collections?page_size=10000",
            Kind::Run => return self.place(who, kind, id) != "unseen",
        };
        let list = self.get(who, "GET", path, "", 200);
        let items = list.at("/items").unwrap_or(&list).items().expect("a list");
        items.iter().any(|item| text(item, "/id") == id)
    }

    /// The UUID of a dataset, as other dialects name it.
    pub fn uuid(&self, who: Who, name: &str) -> String {
        let list = self.ask(who, "GET", "/api/v4/datasets", "").json().expect("JSON");
        let items = list.at("/data").expect("a list").items().expect("a list");
        let found = items.iter().find(|item| text(item, "/name") == name);
        text(found.unwrap_or_else(|| panic!("no dataset {name:?} in {list:?}")), "/id")
    }
}

/// A member of a JSON document as text.
pub fn text(json: &Json, pointer: &str) -> String {
    json.at(pointer).and_then(Json::plain).unwrap_or_else(|error| panic!("{error}: {json:?}"))
}
