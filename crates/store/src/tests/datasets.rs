use evalstone_core::dataset::{
    DatasetChange, DatasetFilter, NewDataset, Ownership, Reference, Window,
};
use evalstone_core::error::Kind;
use evalstone_core::id::PipelineId;
use evalstone_core::json::RawJson;
use evalstone_core::source::SourceKind;

use super::{DIALECT, caller, case, dataset, on_both, organization, window_of};

const ALL: Window = Window { offset: 0, limit: None };

#[test]
fn a_dataset_comes_back_as_it_was_made() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let new = NewDataset {
            description: Some(String::new()),
            category: Some("pii".into()),
            creator: Some("Ann \u{1F600}".into()),
            public: true,
            facet: Some(RawJson::parse(r#"{"b": 1.0, "a": "\u0000"}"#).expect("JSON")),
            ..dataset("first")
        };
        let made = store.create_dataset(&me, new).await.expect("made");
        assert_eq!(made.pipeline, acme.default_pipeline);
        assert_eq!((made.case_count, made.updated_at, made.archived_at), (0, None, None));
        for reference in [Reference::Id(made.id.uuid()), Reference::Number(made.number)] {
            let found =
                store.dataset(&me, DIALECT, &reference).await.expect("a query").expect("found");
            assert_eq!(found.id, made.id);
            assert_eq!(found.name, "first");
            assert_eq!(found.description.as_deref(), Some(""));
            assert_eq!(found.creator.as_deref(), Some("Ann \u{1F600}"));
            assert_eq!(found.created_at, made.created_at);
            assert_eq!(found.owner.as_ref().map(|o| o.email.as_str()), Some(me.email.as_str()));
            assert_eq!(
                found.facet.as_ref().map(RawJson::as_str),
                Some(r#"{"b": 1.0, "a": "\u0000"}"#)
            );
        }
        let other =
            store.dataset(&me, "other", &Reference::Id(made.id.uuid())).await.expect("a query");
        assert!(other.expect("found").facet.is_none(), "a facet is its own dialect's");
    });
}

#[test]
fn nobody_else_sees_a_private_dataset() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let ann = caller(&store, &acme, Some("ann@example.com")).await;
        let bob = caller(&store, &acme, Some("bob@example.com")).await;
        let eve = caller(&store, &other, None).await;
        let private = NewDataset { shared: false, ..dataset("private") };
        let private = store.create_dataset(&ann, private).await.expect("made");
        let shared = store.create_dataset(&ann, dataset("shared")).await.expect("made");
        for (who, sees_private, sees_shared) in
            [(&ann, true, true), (&bob, false, true), (&eve, false, false)]
        {
            for (dataset, sees) in [(&private, sees_private), (&shared, sees_shared)] {
                let reference = Reference::Id(dataset.id.uuid());
                assert_eq!(
                    store.dataset(who, DIALECT, &reference).await.expect("a query").is_some(),
                    sees
                );
                let added = store.add_case(who, DIALECT, &reference, case(1)).await;
                assert_eq!(added.is_ok(), sees);
                let added = store.add_cases(who, DIALECT, &reference, vec![case(1)]).await;
                assert_eq!(added.map_err(|e| e.kind()).err(), (!sees).then_some(Kind::NotFound));
                assert_eq!(window_of(&store, who, dataset, ALL).await.is_empty(), !sees);
                let change =
                    DatasetChange { name: Some("changed".into()), ..DatasetChange::default() };
                let changed =
                    store.change_dataset(who, DIALECT, dataset.id, change).await.expect("a query");
                assert_eq!(changed.is_some(), sees);
            }
            let listed =
                store.datasets(who, DIALECT, DatasetFilter::default(), ALL).await.expect("listed");
            assert_eq!(listed.total, i64::from(sees_private) + i64::from(sees_shared));
        }
        assert!(!store.delete_dataset(&bob, private.id).await.expect("a query"));
        assert!(store.delete_dataset(&ann, private.id).await.expect("a query"));
        let own = DatasetFilter { ownership: Some(Ownership::Own), ..DatasetFilter::default() };
        let theirs = DatasetFilter {
            ownership: Some(Ownership::SharedByOthers),
            ..DatasetFilter::default()
        };
        assert_eq!(store.all_datasets(&ann, DIALECT, own.clone()).await.expect("listed").len(), 1);
        assert_eq!(
            store.all_datasets(&ann, DIALECT, theirs.clone()).await.expect("listed").len(),
            0
        );
        assert_eq!(store.all_datasets(&bob, DIALECT, own).await.expect("listed").len(), 0);
        assert_eq!(store.all_datasets(&bob, DIALECT, theirs).await.expect("listed").len(), 1);
    });
}

#[test]
fn lists_filter_count_and_page_newest_first() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        for (name, category) in [
            ("One 100%", None),
            ("two", Some("pii")),
            ("three", Some("toxicity")),
            ("oNe", None),
            ("Äpfel", None),
        ] {
            let new = NewDataset { category: category.map(Into::into), ..dataset(name) };
            store.create_dataset(&me, new).await.expect("made");
        }
        let names = |filter: DatasetFilter, window: Window| {
            let (store, me) = (store.clone(), me.clone());
            async move {
                let page = store.datasets(&me, DIALECT, filter, window).await.expect("listed");
                (page.total, page.rows.into_iter().map(|d| d.name).collect::<Vec<_>>())
            }
        };
        let everything = DatasetFilter::default;
        assert_eq!(names(everything(), ALL).await.1, ["Äpfel", "oNe", "three", "two", "One 100%"]);
        let window = Window { offset: 1, limit: Some(2) };
        assert_eq!(names(everything(), window).await, (5, vec!["oNe".into(), "three".into()]));
        let beyond = Window { offset: 9, limit: Some(2) };
        assert_eq!(names(everything(), beyond).await, (5, Vec::new()));
        let categories = vec!["pii".to_owned(), "toxicity".to_owned()];
        let filter = DatasetFilter { categories, ..everything() };
        assert_eq!(names(filter, ALL).await.1, ["three", "two"]);
        let filter = DatasetFilter { source: Some("industry_standard".into()), ..everything() };
        assert_eq!(names(filter, ALL).await, (0, Vec::new()));
        let filter = DatasetFilter { search: Some("ONE".into()), ..everything() };
        assert_eq!(names(filter, ALL).await.1, ["oNe", "One 100%"]);
        for (search, found) in [("0%", 1), ("%", 1), ("_", 0), ("\\", 0), ("äPFEL", 1)] {
            let filter = DatasetFilter { search: Some(search.into()), ..everything() };
            assert_eq!(names(filter, ALL).await.0, found, "{search}");
        }
    });
}

#[test]
fn archiving_keeps_its_first_time_and_hides_from_lists() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let made = store.create_dataset(&me, dataset("a")).await.expect("made");
        let set = |archived| DatasetChange { archived: Some(archived), ..DatasetChange::default() };
        let change = |change| {
            let (store, me) = (store.clone(), me.clone());
            async move {
                store
                    .change_dataset(&me, DIALECT, made.id, change)
                    .await
                    .expect("a query")
                    .expect("found")
            }
        };
        let first = change(set(true)).await;
        assert!(first.archived_at.is_some() && first.updated_at.is_some());
        assert_eq!(change(set(true)).await.archived_at, first.archived_at);
        assert!(
            store
                .all_datasets(&me, DIALECT, DatasetFilter::default())
                .await
                .expect("listed")
                .is_empty()
        );
        let with_archived = DatasetFilter { archived: true, ..DatasetFilter::default() };
        assert_eq!(store.all_datasets(&me, DIALECT, with_archived).await.expect("listed").len(), 1);
        assert!(change(set(false)).await.archived_at.is_none());
        let before = change(DatasetChange::default()).await;
        assert_eq!(
            change(DatasetChange::default()).await.updated_at,
            before.updated_at,
            "nothing was changed"
        );
        let null = DatasetChange {
            description: Some(None),
            name: Some("b".into()),
            ..DatasetChange::default()
        };
        let changed = change(null).await;
        assert_eq!((changed.name.as_str(), changed.description), ("b", None));
    });
}

#[test]
fn themes_publicity_and_facets_change_each_by_itself() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let id = store.create_dataset(&me, dataset("a")).await.expect("made").id;
        let change = async |dialect: &'static str, change: DatasetChange| {
            let changed = store.change_dataset(&me, dialect, id, change).await.expect("changed");
            let changed = changed.expect("found");
            (changed.category, changed.public, changed.facet.map(RawJson::into_string))
        };
        let facet = |text: Option<&str>| DatasetChange {
            facet: Some(text.map(|text| RawJson::parse(text).expect("JSON"))),
            ..DatasetChange::default()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(change(DIALECT, facet(Some("{}"))).await, (None, false, some("{}")));
        assert_eq!(change(DIALECT, facet(Some("[1]"))).await, (None, false, some("[1]")));
        let theme = DatasetChange { category: Some(some("pii")), ..DatasetChange::default() };
        assert_eq!(change(DIALECT, theme).await, (some("pii"), false, some("[1]")));
        let public = DatasetChange { public: Some(true), ..DatasetChange::default() };
        assert_eq!(change(DIALECT, public).await, (some("pii"), true, some("[1]")));
        let none = DatasetChange { category: Some(None), ..facet(Some("2")) };
        assert_eq!(change("other", none).await, (None, true, some("2")));
        assert_eq!(change(DIALECT, facet(None)).await, (None, true, None));
        assert_eq!(change("other", DatasetChange::default()).await, (None, true, some("2")));
    });
}

#[test]
fn one_golden_dataset_a_pipeline() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let golden = || async {
            let pipeline = store.pipeline(&me, acme.default_pipeline).await.expect("a query");
            pipeline.expect("found").golden_dataset
        };
        let first = NewDataset { golden: true, ..dataset("first") };
        let first = store.create_dataset(&me, first).await.expect("made");
        assert_eq!(golden().await, Some(first.id));
        let second = store.create_dataset(&me, dataset("second")).await.expect("made");
        assert_eq!(golden().await, Some(first.id));
        let set = |golden| DatasetChange { golden: Some(golden), ..DatasetChange::default() };
        store.change_dataset(&me, DIALECT, second.id, set(true)).await.expect("changed");
        assert_eq!(golden().await, Some(second.id));
        store.change_dataset(&me, DIALECT, first.id, set(false)).await.expect("changed");
        assert_eq!(
            golden().await,
            Some(second.id),
            "clearing one that is not golden changes nothing"
        );
        assert!(store.delete_dataset(&me, second.id).await.expect("deleted"));
        assert_eq!(golden().await, None);
    });
}

#[test]
fn an_unknown_pipeline_fails_alone_in_a_crowd() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let tasks: Vec<_> = (0..60)
            .map(|n| {
                let (store, me) = (store.clone(), me.clone());
                let pipeline = (n % 6 == 0).then(PipelineId::generate);
                let new = NewDataset { pipeline, ..dataset(&format!("d{n}")) };
                tokio::spawn(async move {
                    store.create_dataset(&me, new).await.map(|d| d.name).map_err(|e| e.kind())
                })
            })
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            let expected = if n % 6 == 0 { Err(Kind::NotFound) } else { Ok(format!("d{n}")) };
            assert_eq!(task.await.expect("no panic"), expected);
        }
        assert_eq!(
            store.all_datasets(&me, DIALECT, DatasetFilter::default()).await.expect("listed").len(),
            50
        );
    });
}

#[test]
fn an_imported_id_stays_readable() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let made = store.create_dataset(&me, dataset("imported")).await.expect("made");
        let source = uuid::Uuid::new_v4();
        for source_id in [source.to_string(), "ds-1".to_owned()] {
            store
                .remember_source_id(&me, DIALECT, SourceKind::Dataset, &source_id, made.id.uuid())
                .await
                .expect("mapped");
        }
        let again = store
            .remember_source_id(&me, DIALECT, SourceKind::Dataset, "ds-1", made.id.uuid())
            .await;
        assert_eq!(again.expect_err("mapped already").kind(), Kind::Taken);
        for reference in [Reference::Id(source), Reference::of_text("ds-1")] {
            let found =
                store.dataset(&me, DIALECT, &reference).await.expect("a query").expect("found");
            assert_eq!(found.id, made.id);
            let other = store.dataset(&me, "other", &reference).await.expect("a query");
            assert!(other.is_none(), "through its own dialect only");
            assert_eq!(
                store
                    .add_cases(&me, DIALECT, &reference, vec![case(1)])
                    .await
                    .expect("added")
                    .dataset,
                made.id
            );
            assert_eq!(
                store.add_case(&me, DIALECT, &reference, case(1)).await.expect("added").dataset,
                made.id
            );
        }
    });
}
