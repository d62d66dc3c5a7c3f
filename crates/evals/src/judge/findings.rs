//! What models find: statements with verdicts, one by one or of things that were numbered for them.

use evalstone_core::json::View;

use super::faults::Faults;

/// Something with a verdict and the reason for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The statement, the claim, the sentence.
    pub text: String,
    /// What is said of it, one of the words that were offered.
    pub verdict: &'static str,
    /// Why; may be empty.
    pub reason: String,
}

impl Finding {
    /// The text with the reason.
    pub fn told(&self) -> String {
        match self.reason.trim() {
            "" => self.text.clone(),
            reason => format!("{} – {reason}", self.text),
        }
    }
}

/// A list of findings that the model made up itself: `{"text", "verdict", "reason"}`.
pub fn found(
    answer: View<'_>,
    list: &str,
    verdicts: &'static [&'static str],
    most: usize,
    faults: &mut Faults,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in faults.entries(answer, list, most) {
        findings.push(Finding {
            text: entry.words("text", faults),
            verdict: entry.choice("verdict", verdicts, faults),
            reason: entry.text("reason", faults),
        });
    }
    findings
}

/// A list of verdicts on these texts, which were numbered from 0: `{"id", "verdict", "reason"}`, each
/// id once.
pub fn judged(
    answer: View<'_>,
    list: &str,
    verdicts: &'static [&'static str],
    texts: &[String],
    faults: &mut Faults,
) -> Vec<Finding> {
    let mut read = Vec::new();
    for entry in faults.entries(answer, list, usize::MAX) {
        let id = entry.whole("id", faults);
        let text = texts.get(id).cloned().unwrap_or_default();
        let verdict = entry.choice("verdict", verdicts, faults);
        read.push((id, Finding { text, verdict, reason: entry.text("reason", faults) }));
    }
    faults.each_once(list, texts.len(), read)
}

/// Two lists of texts, and which of them mean the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// The texts of the first list.
    pub left: Vec<String>,
    /// The texts of the second list.
    pub right: Vec<String>,
    /// Pairs of positions in the lists, each position in one pair at the most.
    pub pairs: Vec<(usize, usize)>,
}

/// The names under which an answer has two lists and their matches.
#[derive(Clone, Copy, Debug)]
pub struct Sides {
    /// The first list.
    pub left: &'static str,
    /// The second list.
    pub right: &'static str,
}

/// Two lists of `{"id", "text"}` under their names, ids from 0 in their order, and the list `matches`
/// of `{"left", "right"}`, ids of the first and the second list.
pub fn matched(answer: View<'_>, sides: Sides, most: usize, faults: &mut Faults) -> Matched {
    let mut texts = |list: &str| {
        let mut read = Vec::new();
        for entry in faults.entries(answer, list, most) {
            read.push((entry.whole("id", faults), entry.words("text", faults)));
        }
        let count = read.len();
        faults.each_once(list, count, read)
    };
    let (left, right) = (texts(sides.left), texts(sides.right));
    let mut pairs = Vec::new();
    for entry in faults.entries(answer, "matches", most) {
        let pair = (entry.whole("left", faults), entry.whole("right", faults));
        if pair.0 >= left.len() || pair.1 >= right.len() {
            faults.add(format!("`{}` names an id that is not there", entry.path()));
        }
        if pairs.iter().any(|(left, right)| *left == pair.0 || *right == pair.1) {
            faults.add(format!("`{}` matches something that is matched already", entry.path()));
        }
        pairs.push(pair);
    }
    Matched { left, right, pairs }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::MAX_DEPTH;

    use super::*;

    const SIDES: Sides = Sides { left: "output", right: "golden" };

    fn read(text: &str) -> (Matched, String) {
        let mut faults = Faults::default();
        let view = View::parse(text, MAX_DEPTH).expect(text);
        (matched(view, SIDES, 9, &mut faults), faults.lines())
    }

    #[test]
    fn matches_pair_what_is_there_once() {
        let lists =
            r#""output":[{"id":1,"text":"b"},{"id":0,"text":"a"}],"golden":[{"id":0,"text":"x"}]"#;
        let (good, faults) = read(&format!(r#"{{{lists},"matches":[{{"left":1,"right":0}}]}}"#));
        assert_eq!(faults, "");
        assert_eq!((good.left, good.pairs), (vec!["a".to_owned(), "b".to_owned()], vec![(1, 0)]));
        let (_, faults) = read(&format!(r#"{{{lists},"matches":[{{"left":2,"right":0}}]}}"#));
        assert_eq!(faults, "- `matches[0]` names an id that is not there\n");
        let twice = r#"[{"left":0,"right":0},{"left":1,"right":0}]"#;
        let (_, faults) = read(&format!(r#"{{{lists},"matches":{twice}}}"#));
        assert_eq!(faults, "- `matches[1]` matches something that is matched already\n");
    }

    #[test]
    fn a_finding_is_told_with_its_reason() {
        let finding = |reason: &str| Finding {
            text: "The shop is open.".to_owned(),
            verdict: "unsupported",
            reason: reason.to_owned(),
        };
        assert_eq!(finding("").told(), "The shop is open.");
        assert_eq!(finding("It burnt down.").told(), "The shop is open. – It burnt down.");
    }
}
