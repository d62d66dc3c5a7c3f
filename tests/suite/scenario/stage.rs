//! A gateway with a dialect's fixture on it: what the cases about all routes stand on.

use super::dialect::{Dialect, Route};
use super::variables::Variables;
use super::{play, sending};
use crate::gateway::{Backend, Gateway, Identities, Settings};
use crate::upstream::Upstream;
use crate::wire::Answer;
use crate::wire::client::Request;

/// A gateway, everybody who may knock, and a dialect.
pub struct Stage {
    /// The gateway.
    pub gateway: Gateway,
    /// Everybody who may knock.
    pub identities: Identities,
    /// The dialect.
    pub dialect: Dialect,
    variables: Variables,
    nonce: u32,
}

impl Stage {
    /// Starts a gateway for a dialect.
    pub fn start(dialect: &Dialect, backend: Backend, settings: &Settings) -> Self {
        let upstream = Upstream::canned(&dialect.upstream);
        let settings = with(settings, dialect.config.as_deref()).calling(&upstream);
        let gateway = Gateway::start_with(backend, &settings);
        let identities = Identities::make(&gateway);
        let variables = Variables::of(&gateway, &identities);
        Self { gateway, identities, dialect: dialect.clone(), variables, nonce: 0 }
    }

    /// Makes the fixture's objects anew; they replace the former ones.
    pub fn refresh(&mut self) {
        let identities = self.identities.clone();
        let mut variables = self.variables.clone();
        self.play_fixture(&identities, &mut variables);
        self.variables = variables;
    }

    /// Makes the fixture's objects in the other organization and gives the variables that name
    /// them.
    pub fn elsewhere(&mut self) -> Variables {
        let mut identities = self.identities.clone();
        std::mem::swap(&mut identities.home, &mut identities.other);
        let mut variables = Variables::of(&self.gateway, &identities);
        self.play_fixture(&identities, &mut variables);
        variables
    }

    fn play_fixture(&mut self, identities: &Identities, variables: &mut Variables) {
        self.nonce += 1;
        variables.set("nonce", &self.nonce.to_string());
        for step in &self.dialect.fixture {
            let played = play::step(step, &self.gateway, identities, variables);
            played.unwrap_or_else(|why| {
                panic!("{}'s fixture, {}: {why}", self.dialect.name, step.name)
            });
        }
    }

    /// The variables that stand for the present fixture. Every call gives another `nonce`.
    pub fn variables(&mut self) -> Variables {
        self.nonce += 1;
        self.variables.set("nonce", &self.nonce.to_string());
        self.variables.clone()
    }

    /// The request that a route's entry describes, by the identity `key`.
    pub fn request(&mut self, route: &Route, key: &str) -> Request {
        let variables = self.variables();
        self.request_with(route, key, &variables)
    }

    /// The same with these variables.
    pub fn request_with(&self, route: &Route, key: &str, variables: &Variables) -> Request {
        let made = self.dialect.request_line(route).and_then(|line| {
            sending::request(&line, key, &route.send, &self.identities, variables)
        });
        made.unwrap_or_else(|why| panic!("{}: {why}", route.route))
    }

    /// Sends a request.
    pub fn send(&self, request: &Request) -> Answer {
        self.gateway.send(request)
    }
}

/// Settings with more of a configuration file.
fn with(settings: &Settings, more: Option<&str>) -> Settings {
    let texts = settings.config.as_deref().into_iter().chain(more);
    let config = texts.collect::<Vec<&str>>().join("\n");
    Settings { config: Some(config), ..settings.clone() }
}
