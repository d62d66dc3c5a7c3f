//! What the database's planner knows of the tables.

use evalstone_core::error::Result;

use crate::{Backend, Store, postgres};

impl Store {
    /// Has Postgres look at the tables that have grown and that nothing has looked at yet, and gives how many that
    /// were. A plan made for an empty table reads the whole of a grown one, and the server's own look comes a minute
    /// later, or never where it is turned off.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn analyze_unknown(&self) -> Result<usize> {
        match &self.backend {
            Backend::Postgres(b) => b.read(postgres::statistics::analyze_unknown).await,
            // Its plans follow the statements alone.
            Backend::Sqlite(_) => Ok(0),
        }
    }
}
