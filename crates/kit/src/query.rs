//! Query strings, read leniently: what is odd is for the dialect to judge, not for the parser.

/// The pairs of a query string in their order, empty and repeated ones included. `+` is a blank;
/// percent escapes are decoded, and bytes that are not UTF-8 become the replacement character.
#[must_use]
pub fn parse(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// The last value of that name, which is the one that counts where only one can.
#[must_use]
pub fn last<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// All values of that name, in their order.
pub fn all<'a>(pairs: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::{all, last, parse};

    #[test]
    fn order_empty_values_and_repetitions_are_kept() {
        let pairs = parse("b=1&a=&b=2&&c&slug%5Bin%5D=x%2Cy+z");
        let expected = [("b", "1"), ("a", ""), ("b", "2"), ("c", ""), ("slug[in]", "x,y z")];
        assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!(last(&pairs, "b"), Some("2"));
        assert_eq!(last(&pairs, "a"), Some(""));
        assert_eq!(last(&pairs, "d"), None);
        assert_eq!(all(&pairs, "b").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn broken_escapes_are_never_an_error() {
        assert_eq!(parse("a=%ff%zz%"), [("a".to_owned(), "\u{fffd}%zz%".to_owned())]);
        assert!(parse("").is_empty());
    }
}
