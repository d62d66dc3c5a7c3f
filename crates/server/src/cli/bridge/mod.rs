//! The commands that move datasets and prove it: `pull`, `push`, `export`, `import`, `verify`, `loss`.

mod commands;
mod places;
mod progress;
mod shown;

pub use commands::{Export, Import, Loss, Pull, Push, Verify};
