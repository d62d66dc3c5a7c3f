//! No route is forgotten: each one of the crates' tables of routes stands in its `dialect.toml`
//! (and so in the auth matrix), in a scenario that expects its success, and in the README's
//! compatibility table.

use std::fs;
use std::path::PathBuf;

use super::Findings;
use crate::scenario::dialect::{Dialect, Route};
use crate::scenario::tables::Tables;
use crate::scenario::{ScenarioFile, all_files, entries, stem, tests_folder};
use crate::trials::Trials;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.once("coverage::every_route_is_listed", every_route_is_listed);
    trials.once("coverage::every_route_has_a_scenario", every_route_has_a_scenario);
    trials.once("coverage::every_route_is_in_the_readme", every_route_is_in_the_readme);
    trials.once("coverage::every_crate_with_routes_is_listed", every_crate_is_listed);
}

fn project() -> PathBuf {
    tests_folder().join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn every_route_is_listed() {
    let mut findings = Findings::default();
    for dialect in Dialect::all() {
        let sources: Vec<String> = dialect.tables.iter().map(|table| read(table)).collect();
        let listed: Vec<String> =
            dialect.all_routes().into_iter().map(|route| route.route).collect();
        for (route, outcome) in Tables::read(&sources).against(&listed) {
            findings.note(&format!("{}: {route}", dialect.name), outcome);
        }
    }
    findings.report();
}

fn every_crate_is_listed() {
    let listed: Vec<String> =
        Dialect::all().into_iter().flat_map(|dialect| dialect.tables).collect();
    let mut findings = Findings::default();
    for folder in entries(&project().join("crates")) {
        let table = format!("crates/{}/src/routes.rs", stem(&folder));
        // The kit's file of that name is what the tables are made with.
        if table != "crates/kit/src/routes.rs" && project().join(&table).is_file() {
            let known = listed.contains(&table);
            let outcome = if known { Ok(()) } else { Err("it is in no dialect.toml".to_owned()) };
            findings.note(&table, outcome);
        }
    }
    findings.report();
}

fn every_route_has_a_scenario() {
    let steps = successful_requests();
    let mut findings = Findings::default();
    for dialect in Dialect::all() {
        for route in &dialect.routes {
            let meant = |(line, status): &(String, u16)| {
                *status == route.success && best_match(line, &dialect) == Some(&route.route)
            };
            let outcome = if steps.iter().any(meant) {
                Ok(())
            } else {
                Err(format!("no scenario step expects its {}", route.success))
            };
            findings.note(&route.route, outcome);
        }
    }
    findings.report();
}

fn every_route_is_in_the_readme() {
    let readme = read("README.md");
    let mut findings = Findings::default();
    for dialect in Dialect::all() {
        for route in dialect.all_routes() {
            let stands = readme.contains(&format!("`{}`", route.route));
            // What is not served fills a page of its own, in the README of the dialect's crate.
            let stands = stands || (route.is_unserved() && in_crate_readme(&dialect, &route));
            let outcome = if stands { Ok(()) } else { Err("no README has it".to_owned()) };
            findings.note(&route.route, outcome);
        }
    }
    findings.report();
}

fn in_crate_readme(dialect: &Dialect, route: &Route) -> bool {
    let home = dialect.tables.iter().filter_map(|table| table.split_once("/src/"));
    let mut readmes = home.map(|(home, _)| project().join(home).join("README.md"));
    readmes.any(|readme| {
        let text = fs::read_to_string(readme).unwrap_or_default();
        text.contains(&format!("`{}`", route.route))
    })
}

/// Every scenario's request lines with the statuses that they expect.
fn successful_requests() -> Vec<(String, u16)> {
    let load = |file: ScenarioFile| file.load().unwrap_or_else(|error| panic!("{error}")).steps;
    let steps = all_files().into_iter().flat_map(load);
    steps.filter_map(|step| step.request.map(|line| (line, step.expect.status))).collect()
}

/// The route that a scenario's request line reaches: the one with the most literal segments.
fn best_match<'a>(line: &str, dialect: &'a Dialect) -> Option<&'a String> {
    let (method, path) = line.split_once(' ')?;
    let path = path.split('?').next().unwrap_or_default();
    let asked: Vec<&str> = path.split('/').collect();
    let literals = |route: &&Route| -> usize {
        route.path().split('/').filter(|segment| !segment.starts_with('{')).count()
    };
    let fits = |route: &&Route| {
        let known: Vec<&str> = route.path().split('/').collect();
        route.method() == method
            && known.len() == asked.len()
            && known.iter().zip(&asked).all(|(known, asked)| {
                if known.starts_with('{') { !asked.is_empty() } else { known == asked }
            })
    };
    dialect.routes.iter().filter(fits).max_by_key(literals).map(|route| &route.route)
}
