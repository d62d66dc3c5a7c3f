//! Putting the target's ids into spans: an experiment, its pipeline and its cases have other ids there.

use evalstone_core::json::{RawJson, View, object};
use evalstone_kit::remote::AboutPipeline;

use super::splice::{place, spliced};
use crate::otlp::marks::{CASE, EXPERIMENT, PIPELINE, said_text};
use crate::wire::ids::DEFAULT;

/// The ids that an experiment's spans are to name.
#[derive(Debug)]
pub struct Names<'a> {
    /// The experiment's.
    pub experiment: &'a str,
    /// Its pipeline's.
    pub pipeline: &'a str,
    /// All pipelines that there are.
    pub pipelines: Vec<AboutPipeline>,
}

impl Names<'_> {
    /// A span's body that names the experiment, its pipeline and this case by these ids. Only the values of
    /// the vendor's attributes change, of duplicates each; an attribute that is not there is not added.
    /// A pipeline that is named in a way that means one here goes on being named so.
    pub fn put(&self, body: &RawJson, case: Option<&str>) -> RawJson {
        let text = body.as_str();
        let changes: Vec<_> = attributes(body.view())
            .filter_map(|(key, token, value)| {
                let name = match key.as_str() {
                    EXPERIMENT => self.experiment,
                    CASE => case?,
                    PIPELINE if !self.is_pipeline(&said_text(value)) => self.pipeline,
                    _ => return None,
                };
                Some((place(text, token.raw()), object(|value| value.text("stringValue", name))))
            })
            .collect();
        RawJson::trusted(spliced(text, &changes))
    }

    fn is_pipeline(&self, name: &str) -> bool {
        let is = |one: &AboutPipeline| one.slug == name || one.id.eq_ignore_ascii_case(name);
        name == DEFAULT || self.pipelines.iter().any(is)
    }
}

/// The experiment that a span says to report a test case of.
pub fn named_experiment(body: View<'_>) -> Option<String> {
    let named = attributes(body).filter(|(key, _, _)| key == EXPERIMENT).last();
    named.map(|(_, _, value)| said_text(value))
}

/// A span's attributes: the key, the value with its type around it, and the value.
fn attributes(span: View<'_>) -> impl Iterator<Item = (String, View<'_>, View<'_>)> {
    let lists = span.members().filter(|(key, _)| key.is("attributes"));
    lists.flat_map(|(_, list)| list.items()).filter_map(|attribute| {
        let key = attribute.get("key")?.as_text_lossy()?.into_owned();
        let token = attribute.get("value")?;
        let (_, value) = token.members().next()?;
        Some((key, token, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(body: &str, case: Option<&str>) -> String {
        let pipeline = AboutPipeline {
            id: "abc".to_owned(),
            slug: "desk".to_owned(),
            display_name: None,
            folder: None,
        };
        let names = Names { experiment: "E", pipeline: "P", pipelines: vec![pipeline] };
        names.put(&RawJson::parse(body).expect(body), case).into_string()
    }

    /// A span with these attributes, each its key and its value as OTLP writes it.
    fn span(attributes: &[(&str, &str)]) -> String {
        let one = |(key, value): &(&str, &str)| format!(r#"{{"key":"{key}","value":{value}}}"#);
        let attributes: Vec<String> = attributes.iter().map(one).collect();
        format!(r#"{{ "name":"\ud800","attributes":[ {} ], "n":1.0}}"#, attributes.join(" ,"))
    }

    #[test]
    fn ids_change_and_nothing_else() {
        let given = span(&[
            ("gentrace.experiment_id", r#"{ "stringValue" : "e" }"#),
            ("other", r#"{"stringValue":"e"}"#),
            ("gentrace.test_case_id", r#"{"stringValue":"c"}"#),
            ("gentrace.pipeline_id", r#"{"stringValue":"p"}"#),
        ]);
        let wanted = span(&[
            ("gentrace.experiment_id", r#"{"stringValue":"E"}"#),
            ("other", r#"{"stringValue":"e"}"#),
            ("gentrace.test_case_id", r#"{"stringValue":"C\""}"#),
            ("gentrace.pipeline_id", r#"{"stringValue":"P"}"#),
        ]);
        assert_eq!(put(&given, Some("C\"")), wanted);
        assert_eq!(put(&given, None), wanted.replace(r#"C\""#, "c"));
    }

    #[test]
    fn odd_attributes_do_no_harm() {
        let given = span(&[
            ("gentrace.experiment_id", r#"{"intValue":"5"}"#),
            ("gentrace.experim\\u0065nt_id", r#"{"stringValue":"e"}"#),
            ("gentrace.experiment_id", "{}"),
            ("gentrace.experiment_id", "null"),
            ("gentrace.test_case_id", r#"{"arrayValue":{"values":[]}}"#),
        ]);
        let wanted = span(&[
            ("gentrace.experiment_id", r#"{"stringValue":"E"}"#),
            ("gentrace.experim\\u0065nt_id", r#"{"stringValue":"E"}"#),
            ("gentrace.experiment_id", "{}"),
            ("gentrace.experiment_id", "null"),
            ("gentrace.test_case_id", r#"{"stringValue":"C"}"#),
        ]);
        assert_eq!(put(&given, Some("C")), wanted);
        for same in [
            "{}",
            r#"{"attributes":null}"#,
            r#"{"attributes":[1,{},{"key":1},{"key":"gentrace.experiment_id"}]}"#,
            r#"{"events":[{"attributes":[{"key":"gentrace.experiment_id","value":{"stringValue":"e"}}]}]}"#,
        ] {
            assert_eq!(put(same, Some("C")), same);
        }
    }

    #[test]
    fn attributes_that_come_twice_change_in_both_places() {
        let list = |id: &str| {
            format!(r#"[{{"key":"gentrace.test_case_id","value":{{"stringValue":"{id}"}}}}]"#)
        };
        let twice = |id: &str| format!(r#"{{"attributes":{0},"attributes":{0}}}"#, list(id));
        assert_eq!(put(&twice("c"), Some("C")), twice("C"));
    }

    #[test]
    fn pipelines_that_mean_one_here_go_on_being_named_so() {
        for name in ["default", "desk", "abc", "ABC"] {
            let named = format!(r#"{{"stringValue":"{name}"}}"#);
            let same = span(&[("gentrace.pipeline_id", &named)]);
            assert_eq!(put(&same, None), same);
        }
    }

    #[test]
    fn the_last_experiment_that_a_span_names_counts() {
        let body = span(&[
            ("gentrace.experiment_id", r#"{"stringValue":"a"}"#),
            ("gentrace.experiment_id", r#"{"stringValue":"b"}"#),
            ("gentrace.experiment_id", "{}"),
        ]);
        let body = RawJson::parse(&body).expect("JSON");
        assert_eq!(named_experiment(body.view()).as_deref(), Some("b"));
        assert_eq!(named_experiment(RawJson::parse("{}").expect("JSON").view()), None);
    }
}
