//! Which locks are free.

use std::collections::HashSet;

use diesel::prelude::*;
use evalstone_core::dataset::Reference;

use super::Connection;
use crate::cases::CaseJob;
use crate::failure::Outcome;
use crate::schema::datasets;
use crate::types::Key;

/// Which of these cases go to a dataset whose lock nobody holds. A case whose dataset is not named
/// by its own id is counted among the others: writing it alone finds out.
pub fn free(c: &mut Connection, jobs: &[CaseJob]) -> Outcome<Vec<bool>> {
    let dataset = |job: &CaseJob| match &job.dataset {
        Reference::Id(id) => Some((Key::from(job.caller.organization), Key(*id))),
        Reference::Number(_) | Reference::Source(_) => None,
    };
    let (organizations, ids): (Vec<Key>, Vec<Key>) = jobs.iter().filter_map(dataset).unzip();
    let free: Vec<(Key, Key)> = datasets::table
        .filter(datasets::organization_id.eq_any(organizations))
        .filter(datasets::id.eq_any(ids))
        .select((datasets::organization_id, datasets::id))
        .for_no_key_update()
        .skip_locked()
        .load(c)?;
    let free: HashSet<(Key, Key)> = free.into_iter().collect();
    Ok(jobs.iter().map(|job| dataset(job).is_some_and(|dataset| free.contains(&dataset))).collect())
}
