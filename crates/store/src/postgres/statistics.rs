//! What the planner knows of the tables.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::failure::Outcome;

/// The gateway's own tables that have some hundred rows, of which nobody has counted any. That a server before
/// Postgres 14 would not tell. Where fewer rows are alive than there are pages, a long upload goes on: an analysis would
/// find the table as good as empty, and that would count as known.
const UNKNOWN: &str = "SELECT format('%I', relname) AS name FROM pg_class \
     WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND reltuples < 0 \
     AND pg_relation_size(oid) >= 32 * 8192 \
     AND pg_stat_get_live_tuples(oid) >= pg_relation_size(oid) / 8192 \
     AND pg_has_role(relowner, 'USAGE')";

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Analyzes such tables, one after the other, and gives how many there were.
pub fn analyze_unknown(c: &mut PgConnection) -> Outcome<usize> {
    let tables: Vec<Table> = diesel::sql_query(UNKNOWN).load(c)?;
    for Table { name } in &tables {
        c.batch_execute(&format!("ANALYZE {name}"))?;
    }
    Ok(tables.len())
}
