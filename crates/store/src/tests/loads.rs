use chrono::DateTime;
use evalstone_core::caller::Caller;
use evalstone_core::case::{Case, Origin};
use evalstone_core::collection::NewCollection;
use evalstone_core::dataset::{Dataset, DatasetFilter, NewCase, NewDataset, Reference, Window};
use evalstone_core::error::{Error, Kind};
use evalstone_core::id::{DatasetId, Number};
use evalstone_core::json::{RawJson, RawObject};

use uuid::Uuid;

use super::{DIALECT, Database, caller, case, case_of, dataset, on_both, organization, window};
use crate::datasets::{Created, DatasetJob};
use crate::failure::Outcome;
use crate::loads::{Load, Loaded};
use crate::{Backend, Store, postgres, sqlite};

const ALL: Window = Window { offset: 0, limit: None };

fn named(name: &str) -> NewDataset {
    NewDataset { name_key: Some(format!("{}/{name}", Uuid::nil())), ..dataset(name) }
}

#[test]
fn a_load_shows_everything_at_once() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let source = (0..3_210).map(|n| Ok(case(n)));
        let loaded = store.load_dataset(&me, named("big"), source).await.expect("loaded");
        assert_eq!(
            (loaded.case_count, loaded.slots.input, loaded.updated_at),
            (3_210, 3_210, None)
        );
        let cases = window(&store, &me, loaded.id, ALL).await;
        assert!(
            cases
                .iter()
                .enumerate()
                .all(|(n, c)| c.case.inputs.as_str() == format!(r#"{{"input": {n}}}"#))
        );
        assert_eq!(cases.len(), 3_210);
    });
}

#[test]
fn few_cases_are_told_as_they_are_stored() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let into = collect(&store, &me).await;
        for (count, collection) in [(0, None), (1, None), (64, None), (64, Some(into))] {
            let new = NewDataset { facet: Some(RawJson::trusted("{}".into())), ..dataset("some") };
            let few = (0..count).map(case).collect();
            let loaded = store.load_few_into(&me, new, collection, few).await.expect("loaded");
            let Loaded { dataset, cases } = loaded;
            let id = Reference::Id(dataset.id.uuid());
            let found = store.dataset(&me, DIALECT, &id).await.expect("a query").expect("there");
            assert_eq!(format!("{dataset:?}"), format!("{found:?}"));
            assert_eq!((found.case_count, found.slots.input), (count as i64, count as i64));
            assert_eq!(found.collection, collection);
            let stored = window(&store, &me, dataset.id, ALL).await;
            assert_eq!(stored.len(), count);
            assert_eq!(cases.is_some(), collection.is_none());
            if let Some(cases) = cases {
                assert_eq!(format!("{cases:?}"), format!("{stored:?}"));
            }
        }
    });
}

async fn collect(store: &Store, who: &Caller) -> Number {
    let new = NewCollection { origin: DIALECT, name: "c".to_owned(), datasets: vec![] };
    store.create_collection(who, new).await.expect("made").number
}

/// Makes datasets together.
async fn create_each(store: &Store, jobs: Vec<DatasetJob>) -> Vec<Outcome<Created>> {
    let outcomes = match &store.backend {
        Backend::Postgres(b) => {
            b.write(move |c| postgres::queries::new_datasets::create_each(c, &jobs)).await
        }
        Backend::Sqlite(b) => {
            b.write(move |c| sqlite::queries::new_datasets::create_each(c, &jobs)).await
        }
    };
    outcomes.expect("the others are made")
}

/// A dataset with all that one can have, or with no more than one must have.
fn full_or_bare(is_full: bool) -> NewDataset {
    let texts = is_full.then_some(["", "NULL", r#"{"a\",NULL} é"#]);
    let [description, category, creator] =
        [0, 1, 2].map(|at| texts.map(|texts| texts[at].to_owned()));
    let facet = is_full.then(|| RawJson::trusted(r#"{"b": 1.0}"#.into()));
    let (public, shared) = (is_full, !is_full);
    NewDataset { description, category, creator, public, shared, facet, ..dataset("{one, \"}") }
}

/// A case that fills so many of a dataset's five slots; one that fills all has all else that one can have.
fn filling(slots: usize) -> NewCase {
    let is_full = slots == 5;
    let text = |text: &str| is_full.then(|| text.to_owned());
    let object = |json: &str| RawObject::trusted(json.to_owned());
    let members = [r#""input": 1"#, r#""context": "c""#, r#""prompt": "p""#];
    let NewCase { id, case, origin } =
        case_of(&format!("{{{}}}", members[..slots.min(3)].join(", ")));
    let case = Case {
        name: text(""),
        stage: text("NULL"),
        expected: (slots > 3).then(|| object(r#"{"golden_answer": "{é, NULL}"}"#)),
        output: (slots > 4).then(|| RawJson::trusted(r#""{\"a\", NULL}""#.to_owned())),
        metadata: is_full.then(|| object("{}")),
        ..case
    };
    let facet = is_full.then(|| object(r#"{"f":null}"#));
    NewCase { id, case, origin: Origin { source_id: text("s,1"), facet, ..origin } }
}

/// All that is stored of a new dataset but what is another for each.
async fn stored(store: &Store, who: &Caller, made: Outcome<Created>) -> String {
    let Created { dataset: told, cases: told_cases } = made.unwrap_or_else(|_| panic!("made"));
    let id = Reference::Id(told.id.uuid());
    let found = store.dataset(who, DIALECT, &id).await.expect("a query").expect("there");
    assert_eq!(format!("{told:?}"), format!("{found:?}"));
    let cases = window(store, who, told.id, ALL).await;
    assert_eq!(format!("{told_cases:?}"), format!("{cases:?}"));
    let (id, created_at) = (DatasetId::from_uuid(Uuid::nil()), DateTime::UNIX_EPOCH);
    let dataset = Dataset { id, number: 0, created_at, ..found };
    let cases: Vec<_> = cases.into_iter().map(|stored| (stored.case, stored.origin)).collect();
    format!("{dataset:?} {cases:?}")
}

#[test]
fn datasets_that_are_made_together_are_as_each_made_alone() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, Some("ann@example.com")).await;
        let jobs = |holder: &str| -> Vec<DatasetJob> {
            let cases = [vec![], vec![0], vec![1, 2, 3, 4, 5], vec![5]].into_iter();
            cases
                .enumerate()
                .map(|(at, cases)| {
                    let name_key = (at > 0).then(|| format!("{holder:0>36}/{holder}{at}"));
                    let new = NewDataset { name_key, ..full_or_bare(at % 2 == 0) };
                    let cases: Vec<NewCase> = cases.into_iter().map(filling).collect();
                    let cases = (!cases.is_empty()).then_some(cases);
                    DatasetJob { caller: me.clone(), new, cases }
                })
                .collect()
        };
        let together = create_each(&store, jobs("a")).await;
        for (made, job) in together.into_iter().zip(jobs("b")) {
            let alone = create_each(&store, vec![job]).await.remove(0);
            assert_eq!(stored(&store, &me, made).await, stored(&store, &me, alone).await);
        }
        let again = create_each(&store, jobs("a")).await;
        let taken: Vec<bool> = again.iter().map(Result::is_err).collect();
        assert_eq!(taken, [false, true, true, true], "their names are held");
    });
}

#[test]
fn datasets_that_are_made_together_fail_each_alone() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let other = caller(&store, &acme, Some("eve@example.com")).await;
        let key = |who: &Caller, name: &str| Some(format!("{}/{name}", who.user));
        let named = |who: &Caller, name: &str, shared: bool| NewDataset {
            name_key: key(who, name),
            shared,
            ..dataset(name)
        };
        store.create_dataset(&other, named(&other, "shared", true)).await.expect("made");
        store.create_dataset(&other, named(&other, "private", false)).await.expect("made");
        store.create_dataset(&me, named(&me, "held", false)).await.expect("made");
        let new = [
            named(&me, "shared", false),
            named(&me, "private", false),
            named(&me, "held", false),
            dataset("held"),
            named(&me, "full", true),
        ];
        let jobs: Vec<DatasetJob> = new
            .into_iter()
            .enumerate()
            .map(|(at, new)| DatasetJob {
                caller: me.clone(),
                new,
                cases: (at >= 3).then(|| vec![case(1); at - 3]),
            })
            .collect();
        let told: Vec<_> = create_each(&store, jobs)
            .await
            .into_iter()
            .map(|outcome| outcome.map(|made| (made.dataset.name, made.cases.len())).ok())
            .collect();
        let made = |name: &str, cases| Some((name.to_owned(), cases));
        assert_eq!(
            told,
            [None, made("private", 0), None, made("held", 0), made("full", 1)],
            "a name that somebody else holds for themselves alone is free"
        );
    });
}

#[test]
fn a_load_that_fails_leaves_nothing() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let source = (0..2_000)
            .map(|n| if n == 1_999 { Err(Error::invalid("row 1999")) } else { Ok(case(n)) });
        let error = store.load_dataset(&me, named("bad"), source).await.expect_err("refused");
        assert_eq!((error.kind(), error.message()), (Kind::Invalid, "row 1999"));
        assert!(
            store
                .all_datasets(&me, DIALECT, DatasetFilter::default())
                .await
                .expect("listed")
                .is_empty()
        );
        let again = store.load_dataset(&me, named("bad"), (0..3).map(|n| Ok(case(n)))).await;
        assert_eq!(again.expect("the name is free again").case_count, 3);
        let error = store
            .load_dataset(&me, named("bad"), (0..3).map(|n| Ok(case(n))))
            .await
            .expect_err("taken");
        assert_eq!(error.kind(), Kind::Taken);
        assert_eq!(
            store.all_datasets(&me, DIALECT, DatasetFilter::default()).await.expect("listed").len(),
            1
        );
    });
}

#[test]
fn a_panicking_source_fails_its_load_alone() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let source =
            (0..1_000).map(|n| if n == 700 { panic!("a broken source") } else { Ok(case(n)) });
        let error = store.load_dataset(&me, dataset("bad"), source).await.expect_err("failed");
        assert_eq!(error.kind(), Kind::Fault);
        assert!(store.unfinished_loads().await.expect("listed").is_empty());
        assert!(
            store
                .all_datasets(&me, DIALECT, DatasetFilter::default())
                .await
                .expect("listed")
                .is_empty()
        );
        assert_eq!(store.create_dataset(&me, dataset("next")).await.expect("made").name, "next");
    });
}

#[test]
fn a_deleted_dataset_is_swept() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let loaded = store
            .load_dataset(&me, named("big"), (0..5_000).map(|n| Ok(case(n))))
            .await
            .expect("loaded");
        let first = window(&store, &me, loaded.id, Window { offset: 0, limit: Some(1) }).await;
        let first = Reference::Id(first[0].id.uuid());
        assert!(store.delete_dataset(&me, loaded.id).await.expect("deleted"));
        assert!(!store.delete_dataset(&me, loaded.id).await.expect("a query"), "a second time");
        assert!(
            store.case(&me, DIALECT, &first).await.expect("a query").is_none(),
            "gone before it is swept"
        );
        store.sweep().await.expect("swept");
        store.sweep().await.expect("nothing is left to sweep");
        let again = store.load_dataset(&me, named("big"), (0..1).map(|n| Ok(case(n)))).await;
        assert_eq!(again.expect("the name is free").case_count, 1);
    });
}

#[test]
fn a_load_cut_off_by_a_crash_is_swept_at_the_next_start() {
    let database = Database::sqlite();
    let store = database.store();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let Backend::Sqlite(backend) = &store.backend else { panic!("a SQLite store") };
        let id = DatasetId::generate();
        let load =
            Load { caller: me.clone(), id, new: named("cut"), source_id: None, collection: None };
        backend
            .write(move |c| {
                sqlite::queries::loads::begin(c, &load)?;
                sqlite::queries::cases::insert_quietly(
                    c,
                    load.caller.organization.into(),
                    id.into(),
                    &[case(1), case(2)],
                    2,
                )
            })
            .await
            .expect("written");
        let reference = Reference::Id(id.uuid());
        assert!(store.dataset(&me, DIALECT, &reference).await.expect("a query").is_none());
        assert!(store.add_case(&me, DIALECT, &reference, case(3)).await.is_err());
        drop(store);
        let store = database.store();
        store.sweep().await.expect("swept");
        let unfinished = store.unfinished_loads().await.expect("listed");
        assert_eq!(unfinished.len(), 1, "a load under way is left alone");
        // It has not taken its name, which it does at its end.
        let named = store.load_dataset(&me, named("cut"), (0..1).map(|n| Ok(case(n)))).await;
        let named = Reference::Id(named.expect("the name is free").id.uuid());
        store.remove(unfinished).await.expect("removed");
        assert!(store.unfinished_loads().await.expect("listed").is_empty());
        let left = store.dataset(&me, DIALECT, &named).await.expect("a query");
        assert_eq!(left.expect("it is nobody's leftover").case_count, 1);
    });
}
