//! `is_valid_xml`: whether the output is well-formed XML.

use super::parsing::guarded;
use super::xml_text::parsed;
use crate::scoring::{Arguments, Failure, Field, Row, Score};

/// Holds an output that is one well-formed document with well-formed namespaces, within the limits
/// of [`super::xml_limits`]. Entities that the document declares itself are expanded, within
/// limits; nothing external is read.
pub fn evaluate(row: &Row, _: Arguments<'_>) -> Result<Score, Failure> {
    let output = row.required(Field::Output)?;
    Ok(match guarded(|| parsed(&output).err())? {
        None => Score::all_or_nothing(true, "the output is well-formed XML"),
        Some(fault) => {
            Score::all_or_nothing(false, format!("the output is no well-formed XML: {fault}"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::trying::{explained, holds};
    use super::evaluate;

    #[test]
    fn documents_are_well_formed_or_not() {
        for text in [
            "<a/>",
            "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\n<!-- c --><a xmlns:p='u' p:b='1' b='2'>x<![CDATA[<]]>&amp;&#65;</a>\n",
            "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
            "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>",
            "<a xml:lang='en'/>",
            "<ü/>",
        ] {
            assert!(holds(evaluate, text, "", "{}"), "{text}");
        }
        for text in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a b=1/>",
            "<a b='1' b='2'/>",
            "<p:a/>",
            "<a>&nope;</a>",
            "<a>&</a>",
            "<a b='<'/>",
            " <?xml version='1.0'?><a/>",
            "<a>]]></a>",
            "<a>\u{1}</a>",
            "<a:/>",
            "<:a/>",
            "<a:b:c xmlns:a='u'/>",
            "<a><?p:q?></a>",
            "<a xmlns:p=''/>",
            "<xmlns:a/>",
            "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>",
            "```xml\n<a/>\n```",
        ] {
            assert!(!holds(evaluate, text, "", "{}"), "{text}");
        }
    }

    #[test]
    fn it_says_where_it_stopped() {
        let said = explained(evaluate, "<a>\n <b></a>", "", "{}");
        assert!(said.starts_with("the output is no well-formed XML: "), "{said}");
        assert!(said.contains("(line 2, column "), "{said}");
    }

    #[test]
    fn hostile_documents_are_bounded() {
        let deep = 100_000;
        let entities = |count: usize, times: usize| {
            let entity =
                |at: usize| format!("<!ENTITY e{} '{}'>", at + 1, format!("&e{at};").repeat(times));
            let entities: String = (0..count).map(entity).collect();
            format!("<!DOCTYPE a [<!ENTITY e0 'lol'>{entities}]><a>&e{count};</a>")
        };
        for text in [
            "<a>".repeat(deep),
            format!("{}{}", "<a>".repeat(deep), "</a>".repeat(deep)),
            entities(30, 10),
            entities(2_000, 1),
            entities(50_000, 1),
            format!(
                "<!DOCTYPE a [<!ENTITY e '{}'>]><a>{}</a>",
                "x".repeat(60_000),
                "&e;".repeat(deep)
            ),
            format!(
                "<!DOCTYPE a [<!ELEMENT a {}b{}>]><a/>",
                "(".repeat(30_000),
                ")".repeat(30_000)
            ),
            format!("<a {}/>", (0..deep).map(|at| format!("b{at}='' ")).collect::<String>()),
            format!("<a {}/>", (0..deep).map(|at| format!("xmlns:b{at}='u' ")).collect::<String>()),
            "<".repeat(10_000_000),
            format!("<a>{}</a>", "&".repeat(5_000_000)),
            format!("<a><!--{}</a>", "- ".repeat(5_000_000)),
            format!("<a>{}</a>", "x".repeat(11_000_000)),
        ] {
            assert!(!holds(evaluate, &text, "", "{}"), "{}", &text[..20]);
        }
        for text in [
            format!("<a>{}</a>", "<b c='1'>x</b>".repeat(100_000)),
            format!("{}{}", "<a>".repeat(256), "</a>".repeat(256)),
            format!("<a>{}</a>", "x".repeat(10_000_000)),
        ] {
            assert!(holds(evaluate, &text, "", "{}"), "{}", &text[..20]);
        }
    }
}
