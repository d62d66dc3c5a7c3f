//! Changing parts of a JSON text, so that every other byte stays.

use std::ops::Range;

use evalstone_core::json::View;

/// Where a part of a text, as a view of it shows it, stands in it.
pub fn place(text: &str, part: &str) -> Range<usize> {
    // A part lies in its text, so its place is the distance of the two.
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    start..start + part.len()
}

/// The text with other words in these places, which follow each other.
pub fn spliced(text: &str, changes: &[(Range<usize>, String)]) -> String {
    let mut made = String::with_capacity(text.len());
    let mut at = 0;
    for (place, word) in changes {
        made.push_str(&text[at..place.start]);
        made.push_str(word);
        at = place.end;
    }
    made.push_str(&text[at..]);
    made
}

/// The last member of an object that has this key, and its place among the members.
pub fn last_member<'a>(object: View<'a>, key: &str) -> Option<(usize, View<'a>)> {
    let members = object.members().enumerate();
    members.filter(|(_, (other, _))| other.is(key)).last().map(|(at, (_, value))| (at, value))
}

/// An object's text without the member in this place, and without the comma that it needs.
pub fn without_member(object: View<'_>, index: usize) -> String {
    let text = object.raw();
    let places: Vec<Range<usize>> = object
        .members()
        .map(|(key, value)| place(text, key.raw()).start..place(text, value.raw()).end)
        .collect();
    let Some(own) = places.get(index) else {
        return text.to_owned();
    };
    let before = index.checked_sub(1).and_then(|before| places.get(before));
    let gone = match (before, places.get(index + 1)) {
        (Some(before), _) => before.end..own.end,
        (None, Some(after)) => own.start..after.start,
        (None, None) => own.clone(),
    };
    spliced(text, &[(gone, String::new())])
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::{MAX_DEPTH, RawJson};

    use super::*;

    #[test]
    fn only_the_named_places_change() {
        let json = RawJson::parse(r#"{ "a" : "é" , "b":[ 1.0 ]}"#).expect("JSON");
        let text = json.as_str();
        let at = |key: &str| place(text, json.view().get(key).expect(key).raw());
        let made = spliced(text, &[(at("a"), "2".to_owned()), (at("b"), "null".to_owned())]);
        assert_eq!(made, r#"{ "a" : 2 , "b":null}"#);
        assert_eq!(spliced(text, &[]), text);
    }

    #[test]
    fn a_member_goes_with_its_comma() {
        let text = r#"{ "a": 1 , "b" :2, "b":3 }"#;
        let view = View::parse(text, MAX_DEPTH).expect("JSON");
        assert_eq!(without_member(view, 0), r#"{ "b" :2, "b":3 }"#);
        assert_eq!(without_member(view, 1), r#"{ "a": 1, "b":3 }"#);
        assert_eq!(without_member(view, 2), r#"{ "a": 1 , "b" :2 }"#);
        assert_eq!(without_member(view, 3), text);
        let only = View::parse(r#"{ "a":1 }"#, MAX_DEPTH).expect("JSON");
        assert_eq!(without_member(only, 0), "{  }");
        let last = last_member(view, "b").map(|(at, value)| (at, value.raw()));
        assert_eq!(last, Some((2, "3")));
        assert!(last_member(view, "c").is_none());
    }
}
