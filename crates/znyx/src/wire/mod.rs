//! The vendor's objects as it writes them (contract §2.4, §3, §5.6, seeds 000 to 002), read from
//! requests and written into answers. Keys stand in the order of the vendor's pages, and every
//! nullable key is always there.

mod annotation;
pub mod benchmark;
mod bundle;
mod catalog;
mod dataset;
mod event;
mod import;
mod organization;
mod page;
mod policy;
mod project;
mod sample;
mod token;
mod trace;
pub mod worker;

use chrono::{DateTime, SecondsFormat, Utc};
use evalstone_core::json::object;

pub use annotation::{Annotation, AnnotationQuery, Export, Exported, NewAnnotation};
pub use bundle::{Bundle, BundleDetail, BundleFile, NewBundle, bundle_version};
pub use catalog::{CatalogEntry, Install};
pub use dataset::{Dataset, DatasetQuery, DatasetUpdate, NewDataset};
pub use event::{TelemetryEvent, TelemetryEvents, accepted};
pub use import::{Import, Imported, ImportedRow};
pub use organization::Organization;
pub use page::{Page, Window};
pub use policy::{Finding, Findings, NewPolicy, Policy, PolicyQuery, PolicyToCheck, Scope};
pub use project::{Environment, NewEnvironment, NewProject, Project, RuntimeKey};
pub use sample::{Added, NewSamples, Sample, SampleInput, Shown, sample_window};
pub use token::{DAYS, NewToken, Token, TokenQuery, token_number};
pub use trace::{Trace, TraceQuery, TraceRow};

/// The trust level of datasets that nobody gave another (contract §4.4).
pub const CUSTOM: &str = "custom";

/// The source of datasets that are made by the API (contract §4.1).
pub const CUSTOMER: &str = "customer";

/// A time: ISO 8601 in UTC with microseconds, such as `2026-04-22T12:00:00.123456Z`.
fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A version, cut off at the ends of `i64`: none is counted so far.
fn in_64_bits(version: i128) -> i64 {
    let end = if version < 0 { i64::MIN } else { i64::MAX };
    version.try_into().unwrap_or(end)
}

/// The answer to a deletion (contract U1).
pub fn deleted(id: &str) -> String {
    object(|object| {
        object.plain("deleted", true);
        object.text("id", id);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_digits() {
        let at = "2026-04-22T14:00:00.1204+02:00".parse().expect("a time");
        assert_eq!(time(at), "2026-04-22T12:00:00.120400Z");
    }

    #[test]
    fn a_deletion_names_what_is_gone() {
        assert_eq!(deleted("x"), r#"{"deleted":true,"id":"x"}"#);
    }
}
