//! The catalogue of metrics.

use std::sync::Arc;

use evalstone_core::error::Result;
use evalstone_core::metric::Metric;

use crate::{Backend, Store, postgres, sqlite};

impl Store {
    /// All metrics in the order of their ids, inactive ones too. The catalogue belongs to no
    /// organization. Calls that wait at the same time share a query.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn metrics(&self) -> Result<Arc<[Metric]>> {
        let backend = self.backend.clone();
        let look_up = move || {
            let backend = backend.clone();
            async move { list(&backend).await.map(Arc::from) }
        };
        self.catalogue.ask((), look_up).await
    }
}

async fn list(backend: &Backend) -> Result<Vec<Metric>> {
    match backend {
        Backend::Postgres(b) => b.read(postgres::queries::metrics::list).await,
        Backend::Sqlite(b) => b.glance(sqlite::queries::metrics::list).await,
    }
}
