//! Moving datasets between gateways, and proving it.

mod files;
mod kills;
mod moves;
mod stage;
mod troubles;

use crate::trials::Trials;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    moves::list(trials);
    files::list(trials);
    kills::list(trials);
    troubles::list(trials);
}
