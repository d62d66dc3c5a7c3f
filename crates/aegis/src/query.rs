//! What the lists are asked for (contract §3.2, §3.3).

use evalstone_core::caller::Caller;
use evalstone_core::collection::CollectionFilter;
use evalstone_core::dataset::{DatasetFilter, Ownership};
use evalstone_core::error::{Error, Result};
use evalstone_kit::query::{last, parse};

use crate::errors::Failure;
use crate::wire::coerce;
use crate::wire::dataset::DatasetType;
use crate::wire::page::PageRequest;
use crate::wire::problem::{Input, Location, Problem, Rule};

const LARGEST_PAGE: i64 = 10_000;
const DEFAULT_PAGE_SIZE: i64 = 10;
const LONGEST_SEARCH: usize = 255;

/// The query of `GET /datasets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Which page.
    pub page: PageRequest,
    dataset_type_id: Option<i128>,
    shared: Option<bool>,
    search: Option<String>,
}

impl ListQuery {
    /// Reads a query string. Of repeated parameters the last counts; unknown ones are ignored.
    ///
    /// # Errors
    /// All schema problems, in the order in which the vendor declares the parameters.
    pub fn parse(query: &str) -> Result<Self, Failure> {
        let pairs = parse(query);
        let mut reader = Reader { pairs: &pairs, problems: Vec::new() };
        let page = reader.page();
        let dataset_type_id = reader.read("dataset_type_id", coerce::integer);
        let shared = reader.read("shared", coerce::boolean);
        let search = reader.read("search", search);
        reader.finish()?;
        Ok(Self { page, dataset_type_id, shared, search })
    }

    /// The condition that datasets must meet; none when no dataset can meet it.
    ///
    /// # Errors
    /// Not found when there is no such dataset type, or what others share is asked for by someone
    /// who is in no organization.
    pub fn filter(&self, caller: &Caller) -> Result<Option<DatasetFilter>> {
        let known = |id: i128| DatasetType::ALL.into_iter().find(|t| i128::from(t.id()) == id);
        let dataset_type = match self.dataset_type_id {
            None => DatasetType::Custom,
            Some(id) => known(id).ok_or_else(|| Error::not_found("Dataset type"))?,
        };
        let ownership = checked_ownership(self.shared, caller)?;
        // No name holds U+0000, and Postgres cannot even be asked.
        let findable = self.search.as_ref().is_none_or(|search| !search.contains('\0'));
        Ok((dataset_type == DatasetType::Custom && findable).then(|| DatasetFilter {
            search: self.search.clone(),
            ownership,
            ..DatasetFilter::default()
        }))
    }
}

/// The query of `GET /data-collections`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectionQuery {
    /// Which page.
    pub page: PageRequest,
    shared: Option<bool>,
}

impl CollectionQuery {
    /// Reads a query string like [`ListQuery::parse`].
    ///
    /// # Errors
    /// All schema problems, in the order in which the vendor declares the parameters.
    pub fn parse(query: &str) -> Result<Self, Failure> {
        let pairs = parse(query);
        let mut reader = Reader { pairs: &pairs, problems: Vec::new() };
        let page = reader.page();
        let shared = reader.read("shared", coerce::boolean);
        reader.finish()?;
        Ok(Self { page, shared })
    }

    /// The condition that collections must meet.
    ///
    /// # Errors
    /// Not found when what others share is asked for by someone who is in no organization.
    pub fn filter(&self, caller: &Caller) -> Result<CollectionFilter> {
        let ownership = checked_ownership(self.shared, caller)?;
        Ok(CollectionFilter { ownership })
    }
}

/// The condition of `GET /datasets/all-partial`.
///
/// # Errors
/// The schema problem of `shared`.
pub fn partial_filter(query: &str) -> Result<DatasetFilter, Failure> {
    let pairs = parse(query);
    let mut reader = Reader { pairs: &pairs, problems: Vec::new() };
    let shared = reader.read("shared", coerce::boolean);
    reader.finish()?;
    Ok(DatasetFilter { ownership: shared.map(ownership), ..DatasetFilter::default() })
}

const fn ownership(shared: bool) -> Ownership {
    if shared { Ownership::SharedByOthers } else { Ownership::Own }
}

fn checked_ownership(shared: Option<bool>, caller: &Caller) -> Result<Option<Ownership>> {
    if shared == Some(true) && caller.personal {
        return Err(Error::not_found("Organization"));
    }
    Ok(shared.map(ownership))
}

/// Reads parameters and gathers what is wrong with them.
struct Reader<'a> {
    pairs: &'a [(String, String)],
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn read<T>(
        &mut self,
        field: &'static str,
        value_of: impl FnOnce(Input<'_>) -> Result<T, Problem>,
    ) -> Option<T> {
        let input = Input::new(Location::Query, field, last(self.pairs, field)?);
        value_of(input).map_err(|problem| self.problems.push(problem)).ok()
    }

    fn page(&mut self) -> PageRequest {
        let page = self.read("page", |input| at_least_one(input, coerce::integer(input)?));
        let page_size = self.read("page_size", page_size);
        PageRequest { page: page.unwrap_or(1), page_size: page_size.unwrap_or(DEFAULT_PAGE_SIZE) }
    }

    fn finish(self) -> Result<(), Failure> {
        if self.problems.is_empty() { Ok(()) } else { Err(Failure::Schema(self.problems)) }
    }
}

fn at_least_one(input: Input<'_>, value: i128) -> Result<i128, Problem> {
    if value < 1 { Err(input.breaks(Rule::Below(1))) } else { Ok(value) }
}

fn page_size(input: Input<'_>) -> Result<i64, Problem> {
    let size = at_least_one(input, coerce::integer(input)?)?;
    let size = i64::try_from(size).ok().filter(|size| *size <= LARGEST_PAGE);
    size.ok_or_else(|| input.breaks(Rule::Above(LARGEST_PAGE)))
}

fn search(input: Input<'_>) -> Result<String, Problem> {
    if input.text().chars().count() > LONGEST_SEARCH {
        return Err(input.breaks(Rule::StringTooLong(LONGEST_SEARCH)));
    }
    Ok(input.text().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(query: &str) -> Vec<String> {
        match ListQuery::parse(query) {
            Err(Failure::Schema(problems)) => problems.iter().map(ToString::to_string).collect(),
            other => panic!("{query}: {other:?}"),
        }
    }

    fn caller(personal: bool) -> Caller {
        Caller { personal, ..Caller::sample() }
    }

    fn filter(query: &str, personal: bool) -> Result<Option<DatasetFilter>> {
        ListQuery::parse(query).expect("valid").filter(&caller(personal))
    }

    #[test]
    fn what_others_share_needs_an_organization() {
        let ownership = |query| filter(query, false).map(|f| f.and_then(|f| f.ownership)).ok();
        assert_eq!(ownership("shared=true"), Some(Some(Ownership::SharedByOthers)));
        assert_eq!(ownership("shared=false"), Some(Some(Ownership::Own)));
        assert_eq!(ownership(""), Some(None));
        let error = filter("shared=true", true).expect_err("nobody to share with");
        assert_eq!(error.message(), "Organization not found");
        assert!(filter("shared=false", true).is_ok_and(|filter| filter.is_some()));
    }

    #[test]
    fn collections_are_asked_for_by_page_and_sharing() {
        let query = CollectionQuery::parse("page=2&shared=true&search=x").expect("valid");
        assert_eq!(query.page, PageRequest { page: 2, page_size: 10 });
        let filter = |personal| query.filter(&Caller { personal, ..Caller::sample() });
        let ownership = filter(false).expect("a member").ownership;
        assert_eq!(ownership, Some(Ownership::SharedByOthers));
        assert_eq!(filter(true).expect_err("alone").message(), "Organization not found");
    }

    #[test]
    fn types_without_datasets_and_unknown_types() {
        assert!(filter("dataset_type_id=1", false).is_ok_and(|filter| filter.is_some()));
        assert!(filter("dataset_type_id=2", false).is_ok_and(|filter| filter.is_none()));
        assert!(filter("search=%00", false).is_ok_and(|filter| filter.is_none()));
        let error = filter("dataset_type_id=3&shared=true", true).expect_err("unknown");
        assert_eq!(error.message(), "Dataset type not found");
    }

    #[test]
    fn defaults_limits_and_repetitions() {
        let query = ListQuery::parse("").expect("nothing is required");
        assert_eq!(query.page, PageRequest { page: 1, page_size: 10 });
        let query = ListQuery::parse("page=1&page=3&page_size=10000&unknown=x").expect("valid");
        assert_eq!(query.page, PageRequest { page: 3, page_size: 10_000 });
        let long = "ä".repeat(255);
        assert_eq!(ListQuery::parse(&format!("search={long}")).expect("valid").search, Some(long));
    }

    #[test]
    fn all_problems_in_the_order_of_declaration() {
        let search = "x".repeat(256);
        let query = format!("search={search}&shared=2&dataset_type_id=a&page_size=10001&page=0");
        assert_eq!(
            problems(&query),
            [
                "\"page\": Input should be greater than or equal to 1",
                "\"page_size\": Input should be less than or equal to 10000",
                "\"dataset_type_id\": Input should be a valid integer, unable to parse string as an integer",
                "\"shared\": Input should be a valid boolean, unable to interpret input",
                "\"search\": String should have at most 255 characters",
            ]
        );
        assert_eq!(problems("page=&page_size=0").len(), 2);
        assert_eq!(problems("page_size=99999999999999999999").len(), 1);
    }
}
