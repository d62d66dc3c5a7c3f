//! Where in a request a problem lies.

use evalstone_core::json::encode;

/// A place, known by the way to it: `["body", "samples", 1, "input_text"]`. Going one step further
/// costs nothing; the way is written down only for a problem.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    before: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl Place<'static> {
    /// The request's body.
    pub const BODY: Self = Self::root("body");
    /// The request's path.
    pub const PATH: Self = Self::root("path");
    /// The request's query string.
    pub const QUERY: Self = Self::root("query");

    /// Where a way begins.
    #[must_use]
    pub const fn root(name: &'static str) -> Self {
        Self { before: None, step: Step::Key(name) }
    }
}

impl<'a> Place<'a> {
    /// The member of that name.
    #[must_use]
    pub const fn key(&'a self, name: &'a str) -> Self {
        Self { before: Some(self), step: Step::Key(name) }
    }

    /// The item at that position.
    #[must_use]
    pub const fn index(&'a self, index: usize) -> Self {
        Self { before: Some(self), step: Step::Index(index) }
    }

    /// The last name on the way.
    #[must_use]
    pub fn name(&self) -> &'a str {
        match (self.step, self.before) {
            (Step::Key(name), _) => name,
            (Step::Index(_), Some(before)) => before.name(),
            (Step::Index(_), None) => "",
        }
    }

    /// The way, as the JSON array that `loc` is.
    #[must_use]
    pub fn loc(&self) -> String {
        format!("[{}]", self.steps(encode).join(","))
    }

    /// The way from the root on, its steps joined by points; empty for the root.
    #[must_use]
    pub fn dotted(&self) -> String {
        self.steps(str::to_owned).split_off(1).join(".")
    }

    /// The steps from the root, written so.
    fn steps(&self, write: fn(&str) -> String) -> Vec<String> {
        let mut steps = Vec::new();
        let mut place = Some(self);
        while let Some(Self { before, step }) = place {
            steps.push(match step {
                Step::Key(name) => write(name),
                Step::Index(index) => index.to_string(),
            });
            place = *before;
        }
        steps.reverse();
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn the_way_is_written_from_its_beginning() {
        let samples = Place::BODY.key("samples");
        let second = samples.index(1);
        assert_eq!(second.key("input_text").loc(), r#"["body","samples",1,"input_text"]"#);
        assert_eq!(second.name(), "samples");
        assert_eq!(second.key("a.b").dotted(), "samples.1.a.b");
        assert_eq!((Place::QUERY.loc(), Place::QUERY.dotted()), (r#"["query"]"#.into(), "".into()));
    }
}
