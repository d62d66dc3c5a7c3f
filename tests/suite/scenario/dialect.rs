//! `dialect.toml`: a dialect's routes and the answers that all of them share. From it come the
//! auth matrix, the foreign ids, the error parity and the coverage of the routes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Expect, Send, Step, entries, read_toml, stem, tests_folder};
use crate::upstream::Canned;

/// The file's name without its ending.
pub const FILE: &str = "dialect";

/// The status of an operation that is documented and not served.
const NOT_SERVED: u16 = 501;

/// A dialect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// The folder's name.
    #[serde(skip)]
    pub name: String,
    /// The first part of its paths.
    pub prefix: String,
    /// The source files whose tables of routes are the truth about them.
    pub tables: Vec<String>,
    /// What a configuration file must say for all routes to be served; see [`super::Scenario`].
    pub config: Option<String>,
    /// What a service answers that the gateway calls.
    #[serde(default)]
    pub upstream: Vec<Canned>,
    /// For every parameter of a path, the variable that fills it.
    #[serde(default)]
    pub ids: BTreeMap<String, String>,
    /// For parameters that name nobody's objects by an id, the text that fills them.
    #[serde(default)]
    pub texts: BTreeMap<String, String>,
    /// Steps that make what those variables name.
    #[serde(default)]
    pub fixture: Vec<Step>,
    /// The answers that all routes share.
    pub answers: Answers,
    /// The routes that are served.
    #[serde(rename = "route")]
    pub routes: Vec<Route>,
    /// Those that are documented and not served.
    #[serde(default)]
    pub unserved: Unserved,
}

/// Operations that are documented and not served, by the access that they ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Unserved {
    public: Vec<String>,
    read: Vec<String>,
    write: Vec<String>,
    admin: Vec<String>,
}

/// The answers that all routes of a dialect share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// To a request without a key.
    pub no_key: Expect,
    /// To a header in which no key can be found.
    pub malformed_key: Expect,
    /// To a key that is unknown, revoked or expired.
    pub bad_key: Expect,
    /// To a reading key that wants to write.
    pub read_only: Expect,
    /// To a path that names another organization, where the dialect has such paths.
    pub wrong_organization: Option<Expect>,
    /// To whoever may use an operation that is not served.
    pub unserved: Option<Expect>,
    /// To a path that is none of the routes.
    pub unknown_route: Expect,
    /// To a method that the path does not have.
    pub wrong_method: Expect,
    /// To bodies that cannot be taken; a dialect without them has no route that takes a body.
    pub bodies: Option<BodyAnswers>,
}

/// The answers to bodies that cannot be taken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyAnswers {
    /// To bad JSON; a dialect without it has no route that takes JSON.
    pub json: Option<JsonAnswers>,
    /// To a body above the limit.
    pub too_large: Expect,
    /// To a body that does not arrive in time.
    pub slow: Expect,
}

/// The answers to bad JSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonAnswers {
    /// To a body that ends in the middle of its JSON.
    pub broken: Expect,
    /// To JSON of 101 levels.
    pub too_deep: Expect,
}

/// A route.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The method and the path as the vendor's pages write it, parameters in braces.
    pub route: String,
    /// Who may use it.
    pub access: Access,
    /// The status of its success; 501 for an operation that is not served.
    pub success: u16,
    /// What another organization's key is answered, where it sees its own and nothing in the path
    /// tells whose is meant; the status of the success if absent.
    #[serde(default)]
    pub elsewhere: Option<u16>,
    /// The name of the key whose object the fixture's is, where other keys of the organization may use
    /// the route and still find nothing.
    #[serde(default)]
    pub holder: Option<String>,
    /// The query that succeeds, without its question mark.
    #[serde(default)]
    pub query: Option<String>,
    /// A body that succeeds.
    #[serde(default)]
    pub send: Send,
}

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Everybody, without a key.
    Public,
    /// Every key of the organization.
    Read,
    /// Keys that write.
    Write,
    /// Admin keys.
    Admin,
}

impl Dialect {
    /// Every dialect, in the order of their names.
    pub fn all() -> Vec<Self> {
        let files = entries(&tests_folder().join("scenarios"))
            .into_iter()
            .map(|folder| (stem(&folder), folder.join(FILE).with_extension("toml")))
            .filter(|(_, path)| path.is_file());
        let dialects: Vec<Self> = files.map(|(name, path)| Self::load(name, &path)).collect();
        assert!(!dialects.is_empty(), "there is no dialect");
        dialects
    }

    fn load(name: String, path: &Path) -> Self {
        let dialect: Self = read_toml(path).unwrap_or_else(|error| panic!("{error}"));
        Self { name, ..dialect }
    }

    /// The routes that are served, and those that are not.
    pub fn all_routes(&self) -> Vec<Route> {
        let Unserved { public, read, write, admin } = &self.unserved;
        let kinds = [
            (Access::Public, public),
            (Access::Read, read),
            (Access::Write, write),
            (Access::Admin, admin),
        ];
        let mut routes = self.routes.clone();
        for (access, kind) in kinds {
            routes.extend(kind.iter().map(|route| Route {
                route: route.clone(),
                access,
                success: NOT_SERVED,
                elsewhere: None,
                holder: None,
                query: None,
                send: Send::default(),
            }));
        }
        routes
    }

    /// The variable that fills a parameter of a path.
    pub fn variable(&self, parameter: &str) -> Option<&str> {
        self.ids.get(parameter).map(String::as_str)
    }

    /// The variables of a route, in its path or in what it sends, that name somebody's objects.
    pub fn ids_in(&self, route: &Route) -> Vec<String> {
        let mut owned: Vec<&str> = self.fixture.iter().flat_map(Step::captured).collect();
        owned.push("org");
        let in_path: Vec<&str> =
            parameters(route.path()).into_iter().filter_map(|name| self.variable(name)).collect();
        let queried = |name: &str| route.query.iter().any(|query| spells(query, name));
        owned.retain(|name| in_path.contains(name) || queried(name) || names(&route.send, name));
        owned.into_iter().map(str::to_owned).collect()
    }

    /// The routes that take a body, and the answers to bodies that cannot be taken.
    pub fn bodies(&self) -> Option<(Vec<Route>, BodyAnswers)> {
        let takers: Vec<Route> =
            self.routes.iter().filter(|route| route.takes_body()).cloned().collect();
        match &self.answers.bodies {
            None => {
                assert!(takers.is_empty(), "{}: [answers.bodies] is missing", self.name);
                None
            }
            Some(answers) => {
                assert!(!takers.is_empty(), "{} has no route that takes a body", self.name);
                Some((takers, answers.clone()))
            }
        }
    }

    /// Every method of a route's path.
    pub fn methods_at(&self, route: &Route) -> Vec<String> {
        let same = |other: &&Route| other.path() == route.path();
        self.all_routes().iter().filter(same).map(|route| route.method().to_owned()).collect()
    }

    /// A route's request line with variables in the place of the parameters.
    pub fn request_line(&self, route: &Route) -> Result<String, String> {
        let mut line = route.route.clone();
        for parameter in parameters(&route.route) {
            let filled = match (self.variable(parameter), self.texts.get(parameter)) {
                (Some(variable), _) => format!("{{{{{variable}}}}}"),
                (None, Some(text)) => text.clone(),
                // Nothing is looked for, so anything will do.
                (None, None) if route.is_unserved() => "x".to_owned(),
                (None, None) => {
                    return Err(format!(
                        "{}: neither [ids] nor [texts] has {parameter}",
                        route.route
                    ));
                }
            };
            line = line.replace(&format!("{{{parameter}}}"), &filled);
        }
        if let Some(query) = &route.query {
            line = format!("{line}?{query}");
        }
        Ok(line)
    }
}

impl Route {
    /// The method.
    pub fn method(&self) -> &str {
        self.route.split(' ').next().unwrap_or_default()
    }

    /// The path with its parameters in braces.
    pub fn path(&self) -> &str {
        self.route.split_once(' ').map_or("", |(_, path)| path)
    }

    /// Whether it is a documented operation that is not served yet.
    pub fn is_unserved(&self) -> bool {
        self.success == NOT_SERVED
    }

    /// Whether it takes a body.
    pub fn takes_body(&self) -> bool {
        self.send.json.is_some() || !self.send.parts.is_empty()
    }

    /// Whether it wants a key.
    pub fn is_public(&self) -> bool {
        self.access == Access::Public
    }
}

fn names(send: &Send, variable: &str) -> bool {
    send.texts().any(|text| spells(text, variable))
}

fn spells(text: &str, variable: &str) -> bool {
    text.contains(&format!("{{{{{variable}}}}}"))
}

/// The names in braces.
pub fn parameters(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}
