//! The catalogue of metrics.

use evalstone_core::error::Result;
use evalstone_core::metric::Metric;

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// All metrics in the order of their ids, inactive ones too. The catalogue belongs to no
    /// organization.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn metrics(&self) -> Result<Vec<Metric>> {
        match &self.backend {
            Backend::Postgres(b) => b.read(postgres::queries::metrics::list).await,
            Backend::Sqlite(b) => b.read(sqlite::queries::metrics::list).await,
        }
    }
}
