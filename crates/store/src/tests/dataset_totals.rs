//! How many datasets a list has, which is remembered, whatever is done to datasets meanwhile.

use diesel::connection::SimpleConnection;
use evalstone_core::caller::Caller;
use evalstone_core::collection::{CollectionChange, DatasetEdit};
use evalstone_core::dataset::{
    Beside, Dataset, DatasetChange, DatasetFilter, NewDataset, Ownership, Reference, Window,
};
use evalstone_core::id::Number;
use evalstone_core::source::{Assigned, SourceKind};
use tokio::task::JoinSet;

use super::sharing::{collect, load, share};
use super::{DIALECT, caller, dataset, halting, on_both, on_postgres, organization};
use crate::sharing::Adopted;
use crate::totals::FEW;
use crate::{Backend, Store, postgres};

const FIRST: Window = Window { offset: 0, limit: Some(10) };

/// Two who share an organization in which there are many datasets.
struct World {
    store: Store,
    me: Caller,
    you: Caller,
    /// One of those that are there from the beginning.
    old: Dataset,
}

impl World {
    async fn make(store: Store) -> Self {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let you = caller(&store, &acme, Some("you@example.com")).await;
        let mut made = JoinSet::new();
        for n in 0..FEW + 10 {
            let (store, me) = (store.clone(), me.clone());
            made.spawn(async move { store.create_dataset(&me, dataset(&n.to_string())).await });
        }
        let mut all = Vec::new();
        while let Some(made) = made.join_next().await {
            all.push(made.expect("no panic").expect("made"));
        }
        Self { store, me, you, old: all.swap_remove(0) }
    }

    /// Looks whether every list has as many datasets as it is said to have.
    async fn check(&self, after: &str) {
        for who in [&self.me, &self.you] {
            for ownership in [None, Some(Ownership::Own), Some(Ownership::SharedByOthers)] {
                for archived in [false, true] {
                    let filter = DatasetFilter { ownership, archived, ..DatasetFilter::default() };
                    let told = self.store.counted_datasets(
                        who,
                        Beside::All(DIALECT),
                        filter.clone(),
                        FIRST,
                    );
                    let told = told.await.expect("counted").0;
                    let all = self.store.all_datasets(who, DIALECT, filter.clone()).await;
                    let all = all.expect("read").len();
                    assert_eq!(usize::try_from(told), Ok(all), "after {after}: {who:?} {filter:?}");
                }
            }
        }
    }

    async fn make_dataset(&self, who: &Caller, new: NewDataset) -> Dataset {
        self.store.create_dataset(who, new).await.expect("made")
    }

    /// A dataset whose number comes from elsewhere.
    async fn make_numbered(&self, number: Number) -> Dataset {
        let assigned =
            Assigned { dialect: DIALECT, kind: SourceKind::Dataset, id: number.to_string() };
        let who = Caller { assigned: Some(assigned.into()), ..self.me.clone() };
        let made = self.make_dataset(&who, dataset("numbered")).await;
        let found = self.store.dataset(&self.me, DIALECT, &Reference::Number(number)).await;
        assert_eq!(found.expect("a query").expect("it has that number").id, made.id);
        made
    }

    async fn archive(&self, which: &Dataset, archived: bool) {
        let change = DatasetChange { archived: Some(archived), ..DatasetChange::default() };
        let changed = self.store.change_dataset(&self.me, DIALECT, which.id, change).await;
        changed.expect("changed").expect("found");
    }

    async fn share(&self, number: Number, on: bool) {
        let organization = Some(on.then_some(self.me.organization_number));
        let edit = DatasetEdit { organization, ..DatasetEdit::default() };
        let edited = self.store.edit_dataset(&self.me, DIALECT, Reference::Number(number), edit);
        edited.await.expect("edited").expect("found");
    }
}

#[test]
fn totals_are_right_after_whatever_is_done() {
    on_both(async |store| {
        let world = World::make(store).await;
        let World { store, me, you, old } = &world;
        world.check("the beginning").await;
        world.make_dataset(me, dataset("one more")).await;
        world.check("one more").await;
        world.make_dataset(you, NewDataset { shared: false, ..dataset("private") }).await;
        world.check("a private one").await;
        world.archive(old, true).await;
        world.check("archiving").await;
        world.archive(old, false).await;
        world.check("bringing back").await;
        assert!(store.delete_dataset(me, old.id).await.expect("deleted"));
        world.check("deleting").await;
        let loaded = load(store, me, "loaded", None).await;
        world.check("loading").await;
        world.share(loaded.number, true).await;
        world.check("sharing").await;
        world.share(loaded.number, false).await;
        world.check("unsharing").await;
        store.adopt(me.organization, Adopted::Dataset(loaded.number)).await.expect("adopted");
        world.check("adopting").await;
        assert!(
            store.remove_dataset(you, DIALECT, Reference::Number(loaded.number)).await.is_err()
        );
        world.check("not removing").await;
    });
}

#[test]
fn totals_are_right_after_what_is_done_with_collections() {
    on_both(async |store| {
        let world = World::make(store).await;
        let World { store, me, .. } = &world;
        let inside = load(store, me, "inside", None).await.number;
        let collection = collect(store, me, "collection", &[inside]).await;
        world.check("collecting").await;
        share(store, me, collection, true).await.expect("shared");
        world.check("sharing a collection").await;
        load(store, me, "into it", Some(collection)).await;
        world.check("loading into a shared collection").await;
        share(store, me, collection, false).await.expect("no longer shared");
        world.check("unsharing a collection").await;
        let another = load(store, me, "another", None).await.number;
        share(store, me, collection, true).await.expect("shared again");
        let datasets = Some(vec![another]);
        let change = CollectionChange { datasets, ..CollectionChange::default() };
        let changed = store.change_collection(me, DIALECT, collection, change).await;
        changed.expect("changed").expect("found");
        world.check("a dataset that comes into a shared collection").await;
        store.adopt(me.organization, Adopted::Collection(collection)).await.expect("adopted");
        world.check("adopting a collection").await;
    });
}

#[test]
fn totals_are_right_after_a_load_during_which_somebody_asked() {
    on_both(async |store| {
        let world = World::make(store).await;
        // So many that the first of them are stored before the others come.
        let (rows, halted) = halting(20_000);
        let (loading, who) = (world.store.clone(), world.me.clone());
        let loaded =
            tokio::spawn(async move { loading.load_dataset(&who, dataset("slow"), rows).await });
        let go = halted.reached().await;
        world.make_dataset(&world.me, dataset("meanwhile")).await;
        world.check("a load's beginning").await;
        go.send(()).expect("the load goes on");
        loaded.await.expect("no panic").expect("loaded");
        world.check("its end").await;
    });
}

#[test]
fn totals_are_right_after_numbers_that_come_from_elsewhere() {
    on_both(async |store| {
        let world = World::make(store).await;
        world.make_numbered(900_000).await;
        world.check("a high number").await;
        world.make_numbered(800_000).await;
        world.check("a lower one").await;
        world.make_dataset(&world.me, dataset("the next one")).await;
        world.check("the next one").await;
    });
}

#[test]
fn a_total_that_is_remembered_is_not_counted_again() {
    on_both(async |store| {
        let world = World::make(store).await;
        let World { store, me, .. } = &world;
        let counted = || async {
            let filter = DatasetFilter::default();
            store
                .counted_datasets(me, Beside::All(DIALECT), filter, FIRST)
                .await
                .expect("counted")
                .0
        };
        assert_eq!(counted().await, FEW + 10);
        // Behind everybody's back, and so unnoticed for a while.
        let gone = "DELETE FROM datasets WHERE name = '7'";
        match &store.backend {
            Backend::Postgres(b) => b.write(|c| Ok(c.batch_execute(gone)?)).await,
            Backend::Sqlite(b) => b.write(|c| Ok(c.batch_execute(gone)?)).await,
        }
        .expect("deleted");
        assert_eq!(counted().await, FEW + 10);
        world.make_dataset(me, dataset("one more")).await;
        assert_eq!(counted().await, FEW + 11);
    });
}

#[test]
fn a_dataset_that_is_being_made_is_counted_once_it_is_there() {
    on_postgres(async |store| {
        let world = World::make(store).await;
        let Backend::Postgres(b) = &world.store.backend else { panic!("it is Postgres") };
        let mut other = postgres::connect(b.url()).expect("the server answers");
        let copied = "BEGIN; INSERT INTO datasets (organization_id, id, pipeline_id, author_email, shared, name, \
             source, public, origin) SELECT organization_id, gen_random_uuid(), pipeline_id, author_email, shared, \
             'copied', source, public, origin FROM datasets WHERE name = '1'";
        other.batch_execute(copied).expect("not committed yet");
        for n in 0..3 {
            world.make_dataset(&world.me, dataset(&format!("later {n}"))).await;
            world.check("one that comes later").await;
        }
        other.batch_execute("COMMIT").expect("committed");
        world.check("the one that took so long").await;
    });
}
