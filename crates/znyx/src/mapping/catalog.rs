//! The catalog's entries (contract §3.8).

use std::collections::HashMap;

use evalstone_core::dataset::{DatasetFilter, NewDataset};
use evalstone_core::id::DatasetId;

use super::{filter, new_dataset};
use crate::catalog::Entry;
use crate::wire;

/// The entries of the catalog that a query asks for: as [`filter`] has it, whichever part of the list.
pub fn filtered(entries: Vec<Entry>, query: &wire::DatasetQuery) -> Vec<Entry> {
    let Some(DatasetFilter { categories, source, .. }) = filter(query) else {
        return Vec::new();
    };
    let fits = |entry: &Entry| {
        let theme = entry.category.as_ref().is_some_and(|theme| categories.contains(theme));
        (categories.is_empty() || theme)
            && source.as_ref().is_none_or(|source| source == entry.source)
    };
    entries.into_iter().filter(fits).collect()
}

/// A part of the catalog, of which these entries are installed.
pub fn catalog_page(
    entries: Vec<Entry>,
    installed: &HashMap<String, DatasetId>,
    window: wire::Window,
) -> String {
    let wire::Window { limit, offset } = window;
    let total = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let part = entries.into_iter().skip(count(offset)).take(count(limit));
    let rows = part.map(|entry| {
        let dataset = installed.get(&entry.id).map(ToString::to_string);
        catalog_entry(entry, dataset).to_json()
    });
    wire::Page::head(total, window, "catalog")
        + &rows.collect::<Vec<_>>().join(",")
        + wire::Page::TAIL
}

fn catalog_entry(entry: Entry, dataset_id: Option<String>) -> wire::CatalogEntry {
    let hint = entry.hint();
    let Entry {
        id,
        name,
        description,
        category,
        trust_level,
        licence,
        source,
        sample_count,
        samples: _,
    } = entry;
    wire::CatalogEntry {
        id,
        name,
        description,
        category,
        trust_level,
        source,
        sample_count,
        dataset_id,
        licence,
        hint,
    }
}

/// The dataset of a catalog's entry.
pub fn installed(entry: &Entry) -> NewDataset {
    let Entry {
        id: _,
        name,
        description,
        category,
        trust_level,
        licence: _,
        source,
        sample_count: _,
        samples: _,
    } = entry;
    NewDataset {
        source: (*source).to_owned(),
        ..new_dataset(wire::NewDataset {
            name: name.clone(),
            description: description.clone(),
            category: category.clone(),
            trust_level: trust_level.clone(),
            is_public: false,
            created_by: None,
        })
    }
}
