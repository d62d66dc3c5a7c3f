//! What the bodies of changes come to, by the vendor's rules for names, metrics and mappings.

use evalstone_core::collection::{CollectionChange, DatasetEdit, NewCollection, RunEdit};
use evalstone_core::error::{Error, Result};
use evalstone_core::id::Number;
use evalstone_core::json::RawJson;
use evalstone_core::metric::Metric;
use evalstone_core::text::check_plain;

use crate::NAME;
use crate::columns::ColumnMappings;
use crate::mapping::{COLUMN_MAPPINGS, SELECTED_METRICS};
use crate::selection::parse_selection;
use crate::wire::change::{CollectionBody, DatasetBody, NewCollectionBody, RunBody};

/// A number that a body names; 0, which nothing has, for those beyond the database's.
pub fn number(id: i128) -> Number {
    Number::try_from(id).unwrap_or(0)
}

/// A collection to be made.
///
/// # Errors
/// Invalid when the name is blank or cannot be stored.
pub fn new_collection(body: &NewCollectionBody) -> Result<NewCollection> {
    let NewCollectionBody { name, dataset_ids } = body;
    let datasets = dataset_ids.iter().copied().map(number).collect();
    Ok(NewCollection { origin: NAME, name: name_of("name", name)?, datasets })
}

/// What to change of a collection.
///
/// # Errors
/// Invalid when the name is blank or cannot be stored.
pub fn collection_change(body: CollectionBody) -> Result<CollectionChange> {
    let CollectionBody { name, dataset_ids, org_id } = body;
    Ok(CollectionChange {
        name: name.map(|name| name_of("name", &name)).transpose()?,
        datasets: dataset_ids.map(|ids| ids.into_iter().map(number).collect()),
        organization: numbers(org_id),
    })
}

/// What to change of a dataset.
///
/// # Errors
/// Invalid when the name is blank or cannot be stored, or the metrics or mappings break their rules.
pub fn dataset_edit(body: DatasetBody, catalogue: &[Metric]) -> Result<DatasetEdit> {
    let DatasetBody { name, selected_metrics, column_mappings, data_collection_id, org_id } = body;
    let name = name.map(|name| name_of("name", &name)).transpose()?;
    let mut facet: Vec<(&'static str, RawJson)> = Vec::new();
    if let Some(selected) = selected_metrics {
        let selected = parse_selection(selected.as_str(), catalogue)?;
        facet.push((SELECTED_METRICS, selected.into()));
    }
    if let Some(mappings) = column_mappings {
        let mappings = ColumnMappings::parse(mappings.as_str())?;
        facet.extend(mappings.map(|(raw, _)| (COLUMN_MAPPINGS, raw)));
    }
    let (collection, organization) = (numbers(data_collection_id), numbers(org_id));
    Ok(DatasetEdit { name, facet, collection, organization })
}

/// What to change of a run.
///
/// # Errors
/// Invalid when the alias is blank or cannot be stored.
pub fn run_edit(body: RunBody) -> Result<RunEdit> {
    let RunBody { alias, org_id, data_collection_id } = body;
    let name = alias.map(|alias| name_of("alias", &alias)).transpose()?;
    let (collection, organization) = (numbers(data_collection_id), numbers(org_id));
    Ok(RunEdit { name, collection, organization })
}

/// An organization's or a collection's number, or null.
pub fn numbers(id: Option<Option<i128>>) -> Option<Option<Number>> {
    id.map(|id| id.map(number))
}

/// A name without blanks around it.
fn name_of(field: &str, given: &str) -> Result<String> {
    let name = given.trim();
    if name.is_empty() {
        return Err(Error::invalid(format!("{field} is empty")));
    }
    check_plain(field, name)?;
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_never_blank() {
        assert_eq!(name_of("name", " Returns desk\t").expect("a name"), "Returns desk");
        for (name, why) in [("", "name is empty"), (" \n", "name is empty"), ("a\0", "U+0000")] {
            let refused = name_of("name", name).expect_err("refused");
            assert!(refused.message().contains(why), "{refused}");
        }
    }

    #[test]
    fn numbers_beyond_the_database_name_nothing() {
        assert_eq!(numbers(Some(Some(i128::MAX))), Some(Some(0)));
        assert_eq!(numbers(Some(None)), Some(None));
        assert_eq!(numbers(None), None);
    }
}
