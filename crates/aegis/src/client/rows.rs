//! The rows of a run, told from its evaluations: the vendor shows each evaluation with the row that it is
//! of, and no rows.

use std::collections::HashMap;

use evalstone_core::run_copy::RowCopy;

use super::evaluations::Judged;
use crate::mapping::runs::case;
use crate::runs::plan::{Part, PlannedMetric};
use crate::wire::request::RowBody;

/// Puts evaluations that follow each other together into rows: as long as they show the same row, and
/// until a metric comes that the row has already. However often it is done, the same rows come about.
#[derive(Default)]
pub struct Rows {
    open: Option<Open>,
    count: i64,
    parts: Parts,
}

/// The row whose evaluations are coming.
struct Open {
    row: RowBody,
    metrics: Vec<PlannedMetric>,
}

/// Which metrics look at which rows.
#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    /// The places of the parts by their metrics.
    places: HashMap<String, usize>,
}

impl Rows {
    /// Takes the next evaluation. Gives the row before, if that has come to its end.
    pub fn take(&mut self, judged: &Judged) -> Option<RowCopy> {
        let Judged { row, metric, .. } = judged;
        if let Some(open) = &mut self.open
            && open.row == *row
            && !open.metrics.contains(metric)
        {
            open.metrics.push(metric.clone());
            return None;
        }
        let ended = self.end();
        self.count += 1;
        self.open = Some(Open { row: row.clone(), metrics: vec![metric.clone()] });
        ended
    }

    /// The last row, if there is one.
    pub fn end(&mut self) -> Option<RowCopy> {
        let Open { row, metrics } = self.open.take()?;
        let part = self.parts.count(metrics);
        Some(RowCopy { position: self.count, part, case: case(&row) })
    }

    /// The place of the row that the last evaluation is of.
    pub const fn position(&self) -> i64 {
        self.count
    }

    /// The parts of the rows that have ended.
    pub fn into_parts(self) -> Vec<Part> {
        self.parts.parts
    }
}

impl Parts {
    /// Counts a row with these metrics, and gives the place of its part.
    fn count(&mut self, metrics: Vec<PlannedMetric>) -> i64 {
        let key: Vec<String> = metrics.iter().map(PlannedMetric::to_json).collect();
        let place = *self.places.entry(key.join(",")).or_insert_with(|| {
            self.parts.push(Part { rows: 0, metrics, reasoning_level: None });
            self.parts.len() - 1
        });
        self.parts[place].rows += 1;
        i64::try_from(place).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(output: &str, metric: &str, threshold: i64) -> Judged {
        let text = format!(
            "{{\"output\":{output},\"metric_shortname\":\"{metric}\",\"threshold\":{threshold},\
             \"is_success\":true,\"result\":1}}"
        );
        Judged::read(&text).expect(&text)
    }

    /// Places and parts of the rows, and how many rows each part has.
    fn told(evaluations: &[(&str, &str, i64)]) -> (Vec<(i64, i64)>, Vec<i64>) {
        let mut rows = Rows::default();
        let evaluations =
            evaluations.iter().map(|(output, name, least)| judged(output, name, *least));
        let mut ended: Vec<RowCopy> = evaluations.filter_map(|judged| rows.take(&judged)).collect();
        ended.extend(rows.end());
        let places = ended.iter().map(|row| (row.position, row.part)).collect();
        (places, rows.into_parts().iter().map(|part| part.rows).collect())
    }

    #[test]
    fn a_row_ends_where_another_begins_or_a_metric_comes_again() {
        assert_eq!(told(&[]), (vec![], vec![]));
        let two = [("1", "a", 70), ("1", "b", 70), ("2", "a", 70), ("2", "b", 70)];
        assert_eq!(told(&two), (vec![(1, 0), (2, 0)], vec![2]));
        let equal = [("1", "a", 70), ("1", "b", 70), ("1", "a", 70), ("1", "b", 70)];
        assert_eq!(told(&equal), (vec![(1, 0), (2, 0)], vec![2]));
        let strict = [("1", "a", 70), ("1", "a", 90)];
        assert_eq!(told(&strict), (vec![(1, 0)], vec![1]));
        let parts = [("1", "a", 70), ("2", "a", 70), ("2", "b", 70), ("3", "a", 70)];
        assert_eq!(told(&parts), (vec![(1, 0), (2, 1), (3, 0)], vec![2, 1]));
    }
}
