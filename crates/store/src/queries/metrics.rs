//! The catalogue of metrics, which belongs to no organization.

use diesel::prelude::*;
use evalstone_core::metric::Metric;

use super::super::Connection;
use crate::failure::Outcome;
use crate::records::metrics::MetricRecord;
use crate::schema::metrics;

/// All metrics in the order of their ids, inactive ones too.
pub fn list(c: &mut Connection) -> Outcome<Vec<Metric>> {
    let rows: Vec<MetricRecord> =
        metrics::table.order(metrics::id).select(MetricRecord::as_select()).load(c)?;
    Ok(rows.into_iter().map(Into::into).collect())
}
