//! Collects what is wrong in a case that looks at many things, so that one run shows all of it.

/// What is wrong.
#[derive(Default)]
pub struct Findings {
    looked_at: usize,
    wrong: Vec<String>,
}

impl Findings {
    /// Notes the outcome at a place.
    pub fn note(&mut self, place: &str, outcome: Result<(), String>) {
        self.looked_at += 1;
        if let Err(why) = outcome {
            self.wrong.push(format!("{place}: {why}"));
        }
    }

    /// Fails when something is wrong, or when nothing was looked at.
    pub fn report(self) {
        let Self { looked_at, wrong } = self;
        assert!(looked_at > 0, "nothing was looked at");
        assert!(
            wrong.is_empty(),
            "{} of {looked_at} are wrong:\n\n{}",
            wrong.len(),
            wrong.join("\n\n")
        );
    }
}
