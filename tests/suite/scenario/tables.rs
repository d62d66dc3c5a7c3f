//! Reads the crates' tables of routes. They come in two forms: lines
//! `resource("/path").get(handler)` of a table `under("/prefix")`, and rows
//! `("/path", &[(Method::GET, …)])` of a constant whose prefix another file gives.

use std::collections::BTreeSet;

/// What the tables of a dialect say.
#[derive(Default)]
pub struct Tables {
    prefixes: BTreeSet<String>,
    lines: BTreeSet<String>,
    rows: BTreeSet<(String, String)>,
}

impl Tables {
    /// Reads source files.
    pub fn read(sources: &[String]) -> Self {
        let mut tables = Self::default();
        for source in sources {
            tables.add(source);
        }
        assert!(!tables.lines.is_empty(), "no route was found");
        tables
    }

    /// Compares with a list of routes: for each one, whether it stands on both sides.
    pub fn against(&self, listed: &[String]) -> Vec<(String, Result<(), String>)> {
        let listed: BTreeSet<String> = listed.iter().map(|route| nameless(route)).collect();
        let mut outcomes = Vec::new();
        for line in &self.lines {
            outcomes.push((line.clone(), found(listed.contains(line), "no dialect.toml lists it")));
        }
        for (method, path) in &self.rows {
            let stands = self.mounted(method, path).any(|route| listed.contains(&route));
            let name = format!("{method} …{path}");
            outcomes.push((name, found(stands, "no dialect.toml lists it")));
        }
        for route in listed {
            let in_rows =
                self.rows.iter().any(|(m, path)| self.mounted(m, path).any(|one| one == route));
            let stands = in_rows || self.lines.contains(&route);
            outcomes.push((route, found(stands, "no table of routes has it")));
        }
        outcomes
    }

    /// What a row can be: it does not say under which prefix it stands.
    fn mounted<'a>(&'a self, method: &'a str, path: &'a str) -> impl Iterator<Item = String> + 'a {
        self.prefixes.iter().map(move |prefix| format!("{method} {prefix}{path}"))
    }

    fn add(&mut self, source: &str) {
        const MARKS: [(&str, Mark); 13] = [
            ("under(\"", Mark::Prefix),
            ("resource(\"", Mark::Line),
            ("(\"/", Mark::Row),
            (".get(", Mark::Handler("GET")),
            (".post(", Mark::Handler("POST")),
            (".put(", Mark::Handler("PUT")),
            (".patch(", Mark::Handler("PATCH")),
            (".delete(", Mark::Handler("DELETE")),
            ("Method::GET", Mark::Method("GET")),
            ("Method::POST", Mark::Method("POST")),
            ("Method::PUT", Mark::Method("PUT")),
            ("Method::PATCH", Mark::Method("PATCH")),
            ("Method::DELETE", Mark::Method("DELETE")),
        ];
        // Long lines are broken somewhere. The tests below a table speak of routes too.
        let unbroken: String = source.split_whitespace().collect();
        let mut rest = unbroken.split("#[cfg(test)]").next().unwrap_or_default();
        let (mut prefix, mut line, mut row) = (String::new(), None, None);
        loop {
            let next = MARKS
                .iter()
                .filter_map(|(text, mark)| rest.find(text).map(|at| (at, at + text.len(), *mark)));
            let Some((_, end, mark)) = next.min_by_key(|(at, _, _)| *at) else {
                return;
            };
            rest = &rest[end..];
            let text = rest.split('"').next().unwrap_or_default();
            match (mark, &line, &row) {
                (Mark::Prefix, _, _) => {
                    text.clone_into(&mut prefix);
                    self.prefixes.insert(prefix.clone());
                }
                (Mark::Line, _, _) => line = Some(nameless(&format!("{prefix}{text}"))),
                (Mark::Row, _, _) => row = Some(nameless(&format!("/{text}"))),
                (Mark::Handler(method), Some(path), _) => {
                    self.lines.insert(format!("{method} {path}"));
                }
                (Mark::Method(method), _, Some(path)) => {
                    self.rows.insert((method.to_owned(), path.clone()));
                }
                (Mark::Handler(what) | Mark::Method(what), _, _) => {
                    panic!("{what} stands before any path")
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Mark {
    Prefix,
    Line,
    Row,
    Handler(&'static str),
    Method(&'static str),
}

fn found(stands: bool, otherwise: &str) -> Result<(), String> {
    if stands { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// A route without the names of its parameters, which the vendors and we may choose differently.
fn nameless(route: &str) -> String {
    let segment = |segment: &str| {
        if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() }
    };
    route.split('/').map(segment).collect::<Vec<_>>().join("/")
}
