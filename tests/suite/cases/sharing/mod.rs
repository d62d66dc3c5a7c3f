//! Who may do what with whose datasets, collections and runs (Aegis contract §4.1), and what follows for
//! the others when something is shared, unshared, moved or deleted.

mod cascades;
mod house;

use crate::gateway::Backend;
use crate::trials::Trials;
use house::{House, Kind, Who};

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    trials.both("sharing::everybody_may_do_what_the_matrix_says", matrix);
    cascades::list(trials);
}

/// Where a thing is before anybody touches it.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// As it was made.
    Private,
    /// After its owner shared it.
    Shared,
    /// After its owner shared it and took that back.
    Unshared,
    /// After it was made the organization's own.
    Common,
}

/// What is done, in the order of the table's columns.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Read,
    List,
    Rename,
    Share,
    Unshare,
    Move,
    Delete,
}

const OPERATIONS: [Operation; 7] = [
    Operation::Read,
    Operation::List,
    Operation::Rename,
    Operation::Share,
    Operation::Unshare,
    Operation::Move,
    Operation::Delete,
];

/// For each stage and each asker the status of each operation. A thing is listed where it is read, and
/// what is shared by a stranger to it is not even there.
///
/// | | read | list | rename | share | unshare | move | delete |
const MATRIX: [(Stage, Who, [u16; 7]); 20] = [
    (Stage::Private, Who::Owner, [200, 200, 200, 200, 200, 200, 204]),
    (Stage::Private, Who::Member, [404; 7]),
    (Stage::Private, Who::Admin, [404; 7]),
    (Stage::Private, Who::Outsider, [404; 7]),
    (Stage::Private, Who::Alone, [404; 7]),
    (Stage::Shared, Who::Owner, [200, 200, 200, 200, 200, 200, 204]),
    (Stage::Shared, Who::Member, [200, 200, 200, 200, 403, 200, 403]),
    (Stage::Shared, Who::Admin, [200, 200, 200, 200, 403, 200, 403]),
    (Stage::Shared, Who::Outsider, [404; 7]),
    (Stage::Shared, Who::Alone, [404; 7]),
    (Stage::Unshared, Who::Owner, [200, 200, 200, 200, 200, 200, 204]),
    (Stage::Unshared, Who::Member, [404; 7]),
    (Stage::Unshared, Who::Admin, [404; 7]),
    (Stage::Unshared, Who::Outsider, [404; 7]),
    (Stage::Unshared, Who::Alone, [404; 7]),
    // Whoever owned it is a member like others now.
    (Stage::Common, Who::Owner, [200, 200, 200, 200, 400, 200, 403]),
    (Stage::Common, Who::Member, [200, 200, 200, 200, 400, 200, 403]),
    (Stage::Common, Who::Admin, [200, 200, 200, 200, 400, 200, 204]),
    (Stage::Common, Who::Outsider, [404; 7]),
    (Stage::Common, Who::Alone, [404; 7]),
];

fn matrix(backend: Backend) {
    let house = House::new(backend);
    for (stage, who, statuses) in MATRIX {
        for kind in Kind::ALL {
            for (operation, status) in OPERATIONS.into_iter().zip(statuses) {
                let id = prepare(&house, stage, kind);
                let before = house.place(Who::Owner, kind, &id);
                let found = act(&house, who, kind, &id, operation);
                assert_eq!(found, status, "{stage:?} {who:?} {kind:?} {operation:?}");
                let after = house.place(Who::Owner, kind, &id);
                let expected = match (operation, status) {
                    (Operation::Share, 200) => "shared",
                    (Operation::Unshare, 200) => "private",
                    (Operation::Delete, 204) => "unseen",
                    _ => &before,
                };
                assert_eq!(after, expected, "{stage:?} {who:?} {kind:?} {operation:?}");
                for stranger in Who::STRANGERS {
                    assert_eq!(house.place(stranger, kind, &id), "unseen", "{stage:?} {kind:?}");
                }
            }
        }
    }
}

fn prepare(house: &House, stage: Stage, kind: Kind) -> String {
    let id = house.make(Who::Owner, kind);
    let shared = r#"{"org_id": ORG}"#;
    match stage {
        Stage::Private => {}
        Stage::Shared => house.put(Who::Owner, kind, &id, shared, 200),
        Stage::Unshared => {
            house.put(Who::Owner, kind, &id, shared, 200);
            house.put(Who::Owner, kind, &id, r#"{"org_id": null}"#, 200);
        }
        Stage::Common => house.adopt(kind, &id),
    }
    id
}

fn act(house: &House, who: Who, kind: Kind, id: &str, operation: Operation) -> u16 {
    let path = format!("/api/v1/{}/{id}", kind.path());
    let put = |body: String| house.ask(who, "PUT", &path, &body.replace("ORG", &house.org)).status;
    match operation {
        Operation::Read => house.ask(who, "GET", &path, "").status,
        // A list is never refused: what is not to be seen is not in it.
        Operation::List if house.lists(who, kind, id) => 200,
        Operation::List => 404,
        Operation::Rename => put(format!(r#"{{"{}": "{}"}}"#, kind.name(), house.fresh())),
        Operation::Share => put(r#"{"org_id": ORG}"#.to_owned()),
        Operation::Unshare => put(r#"{"org_id": null}"#.to_owned()),
        Operation::Move => put(match kind {
            Kind::Dataset | Kind::Run => r#"{"data_collection_id": null}"#.to_owned(),
            Kind::Collection => r#"{"dataset_ids": []}"#.to_owned(),
        }),
        Operation::Delete => house.ask(who, "DELETE", &path, "").status,
    }
}
