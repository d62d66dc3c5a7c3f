//! `dialect.toml`: a dialect's routes and the answers that all of them share. From it come the
//! auth matrix, the foreign ids, the error parity and the coverage of the routes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Expect, Send, Step, entries, read_toml, stem, tests_folder};

/// The file's name without its ending.
pub const FILE: &str = "dialect";

/// A dialect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// The folder's name.
    #[serde(skip)]
    pub name: String,
    /// The first part of its paths.
    pub prefix: String,
    /// The crate whose `routes.rs` is the truth about the routes.
    #[serde(rename = "crate")]
    pub source: String,
    /// For every parameter of a path, the variable that fills it.
    #[serde(default)]
    pub ids: BTreeMap<String, String>,
    /// Steps that make what those variables name.
    #[serde(default)]
    pub fixture: Vec<Step>,
    /// The answers that all routes share.
    pub answers: Answers,
    /// The routes.
    #[serde(rename = "route")]
    pub routes: Vec<Route>,
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
    /// To a path that is none of the routes.
    pub unknown_route: Expect,
    /// To a method that the path does not have.
    pub wrong_method: Expect,
    /// To a body that ends in the middle of its JSON.
    pub broken_json: Expect,
    /// To JSON of 101 levels.
    pub too_deep: Expect,
    /// To a body above the limit.
    pub too_large: Expect,
    /// To a body that does not arrive in time.
    pub slow_body: Expect,
}

/// A route.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The method and the path as the vendor's pages write it, parameters in braces.
    pub route: String,
    /// Who may use it.
    pub access: Access,
    /// The status of its success.
    pub success: u16,
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

    /// The variable that fills a parameter of a path.
    pub fn variable(&self, parameter: &str) -> Option<&str> {
        self.ids.get(parameter).map(String::as_str)
    }

    /// The variables of a route, in its path or in what it sends, that name somebody's objects.
    pub fn ids_in(&self, route: &Route) -> Vec<String> {
        let in_path = parameters(route.path()).into_iter().filter_map(|name| self.variable(name));
        let in_body = self.made_by_fixture().filter(|name| names(&route.send, name));
        let mut ids: Vec<String> = in_path.chain(in_body).map(str::to_owned).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Whether a request's body names an object of the fixture.
    pub fn names_fixture(&self, send: &Send) -> bool {
        self.made_by_fixture().any(|name| names(send, name))
    }

    /// Every method of a route's path.
    pub fn methods_at(&self, route: &Route) -> Vec<String> {
        let same = |other: &&Route| other.path() == route.path();
        self.routes.iter().filter(same).map(|route| route.method().to_owned()).collect()
    }

    fn made_by_fixture(&self) -> impl Iterator<Item = &str> {
        self.fixture.iter().flat_map(|step| step.capture.keys().map(String::as_str))
    }

    /// A route's request line with variables in the place of the parameters.
    pub fn request_line(&self, route: &Route) -> Result<String, String> {
        let mut line = route.route.clone();
        for parameter in parameters(&route.route) {
            let variable = self
                .variable(parameter)
                .ok_or_else(|| format!("{}: [ids] has no {parameter}", route.route))?;
            line = line.replace(&format!("{{{parameter}}}"), &format!("{{{{{variable}}}}}"));
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

    /// Whether it wants a key.
    pub fn is_public(&self) -> bool {
        self.access == Access::Public
    }
}

fn names(send: &Send, variable: &str) -> bool {
    let spelled = format!("{{{{{variable}}}}}");
    send.texts().any(|text| text.contains(&spelled))
}

/// The names in braces.
pub fn parameters(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}
