//! Moving datasets between gateways, and proving it.

mod again;
mod belonging;
mod files;
mod kills;
mod moves;
mod runs;
mod stage;
mod troubles;

use crate::trials::Trials;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    moves::list(trials);
    runs::list(trials);
    again::list(trials);
    belonging::list(trials);
    files::list(trials);
    kills::list(trials);
    troubles::list(trials);
}
