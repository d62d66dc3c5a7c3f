//! What is written is read back, whatever it is.

use evalstone_core::arbitrary;
use evalstone_core::json::{RawJson, RawObject, encode, object};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::Format;
use super::tests::read;
use crate::json::array;
use crate::wire::{ImportedRow, SampleInput};

/// A row as a client could write it, with one column of its own.
#[derive(Clone, Debug)]
struct Written {
    text: String,
    context: Option<&'static str>,
    decision: Option<&'static str>,
    rule_hits: Option<Vec<String>>,
    metadata: Option<String>,
    note: Option<String>,
}

fn written() -> impl Strategy<Value = Written> {
    let text = || {
        let any = vec(any::<char>(), 1..12).prop_map(|text| text.into_iter().collect::<String>());
        prop_oneof![
            3 => "[ -~\r\n\",;|]{1,12}",
            1 => any,
            1 => Just("\r\n".to_owned()),
            1 => Just("\u{feff}".to_owned()),
        ]
    };
    (
        text(),
        option::of(prop::sample::select(vec!["input", "output", "tool"])),
        option::of(prop::sample::select(vec!["ALLOW", "BLOCK", "REDACT"])),
        option::of(vec("[a-z_.]{1,8}", 1..4)),
        option::of(arbitrary::json_object()),
        option::of(text()),
    )
        .prop_map(|(text, context, decision, rule_hits, metadata, note)| Written {
            text,
            context,
            decision,
            rule_hits,
            metadata: metadata.filter(|metadata| !metadata.contains("note")),
            note,
        })
}

impl Written {
    fn cells(&self, names: bool) -> [String; 6] {
        let Self { text, context, decision, rule_hits, metadata, note } = self;
        let rule_hits = rule_hits.as_ref().map(|rules| match names {
            true => rules.join(" | "),
            false => {
                format!("[{}]", rules.iter().map(|rule| encode(rule)).collect::<Vec<_>>().join(","))
            }
        });
        let owned = |text: &Option<&'static str>| text.unwrap_or_default().to_owned();
        [
            text.clone(),
            owned(context),
            owned(decision).to_lowercase(),
            rule_hits.unwrap_or_default(),
            metadata.clone().unwrap_or_default(),
            note.clone().unwrap_or_default(),
        ]
    }

    fn row(&self) -> ImportedRow {
        let Self { text, context, decision, rule_hits, metadata, note } = self;
        let rules = rule_hits.as_ref().map(|rules| array(rules.iter().map(|rule| encode(rule))));
        let metadata = metadata.as_ref().map(|json| RawJson::parse(json).expect("JSON"));
        let mut metadata = metadata.map(|json| json.try_into().expect("an object"));
        if let Some(note) = note {
            let note = RawJson::from_text(note);
            let own: RawObject = metadata.unwrap_or_default();
            metadata = Some(own.with_members(&[("note", note.view())]));
        }
        ImportedRow {
            input: SampleInput {
                input_text: RawJson::from_text(text),
                context: context.unwrap_or("input").to_owned(),
                expected_decision: decision.map(RawJson::from_text),
                expected_rule_hits: rules.map(RawJson::trusted),
                metadata,
            },
            output_text: None,
        }
    }
}

proptest! {
    #[test]
    fn what_csv_writers_write_is_read_back(
        rows in vec(written(), 0..6),
        crlf in any::<bool>(),
        bom in any::<bool>(),
        names in any::<bool>(),
    ) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        let header = ["prompt", "context", "label", "expected_rule_hits", "metadata", "note"];
        writer.write_record(header).expect("in memory");
        for row in &rows {
            writer.write_record(row.cells(names)).expect("in memory");
        }
        let text = String::from_utf8(writer.into_inner().expect("in memory")).expect("UTF-8");
        let content = format!("{}{text}", if bom { "\u{feff}" } else { "" });
        let expected: Vec<ImportedRow> = rows.iter().map(Written::row).collect();
        prop_assert_eq!(read(&content, Format::Csv), Ok(expected));
    }

    #[test]
    fn samples_in_json_are_read_back(rows in vec(written(), 0..6), lines in any::<bool>()) {
        let expected: Vec<ImportedRow> = rows.iter().map(Written::row).collect();
        let objects = expected.iter().map(|row| {
            let SampleInput { input_text, context, expected_decision, expected_rule_hits, metadata } =
                &row.input;
            object(|object| {
                object.nullable_json("metadata", metadata.as_ref().map(RawObject::as_str));
                object.nullable_json("label", expected_decision.as_ref().map(RawJson::as_str));
                object.text("context", context);
                object.nullable_json("expected_rule_hits", expected_rule_hits.as_ref().map(RawJson::as_str));
                object.json("text", input_text.as_str());
            })
        });
        let content = match lines {
            true => objects.map(|line| line.replace('\n', " ") + "\n").collect(),
            false => array(objects.collect::<Vec<_>>()),
        };
        let format = if lines { Format::JsonLines } else { Format::Json };
        prop_assert_eq!(read(&content, format).map(|rows| rows.len()), Ok(expected.len()));
        if !lines {
            prop_assert_eq!(read(&content, format), Ok(expected));
        }
    }

    /// Hostile contents are refused or taken, and the refusal says what is wrong.
    #[test]
    fn any_content_is_read_or_refused(content in any::<String>(), tail in any::<String>()) {
        for content in [
            content.clone(),
            format!("text,metadata,expected_rule_hits\n{content}"),
            format!("[{{\"text\":\"{tail}\"}}, {content}]"),
        ] {
            for format in [Format::Csv, Format::Json, Format::JsonLines] {
                if let Err(why) = read(&content, format) {
                    prop_assert!(why.starts_with("Invalid "), "{why}");
                }
            }
        }
    }
}
