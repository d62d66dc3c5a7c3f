//! Who may share what with the organization, and what follows from it (Aegis contract §3.5 to §3.11,
//! §4.1): pure rules, which the store applies under its lock.
//!
//! What they keep true: a dataset or run in a shared collection is shared; a private one in a
//! collection is the collection's owner's.

use crate::caller::{Caller, Role};
use crate::collection::Collection;
use crate::dataset::{Dataset, Owner};
use crate::error::{Error, Kind, Result};
use crate::id::{Number, UserId};
use crate::scoring::Scoring;

/// Whose a row is, and who sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The user who owns it; none when it belongs to the organization as a whole.
    pub owner: Option<UserId>,
    /// Whether the whole organization sees it, or its owner alone.
    pub shared: bool,
}

impl Standing {
    /// Whether it is the caller's own.
    #[must_use]
    pub fn is_own(self, caller: &Caller) -> bool {
        self.owner == Some(caller.user)
    }

    /// Whether the caller may remove it, which is more than to see it.
    ///
    /// # Errors
    /// Forbidden for what is somebody else's, or the organization's where the caller is no
    /// administrator.
    pub fn check_removal(self, caller: &Caller, what: &str) -> Result<()> {
        let may = match self.owner {
            Some(owner) => owner == caller.user,
            None => caller.role == Role::Admin,
        };
        let only = match self.owner {
            Some(_) => "its owner",
            None => "an administrator of the organization",
        };
        may.then_some(()).ok_or_else(|| {
            Error::new(Kind::Forbidden, format!("only {only} may delete this {what}"))
        })
    }
}

impl Dataset {
    /// Whose it is, and who sees it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        of(self.owner.as_ref(), self.shared)
    }
}

impl Collection {
    /// Whose it is, and who sees it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        of(self.owner.as_ref(), self.shared)
    }
}

impl Scoring {
    /// Whose it is, and who sees it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        of(self.owner.as_ref(), self.shared)
    }
}

fn of(owner: Option<&Owner>, shared: bool) -> Standing {
    Standing { owner: owner.map(|owner| owner.id), shared }
}

/// What visibility is asked for with the number of an organization, or null: whether the row is to be
/// shared. None when nothing is, or what somebody else than its owner asks for is so already.
///
/// # Errors
/// Forbidden when the row is somebody else's, or the organization another one; invalid when the caller
/// is in no organization, or the row belongs to its organization as a whole and is to leave it.
pub fn asked(
    caller: &Caller,
    row: Standing,
    what: &str,
    organization: Option<Option<Number>>,
) -> Result<Option<bool>> {
    let Some(organization) = organization else {
        return Ok(None);
    };
    if caller.personal {
        let alone = "org_id: you are in no organization that this could be shared with";
        return organization.map_or(Ok(None), |_| Err(Error::invalid(alone)));
    }
    if organization.is_some_and(|number| number != caller.organization_number) {
        let text = "org_id names an organization that is not yours";
        return Err(Error::new(Kind::Forbidden, text));
    }
    let shared = organization.is_some();
    match row.owner {
        Some(owner) if owner == caller.user => Ok(Some(shared)),
        _ if shared == row.shared => Ok(None),
        None => Err(Error::invalid(format!(
            "this {what} belongs to the organization as a whole; it cannot be unshared"
        ))),
        Some(_) => {
            let text = format!("only its owner may share or unshare this {what}");
            Err(Error::new(Kind::Forbidden, text))
        }
    }
}

/// What becomes of a row that is shared, unshared or moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled<C> {
    /// Whether it is shared.
    pub shared: bool,
    /// The collection that it is in.
    pub collection: Option<C>,
    /// Whether that collection is to be shared too, with all that is in it.
    pub shares_collection: bool,
}

/// A collection that a row is in, or is to be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<C> {
    /// Which.
    pub id: C,
    /// Whose it is, and who sees it.
    pub standing: Standing,
}

/// What becomes of a dataset (contract §3.5). `now` is the collection that it is in; `target` the one
/// that it is moved to, if it is moved; `asked` whether it is to be shared.
///
/// # Errors
/// Invalid when it is to be private in a shared collection.
pub fn settle_dataset<C>(
    caller: &Caller,
    dataset: Standing,
    now: Option<Place<C>>,
    target: Option<Option<Place<C>>>,
    asked: Option<bool>,
) -> Result<Settled<C>> {
    let moved = target.is_some();
    let Some(Place { id, standing }) = target.unwrap_or(now) else {
        let shared = asked.unwrap_or(dataset.shared);
        return Ok(Settled { shared, collection: None, shares_collection: false });
    };
    let of =
        |shared, shares_collection| Settled { shared, collection: Some(id), shares_collection };
    match asked {
        Some(false) if standing.shared => Err(Error::invalid(stays_shared(moved))),
        _ if standing.shared => Ok(of(true, false)),
        Some(true) => Ok(of(true, standing.is_own(caller))),
        // Nobody but its owner sees it any more, and so it cannot stay in a collection of theirs.
        Some(false) if standing.owner != dataset.owner => {
            Ok(Settled { shared: false, collection: None, shares_collection: false })
        }
        Some(false) => Ok(of(false, false)),
        None => Ok(of(dataset.shared, false)),
    }
}

/// What becomes of a run over rows of its own (contract §3.16); the arguments are as for datasets. A
/// private collection takes private runs only: an organization must not be asked for with it.
///
/// # Errors
/// Invalid when it is to be private in a shared collection, or shared in a private one.
pub fn settle_run<C>(
    run: Standing,
    now: Option<Place<C>>,
    target: Option<Option<Place<C>>>,
    asked: Option<bool>,
) -> Result<Settled<C>> {
    let moved = target.is_some();
    let Some(Place { id, standing }) = target.unwrap_or(now) else {
        let shared = asked.unwrap_or(run.shared);
        return Ok(Settled { shared, collection: None, shares_collection: false });
    };
    let of = |shared| Settled { shared, collection: Some(id), shares_collection: false };
    match asked {
        Some(false) if standing.shared => Err(Error::invalid(stays_shared(moved))),
        _ if standing.shared => Ok(of(true)),
        Some(true) if moved => Err(Error::invalid(
            "org_id must be null where data_collection_id names a private collection",
        )),
        Some(false) if standing.owner != run.owner => {
            Ok(Settled { shared: false, collection: None, shares_collection: false })
        }
        Some(shared) => Ok(of(shared)),
        None => Ok(of(run.shared)),
    }
}

const fn stays_shared(moved: bool) -> &'static str {
    if moved {
        "org_id must be that of the collection that data_collection_id names"
    } else {
        "this is in a shared collection; send data_collection_id null as well, or unshare the \
         collection first"
    }
}

/// Whether a new collection of these datasets is shared (contract §3.7): if one of them is, all become
/// so.
///
/// # Errors
/// Invalid when a private one that would have to be shared is somebody else's.
pub fn begins_shared(caller: &Caller, datasets: &[Standing]) -> Result<bool> {
    let shared = !caller.personal && datasets.iter().any(|dataset| dataset.shared);
    let foreign = |dataset: &&Standing| !dataset.shared && !dataset.is_own(caller);
    match datasets.iter().find(foreign) {
        Some(_) if shared => Err(Error::invalid(
            "dataset_ids names shared datasets and a private one of somebody else",
        )),
        _ => Ok(shared),
    }
}

/// Whether a collection is shared once these datasets are added to it (contract §3.10): a private one
/// becomes so with a shared dataset, unless it is asked to be private.
#[must_use]
pub fn becomes_shared(
    caller: &Caller,
    collection: Standing,
    added: &[Standing],
    asked: Option<bool>,
) -> bool {
    let promoted = || !caller.personal && added.iter().any(|dataset| dataset.shared);
    asked.unwrap_or_else(|| collection.shared || promoted())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> Caller {
        Caller::sample()
    }

    fn row(owner: Option<UserId>, shared: bool) -> Standing {
        Standing { owner, shared }
    }

    fn kind<T: std::fmt::Debug>(result: Result<T>) -> Kind {
        result.expect_err("refused").kind()
    }

    #[test]
    fn only_owners_share_and_unshare() {
        let caller = caller();
        let mine = Some(Some(caller.organization_number));
        let own = row(Some(caller.user), false);
        let theirs = row(Some(UserId::generate()), true);
        let common = row(None, true);
        let ask = |row, organization| asked(&caller, row, "dataset", organization);
        assert_eq!(ask(own, None).expect("nothing"), None);
        assert_eq!(ask(own, mine).expect("own"), Some(true));
        assert_eq!(ask(own, Some(None)).expect("own"), Some(false));
        assert_eq!(ask(theirs, mine).expect("so already"), None);
        assert_eq!(ask(common, mine).expect("so already"), None);
        assert_eq!(kind(ask(theirs, Some(None))), Kind::Forbidden);
        assert_eq!(kind(ask(common, Some(None))), Kind::Invalid);
        for row in [own, theirs, common] {
            assert_eq!(kind(ask(row, Some(Some(caller.organization_number + 1)))), Kind::Forbidden);
        }
    }

    #[test]
    fn who_is_in_no_organization_shares_nothing() {
        let caller = Caller { personal: true, ..caller() };
        let own = row(Some(caller.user), true);
        let ask = |organization| asked(&caller, own, "dataset", organization);
        assert_eq!(kind(ask(Some(Some(caller.organization_number)))), Kind::Invalid);
        assert_eq!(kind(ask(Some(Some(0)))), Kind::Invalid);
        assert_eq!(ask(Some(None)).expect("it shows none"), None);
        assert!(!begins_shared(&caller, &[own]).expect("private"));
        assert!(!becomes_shared(&caller, row(Some(caller.user), false), &[own], None));
    }

    #[test]
    fn removal_is_the_owners_or_an_administrators() {
        let member = caller();
        let admin = Caller { role: Role::Admin, ..caller() };
        let may = |row: Standing, who: &Caller| row.check_removal(who, "dataset").is_ok();
        assert!(may(row(Some(member.user), true), &member));
        assert!(!may(row(Some(member.user), true), &admin));
        assert!(may(row(None, true), &admin));
        assert!(!may(row(None, true), &member));
    }

    #[test]
    fn datasets_settle_in_collections() {
        let caller = caller();
        let (me, other) = (Some(caller.user), Some(UserId::generate()));
        let at = |owner, shared| Some(Place { id: 'c', standing: row(owner, shared) });
        let settle = |dataset, now, target, asked| {
            settle_dataset(&caller, dataset, now, target, asked)
                .map(|Settled { shared, collection, shares_collection }| {
                    (shared, collection.is_some(), shares_collection)
                })
                .ok()
        };
        let (private, shared) = (row(me, false), row(me, true));
        for (dataset, now, target, asked, expected) in [
            (private, None, None, Some(true), Some((true, false, false))),
            (shared, None, None, Some(false), Some((false, false, false))),
            // In a private collection of one's own, sharing cascades; unsharing does not.
            (private, at(me, false), None, Some(true), Some((true, true, true))),
            (shared, at(me, false), None, Some(true), Some((true, true, true))),
            (shared, at(me, false), None, Some(false), Some((false, true, false))),
            (private, None, Some(at(me, false)), Some(true), Some((true, true, true))),
            (shared, None, Some(at(me, false)), None, Some((true, true, false))),
            // In somebody else's private one, which holds shared ones only.
            (shared, at(other, false), None, Some(false), Some((false, false, false))),
            (shared, at(other, false), None, Some(true), Some((true, true, false))),
            // A shared one makes shared, and keeps so.
            (private, None, Some(at(other, true)), None, Some((true, true, false))),
            (private, None, Some(at(me, true)), Some(false), None),
            (shared, at(me, true), None, Some(false), None),
            (shared, at(me, true), Some(None), Some(false), Some((false, false, false))),
            (shared, at(me, true), Some(None), None, Some((true, false, false))),
        ] {
            assert_eq!(settle(dataset, now, target, asked), expected, "{dataset:?} {now:?}");
        }
    }

    #[test]
    fn runs_settle_in_collections() {
        let me = Some(UserId::generate());
        let at = |shared| Some(Place { id: 'c', standing: row(me, shared) });
        let settle = |now, target, asked| {
            settle_run(row(me, false), now, target, asked).map(|settled| settled.shared).ok()
        };
        for (now, target, asked, expected) in [
            (None, Some(at(true)), None, Some(true)),
            (None, Some(at(true)), Some(true), Some(true)),
            (None, Some(at(true)), Some(false), None),
            (None, Some(at(false)), Some(true), None),
            (None, Some(at(false)), Some(false), Some(false)),
            (at(false), None, Some(true), Some(true)),
            (at(true), None, Some(false), None),
            (at(true), Some(None), None, Some(false)),
            (None, None, Some(true), Some(true)),
        ] {
            assert_eq!(settle(now, target, asked), expected, "{now:?} {target:?} {asked:?}");
        }
    }

    #[test]
    fn one_shared_dataset_shares_a_collection() {
        let caller = caller();
        let (private, shared) = (row(Some(caller.user), false), row(None, true));
        let theirs = row(Some(UserId::generate()), false);
        assert!(!begins_shared(&caller, &[]).expect("of nothing"));
        assert!(!begins_shared(&caller, &[private]).expect("private"));
        assert!(begins_shared(&caller, &[private, shared]).expect("promoted"));
        assert_eq!(kind(begins_shared(&caller, &[theirs, shared])), Kind::Invalid);
        assert!(becomes_shared(&caller, private, &[shared], None));
        assert!(!becomes_shared(&caller, private, &[private], None));
        assert!(!becomes_shared(&caller, private, &[shared], Some(false)));
        assert!(becomes_shared(&caller, shared, &[], None));
    }
}
