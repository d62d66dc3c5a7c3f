//! Rows of the metrics' catalogue.

use diesel::prelude::*;
use evalstone_core::json::RawJson;
use evalstone_core::metric::Metric;

use crate::schema::metrics;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = metrics)]
pub struct MetricRecord {
    pub id: i64,
    pub short_name: String,
    pub category: String,
    pub default_threshold: i64,
    pub arguments: String,
    pub active: bool,
    pub name: String,
}

impl From<MetricRecord> for Metric {
    fn from(record: MetricRecord) -> Self {
        let MetricRecord { id, short_name, category, default_threshold, arguments, active, name } =
            record;
        Self {
            id,
            short_name,
            category,
            default_threshold,
            arguments: RawJson::trusted(arguments),
            active,
            name,
        }
    }
}
