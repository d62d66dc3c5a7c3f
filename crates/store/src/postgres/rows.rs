//! Several rows in one INSERT, each column given as one array. The statement is the same for any number of rows, so
//! that it is kept prepared; one with the values themselves is planned anew each time, and takes one more round trip.

use diesel::prelude::*;
use diesel::sql_types::{Array, SingleValue};

use crate::records::cases::{CasePlace, NewCaseRecord};
use crate::records::datasets::{DatasetRecord, NewDatasetRecord, NewFacetRecord};
use crate::schema::{cases, dataset_facets, datasets};
use crate::types::Key;

diesel::define_sql_function! {
    /// An array's elements as rows; those of several arrays of one length go in step.
    fn unnest<T: SingleValue>(array: Array<T>) -> T;
}

/// Inserts rows, of whose record every field is to be named.
macro_rules! insert {
    ($rows:ident into $table:ident, $record:ident { $($field:ident),+ $(,)? }) => {{
        let _every_field = |$record { $($field: _),+ }: $record<'_>| ();
        diesel::select(($(unnest($rows.iter().map(|row| row.$field).collect::<Vec<_>>()),)+))
            .insert_into($table::table)
            .into_columns(($($table::$field,)+))
    }};
}

/// Inserts datasets and tells what the database made of them.
pub fn insert_datasets(
    c: &mut PgConnection,
    rows: &[NewDatasetRecord<'_>],
) -> QueryResult<Vec<(Key, DatasetRecord)>> {
    insert!(rows into datasets, NewDatasetRecord {
        organization_id, id, pipeline_id, owner_id, author_email, shared, name, name_key, description, category,
        creator, source, public, origin, case_count, prompts, inputs, contexts, outputs, golden_answers,
    })
    .returning((datasets::organization_id, DatasetRecord::as_returning()))
    .get_results(c)
}

/// Inserts what dialects alone know of datasets.
pub fn insert_facets(c: &mut PgConnection, rows: &[NewFacetRecord<'_>]) -> QueryResult<usize> {
    insert!(rows into dataset_facets, NewFacetRecord { organization_id, dataset_id, dialect, body })
        .execute(c)
}

/// Inserts cases and tells the key, the number and the time of each.
pub fn insert_cases(
    c: &mut PgConnection,
    rows: &[NewCaseRecord<'_>],
) -> QueryResult<Vec<CasePlace>> {
    insert!(rows into cases, NewCaseRecord {
        organization_id, id, dataset_id, name, stage, inputs, output, expected, metadata, origin, source_id, facet,
    })
    .returning(((cases::organization_id, cases::id), cases::number, cases::created_at))
    .get_results(c)
}
