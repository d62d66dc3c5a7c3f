//! What metrics take from a row and its arguments.

use std::ops::RangeInclusive;

use evalstone_core::json::{Kind, View};

use super::question::Block;
use crate::scoring::{Arguments, Failure, Field, Row};

/// The passages of a row's context in the order of their ranks: the texts of a list, or the one text
/// that it is; none if that is blank.
///
/// # Errors
/// A failure when the row has no context.
pub fn chunks(row: &Row) -> Result<Vec<String>, Failure> {
    let context = row.value(Field::Context).ok_or_else(|| Failure::missing(Field::Context))?;
    let text = |view: View<'_>| view.as_text_lossy().unwrap_or_else(|| view.compact()).into_owned();
    if context.kind() == Kind::Array {
        return Ok(context.items().map(text).collect());
    }
    let only = text(context);
    Ok(if only.trim().is_empty() { Vec::new() } else { vec![only] })
}

/// A field's text in blocks: the context's passages numbered, any other field whole.
///
/// # Errors
/// A failure when the row does not have the field.
pub fn blocks(row: &Row, field: Field) -> Result<Vec<Block>, Failure> {
    if field == Field::Context {
        return Ok(Block::numbered(field.as_str(), chunks(row)?));
    }
    Ok(vec![Block::new(field.as_str(), row.required(field)?)])
}

/// Whether a field says nothing.
///
/// # Errors
/// A failure when the row does not have the field.
pub fn is_blank(row: &Row, field: Field) -> Result<bool, Failure> {
    if field == Field::Context {
        return Ok(chunks(row)?.iter().all(|chunk| chunk.trim().is_empty()));
    }
    Ok(row.required(field)?.trim().is_empty())
}

/// The sentences of a text: up to a mark that ends one and is followed by space and no small letter,
/// and up to each line's end. Good enough to number what a model is to look at.
pub fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    for line in text.lines() {
        let mut start = 0;
        for (at, character) in line.char_indices() {
            let end = at + character.len_utf8();
            let rest = &line[end..];
            let ends = match character {
                '。' | '！' | '？' => true,
                '.' | '!' | '?' | '…' => {
                    rest.starts_with(char::is_whitespace)
                        && !rest.trim_start().starts_with(char::is_lowercase)
                }
                _ => false,
            };
            if ends {
                sentences.push(line[start..end].trim().to_owned());
                start = end;
            }
        }
        sentences.push(line[start..].trim().to_owned());
    }
    sentences.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    sentences
}

/// A whole number among the arguments, or its default.
///
/// # Errors
/// A failure that says what the argument may be.
pub fn whole(
    arguments: Arguments<'_>,
    name: &str,
    default: usize,
    range: RangeInclusive<usize>,
) -> Result<usize, Failure> {
    let Some(view) = arguments.get(name) else {
        return Ok(default);
    };
    view.raw().parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        Failure(format!("{name} must be a whole number from {least} to {most}"))
    })
}

/// One of some words among the arguments, or the first.
///
/// # Errors
/// A failure that says what the argument may be.
pub fn choice(
    arguments: Arguments<'_>,
    name: &str,
    choices: &'static [&'static str],
) -> Result<&'static str, Failure> {
    let default = choices.first().copied().unwrap_or_default();
    let Some(given) = arguments.get(name) else {
        return Ok(default);
    };
    let given = given.as_text_lossy().unwrap_or_default();
    let known = choices.iter().find(|choice| **choice == given).copied();
    known.ok_or_else(|| Failure(format!("{name} must be one of {}", choices.join(", "))))
}

#[cfg(test)]
mod tests {
    use evalstone_core::json::{RawJson, RawObject};

    use super::*;

    #[test]
    fn a_context_is_a_text_or_a_list_of_texts() {
        let row =
            |json: &str| Row { context: Some(RawJson::parse(json).expect(json)), ..Row::default() };
        assert_eq!(chunks(&row("\"a\"")), Ok(vec!["a".to_owned()]));
        assert_eq!(
            chunks(&row("[\"a\", \"\", 7]")).map(|chunks| chunks.join("|")),
            Ok("a||7".into())
        );
        assert_eq!(chunks(&row("\" \"")), Ok(Vec::new()));
        assert_eq!(chunks(&row("[]")), Ok(Vec::new()));
        assert_eq!(chunks(&row("null")), Err(Failure::missing(Field::Context)));
        assert_eq!(is_blank(&row("[\" \"]"), Field::Context), Ok(true));
    }

    #[test]
    fn sentences_end_at_marks_and_lines() {
        let list = |text: &str| sentences(text).join("|");
        assert_eq!(
            list("Six weeks. With e.g. a receipt! Yes"),
            "Six weeks.|With e.g. a receipt!|Yes"
        );
        assert_eq!(list("It costs 3.50 here.\nNo more"), "It costs 3.50 here.|No more");
        assert_eq!(list("三十天。要收据。"), "三十天。|要收据。");
        assert_eq!(list(" \n... "), "");
    }

    #[test]
    fn arguments_are_what_they_may_be() {
        let object =
            |json: &str| RawObject::try_from(RawJson::parse(json).expect(json)).expect(json);
        let given = object(r#"{"n":7,"mode":"strict"}"#);
        let arguments = Arguments::of(Some(&given));
        assert_eq!(whole(arguments, "n", 50, 1..=10), Ok(7));
        assert_eq!(whole(arguments, "m", 50, 1..=10), Ok(50));
        let failure = Failure("n must be a whole number from 1 to 5".to_owned());
        assert_eq!(whole(arguments, "n", 50, 1..=5), Err(failure));
        assert_eq!(choice(arguments, "mode", &["flexible", "strict"]), Ok("strict"));
        assert_eq!(choice(arguments, "other", &["flexible", "strict"]), Ok("flexible"));
        assert!(choice(arguments, "mode", &["a"]).is_err());
    }
}
