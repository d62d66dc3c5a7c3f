//! Removing an organization's rows behind everybody's back. The store has no such call, because
//! what it deletes leaves tombstones, which keep their ids.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use crate::Result;

/// A connection of our own.
pub enum Rows {
    /// To a Postgres database.
    Postgres(PgConnection),
    /// To a SQLite file.
    Sqlite(SqliteConnection),
}

/// A name that the catalogue gives.
#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

impl Rows {
    /// Connects to the database of that URL, whose schema is up to date.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(url: &str) -> Result<Self> {
        let Some(path) = evalstone_store::sqlite_file(url)? else {
            return Ok(Self::Postgres(PgConnection::establish(url)?));
        };
        let mut connection = SqliteConnection::establish(path.to_str().ok_or("an odd path")?)?;
        // The gateway writes too: its turn is waited for.
        connection.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON")?;
        Ok(Self::Sqlite(connection))
    }

    /// Removes every row of the organization in one transaction, but its users and keys. Tables that
    /// come later are found in the catalogue: their rows belong to an organization too.
    ///
    /// # Errors
    /// When the database fails.
    pub fn erase(&mut self, organization: Uuid) -> Result<()> {
        match self {
            Self::Postgres(connection) => erase_postgres(connection, organization),
            Self::Sqlite(connection) => erase_sqlite(connection, organization),
        }
    }
}

/// One statement removes all, because foreign keys are looked at when a statement ends.
fn erase_postgres(connection: &mut PgConnection, organization: Uuid) -> Result<()> {
    let tables: Vec<Table> = diesel::sql_query(
        "SELECT table_name::text AS name FROM information_schema.columns \
         WHERE table_schema = current_schema() AND column_name = 'organization_id' \
         AND table_name NOT IN ('users', 'api_keys')",
    )
    .load(connection)?;
    let steps: Vec<String> = tables
        .iter()
        .map(|Table { name }| {
            format!("{name}_rows AS (DELETE FROM {name} WHERE organization_id = '{organization}')")
        })
        .collect();
    connection.batch_execute(&format!("WITH {} SELECT 1", steps.join(", ")))?;
    Ok(())
}

fn erase_sqlite(connection: &mut SqliteConnection, organization: Uuid) -> Result<()> {
    connection.immediate_transaction(|connection| {
        let tables: Vec<Table> = diesel::sql_query(
            "SELECT tables.name AS name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns \
             WHERE tables.type = 'table' AND columns.name = 'organization_id' \
             AND tables.name NOT IN ('users', 'api_keys')",
        )
        .load(connection)?;
        // Foreign keys are looked at when the transaction ends.
        connection.batch_execute("PRAGMA defer_foreign_keys = ON")?;
        for Table { name } in tables {
            let organization = organization.simple();
            connection.batch_execute(&format!(
                "DELETE FROM {name} WHERE organization_id = x'{organization}'"
            ))?;
        }
        Ok(())
    })
}
