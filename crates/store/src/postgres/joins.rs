//! How parts of tables are joined.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::failure::Outcome;

/// Runs queries that join what may both be large, in a transaction of their own: within another one they would keep
/// what follows in it from nested loops, too. Of a run that the planner has not counted it expects a single row, and
/// would go through all of it for each row that it is joined with.
pub fn without_nested_loops<T>(
    c: &mut PgConnection,
    queries: impl FnOnce(&mut PgConnection) -> Outcome<T>,
) -> Outcome<T> {
    c.transaction(|c| {
        c.batch_execute("SET LOCAL enable_nestloop = off")?;
        queries(c)
    })
}
