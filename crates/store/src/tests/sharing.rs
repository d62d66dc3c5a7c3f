//! Changes of who sees what, many at the same time.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use evalstone_core::caller::Caller;
use evalstone_core::collection::{CollectionChange, DatasetEdit, NewCollection, RunEdit};
use evalstone_core::dataset::{Dataset, NewDataset, Reference};
use evalstone_core::error::{Kind, Result};
use evalstone_core::id::Number;
use evalstone_core::json::RawObject;
use evalstone_core::name_key::own_name_key;
use evalstone_core::scoring::{NewScoring, RunName, Scoring, Subject};

use super::{DIALECT, Database, caller, case, dataset, halting, on_both, organization};
use crate::collections::By;
use crate::scorings::RunsOf;
use crate::sharing::Adopted;
use crate::{Store, postgres};

fn private(who: &Caller, name: &str) -> NewDataset {
    NewDataset { shared: false, name_key: Some(own_name_key(who, name)), ..dataset(name) }
}

pub(super) async fn load(store: &Store, who: &Caller, name: &str, into: Option<Number>) -> Dataset {
    let rows = std::iter::once(Ok(case(1)));
    store.load_dataset_into(who, private(who, name), into, rows).await.expect("loaded")
}

pub(super) async fn collect(
    store: &Store,
    who: &Caller,
    name: &str,
    datasets: &[Number],
) -> Number {
    let (name, datasets) = (name.to_owned(), datasets.to_vec());
    let new = NewCollection { origin: DIALECT, name, datasets };
    store.create_collection(who, new).await.expect("a collection").number
}

async fn score(store: &Store, who: &Caller, over: &Dataset, name: String) -> Scoring {
    let new = NewScoring {
        origin: DIALECT,
        subject: Subject::Dataset { dataset: over.id, metrics: 1 },
        name: RunName::Made(name),
        threshold: None,
        settings: RawObject::empty(),
        budget: None,
    };
    store.make_scoring(who, new).await.expect("a run").expect("the dataset is seen")
}

pub(super) async fn share(store: &Store, who: &Caller, number: Number, on: bool) -> Result<()> {
    let organization = Some(on.then_some(who.organization_number));
    let change = CollectionChange { organization, ..CollectionChange::default() };
    store.change_collection(who, DIALECT, number, change).await.map(|_| ())
}

async fn edit(store: &Store, who: &Caller, number: Number, edit: DatasetEdit) -> Result<()> {
    store.edit_dataset(who, DIALECT, Reference::Number(number), edit).await.map(|_| ())
}

async fn at(store: &Store, who: &Caller, number: Number) -> Dataset {
    let found = store.dataset(who, DIALECT, &Reference::Number(number)).await.expect("a query");
    found.expect("its owner sees it")
}

/// Only what a rule forbids may be refused: no lock is waited for in vain, and nothing is lost.
fn allow(result: Result<()>) {
    if let Err(error) = result {
        assert!(matches!(error.kind(), Kind::Invalid | Kind::Forbidden), "{error:?}");
    }
}

const ROUNDS: usize = 12;

/// Two who share, with datasets and two collections.
#[derive(Clone)]
struct World {
    store: Store,
    me: Caller,
    you: Caller,
    mine: Vec<Dataset>,
    theirs: Dataset,
    collections: [Number; 2],
}

impl World {
    async fn make(store: Store) -> Self {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let you = caller(&store, &acme, Some("you@example.com")).await;
        let mut mine = Vec::new();
        for n in 0..4 {
            mine.push(load(&store, &me, &format!("mine {n}"), None).await);
        }
        let theirs = load(&store, &you, "theirs", None).await;
        let numbers: Vec<Number> = mine.iter().map(|dataset| dataset.number).collect();
        let one = collect(&store, &me, "one", &numbers[..2]).await;
        let two = collect(&store, &me, "two", &numbers[2..]).await;
        Self { store, me, you, mine, theirs, collections: [one, two] }
    }

    /// Runs a dataset, moves it to and fro, shares and unshares it.
    async fn move_about(self, who: Caller, dataset: Dataset, n: usize) {
        let Self { store, collections, .. } = self;
        for round in 0..ROUNDS {
            score(&store, &who, &dataset, format!("run {n} {round}")).await;
            let collection = Some(Some(collections[(n + round) % 2]));
            let moved = DatasetEdit { collection, ..DatasetEdit::default() };
            allow(edit(&store, &who, dataset.number, moved).await);
            let organization = Some(round.is_multiple_of(3).then_some(who.organization_number));
            let shared = DatasetEdit { organization, ..DatasetEdit::default() };
            allow(edit(&store, &who, dataset.number, shared).await);
        }
    }

    /// Shares and unshares a collection.
    async fn share_and_unshare(self, n: usize) {
        let Self { store, me, collections, .. } = self;
        for round in 0..ROUNDS {
            allow(share(&store, &me, collections[n], (round + n).is_multiple_of(2)).await);
        }
    }

    /// Does what other dialects do, which take datasets' locks without that on sharing.
    async fn add_cases(self, n: usize) {
        let Self { store, me, mine, .. } = self;
        for round in 0..ROUNDS {
            let to = Reference::Id(mine[(n + round) % mine.len()].id.uuid());
            store.add_case(&me, DIALECT, &to, case(round)).await.expect("added");
        }
    }

    /// A dataset in a shared collection is shared, a private one is in one that its owner sees; and the
    /// owner's runs are all there, and where the dataset is.
    async fn check(&self, who: &Caller, dataset: &Dataset) {
        let dataset = at(&self.store, who, dataset.number).await;
        if let Some(number) = dataset.collection {
            let holder = self.store.collection(who, By::Number(number)).await.expect("a query");
            let shared = holder.as_ref().is_some_and(|holder| holder.shared);
            assert!(!shared || dataset.shared, "private in a shared collection: {dataset:?}");
            assert!(dataset.shared || holder.is_some(), "in an unseen collection: {dataset:?}");
        }
        let runs = self
            .store
            .scoring_pages(who, RunsOf::Dataset(dataset.id))
            .next()
            .await
            .expect("a page");
        let own = runs.iter().filter(|run| run.standing().is_own(who));
        let places: Vec<_> =
            own.map(|run| (run.shared, run.collection.as_ref().map(|c| c.number))).collect();
        assert_eq!(places, vec![(dataset.shared, dataset.collection); ROUNDS], "{dataset:?}");
    }
}

#[test]
fn whatever_happens_at_once_leaves_everything_in_step() {
    on_both(|store| async move {
        let world = World::make(store).await;
        let mut tasks = tokio::task::JoinSet::new();
        for (n, dataset) in world.mine.iter().cloned().enumerate() {
            tasks.spawn(world.clone().move_about(world.me.clone(), dataset, n));
        }
        tasks.spawn(world.clone().move_about(world.you.clone(), world.theirs.clone(), 4));
        for n in 0..2 {
            tasks.spawn(world.clone().share_and_unshare(n));
            tasks.spawn(world.clone().add_cases(n));
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("no task fails");
        }
        for dataset in &world.mine {
            world.check(&world.me, dataset).await;
        }
        world.check(&world.you, &world.theirs).await;
    });
}

/// A dataset on its way into a private collection is held up by somebody's lock on it; meanwhile the
/// collection is shared. Whoever did not wait would leave a private dataset in a shared collection.
#[test]
fn a_collection_is_not_shared_while_a_dataset_comes_into_it() {
    let database = Database::postgres();
    let store = database.store();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let coming = load(&store, &me, "coming", None).await;
        let collection = collect(&store, &me, "c", &[]).await;
        let mut holder = postgres::connect(&database.url).expect("a connection");
        // Within a transaction, who waits is looked up only once.
        let mut watcher = postgres::connect(&database.url).expect("a connection");
        let held = "BEGIN; SELECT 1 FROM datasets FOR UPDATE";
        holder.batch_execute(held).expect("the dataset is locked");
        let moved = DatasetEdit { collection: Some(Some(collection)), ..DatasetEdit::default() };
        let (one, who, number) = (store.clone(), me.clone(), coming.number);
        let moving = tokio::spawn(async move { edit(&one, &who, number, moved).await });
        while waiting(&mut watcher) < 1 {
            tokio::task::yield_now().await;
        }
        let (two, who) = (store.clone(), me.clone());
        let sharing = tokio::spawn(async move { share(&two, &who, collection, true).await });
        while waiting(&mut watcher) < 2 && !sharing.is_finished() {
            tokio::task::yield_now().await;
        }
        holder.batch_execute("COMMIT").expect("released");
        moving.await.expect("no panic").expect("moved");
        sharing.await.expect("no panic").expect("shared");
        let coming = at(&store, &me, coming.number).await;
        assert_eq!((coming.shared, coming.collection), (true, Some(collection)));
    });
}

/// How many wait for somebody's lock.
fn waiting(connection: &mut PgConnection) -> i64 {
    let waiting = "(SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock')";
    diesel::select(sql::<BigInt>(waiting)).get_result(connection).expect("counted")
}

#[test]
fn of_two_who_share_one_name_one_does() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let you = caller(&store, &acme, Some("you@example.com")).await;
        for round in 0..6 {
            let name = format!("name {round}");
            let (mine, theirs) =
                (load(&store, &me, &name, None).await, load(&store, &you, &name, None).await);
            let shared = DatasetEdit {
                organization: Some(Some(me.organization_number)),
                ..DatasetEdit::default()
            };
            let (first, second) = tokio::join!(
                edit(&store, &me, mine.number, shared.clone()),
                edit(&store, &you, theirs.number, shared),
            );
            let taken = [&first, &second]
                .into_iter()
                .filter(|result| result.as_ref().is_err_and(|error| error.kind() == Kind::Taken));
            assert_eq!(taken.count(), 1, "{first:?} {second:?}");
            assert!(first.is_ok() || second.is_ok());
        }
    });
}

#[test]
fn of_two_who_make_one_name_one_does() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let make = |name: &str| {
            let new =
                NewCollection { origin: DIALECT, name: name.to_owned(), datasets: Vec::new() };
            store.create_collection(&me, new)
        };
        let (first, second) = tokio::join!(make("x"), make("x"));
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let rows = || std::iter::once(Ok(case(1)));
        let (first, second) = tokio::join!(
            store.load_dataset(&me, private(&me, "x"), rows()),
            store.load_dataset(&me, private(&me, "x"), rows()),
        );
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let long = "x".repeat(100_000);
        make(&long).await.expect("a long name");
        assert_eq!(make(&long).await.expect_err("taken").kind(), Kind::Taken);
    });
}

#[test]
fn a_load_comes_into_its_collection_as_that_is_at_the_end() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let collection = collect(&store, &me, "c", &[]).await;
        let (rows, halted) = halting(2);
        let (loading, who) = (store.clone(), me.clone());
        let loaded = tokio::spawn(async move {
            let new = private(&who, "slow");
            loading.load_dataset_into(&who, new, Some(collection), rows).await
        });
        let go = halted.reached().await;
        share(&store, &me, collection, true).await.expect("shared meanwhile");
        go.send(()).expect("the load goes on");
        let loaded = loaded.await.expect("no panic").expect("loaded");
        assert_eq!((loaded.shared, loaded.collection), (true, Some(collection)));
        let rows = std::iter::once(Ok(case(1)));
        let nowhere = store.load_dataset_into(&me, private(&me, "n"), Some(0), rows).await;
        assert_eq!(nowhere.expect_err("no such collection").kind(), Kind::NotFound);
        assert_eq!(load(&store, &me, "n", None).await.collection, None, "nothing was left");
    });
}

#[test]
fn what_is_adopted_has_no_owner_and_keeps_its_name() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let other = organization(&store, "other").await;
        let me = caller(&store, &acme, None).await;
        let you = caller(&store, &acme, Some("you@example.com")).await;
        let inside = load(&store, &me, "inside", None).await;
        let run = score(&store, &me, &inside, "r".to_owned()).await;
        let collection = collect(&store, &me, "c", &[inside.number]).await;
        let dataset = load(&store, &me, "d", None).await;
        for what in [Adopted::Dataset(dataset.number), Adopted::Collection(collection)] {
            let elsewhere = store.adopt(other.id, what).await.expect_err("another organization");
            assert_eq!(elsewhere.kind(), Kind::NotFound);
            store.adopt(acme.id, what).await.expect("adopted");
        }
        store.adopt(acme.id, Adopted::Run(run.number)).await.expect("adopted");
        let dataset = at(&store, &you, dataset.number).await;
        assert!(dataset.owner.is_none() && dataset.shared);
        let inside = at(&store, &you, inside.number).await;
        assert!(inside.owner.is_some() && inside.shared, "what is in a collection is shared");
        let run =
            store.scoring(&you, DIALECT, run.number).await.expect("a query").expect("it is shared");
        assert!(run.owner.is_none());
        let found = store.collection(&you, By::Number(collection)).await.expect("a query");
        assert!(found.expect("it is shared").owner.is_none());
        let rows = std::iter::once(Ok(case(1)));
        let again = store.load_dataset(&you, private(&you, "d"), rows).await;
        assert_eq!(again.expect_err("its name is taken").kind(), Kind::Taken);
        let named = RunEdit { name: Some("s".to_owned()), ..RunEdit::default() };
        store.edit_scoring(&you, run.number, named).await.expect("renamed by a member");
        let removed = store.remove_dataset(&you, DIALECT, Reference::Number(dataset.number)).await;
        assert_eq!(removed.expect_err("no administrator").kind(), Kind::Forbidden);
    });
}
