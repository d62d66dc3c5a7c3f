use std::collections::HashSet;
use std::sync::Mutex;

use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{CaseFilter, NewCase, NewDataset, Reference, Window};
use evalstone_core::error::Kind;
use evalstone_core::json::{RawJson, RawObject};

use super::walks::{pipeline, rest, statements};
use super::{DIALECT, caller, case, case_of, dataset, heavy, on_both, organization, window};
use crate::Backend;

const ALL: Window = Window { offset: 0, limit: None };

#[test]
fn payloads_come_back_byte_for_byte() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let reference = Reference::Id(made.id.uuid());
        let hostile = r#"{"z": 1.0, "a" :1,"n":123456789012345678901234567890, "e":1e400, "s":"\u0000\ud800é", "a":2}"#;
        let new = NewCase {
            id: None,
            case: Case {
                name: Some("näme".into()),
                stage: Some("tool".into()),
                inputs: RawObject::trusted(hostile.into()),
                output: Some(RawJson::trusted("-0.0".into())),
                expected: Some(RawObject::empty()),
                metadata: None,
            },
            origin: Origin { dialect: DIALECT.into(), source_id: Some("s1".into()), facet: None },
        };
        let alone = store.add_case(&me, DIALECT, &reference, new.clone()).await.expect("added");
        store
            .add_cases(&me, DIALECT, &reference, vec![new.clone(), new.clone()])
            .await
            .expect("added");
        let cases = new.case.clone();
        let source = vec![Ok(new.clone())].into_iter();
        let loaded = store.load_dataset(&me, dataset("loaded"), source).await.expect("loaded");
        let mut found = window(&store, &me, made.id, ALL).await;
        found.extend(window(&store, &me, loaded.id, ALL).await);
        assert_eq!(found.len(), 4);
        for stored in found.iter().chain([&alone]) {
            assert_eq!(stored.case, cases);
            assert_eq!(stored.origin, new.origin);
        }
        let one = store
            .case(&me, DIALECT, &Reference::Id(alone.id.uuid()))
            .await
            .expect("a query")
            .expect("found");
        assert_eq!(
            (one.number, one.created_at, &one.case),
            (alone.number, alone.created_at, &cases)
        );
    });
}

#[test]
fn a_crowd_of_single_cases_loses_none_and_keeps_the_count() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let first = store.create_dataset(&me, dataset("first")).await.expect("made");
        let second = store.create_dataset(&me, dataset("second")).await.expect("made");
        let tasks: Vec<_> = (0..400)
            .map(|n| {
                let (store, me) = (store.clone(), me.clone());
                let target = match n % 4 {
                    0 => uuid::Uuid::new_v4(),
                    1 => second.id.uuid(),
                    _ => first.id.uuid(),
                };
                tokio::spawn(async move {
                    store.add_case(&me, DIALECT, &Reference::Id(target), case(n)).await
                })
            })
            .collect();
        let mut numbers = HashSet::new();
        for (n, task) in tasks.into_iter().enumerate() {
            match task.await.expect("no panic") {
                Ok(stored) => assert!(n % 4 != 0 && numbers.insert(stored.number)),
                Err(error) => assert_eq!((n % 4, error.kind()), (0, Kind::NotFound)),
            }
        }
        assert_eq!(numbers.len(), 300);
        for (dataset, count) in [(&first, 200), (&second, 100)] {
            let reference = Reference::Id(dataset.id.uuid());
            let now =
                store.dataset(&me, DIALECT, &reference).await.expect("a query").expect("found");
            assert_eq!((now.case_count, now.slots.input, now.slots.output), (count, count, 0));
            assert!(now.updated_at.is_some() && now.version > 0);
            assert_eq!(window(&store, &me, dataset.id, ALL).await.len() as i64, count);
        }
    });
}

#[test]
fn order_is_the_order_of_coming_in() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let reference = Reference::Id(made.id.uuid());
        let added = store
            .add_cases(&me, DIALECT, &reference, (0..1_234).map(case).collect())
            .await
            .expect("added");
        assert_eq!((added.added, added.case_count), (1_234, 1_234));
        store.add_case(&me, DIALECT, &reference, case(1_234)).await.expect("added");
        let expected: Vec<String> = (0..1_235).map(|n| format!(r#"{{"input": {n}}}"#)).collect();
        let filter = CaseFilter { dataset: Some(made.id), pipeline: None };
        let mut pages = store.case_pages(&me, filter);
        let mut walked = Vec::new();
        loop {
            let page = pages.next().await.expect("a page");
            if page.is_empty() {
                break;
            }
            walked.extend(page.into_iter().map(|c| c.case.inputs.into_string()));
        }
        assert_eq!(walked, expected);
        let some = Window { offset: 1_000, limit: Some(3) };
        let some = window(&store, &me, made.id, some).await;
        let some: Vec<String> = some.into_iter().map(|c| c.case.inputs.into_string()).collect();
        assert_eq!(some, expected[1_000..1_003]);
    });
}

#[test]
fn a_deleted_case_is_gone_and_counted_off() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let other = organization(&store, "other").await;
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let reference = Reference::Id(made.id.uuid());
        let first = store
            .add_case(&me, DIALECT, &reference, case_of(r#"{"prompt":"p","input":"i"}"#))
            .await
            .expect("added");
        store.add_case(&me, DIALECT, &reference, case(2)).await.expect("added");
        assert!(
            !store.delete_case(&eve, first.id).await.expect("a query"),
            "another organization's"
        );
        assert!(store.delete_case(&me, first.id).await.expect("a query"));
        assert!(!store.delete_case(&me, first.id).await.expect("a query"), "a second time");
        assert!(
            store
                .case(&me, DIALECT, &Reference::Id(first.id.uuid()))
                .await
                .expect("a query")
                .is_none()
        );
        let now = store.dataset(&me, DIALECT, &reference).await.expect("a query").expect("found");
        assert_eq!((now.case_count, now.slots.prompt, now.slots.input), (1, 0, 1));
        assert_eq!(window(&store, &me, made.id, ALL).await.len(), 1);
    });
}

#[test]
fn lists_over_datasets_leave_archived_ones_out() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let kept = store.create_dataset(&me, dataset("kept")).await.expect("made");
        let archived = store.create_dataset(&me, dataset("archived")).await.expect("made");
        for (dataset, n) in [(&kept, 1), (&archived, 2), (&kept, 3)] {
            store
                .add_case(&me, DIALECT, &Reference::Id(dataset.id.uuid()), case(n))
                .await
                .expect("added");
        }
        let change =
            evalstone_core::dataset::DatasetChange { archived: Some(true), ..Default::default() };
        store.change_dataset(&me, DIALECT, archived.id, change).await.expect("changed");
        let count = |filter| {
            let mut pages = store.case_pages(&me, filter);
            async move { pages.next().await.expect("a page").len() }
        };
        assert_eq!(count(CaseFilter::default()).await, 2);
        assert_eq!(count(CaseFilter { dataset: Some(archived.id), pipeline: None }).await, 1);
        assert_eq!(
            count(CaseFilter { dataset: None, pipeline: Some(acme.default_pipeline) }).await,
            2
        );
        let unknown = evalstone_core::id::PipelineId::generate();
        assert_eq!(count(CaseFilter { dataset: Some(kept.id), pipeline: Some(unknown) }).await, 0);
    });
}

#[test]
fn pieces_are_bounded_whichever_text_is_long() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let long = || Some("x".repeat(300 * 1024));
        let mut new: Vec<_> = (0..4).map(case).collect();
        new[0].case.name = long();
        new[1].case.stage = long();
        new[2].origin.facet =
            Some(RawObject::trusted(format!(r#"{{"a":"{}"}}"#, "x".repeat(300_000))));
        store.add_cases(&me, DIALECT, &Reference::Id(made.id.uuid()), new).await.expect("added");
        for filter in [CaseFilter { dataset: Some(made.id), pipeline: None }, CaseFilter::default()]
        {
            // Two of the long ones are more than a piece has. Where rows come one by one, the last one may go beyond.
            let comes_one_by_one =
                filter.dataset.is_some() && matches!(store.backend, Backend::Sqlite(_));
            let expected = if comes_one_by_one { vec![2, 2] } else { vec![1, 1, 2] };
            let mut pages = store.case_pages(&me, filter);
            let mut lengths = Vec::new();
            while pages.after().is_some() {
                lengths.push(pages.next().await.expect("a piece").len());
            }
            lengths.retain(|length| *length > 0);
            assert_eq!(lengths, expected);
        }
    });
}

/// How many of these statements look for a dataset's pipeline and for nothing else.
fn lookups(run: &Mutex<Vec<String>>) -> usize {
    let run = std::mem::take(&mut *run.lock().expect("unpoisoned"));
    let plain = run.iter().map(|statement| statement.replace(['`', '"'], ""));
    plain.filter(|statement| statement.starts_with("SELECT datasets.pipeline_id FROM")).count()
}

#[test]
fn each_case_on_a_walk_comes_with_its_dataset_and_that_one_s_pipeline() {
    on_both(async |store| {
        let me = caller(&store, &organization(&store, "acme").await, None).await;
        let pipeline = pipeline(&store, &me, "own").await;
        let made = NewDataset { pipeline: Some(pipeline), ..dataset("d") };
        let made = store.create_dataset(&me, made).await.expect("made");
        // The first ones are in a piece together, the last one alone.
        let new = [case(0), case(1), heavy(2, 600 * 1024), heavy(3, 600 * 1024)];
        let reference = Reference::Id(made.id.uuid());
        store.add_cases(&me, DIALECT, &reference, new.to_vec()).await.expect("added");
        let run = statements(&store).await;
        let filter = CaseFilter { dataset: Some(made.id), pipeline: None };
        let whole = rest(&mut store.case_pages(&me, filter)).await;
        assert_eq!(lookups(&run), 1, "with the first piece only");
        let known = rest(&mut store.cases_of(&me, &made)).await;
        let page = window(&store, &me, made.id, Window { offset: 0, limit: Some(4) }).await;
        let few = window(&store, &me, made.id, Window { offset: 0, limit: Some(2) }).await;
        assert_eq!(lookups(&run), 0, "it was known");
        for (walk, cases) in [(whole, 4), (known, 4), (page, 4), (few, 2)] {
            let places = walk.iter().map(|case| (case.dataset, case.pipeline));
            assert_eq!(places.collect::<Vec<_>>(), vec![(made.id, pipeline); cases]);
        }
    });
}
