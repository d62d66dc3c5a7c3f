//! Reading a model's answer strictly: whatever is not as it was asked for becomes a fault that the
//! model is told of.

use std::collections::BTreeSet;

use evalstone_core::json::{Kind, View};

/// The most faults that are told: a model that gets everything wrong needs no full list.
const MOST: usize = 20;

/// What is wrong with an answer. What the reading functions give is of use only if there is nothing.
#[derive(Debug, Default)]
pub struct Faults(Vec<String>);

impl Faults {
    /// Adds a fault, a sentence without its period.
    pub fn add(&mut self, fault: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(fault.into());
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One line each.
    pub fn lines(&self) -> String {
        self.0.iter().map(|fault| format!("- {fault}\n")).collect()
    }

    /// The first one.
    pub fn first(&self) -> &str {
        self.0.first().map_or("nothing is wrong with it", String::as_str)
    }

    /// The objects of the list of that name, `most` at the most; what goes beyond is not read.
    pub fn entries<'a>(&mut self, answer: View<'a>, name: &str, most: usize) -> Vec<Entry<'a>> {
        let Some(list) = answer.get(name).filter(|list| list.kind() == Kind::Array) else {
            self.add(format!("`{name}` must be there and be a list"));
            return Vec::new();
        };
        let count = list.items().count();
        if count > most {
            self.add(format!("`{name}` has {count} entries; {most} are the most"));
        }
        let mut entries = Vec::new();
        for (index, view) in list.items().take(most).enumerate() {
            let path = format!("{name}[{index}]");
            if view.kind() == Kind::Object {
                entries.push(Entry { path, view });
            } else {
                self.add(format!("`{path}` must be an object"));
            }
        }
        entries
    }

    /// The ids of a list must be these, each once. Gives the entries in their order.
    pub fn each_once<T>(&mut self, name: &str, count: usize, read: Vec<(usize, T)>) -> Vec<T> {
        let given: BTreeSet<_> = read.iter().map(|(id, _)| *id).collect();
        if given.len() != read.len() {
            self.add(format!("`{name}` has an id twice"));
        }
        for id in given.iter().filter(|id| **id >= count) {
            self.add(format!("`{name}` has the unknown id {id}"));
        }
        for id in (0..count).filter(|id| !given.contains(id)) {
            self.add(format!("`{name}` lacks the id {id}"));
        }
        let mut read = read;
        read.sort_by_key(|(id, _)| *id);
        read.into_iter().map(|(_, value)| value).collect()
    }
}

/// An object of a list of an answer.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    path: String,
    view: View<'a>,
}

impl Entry<'_> {
    /// What the entry is called in faults.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A text, which may be empty.
    pub fn text(&self, key: &str, faults: &mut Faults) -> String {
        if let Some(text) = self.view.get(key).and_then(View::as_text_lossy) {
            return text.into_owned();
        }
        faults.add(format!("`{}.{key}` must be there and be a string", self.path));
        String::new()
    }

    /// A text that says something.
    pub fn words(&self, key: &str, faults: &mut Faults) -> String {
        let text = self.text(key, faults);
        if text.trim().is_empty() {
            faults.add(format!("`{}.{key}` must not be empty", self.path));
        }
        text
    }

    /// One of some words.
    pub fn choice(
        &self,
        key: &str,
        choices: &'static [&'static str],
        faults: &mut Faults,
    ) -> &'static str {
        let given = self.view.get(key).and_then(View::as_text_lossy).unwrap_or_default();
        if let Some(choice) = choices.iter().find(|choice| **choice == given) {
            return choice;
        }
        faults.add(format!("`{}.{key}` must be one of {}", self.path, choices.join(", ")));
        ""
    }

    /// A truth value.
    pub fn flag(&self, key: &str, faults: &mut Faults) -> bool {
        self.view.get(key).and_then(View::as_bool).unwrap_or_else(|| {
            faults.add(format!("`{}.{key}` must be true or false", self.path));
            false
        })
    }

    /// A whole number from 0.
    pub fn whole(&self, key: &str, faults: &mut Faults) -> usize {
        let given = self.view.get(key).and_then(|view| view.raw().parse().ok());
        given.unwrap_or_else(|| {
            faults.add(format!("`{}.{key}` must be there and be a whole number", self.path));
            0
        })
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::MAX_DEPTH;

    use super::*;

    fn faults(text: &str, read: impl Fn(View<'_>, &mut Faults)) -> String {
        let mut faults = Faults::default();
        read(View::parse(text, MAX_DEPTH).expect(text), &mut faults);
        faults.lines()
    }

    #[test]
    fn a_list_is_a_list_of_objects_and_not_too_long() {
        let read = |view: View<'_>, faults: &mut Faults| drop(faults.entries(view, "claims", 1));
        assert_eq!(faults(r#"{"claims":[{}]}"#, read), "");
        assert_eq!(faults("{}", read), "- `claims` must be there and be a list\n");
        assert_eq!(faults("[]", read), "- `claims` must be there and be a list\n");
        assert_eq!(faults(r#"{"claims":[1]}"#, read), "- `claims[0]` must be an object\n");
        assert_eq!(
            faults(r#"{"claims":[{},{}]}"#, read),
            "- `claims` has 2 entries; 1 are the most\n"
        );
        // What is too much is not read.
        assert_eq!(
            faults(r#"{"claims":[{},1,2]}"#, read),
            "- `claims` has 3 entries; 1 are the most\n"
        );
    }

    #[test]
    fn members_have_their_types() {
        let read = |view: View<'_>, faults: &mut Faults| {
            for entry in faults.entries(view, "l", 9) {
                entry.words("w", faults);
                entry.choice("c", &["a", "b"], faults);
                entry.flag("f", faults);
                entry.whole("n", faults);
            }
        };
        assert_eq!(faults(r#"{"l":[{"w":"x","c":"a","f":true,"n":0}]}"#, read), "");
        let bad = faults(r#"{"l":[{"w":" ","c":"z","f":"true","n":-1},{"n":1.5}]}"#, read);
        assert_eq!(bad.lines().count(), 4 + 5, "{bad}");
        assert!(bad.contains("`l[0].c` must be one of a, b"), "{bad}");
    }

    #[test]
    fn ids_cover_everything_once() {
        let check = |ids: &[usize]| {
            let mut faults = Faults::default();
            let read = ids.iter().map(|id| (*id, *id)).collect();
            (faults.each_once("l", 3, read), faults.lines())
        };
        assert_eq!(check(&[2, 0, 1]), (vec![0, 1, 2], String::new()));
        assert_eq!(check(&[0, 1]).1, "- `l` lacks the id 2\n");
        assert_eq!(check(&[0, 1, 1, 2]).1, "- `l` has an id twice\n");
        assert_eq!(check(&[0, 1, 2, 3]).1, "- `l` has the unknown id 3\n");
    }
}
