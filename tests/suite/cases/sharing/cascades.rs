//! What follows for a collection, its datasets and their runs when one of them is shared, unshared, moved
//! or deleted (contract §3.5 to §3.11, §3.16, U13, U14).

use super::house::{House, Kind, Who};
use crate::gateway::Backend;
use crate::trials::Trials;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("sharing::a_dataset_shares_its_private_collection", dataset_shares);
    trials.both("sharing::a_collection_shares_and_unshares_what_is_in_it", collection_shares);
    trials.both("sharing::others_are_detached_when_a_collection_is_unshared", others_leave);
    trials.both("sharing::shared_datasets_promote_a_collection", promotion);
    trials.both("sharing::replaced_datasets_take_their_owners_runs_along", replacement);
    trials.both("sharing::a_dataset_moves_with_its_owners_runs", moves);
    trials.both("sharing::what_was_in_a_deleted_collection_stays", deleted_collection);
    trials.both("sharing::a_deleted_dataset_takes_its_scoring_runs_along", deleted_dataset);
    trials.both("sharing::runs_over_rows_of_their_own_are_moved_and_shared", custom_runs);
    trials.both("sharing::unshared_datasets_are_private_in_every_dialect", every_dialect);
    trials.both("sharing::uploads_take_the_visibility_of_their_collection", uploads);
    trials.both("sharing::who_is_in_no_organization_shares_nothing", alone);
}

/// A private collection of its owner's with two datasets, a run on the first of them, and one over rows of
/// its own.
struct Desk {
    collection: String,
    first: String,
    second: String,
    run: String,
    custom: String,
}

impl Desk {
    fn set(house: &House) -> Self {
        let (first, second) = (house.dataset(Who::Owner, None), house.dataset(Who::Owner, None));
        let run = house.run_of(Who::Owner, &first);
        let collection = house.collection(Who::Owner, &[&first, &second]);
        let custom = house.make(Who::Owner, Kind::Run);
        let inside = format!(r#"{{"data_collection_id": {collection}}}"#);
        house.put(Who::Owner, Kind::Run, &custom, &inside, 200);
        Self { collection, first, second, run, custom }
    }

    /// Everything with the place where it is expected when all of it is this visible.
    fn all(&self, visibility: &str) -> Vec<(Kind, &str, String)> {
        let inside = format!("{visibility} in {}", self.collection);
        vec![
            (Kind::Collection, &self.collection, visibility.to_owned()),
            (Kind::Dataset, &self.first, inside.clone()),
            (Kind::Dataset, &self.second, inside.clone()),
            (Kind::Run, &self.run, inside.clone()),
            (Kind::Run, &self.custom, inside),
        ]
    }
}

/// Wants each thing to be where it is expected, seen by its owner, by colleagues where it is shared, and
/// by nobody else.
fn check(house: &House, owner: Who, things: &[(Kind, &str, String)]) {
    for (kind, id, expected) in things {
        assert_eq!(&house.place(owner, *kind, id), expected, "{kind:?} {id} as {owner:?}");
        let others = Who::COLLEAGUES.into_iter().chain([Who::Owner]);
        for colleague in others.filter(|who| *who != owner) {
            let seen = match expected.split_once(" in ") {
                _ if !expected.starts_with("shared") => "unseen",
                // Nobody learns of a private collection by what is in it.
                Some((place, collection))
                    if house.place(colleague, Kind::Collection, collection) == "unseen" =>
                {
                    place
                }
                _ => expected,
            };
            assert_eq!(house.place(colleague, *kind, id), *seen, "{kind:?} {id} {colleague:?}");
            assert_eq!(house.lists(colleague, *kind, id), seen != "unseen", "{kind:?} {id}");
        }
        for stranger in Who::STRANGERS {
            assert_eq!(house.place(stranger, *kind, id), "unseen", "{kind:?} {id} {stranger:?}");
        }
    }
}

fn one(kind: Kind, id: &str, place: impl Into<String>) -> (Kind, &str, String) {
    (kind, id, place.into())
}

fn dataset_shares(backend: Backend) {
    let house = House::new(backend);
    let desk = Desk::set(&house);
    check(&house, Who::Owner, &desk.all("private"));
    house.put(Who::Owner, Kind::Dataset, &desk.second, r#"{"org_id": ORG}"#, 200);
    check(&house, Who::Owner, &desk.all("shared"));
    // It cannot leave them alone, unless it leaves the collection too.
    house.put(Who::Owner, Kind::Dataset, &desk.first, r#"{"org_id": null}"#, 400);
    check(&house, Who::Owner, &desk.all("shared"));
    let away = r#"{"org_id": null, "data_collection_id": null}"#;
    house.put(Who::Owner, Kind::Dataset, &desk.first, away, 200);
    check(
        &house,
        Who::Owner,
        &[
            one(Kind::Dataset, &desk.first, "private"),
            one(Kind::Run, &desk.run, "private"),
            one(Kind::Dataset, &desk.second, format!("shared in {}", desk.collection)),
        ],
    );
    // One that is shared already shares the private collection that it came into, when that is asked for.
    let other = Desk::set(&house);
    let both = format!(r#"{{"data_collection_id": {}, "org_id": ORG}}"#, other.collection);
    house.put(Who::Owner, Kind::Dataset, &desk.second, &both, 200);
    check(&house, Who::Owner, &other.all("shared"));
}

fn collection_shares(backend: Backend) {
    let house = House::new(backend);
    let desk = Desk::set(&house);
    house.put(Who::Owner, Kind::Collection, &desk.collection, r#"{"org_id": ORG}"#, 200);
    check(&house, Who::Owner, &desk.all("shared"));
    house.put(Who::Member, Kind::Collection, &desk.collection, r#"{"org_id": null}"#, 403);
    check(&house, Who::Owner, &desk.all("shared"));
    house.put(Who::Owner, Kind::Collection, &desk.collection, r#"{"org_id": null}"#, 200);
    check(&house, Who::Owner, &desk.all("private"));
}

fn others_leave(backend: Backend) {
    let house = House::new(backend);
    let desk = Desk::set(&house);
    house.put(Who::Owner, Kind::Collection, &desk.collection, r#"{"org_id": ORG}"#, 200);
    let theirs = house.dataset(Who::Member, Some(&desk.collection));
    let on_theirs = house.run_of(Who::Member, &theirs);
    let on_ours = house.run_of(Who::Member, &desk.first);
    let of_theirs = house.make(Who::Member, Kind::Run);
    let inside = format!(r#"{{"data_collection_id": {}}}"#, desk.collection);
    house.put(Who::Member, Kind::Run, &of_theirs, &inside, 200);
    let ours_on_theirs = house.run_of(Who::Owner, &theirs);
    let there = format!("shared in {}", desk.collection);
    let things = [
        one(Kind::Dataset, &theirs, there.clone()),
        one(Kind::Run, &on_theirs, there.clone()),
        one(Kind::Run, &on_ours, there.clone()),
        one(Kind::Run, &of_theirs, there.clone()),
    ];
    check(&house, Who::Member, &things);
    check(&house, Who::Owner, &[one(Kind::Run, &ours_on_theirs, there)]);
    house.put(Who::Owner, Kind::Collection, &desk.collection, r#"{"org_id": null}"#, 200);
    check(&house, Who::Owner, &desk.all("private"));
    let things = things.map(|(kind, id, _)| one(kind, id, "shared"));
    check(&house, Who::Member, &things);
    let stays = format!("private in {}", desk.collection);
    check(&house, Who::Owner, &[one(Kind::Run, &ours_on_theirs, stays)]);
}

fn promotion(backend: Backend) {
    let house = House::new(backend);
    let (private, shared) = (house.dataset(Who::Owner, None), house.dataset(Who::Member, None));
    let run = house.run_of(Who::Owner, &private);
    house.put(Who::Member, Kind::Dataset, &shared, r#"{"org_id": ORG}"#, 200);
    let made = house.collection(Who::Owner, &[&private, &shared]);
    let inside = format!("shared in {made}");
    check(
        &house,
        Who::Owner,
        &[
            one(Kind::Collection, &made, "shared"),
            one(Kind::Dataset, &private, inside.clone()),
            one(Kind::Run, &run, inside.clone()),
        ],
    );
    check(&house, Who::Member, &[one(Kind::Dataset, &shared, inside)]);
    // By a change, too: what is shared already shares the collection that it is added to.
    let desk = Desk::set(&house);
    let added = house.dataset(Who::Owner, None);
    house.put(Who::Owner, Kind::Dataset, &added, r#"{"org_id": ORG}"#, 200);
    let ids = format!(r#"{{"dataset_ids": [{}, {}, {added}]}}"#, desk.first, desk.second);
    house.put(Who::Owner, Kind::Collection, &desk.collection, &ids, 200);
    check(&house, Who::Owner, &desk.all("shared"));
    // Unless it is to stay private.
    let desk = Desk::set(&house);
    let added = house.dataset(Who::Owner, None);
    house.put(Who::Owner, Kind::Dataset, &added, r#"{"org_id": ORG}"#, 200);
    let ids =
        format!(r#"{{"dataset_ids": [{}, {}, {added}], "org_id": null}}"#, desk.first, desk.second);
    house.put(Who::Owner, Kind::Collection, &desk.collection, &ids, 200);
    check(&house, Who::Owner, &desk.all("private"));
    let stays = format!("shared in {}", desk.collection);
    assert_eq!(house.place(Who::Owner, Kind::Dataset, &added), stays);
}

fn replacement(backend: Backend) {
    let house = House::new(backend);
    let desk = Desk::set(&house);
    house.put(Who::Owner, Kind::Collection, &desk.collection, r#"{"org_id": ORG}"#, 200);
    let (added, theirs) = (house.dataset(Who::Owner, None), house.dataset(Who::Member, None));
    let run = house.run_of(Who::Owner, &added);
    // What comes must be the asker's, whoever's the collection is.
    let body = format!(r#"{{"dataset_ids": [{}, {added}]}}"#, desk.second);
    house.put(Who::Member, Kind::Collection, &desk.collection, &body, 400);
    house.put(Who::Owner, Kind::Collection, &desk.collection, &body, 200);
    let inside = format!("shared in {}", desk.collection);
    check(
        &house,
        Who::Owner,
        &[
            one(Kind::Dataset, &desk.first, "shared"),
            one(Kind::Run, &desk.run, "shared"),
            one(Kind::Dataset, &desk.second, inside.clone()),
            one(Kind::Dataset, &added, inside.clone()),
            one(Kind::Run, &run, inside.clone()),
        ],
    );
    let body = format!(r#"{{"dataset_ids": [{}, {added}, {theirs}]}}"#, desk.second);
    house.put(Who::Member, Kind::Collection, &desk.collection, &body, 200);
    check(&house, Who::Member, &[one(Kind::Dataset, &theirs, inside)]);
    // What is in one collection cannot be taken by another.
    let body = format!(r#"{{"name": "{}", "dataset_ids": [{added}]}}"#, house.fresh());
    house.get(Who::Owner, "POST", "data-collections", &body, 400);
    let other = house.make(Who::Owner, Kind::Collection);
    house.put(
        Who::Owner,
        Kind::Collection,
        &other,
        &format!(r#"{{"dataset_ids": [{added}]}}"#),
        400,
    );
}

fn moves(backend: Backend) {
    let house = House::new(backend);
    let (private, shared) = (Desk::set(&house), Desk::set(&house));
    house.put(Who::Owner, Kind::Collection, &shared.collection, r#"{"org_id": ORG}"#, 200);
    let (dataset, theirs) = (house.dataset(Who::Owner, None), house.dataset(Who::Member, None));
    let run = house.run_of(Who::Owner, &dataset);
    let to = |id: &str| format!(r#"{{"data_collection_id": {id}}}"#);
    let step = |body: &str, place: String| {
        house.put(Who::Owner, Kind::Dataset, &dataset, body, 200);
        let things = [one(Kind::Dataset, &dataset, place.clone()), one(Kind::Run, &run, place)];
        check(&house, Who::Owner, &things);
    };
    step(&to(&private.collection), format!("private in {}", private.collection));
    step(&to(&shared.collection), format!("shared in {}", shared.collection));
    let contrary = format!(r#"{{"data_collection_id": {}, "org_id": null}}"#, shared.collection);
    house.put(Who::Owner, Kind::Dataset, &dataset, &contrary, 400);
    step(r#"{"data_collection_id": null}"#, "shared".to_owned());
    step(&to(&private.collection), format!("shared in {}", private.collection));
    check(&house, Who::Owner, &private.all("private"));
    step(r#"{"org_id": null}"#, format!("private in {}", private.collection));
    // Nobody's collection but one that is seen can be named.
    house.put(Who::Member, Kind::Dataset, &theirs, &to(&private.collection), 400);
    house.put(Who::Member, Kind::Dataset, &theirs, &to(&shared.collection), 200);
    check(
        &house,
        Who::Member,
        &[one(Kind::Dataset, &theirs, format!("shared in {}", shared.collection))],
    );
    // In somebody else's private collection, what is unshared does not stay.
    house.put(Who::Owner, Kind::Dataset, &theirs, &to(&private.collection), 200);
    house.put(Who::Member, Kind::Dataset, &theirs, r#"{"org_id": null}"#, 200);
    check(&house, Who::Member, &[one(Kind::Dataset, &theirs, "private")]);
}

fn deleted_collection(backend: Backend) {
    let house = House::new(backend);
    for stage in ["private", "shared"] {
        let desk = Desk::set(&house);
        if stage == "shared" {
            house.put(Who::Owner, Kind::Collection, &desk.collection, r#"{"org_id": ORG}"#, 200);
        }
        house.get(Who::Owner, "DELETE", &format!("data-collections/{}", desk.collection), "", 204);
        assert_eq!(house.place(Who::Owner, Kind::Collection, &desk.collection), "unseen");
        let left = desk.all(stage);
        let left: Vec<_> = left.iter().skip(1).map(|(kind, id, _)| one(*kind, id, stage)).collect();
        check(&house, Who::Owner, &left);
    }
}

fn deleted_dataset(backend: Backend) {
    let house = House::new(backend);
    let desk = Desk::set(&house);
    house.put(Who::Owner, Kind::Dataset, &desk.first, r#"{"org_id": ORG}"#, 200);
    let theirs = house.run_of(Who::Member, &desk.first);
    house.get(Who::Owner, "DELETE", &format!("datasets/{}", desk.first), "", 204);
    for (kind, id) in [(Kind::Dataset, &desk.first), (Kind::Run, &desk.run), (Kind::Run, &theirs)] {
        for who in Who::ALL {
            assert_eq!(house.place(who, kind, id), "unseen", "{kind:?} as {who:?}");
        }
    }
    let path = format!("data-collections/{}", desk.collection);
    let left = house.get(Who::Owner, "GET", &path, "", 200);
    let datasets = left.at("/datasets").expect("datasets").items().expect("a list");
    assert_eq!(datasets.len(), 1, "{left:?}");
    let runs = left.at("/runs").expect("runs").items().expect("a list");
    assert_eq!(runs.len(), 1, "{left:?}");
}

fn custom_runs(backend: Backend) {
    let house = House::new(backend);
    let (private, shared) = (Desk::set(&house), Desk::set(&house));
    house.put(Who::Owner, Kind::Collection, &shared.collection, r#"{"org_id": ORG}"#, 200);
    let run = house.make(Who::Owner, Kind::Run);
    let step = |body: &str, status: u16, place: String| {
        house.put(Who::Owner, Kind::Run, &run, body, status);
        check(&house, Who::Owner, &[one(Kind::Run, &run, place)]);
    };
    let to = |id: &str, org: &str| format!(r#"{{"data_collection_id": {id}{org}}}"#);
    let (closed, open) = (&private.collection, &shared.collection);
    step(&to(closed, ""), 200, format!("private in {closed}"));
    step(&to(closed, r#", "org_id": ORG"#), 400, format!("private in {closed}"));
    step(&to(closed, r#", "org_id": null"#), 200, format!("private in {closed}"));
    step(&to(open, r#", "org_id": null"#), 400, format!("private in {closed}"));
    step(&to(open, ""), 200, format!("shared in {open}"));
    step(r#"{"org_id": null}"#, 400, format!("shared in {open}"));
    step(r#"{"data_collection_id": null}"#, 200, "shared".to_owned());
    step(r#"{"org_id": null}"#, 200, "private".to_owned());
    step(r#"{"data_collection_id": 999999999}"#, 404, "private".to_owned());
    // A run over a dataset goes where that goes, and nowhere by itself.
    let own = &private.run;
    house.put(Who::Owner, Kind::Run, own, r#"{"org_id": ORG}"#, 400);
    house.put(Who::Owner, Kind::Run, own, r#"{"data_collection_id": null}"#, 400);
    let same = format!(r#"{{"data_collection_id": {closed}, "org_id": null, "alias": "mine"}}"#);
    house.put(Who::Owner, Kind::Run, own, &same, 200);
    house.put(Who::Owner, Kind::Run, &run, r#"{"alias": " mine "}"#, 400);
    // An alias is unique in an account, not in an organization.
    let theirs = house.make(Who::Member, Kind::Run);
    house.put(Who::Member, Kind::Run, &theirs, r#"{"alias": "mine"}"#, 200);
}

fn every_dialect(backend: Backend) {
    let house = House::new(backend);
    let dataset = house.dataset(Who::Owner, None);
    let name = house.fresh();
    let body = format!(r#"{{"name": "{name}", "org_id": ORG}}"#);
    house.put(Who::Owner, Kind::Dataset, &dataset, &body, 200);
    let uuid = house.uuid(Who::Member, &name);
    let paths = [format!("/v1/orgs/default/datasets/{uuid}"), format!("/api/v4/datasets/{uuid}")];
    let statuses = |who: Who| paths.each_ref().map(|path| house.ask(who, "GET", path, "").status);
    assert_eq!(statuses(Who::Member), [200, 200]);
    house.put(Who::Owner, Kind::Dataset, &dataset, r#"{"org_id": null}"#, 200);
    assert_eq!(statuses(Who::Member), [404, 404]);
    assert_eq!(statuses(Who::Admin), [404, 404]);
    assert_eq!(statuses(Who::Owner), [200, 200]);
}

fn uploads(backend: Backend) {
    let house = House::new(backend);
    let desk = Desk::set(&house);
    let private = house.dataset(Who::Owner, Some(&desk.collection));
    house.put(Who::Owner, Kind::Collection, &desk.collection, r#"{"org_id": ORG}"#, 200);
    let ours = house.dataset(Who::Owner, Some(&desk.collection));
    let theirs = house.dataset(Who::Member, Some(&desk.collection));
    let inside = format!("shared in {}", desk.collection);
    check(
        &house,
        Who::Owner,
        &[one(Kind::Dataset, &private, inside.clone()), one(Kind::Dataset, &ours, inside.clone())],
    );
    check(&house, Who::Member, &[one(Kind::Dataset, &theirs, inside)]);
}

fn alone(backend: Backend) {
    let house = House::new(backend);
    let dataset = house.dataset(Who::Alone, None);
    let collection = house.collection(Who::Alone, &[&dataset]);
    let run = house.make(Who::Alone, Kind::Run);
    let inside = format!("private in {collection}");
    for (kind, id, place) in [
        (Kind::Dataset, &dataset, inside.as_str()),
        (Kind::Collection, &collection, "private"),
        (Kind::Run, &run, "private"),
    ] {
        house.put(Who::Alone, kind, id, r#"{"org_id": ORG}"#, 400);
        house.put(Who::Alone, kind, id, r#"{"org_id": 999999999}"#, 400);
        house.put(Who::Alone, kind, id, r#"{"org_id": null}"#, 200);
        assert_eq!(house.place(Who::Alone, kind, id), place, "{kind:?}");
        for other in [Who::Owner, Who::Member, Who::Admin, Who::Outsider] {
            assert_eq!(house.place(other, kind, id), "unseen", "{kind:?} as {other:?}");
        }
    }
    for list in ["datasets", "data-collections"] {
        house.get(Who::Alone, "GET", &format!("{list}?shared=true"), "", 404);
    }
    // What other dialects share with an organization of one is nobody else's here either.
    let answer = house.ask(Who::Alone, "POST", "/v1/orgs/alone/datasets", r#"{"name": "there"}"#);
    assert_eq!(answer.status, 200, "{answer}");
    let found = house.get(Who::Alone, "GET", "datasets?search=there", "", 200);
    let there = found.at("/items/0/id").and_then(crate::json::Json::plain).expect("an id");
    let made = house.collection(Who::Alone, &[&there]);
    assert_eq!(house.place(Who::Alone, Kind::Collection, &made), "private");
    house.put(Who::Alone, Kind::Dataset, &there, r#"{"org_id": null}"#, 200);
    let inside = format!("private in {made}");
    assert_eq!(house.place(Who::Alone, Kind::Dataset, &there), inside);
}
