//! The vendor's shapes and the domain's, translated by pure functions (design §2.4).

pub mod collections;
pub mod runs;

use evalstone_core::caller::Caller;
use evalstone_core::case::{Case, Origin, key};
use evalstone_core::dataset::{Dataset, NewCase, NewDataset, Owner, SlotCounts, StoredCase};
use evalstone_core::id::Number;
use evalstone_core::json::{Kind, ObjectBuilder, RawJson, View};
use evalstone_core::lens::record::RecordReading;
use evalstone_core::name_key::own_name_key;

use crate::NAME;
use crate::selection::Selection;
use crate::wire;
use crate::wire::dataset::write_fields;
use crate::wire::record::{Field, Fields, Token};

/// A record's fields as a case. What is null or empty is absent.
pub fn write(fields: Fields<'_>) -> Case {
    let Fields([prompt, input, context, output, golden_answer]) = fields;
    let inputs = [(key::PROMPT, prompt), (key::INPUT, input), (key::CONTEXT, context)];
    let inputs =
        inputs.into_iter().fold(ObjectBuilder::new(), |builder, (key, token)| match given(token) {
            Some(value) => builder.member(key, value.view()),
            None => builder,
        });
    let expected = given(golden_answer)
        .map(|answer| ObjectBuilder::new().member(key::GOLDEN_ANSWER, answer.view()).build());
    Case {
        name: None,
        stage: None,
        inputs: inputs.build(),
        output: given(output),
        expected,
        metadata: None,
    }
}

fn given(token: Option<Token<'_>>) -> Option<RawJson> {
    token.filter(|token| !token.is_empty()).map(|token| RawJson::trusted(token.into_string()))
}

/// A case as a record's fields.
pub fn read(case: &Case) -> Fields<'_> {
    let RecordReading { prompt, input, context, output, golden_answer } = RecordReading::of(case);
    let fields = [prompt, input, context, output, golden_answer];
    Fields(fields.map(|text| text.map(|text| Token::trusted(text.into_token()))))
}

/// A case to be stored that came in a record.
pub fn new_case(fields: Fields<'_>) -> NewCase {
    let origin = Origin { dialect: NAME.to_owned(), source_id: None, facet: None };
    NewCase { id: None, case: write(fields), origin }
}

/// A stored case as a record of this dataset.
pub fn record(
    stored: &StoredCase,
    dataset_id: Number,
    user_id: Option<Number>,
) -> wire::record::Record<'_> {
    let StoredCase { id: _, number, dataset: _, pipeline: _, case, origin: _, created_at } = stored;
    wire::record::Record {
        id: *number,
        user_id,
        dataset_id,
        fields: read(case),
        created_at: *created_at,
    }
}

/// A dataset as it is answered to this caller.
pub fn dataset<'a>(dataset: &'a Dataset, caller: &Caller) -> wire::dataset::Dataset<'a> {
    let Dataset {
        id: _,
        number,
        pipeline: _,
        owner,
        author_email,
        shared,
        name,
        description: _,
        category: _,
        creator: _,
        source: _,
        public: _,
        origin: _,
        case_count: _,
        slots,
        version: _,
        collection,
        archived_at: _,
        created_at,
        updated_at,
        facet,
    } = dataset;
    let facet = facet.as_ref().map(RawJson::view);
    let member = |key| facet.and_then(|facet| facet.get(key));
    let raw = |key, default| member(key).map_or(default, View::raw);
    wire::dataset::Dataset {
        id: *number,
        user: owner.as_ref().map(user),
        author_email,
        name,
        selected_metrics: raw(SELECTED_METRICS, "{}"),
        structure: structure(member(STRUCTURE), *slots),
        column_mappings: raw(COLUMN_MAPPINGS, "null"),
        data_collection_id: *collection,
        org_id: org_id(*shared, caller),
        created_at: *created_at,
        updated_at: *updated_at,
    }
}

/// A dataset as the short list shows it to this caller.
pub fn partial_dataset(whole: &Dataset, caller: &Caller) -> wire::dataset::PartialDataset {
    let wire::dataset::Dataset {
        id,
        user,
        author_email,
        name,
        selected_metrics: _,
        structure: _,
        column_mappings: _,
        data_collection_id: _,
        org_id,
        created_at,
        updated_at,
    } = dataset(whole, caller);
    let (name, author_email) = (name.to_owned(), author_email.to_owned());
    wire::dataset::PartialDataset { id, name, user, org_id, author_email, created_at, updated_at }
}

fn user(owner: &Owner) -> wire::dataset::User {
    let Owner { id: _, number, email } = owner;
    wire::dataset::User { id: *number, email: email.clone() }
}

/// Shared datasets show their organization, unless it stands for a single person (design §2.2).
fn org_id(shared: bool, caller: &Caller) -> Option<Number> {
    (shared && !caller.personal).then_some(caller.organization_number)
}

/// The fields that the uploaded file had, and those that a case fills, whichever dialect added it.
fn structure(kept: Option<View<'_>>, slots: SlotCounts) -> Vec<Field> {
    let SlotCounts { prompt, input, context, output, golden_answer } = slots;
    let counts = [prompt, input, context, output, golden_answer];
    let kept: Vec<Field> = kept
        .into_iter()
        .flat_map(View::items)
        .filter(|item| item.kind() == Kind::String)
        .filter_map(|item| Field::from_name(&item.as_text()?))
        .collect();
    let present = |(field, count): &(Field, i64)| *count > 0 || kept.contains(field);
    Field::ALL.into_iter().zip(counts).filter(present).map(|(field, _)| field).collect()
}

/// The member of a dataset's facet that holds its metrics.
pub const SELECTED_METRICS: &str = "selected_metrics";
/// The member of a dataset's facet that holds which column its fields came from.
pub const COLUMN_MAPPINGS: &str = "column_mappings";
/// The member of a dataset's facet that holds the fields that its file had.
pub const STRUCTURE: &str = "structure";

/// An upload as a dataset to be made: private to the caller, whatever else it is.
pub fn new_dataset(
    caller: &Caller,
    name: String,
    selection: &Selection,
    structure: &[Field],
) -> NewDataset {
    NewDataset {
        id: None,
        origin: NAME,
        pipeline: None,
        shared: false,
        name_key: Some(own_name_key(caller, &name)),
        name,
        description: None,
        category: None,
        creator: None,
        source: "customer".to_owned(),
        public: false,
        golden: false,
        facet: Some(facet(selection, structure)),
    }
}

/// What this dialect alone knows of a dataset.
fn facet(selection: &Selection, structure: &[Field]) -> RawJson {
    let Selection { selected_metrics, column_mappings } = selection;
    let mut fields = String::new();
    write_fields(structure, &mut fields);
    let mappings = column_mappings.as_ref().map_or("null", RawJson::as_str);
    RawJson::trusted(format!(
        "{{\"{SELECTED_METRICS}\":{},\"{COLUMN_MAPPINGS}\":{mappings},\"{STRUCTURE}\":{fields}}}",
        selected_metrics.as_str()
    ))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use evalstone_core::id::DatasetId;
    use evalstone_core::json::RawObject;

    use super::*;

    fn caller(personal: bool) -> Caller {
        Caller { personal, ..Caller::sample() }
    }

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn stored(caller: &Caller, facet: Option<RawJson>) -> Dataset {
        Dataset {
            id: DatasetId::generate(),
            number: 42,
            pipeline: caller.default_pipeline,
            owner: Some(Owner { id: caller.user, number: 7, email: caller.email.clone() }),
            author_email: "author@example.com".to_owned(),
            shared: true,
            name: "Returns \"desk\"".to_owned(),
            description: Some("d".to_owned()),
            category: Some("c".to_owned()),
            creator: Some("somebody".to_owned()),
            source: "customer".to_owned(),
            public: true,
            origin: "znyx".to_owned(),
            case_count: 1,
            slots: SlotCounts { input: 1, ..SlotCounts::default() },
            version: 5,
            collection: Some(14),
            archived_at: None,
            created_at: time("2026-04-02T12:00:00.9Z"),
            updated_at: Some(time("2026-04-03T00:00:00Z")),
            facet,
        }
    }

    fn summary(dataset: &Dataset, caller: &Caller) -> String {
        let mut out = String::new();
        super::dataset(dataset, caller).write_summary(&mut out);
        out
    }

    #[test]
    fn a_dataset_born_elsewhere_gets_honest_defaults() {
        let caller = caller(false);
        let expected = concat!(
            r#"{"id":42,"user":{"id":7,"email":"dana@example.com"},"dataset_type_id":1,"#,
            r#""author_email":"author@example.com","name":"Returns \"desk\"","#,
            r#""selected_metrics":{},"structure":["input"],"column_mappings":null,"#,
            r#""data_collection_id":14,"org_id":3,"created_at":"2026-04-02T12:00:00Z","#,
            r#""updated_at":"2026-04-03T00:00:00Z","#,
            r#""dataset_type":{"id":1,"name":"CUSTOM","label":"Custom","description":null}}"#
        );
        assert_eq!(summary(&stored(&caller, None), &caller), expected);
    }

    #[test]
    fn what_an_upload_said_comes_back_as_it_was_given() {
        let caller = caller(false);
        let metrics = r#"{ "2" : {"threshold":80,"metric_args":null}, "1":{"threshold":0} }"#;
        let selection = Selection {
            selected_metrics: RawObject::trusted(metrics.to_owned()),
            column_mappings: Some(RawJson::trusted("{\"output\" : \"a\"}".to_owned())),
        };
        let new = new_dataset(&caller, "n".to_owned(), &selection, &[Field::Output]);
        assert_eq!(new.name_key, Some(format!("{}/n", caller.user)));
        assert!(!new.shared);
        let shown = summary(&stored(&caller, new.facet), &caller);
        for part in [
            &format!("\"selected_metrics\":{metrics},"),
            r#""structure":["input","output"],"#,
            "\"column_mappings\":{\"output\" : \"a\"},",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn private_and_personal_datasets_show_no_organization() {
        let (member, alone) = (caller(false), caller(true));
        let private = Dataset { shared: false, ..stored(&member, None) };
        assert!(summary(&private, &member).contains("\"org_id\":null"));
        assert!(summary(&stored(&alone, None), &alone).contains("\"org_id\":null"));
    }

    #[test]
    fn a_dataset_without_an_owner_and_the_short_form() {
        let caller = caller(false);
        let orphan = Dataset { owner: None, updated_at: None, ..stored(&caller, None) };
        assert!(summary(&orphan, &caller).contains("\"user\":null"));
        let mut out = String::new();
        partial_dataset(&orphan, &caller).write(&mut out);
        let expected = concat!(
            r#"{"id":42,"name":"Returns \"desk\"","user":null,"org_id":3,"#,
            r#""author_email":"author@example.com","created_at":"2026-04-02T12:00:00Z","#,
            r#""updated_at":null}"#
        );
        assert_eq!(out, expected);
    }

    #[test]
    fn a_record_has_its_keys_in_the_vendors_order() {
        let case = write(Fields([
            None,
            Some(Token::of_text("a\0\"b")),
            Some(Token::of_text("")),
            Some(Token::trusted("\"\\ud800\"")),
            None,
        ]));
        assert_eq!(case.inputs.as_str(), r#"{"input":"a\u0000\"b"}"#);
        assert_eq!(case.expected, None);
        let caller = caller(false);
        let stored = StoredCase {
            id: evalstone_core::id::CaseId::generate(),
            number: 1001,
            dataset: DatasetId::generate(),
            pipeline: caller.default_pipeline,
            case,
            origin: Origin { dialect: NAME.to_owned(), source_id: None, facet: None },
            created_at: time("2026-04-02T12:00:00Z"),
        };
        let mut out = String::new();
        record(&stored, 42, None).write(&mut out);
        let expected = concat!(
            r#"{"id":1001,"user_id":null,"dataset_id":42,"prompt":null,"input":"a\u0000\"b","#,
            r#""context":null,"output":"\ud800","golden_answer":null,"#,
            r#""created_at":"2026-04-02T12:00:00Z","updated_at":null}"#
        );
        assert_eq!(out, expected);
    }
}
