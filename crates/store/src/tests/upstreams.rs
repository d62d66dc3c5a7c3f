//! What is kept of vendors that the gateway runs beside.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use evalstone_core::caller::Caller;
use evalstone_core::collection::NewCollection;
use evalstone_core::dataset::{DatasetFilter, NewDataset, Reference, WhichPipeline};
use evalstone_core::error::Kind;
use evalstone_core::id::PipelineId;
use evalstone_core::pipeline::NewPipeline;
use evalstone_core::run::{NewRun, RunKind};
use evalstone_core::source::{Assigned, SourceKind, Spelling};
use evalstone_core::text::Slug;
use evalstone_core::upstream::{NewDifference, NewMiss};
use uuid::Uuid;

use super::{DIALECT, caller, case, dataset, on_both, organization};
use crate::misses::Backlog;
use crate::names::{Book, NamePair};

const GIVEN: &str = "123e4567-e89b-12d3-a456-426614174000";

/// The same caller, who makes what has this id elsewhere.
fn with(me: &Caller, kind: SourceKind, id: &str) -> Caller {
    let assigned = Assigned { dialect: DIALECT, kind, id: id.to_owned() };
    Caller { assigned: Some(Arc::new(assigned)), ..me.clone() }
}

#[test]
fn what_is_made_takes_the_id_that_it_has_elsewhere() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let slug = Slug::parse("p").expect("a slug");
        let new = NewPipeline { id: None, slug, display_name: None, folder: None };
        let made = store.create_pipeline(&with(&me, SourceKind::Pipeline, GIVEN), new).await;
        assert_eq!(made.expect("made").id.to_string(), GIVEN);
        let made = store.create_dataset(&with(&me, SourceKind::Dataset, GIVEN), dataset("d")).await;
        assert_eq!(made.expect("made").id.to_string(), GIVEN);
        let reference = Reference::Id(GIVEN.parse().expect("an id"));
        let adding = with(&me, SourceKind::Case, GIVEN);
        let made = store.add_case(&adding, DIALECT, &reference, case(1)).await;
        assert_eq!(made.expect("made").id.to_string(), GIVEN);
        let run = NewRun {
            id: None,
            kind: RunKind::Experiment,
            origin: DIALECT,
            pipeline: me.default_pipeline,
            name: None,
            metadata: None,
        };
        let made = store.create_run(&with(&me, SourceKind::Run, GIVEN), run).await;
        assert_eq!(made.expect("made").id.to_string(), GIVEN);
        let again =
            store.create_dataset(&with(&me, SourceKind::Dataset, GIVEN), dataset("e")).await;
        assert_eq!(again.expect_err("it is there").kind(), Kind::Taken);
        let names = [SourceKind::Pipeline, SourceKind::Dataset, SourceKind::Case, SourceKind::Run]
            .map(|kind| (kind, GIVEN.to_owned()));
        let known = store.our_names(&me, DIALECT, Spelling::Uuid, names.to_vec()).await;
        assert_eq!(known.expect("a query").len(), 4);
    });
}

#[test]
fn a_number_becomes_the_public_one_where_it_is_free() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let first = store.create_dataset(&me, dataset("first")).await.expect("made");
        // Loaded or not.
        let source = (0..3).map(|n| Ok(case(n)));
        let far = (first.number + 40).to_string();
        let loading = with(&me, SourceKind::Dataset, &far);
        let loaded = store.load_dataset(&loading, dataset("loaded"), source).await.expect("made");
        assert_eq!((loaded.number.to_string(), loaded.case_count), (far.clone(), 3));
        let later = store.create_dataset(&me, dataset("later")).await.expect("made");
        assert!(later.number > loaded.number, "{} after {far}", later.number);
        // Where another has it, it is in the id map alone.
        let taken = first.number.to_string();
        let making = with(&me, SourceKind::Dataset, &taken);
        let other = store.create_dataset(&making, dataset("other")).await.expect("made");
        let own = Reference::Number(first.number);
        let found = store.dataset(&me, DIALECT, &own).await.expect("a query").expect("found");
        assert_eq!(found.id, first.id);
        let name = (SourceKind::Dataset, taken.clone());
        let known = store.our_names(&me, DIALECT, Spelling::Number, vec![name.clone()]).await;
        let ours = known.expect("a query").remove(&name).expect("known");
        assert_ne!(ours, taken);
        let number = Reference::Number(ours.parse().expect("a number"));
        let found = store.dataset(&me, DIALECT, &number).await.expect("a query").expect("found");
        assert_eq!(found.id, other.id);
        let theirs = store.their_names(&me, DIALECT, Spelling::Number, vec![(name.0, ours)]).await;
        assert_eq!(theirs.expect("a query").into_values().collect::<Vec<_>>(), [taken]);
        // Too large to be taken over.
        let large = i64::MAX.to_string();
        let making = with(&me, SourceKind::Dataset, &large);
        let made = store.create_dataset(&making, dataset("large")).await.expect("made");
        assert!(made.number < 1 << 52);
        let new = NewCollection { origin: DIALECT, name: "c".to_owned(), datasets: vec![] };
        let making = with(&me, SourceKind::Collection, "77");
        assert_eq!(store.create_collection(&making, new).await.expect("made").number, 77);
    });
}

#[test]
fn pairs_that_are_learned_are_known_in_both_directions() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let made = store.create_dataset(&me, dataset("d")).await.expect("made");
        let (kind, ours) = (SourceKind::Dataset, made.id.to_string());
        let pair = |theirs: &str| NamePair { kind, ours: ours.clone(), theirs: theirs.to_owned() };
        let pairs = vec![pair("there"), pair("bad\0"), NamePair { ours: "x".into(), ..pair("y") }];
        store.learn_names(&me, DIALECT, Book::Map, Spelling::Uuid, pairs).await.expect("kept");
        // What is known stays.
        let other = NamePair { ours: Uuid::new_v4().to_string(), ..pair("there") };
        let other = vec![other];
        store.learn_names(&me, DIALECT, Book::Map, Spelling::Uuid, other).await.expect("kept");
        let asked = ["there", "bad\0", "y"].map(|name| (kind, name.to_owned())).to_vec();
        let known = store.our_names(&me, DIALECT, Spelling::Uuid, asked).await.expect("a query");
        assert_eq!(known.values().collect::<Vec<_>>(), [&ours]);
        let asked = vec![(kind, ours), (kind, "no id".to_owned())];
        let known = store.their_names(&me, DIALECT, Spelling::Uuid, asked).await.expect("a query");
        assert_eq!(known.into_values().collect::<Vec<_>>(), ["there"]);
        // What is kept aside is looked up, but nothing is read by it.
        let number = (made.number + 1).to_string();
        let pair = NamePair { kind, ours: made.number.to_string(), theirs: number.clone() };
        let (dialect, spelling) = ("aside", Spelling::Number);
        let kept = store.learn_names(&me, dialect, Book::Aside, spelling, vec![pair]).await;
        kept.expect("kept");
        let asked = vec![(kind, number)];
        let known = store.our_names(&me, dialect, spelling, asked).await.expect("a query");
        assert_eq!(known.into_values().collect::<Vec<_>>(), [made.number.to_string()]);
        let read = store.dataset(&me, dialect, &Reference::Number(made.number + 1)).await;
        assert!(read.expect("a query").is_none());
    });
}

#[test]
fn a_pipeline_is_read_by_the_id_it_has_elsewhere_but_not_by_one_that_is_kept_aside() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let other = caller(&store, &organization(&store, "other").await, None).await;
        let slug = Slug::parse("p").expect("a slug");
        let new = NewPipeline { id: None, slug, display_name: None, folder: None };
        let ours = store.create_pipeline(&me, new).await.expect("made").id;
        let new = NewDataset { pipeline: Some(ours), ..dataset("d") };
        store.create_dataset(&me, new).await.expect("made");
        for book in [Book::Map, Book::Aside] {
            let there = PipelineId::generate();
            let (kind, theirs) = (SourceKind::Pipeline, there.to_string());
            let pairs = vec![NamePair { kind, ours: ours.to_string(), theirs }];
            store.learn_names(&me, DIALECT, book, Spelling::Uuid, pairs).await.expect("kept");
            let is_read = book == Book::Map;
            let seen = [(ours, 1), (there, usize::from(is_read))];
            for (who, dialect, seen) in [
                (&me, DIALECT, seen),
                (&me, "another", [(ours, 1), (there, 0)]),
                (&other, DIALECT, [(ours, 0), (there, 0)]),
            ] {
                for (called, datasets) in seen {
                    let is_mapped = called == there && datasets == 1;
                    let read = store.our_pipeline(who, dialect, called).await.expect("a query");
                    assert_eq!(read, if is_mapped { ours } else { called });
                    let pipeline = Some(WhichPipeline::Called { dialect, id: called });
                    let filter = DatasetFilter { pipeline, ..DatasetFilter::default() };
                    let found = store.all_datasets(who, dialect, filter).await.expect("listed");
                    assert_eq!(found.len(), datasets);
                }
            }
        }
    });
}

fn miss(me: &Caller, target: &str) -> NewMiss {
    NewMiss {
        id: Uuid::now_v7(),
        dialect: DIALECT,
        key: me.key,
        method: "POST".to_owned(),
        target: target.to_owned(),
        route: "POST /x".to_owned(),
        content_type: Some("application/json".to_owned()),
        content_encoding: None,
        made: None,
        bytes: 3,
        reason: "out of reach".to_owned(),
        failed: false,
    }
}

#[test]
fn calls_that_were_missed_are_taken_in_their_order_by_one_at_a_time() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let (first, second) = (miss(&me, "/1"), miss(&me, "/2"));
        let body = || vec![Ok(b"ab".to_vec()), Ok(b"c".to_vec())].into_iter();
        assert!(!store.any_miss_waits(acme.id, DIALECT).await.expect("a query"));
        let now = Utc::now();
        for new in [&first, &second] {
            store.add_miss(acme.id, new.clone(), now, body()).await.expect("kept");
        }
        let broken = std::iter::once(Err(std::io::Error::other("gone")));
        store.add_miss(acme.id, miss(&me, "/3"), now, broken).await.expect_err("not kept");
        assert!(store.any_miss_waits(acme.id, DIALECT).await.expect("a query"));
        let until = Utc::now() + Duration::from_secs(60);
        let claimed = store.claim_misses(until).await.expect("a query");
        assert_eq!(claimed.iter().map(|miss| miss.target.as_str()).collect::<Vec<_>>(), ["/1"]);
        assert_eq!((claimed[0].tries, claimed[0].key, claimed[0].id), (2, me.key, first.id));
        assert!(store.claim_misses(until).await.expect("a query").is_empty(), "it is taken");
        for (at, piece) in [(0, Some(b"ab".to_vec())), (1, Some(b"c".to_vec())), (2, None)] {
            assert_eq!(store.miss_piece(acme.id, first.id, at).await.expect("a query"), piece);
        }
        // A call that cannot be carried out holds nothing up.
        store.postpone_miss(acme.id, first.id, "refused".into(), None).await.expect("kept");
        let claimed = store.claim_misses(until).await.expect("a query");
        assert_eq!(claimed.len(), 1);
        store.end_miss(acme.id, second.id).await.expect("gone");
        let left = store.misses(acme.id).await.expect("a query");
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].failed, left[0].reason.as_str()), (true, "refused"));
        let failed = Backlog { dialect: DIALECT.to_owned(), failed: true, count: 1 };
        assert_eq!(store.miss_backlog().await.expect("a query"), [failed]);
        assert_eq!(store.retry_misses(acme.id).await.expect("a query"), 1);
        assert_eq!(store.claim_misses(until).await.expect("a query").len(), 1);
        assert_eq!(store.miss_piece(acme.id, second.id, 0).await.expect("a query"), None);
        let held = store.holder(acme.id, me.key).await.expect("a query").expect("the key is valid");
        assert_eq!((held.user, held.kind), (me.user, me.kind));
    });
}

#[test]
fn differences_are_counted_where_they_are() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let new = |pointer: &str, count, ours: &str| NewDifference {
            dialect: DIALECT,
            route: "GET /x".to_owned(),
            pointer: pointer.to_owned(),
            kind: "value",
            count,
            ours: ours.to_owned(),
            theirs: String::new(),
        };
        let first = vec![new("/b", 2, "first"), new("/a", 1, "")];
        store.count_differences(acme.id, first).await.expect("counted");
        store.count_differences(acme.id, vec![new("/b", 3, "second")]).await.expect("counted");
        let seen = store.differences(acme.id).await.expect("a query");
        let seen: Vec<_> =
            seen.iter().map(|d| (d.pointer.as_str(), d.count, d.ours.as_str())).collect();
        assert_eq!(seen, [("/a", 1, ""), ("/b", 5, "first")]);
        store.clear_differences(acme.id).await.expect("cleared");
        assert!(store.differences(acme.id).await.expect("a query").is_empty());
    });
}
