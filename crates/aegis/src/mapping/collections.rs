//! Collections and what is in them.

use evalstone_core::caller::Caller;
use evalstone_core::collection::{Collection, Member};
use evalstone_core::error::Result;
use evalstone_core::scoring::Scoring;

use super::{org_id, runs, user};
use crate::runs::plan::Plan;
use crate::wire;
use crate::wire::collection::CollectionRun;
use crate::wire::dataset::PartialDataset;
use crate::wire::run::Run;

/// A collection as it is answered to this caller, without what is in it.
pub fn collection(collection: Collection, caller: &Caller) -> wire::collection::Collection {
    let Collection { id: _, number, owner, author_email, shared, name, created_at, updated_at } =
        collection;
    wire::collection::Collection {
        id: number,
        user: owner.as_ref().map(user),
        name,
        org_id: org_id(shared, caller),
        author_email,
        created_at,
        updated_at,
    }
}

/// A dataset as its collection lists it to this caller.
pub fn member(member: Member, caller: &Caller) -> PartialDataset {
    let Member { number, name, owner, shared, author_email, created_at, updated_at } = member;
    PartialDataset {
        id: number,
        name,
        user: owner.as_ref().map(user),
        org_id: org_id(shared, caller),
        author_email,
        created_at,
        updated_at,
    }
}

/// A run as its collection lists it to this caller.
///
/// # Errors
/// A fault when what is stored is no run of this dialect's.
pub fn collection_run(scoring: Scoring, caller: &Caller) -> Result<CollectionRun> {
    let run_type = Plan::of_settings(&scoring.settings)?.run_type;
    let owner = scoring.owner.clone();
    let Run {
        id,
        user: _,
        run_type: _,
        dataset: _,
        data_collection: _,
        number_of_metrics,
        result,
        threshold,
        model_slug,
        alias,
        aggregate_results,
        started_at,
        finished_at,
        is_gte_threshold,
        org_id,
        data_collection_id,
        dataset_id,
        completed: _,
        total: _,
    } = runs::run(scoring, caller)?;
    Ok(CollectionRun {
        id,
        user: owner.as_ref().map(user),
        run_type_id: run_type.id(),
        dataset_id,
        data_collection_id,
        org_id,
        alias,
        number_of_metrics,
        result,
        threshold,
        model_slug,
        aggregate_results,
        is_gte_threshold,
        started_at,
        finished_at,
    })
}
