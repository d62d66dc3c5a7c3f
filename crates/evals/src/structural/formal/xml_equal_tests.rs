use super::super::trying::{explained, holds, tried};
use super::*;

const ANY_ORDER: &str = "{\"ignore_order\": true}";
const EXTRA_ATTRIBUTES: &str = "{\"ignore_extra_attributes\": true}";
const BOTH: &str = "{\"ignore_order\": true, \"ignore_extra_attributes\": true}";
const WHITESPACE: &str = "{\"ignore_whitespace\": false}";

#[test]
fn what_never_counts() {
    for (output, golden) in [
        ("<a b='1' c='2'/>", "<a c=\"2\" b=\"1\"></a>"),
        ("<p:a xmlns:p='u' p:b='1'/>", "<a xmlns='u' xmlns:q='u' q:b='1'/>"),
        ("<a><!-- c -->x<?pi d?>y</a>", "<a>xy</a>"),
        ("<a><![CDATA[<]]>&amp;</a>", "<a>&lt;&#38;</a>"),
        ("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "<a>x</a>"),
        ("<a>\r\nx</a>", "<a>x</a>"),
    ] {
        assert!(holds(evaluate, output, golden, "{}"), "{output} {golden}");
        assert!(holds(evaluate, golden, output, "{}"), "{golden} {output}");
    }
}

#[test]
fn what_counts() {
    for (output, golden) in [
        ("<a/>", "<b/>"),
        ("<a xmlns='u'/>", "<a/>"),
        ("<a b='1'/>", "<a b='2'/>"),
        ("<a p:b='1' xmlns:p='u'/>", "<a b='1' xmlns:p='u'/>"),
        ("<a>x</a>", "<a>y</a>"),
        ("<a>x y</a>", "<a>x  y</a>"),
        ("<a><b/><c/></a>", "<a><c/><b/></a>"),
        ("<a>x<b/></a>", "<a><b/>x</a>"),
        ("<a/>", "<a><b/></a>"),
        ("<a>", "<a/>"),
    ] {
        assert!(!holds(evaluate, output, golden, "{}"), "{output} {golden}");
        assert!(!holds(evaluate, golden, output, "{}"), "{golden} {output}");
    }
}

#[test]
fn order_may_be_ignored_at_every_depth() {
    for (output, golden, equal) in [
        ("<a><b/><c>1</c></a>", "<a><c>1</c><b/></a>", true),
        ("<a><b><c/><d/></b><b/></a>", "<a><b/><b><d/><c/></b></a>", true),
        ("<a><b/><b/><c/></a>", "<a><b/><c/><c/></a>", false),
        ("<a>x<b/></a>", "<a><b/>x</a>", true),
        ("<a><b c='1'/></a>", "<a><b/></a>", false),
    ] {
        assert_eq!(holds(evaluate, output, golden, ANY_ORDER), equal, "{output} {golden}");
        assert!(!holds(evaluate, output, golden, "{}"));
    }
}

#[test]
fn attributes_only_in_the_output_may_be_ignored() {
    for (output, golden, equal) in [
        ("<a b='1' c='2'/>", "<a b='1'/>", true),
        ("<a><b c='1'/></a>", "<a><b/></a>", true),
        ("<a/>", "<a b='1'/>", false),
        ("<a b='2' c='2'/>", "<a b='1'/>", false),
    ] {
        assert_eq!(holds(evaluate, output, golden, EXTRA_ATTRIBUTES), equal, "{output} {golden}");
        assert!(!holds(evaluate, output, golden, "{}"));
    }
    // The first child of the output fits both of the golden answer's.
    assert!(holds(
        evaluate,
        "<a><b c='1' d='2'/><b c='1'/></a>",
        "<a><b c='1'/><b d='2'/></a>",
        BOTH
    ));
    assert!(!holds(
        evaluate,
        "<a><b c='1' d='2'/><b c='1'/></a>",
        "<a><b d='2'/><b d='2'/></a>",
        BOTH
    ));
}

#[test]
fn whitespace_around_texts_counts_when_asked() {
    for (output, golden) in
        [("<a>\n <b/>\n</a>", "<a><b/></a>"), ("<a> x </a>", "<a>x</a>"), ("<a> </a>", "<a/>")]
    {
        assert!(holds(evaluate, output, golden, "{}"), "{output} {golden}");
        assert!(!holds(evaluate, output, golden, WHITESPACE), "{output} {golden}");
    }
    assert!(holds(evaluate, "<a> x\r\n</a>", "<a> x\n</a>", WHITESPACE));
    assert!(!holds(evaluate, "<a>\u{a0}x</a>", "<a>x</a>", "{}"));
}

#[test]
fn it_says_where_the_documents_differ() {
    for (output, golden, expected) in [
        ("<a><b c='1'/></a>", "<a><b c='2'/></a>", "at /a/b: the attribute c has another value"),
        ("<a><c xmlns='u'/></a>", "<a><b/></a>", "at /a/b: the output has the element {u}c"),
        ("<a>x</a>", "<a>y</a>", "at /a: a text is another one"),
        (
            "<a/>",
            "<a><b/></a>",
            "at /a: the output has 0 children, texts among them, the golden answer 1",
        ),
    ] {
        assert_eq!(explained(evaluate, output, golden, "{}"), expected);
    }
    assert!(
        explained(evaluate, "<a/>", "<b>", "{}")
            .starts_with("the golden answer is no well-formed XML: ")
    );
}

#[test]
fn hostile_documents_are_bounded() {
    let deep = format!("{}{}", "<a>".repeat(256), "</a>".repeat(256));
    assert!(holds(evaluate, &deep, &deep, BOTH));
    let many = |name: &str| {
        format!("<r>{}</r>", (0..5_000).map(|at| format!("<{name}{at}/>")).collect::<String>())
    };
    assert!(holds(evaluate, &many("a"), &many("a"), BOTH));
    assert!(!holds(evaluate, &many("a"), &many("b"), ANY_ORDER));
    assert!(tried(evaluate, &many("a"), &many("b"), BOTH).is_err());
}
