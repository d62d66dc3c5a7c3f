use evalstone_core::json::encode;

use super::super::trying::{explained, holds, tried};
use super::*;

fn argument(schema: &str) -> String {
    format!("{{\"schema\": {}}}", encode(schema))
}

fn whole(inside: &str) -> String {
    argument(&format!(
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>{inside}</xs:schema>"
    ))
}

fn of_root(model: &str) -> String {
    whole(&format!("<xs:element name='r'><xs:complexType>{model}</xs:complexType></xs:element>"))
}

#[test]
fn models_occurrences_and_attributes() {
    let schema = of_root(
        "<xs:sequence><xs:element name='a' type='xs:int' maxOccurs='2'/>
           <xs:choice minOccurs='0'><xs:element name='b'/><xs:element name='c'/></xs:choice></xs:sequence>
         <xs:attribute name='k' use='required'/><xs:attribute name='o' type='xs:date'/>",
    );
    for (output, fits) in [
        ("<r k='1'><a>1</a></r>", true),
        ("<r k='1' o='2024-02-29'><a>1</a><a>2</a><c/></r>", true),
        ("<r><a>1</a></r>", false),
        ("<r k='1' o='2023-02-29'><a>1</a></r>", false),
        ("<r k='1' x=''><a>1</a></r>", false),
        ("<r k='1'><a>one</a></r>", false),
        ("<r k='1'><a>1</a><a>1</a><a>1</a></r>", false),
        ("<r k='1'><a>1</a><b/><c/></r>", false),
        ("<r k='1'><b/></r>", false),
        ("<r k='1'>text<a>1</a></r>", false),
        ("<q/>", false),
        ("<r k='1'><a>1</a>", false),
        ("", false),
    ] {
        assert_eq!(holds(evaluate, output, "", &schema), fits, "{output}");
    }
}

#[test]
fn facets_keys_and_namespaces() {
    let facet = "<xs:element name='r'><xs:simpleType><xs:restriction base='xs:string'>
        <xs:pattern value='[A-Z]\\d+'/><xs:maxLength value='3'/></xs:restriction></xs:simpleType></xs:element>";
    assert!(holds(evaluate, "<r>A12</r>", "", &whole(facet)));
    assert!(!holds(evaluate, "<r>A123</r>", "", &whole(facet)));
    assert!(!holds(evaluate, "<r>xA1</r>", "", &whole(facet)));
    let unique = "<xs:element name='r'><xs:complexType><xs:sequence><xs:element name='a' maxOccurs='9'>
        <xs:complexType><xs:attribute name='k'/></xs:complexType></xs:element></xs:sequence></xs:complexType>
        <xs:unique name='u'><xs:selector xpath='a'/><xs:field xpath='@k'/></xs:unique></xs:element>";
    assert!(holds(evaluate, "<r><a k='1'/><a k='2'/></r>", "", &whole(unique)));
    assert!(!holds(evaluate, "<r><a k='1'/><a k='1'/></r>", "", &whole(unique)));
    let target = argument(
        "<schema xmlns='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:t'><element name='r'/></schema>",
    );
    assert!(holds(evaluate, "<x:r xmlns:x='urn:t'/>", "", &target));
    assert!(!holds(evaluate, "<r/>", "", &target));
}

#[test]
fn it_says_where_and_which_rule() {
    let said = explained(
        evaluate,
        "<r>\n<a>x</a></r>",
        "",
        &of_root("<xs:sequence><xs:element name='a' type='xs:int'/></xs:sequence>"),
    );
    assert!(said.starts_with("the output does not fit the schema: element"), "{said}");
    assert!(said.contains("(line 2, column "), "{said}");
    assert!(said.contains("'a'"), "{said}");
}

#[test]
fn without_a_schema_that_can_be_used_it_fails() {
    for (arguments, why) in [
        ("{}".to_owned(), "there is no schema to validate against"),
        ("{\"schema\": null}".to_owned(), "there is no schema to validate against"),
        ("{\"schema\": \" \"}".to_owned(), "the schema is empty"),
        ("{\"schema\": {}}".to_owned(), "the schema is no text but object"),
        (argument("<a"), "the schema is invalid: "),
        (argument("<a/>"), "the schema is invalid: "),
        (whole("<xs:element name='r' type='nowhere'/>"), "the schema is invalid: "),
        (whole("<xs:element/>"), "the schema is invalid: "),
    ] {
        let failure = tried(evaluate, "<r/>", "", &arguments).expect_err(&arguments);
        assert!(failure.0.starts_with(why), "{failure}");
    }
}

#[test]
fn nothing_is_fetched() {
    for reference in [
        "<xs:import namespace='urn:x' schemaLocation='http://127.0.0.1:9/x.xsd'/>",
        "<xs:include schemaLocation='other.xsd'/>",
        "<xs:redefine schemaLocation='file:///etc/hostname'/>",
    ] {
        let failure = tried(evaluate, "<r/>", "", &whole(reference)).expect_err(reference);
        assert!(failure.0.contains("none is ever fetched"), "{failure}");
    }
    let output = "<r xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:x http://127.0.0.1:9/x.xsd'/>";
    assert!(holds(evaluate, output, "", &whole("<xs:element name='r'/>")));
}

/// Schemas of `n` definitions that each hold the one before, or hold it twice.
fn chain(n: usize, first: &str, next: impl Fn(usize) -> String) -> String {
    whole(&format!("{first}{}", (1..=n).map(next).collect::<String>()))
}

#[test]
fn hostile_schemas_are_refused() {
    let group =
        "<xs:element name='r'><xs:complexType><xs:group ref='g30'/></xs:complexType></xs:element>
        <xs:group name='g0'><xs:sequence><xs:element name='a'/></xs:sequence></xs:group>";
    let elements = |n: usize| {
        (0..n).map(|at| format!("<xs:element name='e{at}' minOccurs='0'/>")).collect::<String>()
    };
    for schema in [
        chain(30, group, |at| {
            let held = format!("<xs:group ref='g{}'/>", at - 1);
            format!("<xs:group name='g{at}'><xs:sequence>{held}{held}</xs:sequence></xs:group>")
        }),
        chain(20_000, "<xs:element name='r'/>", |at| {
            format!("<xs:element name='e{at}' substitutionGroup='r'/>")
        }),
        of_root(&format!("<xs:sequence>{}</xs:sequence>", elements(2_000))),
        whole(
            "<xs:element name='r'><xs:simpleType><xs:restriction base='xs:string'><xs:pattern value='((a{1000}){1000}){1000}'/></xs:restriction></xs:simpleType></xs:element>",
        ),
        whole(&" ".repeat(300_000)),
        whole(
            "<xs:element name='r' type='t'/><xs:complexType name='t'><xs:group ref='g'/></xs:complexType><xs:group name='g'><xs:sequence><xs:group ref='g'/></xs:sequence></xs:group>",
        ),
    ] {
        let failure = tried(evaluate, "<r/>", "", &schema).expect_err(&schema[..200]);
        assert!(failure.0.starts_with("the schema is invalid: "), "{failure}");
    }
    let wild = "<xs:any minOccurs='0' maxOccurs='100000' processContents='skip'/>";
    let schema = of_root(&format!("<xs:sequence>{wild}{wild}</xs:sequence>"));
    assert!(holds(evaluate, "<r><a/></r>", "", &schema));
    assert!(tried(evaluate, &format!("<r>{}</r>", "<a/>".repeat(50_000)), "", &schema).is_err());
}

#[test]
fn schemas_within_the_limits_do_not_exhaust_the_stack() {
    let types = chain(
        900,
        "<xs:element name='r' type='t900'/><xs:simpleType name='t0'><xs:restriction base='xs:int'/></xs:simpleType>",
        |at| {
            format!(
                "<xs:simpleType name='t{at}'><xs:restriction base='t{}'/></xs:simpleType>",
                at - 1
            )
        },
    );
    assert!(holds(evaluate, "<r>1</r>", "", &types));
    let groups = chain(
        190,
        "<xs:element name='r'><xs:complexType><xs:group ref='g190'/></xs:complexType></xs:element><xs:group name='g0'><xs:sequence><xs:element name='a'/></xs:sequence></xs:group>",
        |at| {
            format!(
                "<xs:group name='g{at}'><xs:sequence><xs:group ref='g{}'/></xs:sequence></xs:group>",
                at - 1
            )
        },
    );
    assert!(holds(evaluate, "<r><a/></r>", "", &groups));
    let recursive = whole(
        "<xs:element name='r' type='t'/><xs:complexType name='t'><xs:sequence><xs:element name='r' type='t' minOccurs='0'/></xs:sequence></xs:complexType>",
    );
    assert!(holds(
        evaluate,
        &format!("{}{}", "<r>".repeat(256), "</r>".repeat(256)),
        "",
        &recursive
    ));
}

#[test]
fn values_that_cost_too_much_are_refused() {
    let of_items = |facets: &str| {
        let item = format!(
            "<xs:simpleType><xs:restriction base='xs:string'>{facets}</xs:restriction></xs:simpleType>"
        );
        of_root(&format!(
            "<xs:sequence><xs:element name='a' maxOccurs='unbounded'>{item}</xs:element></xs:sequence>"
        ))
    };
    let output = |count: usize| format!("<r>{}</r>", "<a>v7</a>".repeat(count));
    let values: String = (0..6_000).map(|at| format!("<xs:enumeration value='v{at}'/>")).collect();
    let patterns = "<xs:pattern value='v[0-9]|\\p{L}{150}'/>".repeat(20);
    for facets in [values, patterns] {
        assert!(holds(evaluate, &output(1), "", &of_items(&facets)));
        let failure =
            tried(evaluate, &output(50_000), "", &of_items(&facets)).expect_err("too much");
        assert!(failure.0.contains("so many patterns or enumerated values"), "{failure}");
    }
    // What types are derived from, and lists of them, count as well.
    let derived = chain(
        40,
        "<xs:element name='r' type='l'/><xs:simpleType name='l'><xs:list itemType='t40'/></xs:simpleType><xs:simpleType name='t0'><xs:restriction base='xs:string'/></xs:simpleType>",
        |at| {
            format!(
                "<xs:simpleType name='t{at}'><xs:restriction base='t{}'><xs:pattern value='v|\\p{{L}}{{100}}'/></xs:restriction></xs:simpleType>",
                at - 1
            )
        },
    );
    assert!(holds(evaluate, "<r>v v</r>", "", &derived));
    assert!(tried(evaluate, &format!("<r>{}</r>", "v ".repeat(50_000)), "", &derived).is_err());
}
