//! Every scenario file, each a case of its own.

use crate::scenario::{all_files, play};
use crate::trials::Trials;

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    for file in all_files() {
        let name = format!("scenario::{}::{}", file.folder, file.name);
        trials.both(&name, move |backend| play::file(&file, backend));
    }
}
