//! How deep a parser of expressions would go, found out from the tokens without going there.

/// The most brackets in each other; the same as `CPython`'s.
pub const MOST_BRACKETS: usize = 200;
/// The most operators, calls and the like that may be nested in each other.
///
/// The least of the depths at which `CPython` 3.11 gives up: 2,984 powers or lambdas, 2,988 others.
pub const MOST_LINKS: usize = 2_984;

/// Counts what may be nested in each other. `1 + 1 + 1` is nested as `(1 + 1) + 1` is, but has
/// neighbours when it stands between commas. The count is never less than the tree's depth divided
/// by a constant.
#[derive(Debug, Default)]
pub struct Nesting {
    open: Vec<Level>,
    here: Level,
    links: usize,
}

/// What is nested since a bracket was opened.
#[derive(Debug, Default)]
struct Level {
    /// Links that the next comma ends.
    loose: usize,
    /// Links that only the bracket's end ends.
    lasting: usize,
}

/// It is nested too deep; this says which way.
#[derive(Debug, PartialEq, Eq)]
pub struct TooDeep(pub String);

impl Nesting {
    /// An operator, or anything else that may hold an expression within.
    ///
    /// # Errors
    /// When there are too many.
    pub fn link(&mut self) -> Result<(), TooDeep> {
        self.here.loose += 1;
        self.count()
    }

    /// A link that a comma does not end, such as a lambda, which has commas of its own.
    ///
    /// # Errors
    /// When there are too many.
    pub fn lasting_link(&mut self) -> Result<(), TooDeep> {
        self.here.lasting += 1;
        self.count()
    }

    /// A bracket opens, which is a link as well: `f(1)(2)`.
    ///
    /// # Errors
    /// When too many brackets are open, or there are too many links.
    pub fn open(&mut self) -> Result<(), TooDeep> {
        self.link()?;
        self.open.push(std::mem::take(&mut self.here));
        if self.open.len() > MOST_BRACKETS {
            return Err(TooDeep(format!("more than {MOST_BRACKETS} brackets are open")));
        }
        Ok(())
    }

    /// A bracket closes.
    pub fn close(&mut self) {
        self.links -= self.here.loose + self.here.lasting;
        self.here = self.open.pop().unwrap_or_default();
    }

    /// A comma: what follows is not within what was before.
    pub fn separate(&mut self) {
        if self.here.lasting == 0 {
            self.links -= std::mem::take(&mut self.here.loose);
        }
    }

    /// The end of a statement.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    fn count(&mut self) -> Result<(), TooDeep> {
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(TooDeep(format!(
                "more than {MOST_LINKS} operators or calls depend on each other"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_links_are_bounded_and_neighbours_are_not() {
        let mut nesting = Nesting::default();
        for _ in 0..MOST_BRACKETS {
            nesting.open().expect("allowed");
        }
        assert!(nesting.open().is_err());
        nesting.end();
        for _ in 0..10 * MOST_LINKS {
            nesting.link().expect("allowed");
            nesting.separate();
            nesting.open().expect("allowed");
            nesting.link().expect("allowed");
            nesting.close();
            nesting.separate();
        }
        nesting.lasting_link().expect("allowed");
        let many = (0..MOST_LINKS).try_for_each(|_| {
            nesting.separate();
            nesting.link()
        });
        assert!(many.is_err());
    }

    #[test]
    fn closing_more_than_was_opened_is_harmless() {
        let mut nesting = Nesting::default();
        nesting.link().expect("allowed");
        nesting.close();
        nesting.close();
        assert_eq!(nesting.link(), Ok(()));
    }
}
