//! Ids that are given from outside: an import keeps its source's (design §2.1).

use std::future::Future;
use std::ops::RangeInclusive;

use evalstone_core::caller::Caller;
use evalstone_core::dataset::{DatasetFilter, NewCase, NewDataset, Reference, Window};
use evalstone_core::error::{Error, Kind};
use evalstone_core::id::Id;
use evalstone_core::pipeline::NewPipeline;
use evalstone_core::run::{NewRun, RunKind};
use evalstone_core::text::Slug;
use uuid::Uuid;

use super::{DIALECT, caller, case, dataset, on_both, organization, window};
use crate::Store;

/// An id as imports bring them: of no version that we would make.
const GIVEN: Uuid = Uuid::from_u128(0x123e_4567_e89b_12d3_a456_4266_1417_4000);
const ALL: Window = Window { offset: 0, limit: None };

fn pipeline(slug: &str, id: Uuid) -> NewPipeline {
    let slug = Slug::parse(slug).expect("a slug");
    NewPipeline { id: Some(Id::from_uuid(id)), slug, display_name: None, folder: None }
}

fn dataset_as(id: Uuid) -> NewDataset {
    NewDataset { id: Some(Id::from_uuid(id)), ..dataset("given") }
}

fn case_as(id: Uuid, n: usize) -> NewCase {
    NewCase { id: Some(Id::from_uuid(id)), ..case(n) }
}

fn run_as(id: Uuid, me: &Caller) -> NewRun {
    NewRun {
        id: Some(Id::from_uuid(id)),
        kind: RunKind::Experiment,
        origin: DIALECT,
        pipeline: me.default_pipeline,
        name: None,
        metadata: None,
    }
}

async fn make_one_of_each(store: &Store, me: &Caller) {
    let pipeline = store.create_pipeline(me, pipeline("given", GIVEN)).await.expect("made");
    let within = NewDataset { pipeline: Some(pipeline.id), golden: true, ..dataset_as(GIVEN) };
    let dataset = store.create_dataset(me, within).await.expect("made");
    let reference = Reference::Id(GIVEN);
    let case = store.add_case(me, DIALECT, &reference, case_as(GIVEN, 1)).await.expect("added");
    let run = store.create_run(me, run_as(GIVEN, me)).await.expect("made");
    let ids = [pipeline.id.uuid(), dataset.id.uuid(), case.id.uuid(), run.id.uuid()];
    assert_eq!(ids, [GIVEN; 4]);
}

#[test]
fn one_id_names_one_thing_of_each_kind_in_each_organization() {
    on_both(|store| async move {
        for slug in ["acme", "other"] {
            let organization = organization(&store, slug).await;
            let me = caller(&store, &organization, None).await;
            make_one_of_each(&store, &me).await;
            let golden = store.pipeline(&me, Id::from_uuid(GIVEN)).await.expect("a query");
            let golden = golden.expect("found").golden_dataset.map(Id::uuid);
            assert_eq!(golden, Some(GIVEN));
            let found = store.case(&me, DIALECT, &Reference::Id(GIVEN)).await.expect("a query");
            assert_eq!(found.expect("found").dataset.uuid(), GIVEN);
            let run = store.run(&me, RunKind::Experiment, Id::from_uuid(GIVEN)).await;
            assert!(run.expect("a query").is_some());
        }
    });
}

fn assert_taken<T>(result: Result<T, Error>, message: &str) {
    let error = result.map(|_| ()).expect_err(message);
    assert_eq!((error.kind(), error.message()), (Kind::Taken, message));
}

#[test]
fn a_taken_id_is_refused_and_what_has_it_stays() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        make_one_of_each(&store, &me).await;
        let again = store.create_pipeline(&me, pipeline("another", GIVEN)).await;
        assert_taken(again, "a pipeline with this id exists");
        let same = store.create_pipeline(&me, pipeline("given", Uuid::new_v4())).await;
        assert_taken(same, "slug 'given' is already taken");
        let taken = "a dataset with this id exists";
        assert_taken(store.create_dataset(&me, dataset_as(GIVEN)).await, taken);
        let golden = NewDataset { golden: true, ..dataset_as(GIVEN) };
        assert_taken(store.create_dataset(&me, golden).await, taken);
        let source = (0..3).map(|n| Ok(case(n)));
        assert_taken(store.load_dataset(&me, dataset_as(GIVEN), source).await, taken);
        assert_taken(store.create_run(&me, run_as(GIVEN, &me)).await, "a run with this id exists");
        let (taken, reference) = ("a case with this id exists", Reference::Id(GIVEN));
        let alone = store.add_case(&me, DIALECT, &reference, case_as(GIVEN, 2)).await;
        assert_taken(alone, taken);
        let many = vec![case(2), case_as(GIVEN, 3)];
        assert_taken(store.add_cases(&me, DIALECT, &reference, many).await, taken);
        let source = vec![Ok(case(2)), Ok(case_as(GIVEN, 3))].into_iter();
        assert_taken(store.load_dataset(&me, dataset("loaded"), source).await, taken);
        let kept = store.dataset(&me, DIALECT, &reference).await.expect("a query").expect("found");
        assert_eq!((kept.case_count, kept.slots.input), (1, 1));
        let cases = window(&store, &me, kept.id, ALL).await;
        assert_eq!(
            cases.iter().map(|c| c.case.inputs.as_str()).collect::<Vec<_>>(),
            [r#"{"input": 1}"#]
        );
        let listed =
            store.all_datasets(&me, DIALECT, DatasetFilter::default()).await.expect("listed");
        assert_eq!(listed.len(), 1, "the refused load left nothing");
    });
}

/// A source that is broken so far that it cannot even be dropped.
struct Undroppable;

impl Iterator for Undroppable {
    type Item = Result<NewCase, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}

impl Drop for Undroppable {
    fn drop(&mut self) {
        panic!("a broken source");
    }
}

#[test]
fn cleaning_up_after_a_load_spares_the_dataset_that_has_its_id() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        make_one_of_each(&store, &me).await;
        let failed = store.load_dataset(&me, dataset_as(GIVEN), Undroppable).await;
        assert_eq!(failed.expect_err("panicked").kind(), Kind::Fault);
        let kept = store.case(&me, DIALECT, &Reference::Id(GIVEN)).await.expect("a query");
        assert!(kept.is_some());
    });
}

#[test]
fn a_loaded_dataset_and_its_cases_keep_their_ids() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let ids: Vec<Uuid> = (0..600).map(|_| Uuid::new_v4()).collect();
        let cases: Vec<_> = ids.iter().enumerate().map(|(n, id)| Ok(case_as(*id, n))).collect();
        let loaded = store.load_dataset(&me, dataset_as(GIVEN), cases.into_iter()).await;
        let loaded = loaded.expect("loaded");
        assert_eq!(loaded.id.uuid(), GIVEN);
        let more: Vec<Uuid> = (0..600).map(|_| Uuid::new_v4()).collect();
        let cases = more.iter().enumerate().map(|(n, id)| case_as(*id, n)).collect();
        store.add_cases(&me, DIALECT, &Reference::Id(GIVEN), cases).await.expect("added");
        let found = window(&store, &me, loaded.id, ALL).await;
        let found: Vec<Uuid> = found.iter().map(|case| case.id.uuid()).collect();
        assert_eq!(found, [ids, more].concat());
    });
}

/// Writes that wait together share a statement: equal ids of two organizations do no harm in it,
/// and of several in one organization one gets the id.
#[test]
fn equal_ids_in_a_crowd_are_told_apart() {
    on_both(|store| async move {
        let mut organizations = Vec::new();
        for slug in ["acme", "other"] {
            let organization = organization(&store, slug).await;
            organizations.push(caller(&store, &organization, None).await);
        }
        let create = |who: Caller, id| {
            let store = store.clone();
            async move { store.create_dataset(&who, dataset_as(id)).await.map(|d| d.id.uuid()) }
        };
        let add = |who: Caller, id| {
            let (store, new) = (store.clone(), case_as(id, 1));
            async move {
                let added = store.add_case(&who, DIALECT, &Reference::Id(id), new).await;
                added.map(|c| c.id.uuid())
            }
        };
        for (ids, times, expected) in [(1..=20, 1, (40, 0)), (21..=40, 2, (40, 40))] {
            assert_eq!(crowd(&organizations, ids.clone(), times, create).await, expected);
            assert_eq!(crowd(&organizations, ids, times, add).await, expected);
        }
        for who in &organizations {
            let listed =
                store.all_datasets(who, DIALECT, DatasetFilter::default()).await.expect("listed");
            assert_eq!(listed.iter().map(|d| d.case_count).collect::<Vec<_>>(), [1; 40]);
        }
    });
}

/// Asks for each id so many times in each organization, all at once. Gives how often the id was
/// got, and how often it was taken.
async fn crowd<F>(
    organizations: &[Caller],
    ids: RangeInclusive<u128>,
    times: usize,
    make: impl Fn(Caller, Uuid) -> F,
) -> (usize, usize)
where
    F: Future<Output = Result<Uuid, Error>> + Send + 'static,
{
    let mut tasks = Vec::new();
    for id in ids.map(Uuid::from_u128) {
        for who in organizations {
            for _ in 0..times {
                tasks.push((id, tokio::spawn(make(who.clone(), id))));
            }
        }
    }
    let (mut made, mut taken) = (0, 0);
    for (id, task) in tasks {
        match task.await.expect("no panic") {
            Ok(got) => {
                assert_eq!(got, id);
                made += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), Kind::Taken, "{error:?}");
                taken += 1;
            }
        }
    }
    (made, taken)
}
