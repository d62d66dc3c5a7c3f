use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Database;
use crate::{Store, migrations, postgres, sqlite};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(database: &Database, sql_postgres: &str, sql_sqlite: &str) -> Vec<String> {
    let rows: Vec<Line> = if database.kind == "postgres" {
        let mut connection = postgres::connect(&database.url).expect("connected");
        diesel::sql_query(sql_postgres).load(&mut connection).expect("listed")
    } else {
        let path = database.url.strip_prefix("sqlite:").expect("a path");
        let mut connection = sqlite::connect(path).expect("connected");
        diesel::sql_query(sql_sqlite).load(&mut connection).expect("listed")
    };
    rows.into_iter().map(|row| row.line).collect()
}

/// Everything of the schema that a query can tell, without the table that remembers migrations.
fn schema(database: &Database) -> Vec<String> {
    lines(
        database,
        "SELECT line FROM (
            SELECT table_name || '.' || ordinal_position || ' ' || column_name || ' ' || data_type || ' '
                || is_nullable || ' ' || coalesce(column_default, '') || ' ' || is_identity AS line
            FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace
        ) AS all_lines WHERE line NOT LIKE '%diesel%' ORDER BY line",
        "SELECT coalesce(sql, name) AS line FROM sqlite_master
         WHERE name NOT LIKE '%diesel%' AND name NOT LIKE 'sqlite_sequence' ORDER BY line",
    )
}

#[test]
fn up_down_up_gives_the_same_schema() {
    for database in [Database::sqlite(), Database::postgres()] {
        migrations::migrate(&database.url).expect("up");
        let first = schema(&database);
        assert!(first.len() > 20, "{}: {first:?}", database.kind);
        migrations::revert(&database.url).expect("down");
        assert_eq!(schema(&database), Vec::<String>::new(), "{}", database.kind);
        migrations::migrate(&database.url).expect("up again");
        assert_eq!(schema(&database), first, "{}", database.kind);
        let status = migrations::status(&database.url).expect("status");
        assert!(!status.migrations.is_empty());
        assert!(status.migrations.iter().all(|(_, run)| *run), "{status:?}");
    }
}

#[test]
fn the_twins_have_the_same_columns() {
    let columns = |database: &Database| {
        migrations::migrate(&database.url).expect("up");
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines(
            database,
            "SELECT table_name || ' ' || column_name || ' ' || is_nullable AS line
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '%diesel%'",
            "SELECT m.name || ' ' || c.name || ' '
                || CASE WHEN c.\"notnull\" OR c.pk > 0 THEN 'NO' ELSE 'YES' END AS line
             FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE '%diesel%' AND m.name NOT LIKE 'sqlite_%'",
        ) {
            let (table, column) = line.split_once(' ').expect("two words");
            tables.entry(table.to_owned()).or_default().push(column.to_owned());
        }
        for columns in tables.values_mut() {
            columns.sort();
        }
        tables
    };
    let sqlite = columns(&Database::sqlite());
    assert!(sqlite.len() >= 9, "{sqlite:?}");
    assert_eq!(sqlite, columns(&Database::postgres()));
}

#[test]
fn a_newer_schema_is_refused_and_nothing_changes() {
    for database in [Database::sqlite(), Database::postgres()] {
        migrations::migrate(&database.url).expect("up");
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000001')";
        if database.kind == "postgres" {
            postgres::connect(&database.url)
                .expect("connected")
                .batch_execute(newer)
                .expect("inserted");
        } else {
            let path = database.url.strip_prefix("sqlite:").expect("a path");
            sqlite::connect(path).expect("connected").batch_execute(newer).expect("inserted");
        }
        let before = schema(&database);
        let Err(error) = Store::open(&database.options()) else {
            panic!("{} opened", database.kind)
        };
        assert!(error.message().contains("newer than this binary"), "{error}");
        assert_eq!(schema(&database), before);
    }
}

#[test]
fn several_gateways_can_start_at_once() {
    let database = Database::postgres();
    std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..4).map(|_| scope.spawn(|| Store::open(&database.options()).is_ok())).collect();
        for start in starts {
            assert!(start.join().expect("no panic"));
        }
    });
}
