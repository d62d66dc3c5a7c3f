//! Writing JSON arrays.

/// The text of an array of JSON texts.
pub fn array<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = "[".to_owned();
    for item in items {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(item.as_ref());
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::array;

    #[test]
    fn arrays() {
        assert_eq!(array(["1", "{}"]), "[1,{}]");
        assert_eq!(array::<&str>([]), "[]");
    }
}
