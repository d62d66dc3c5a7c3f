//! What another server of this dialect is like: the vendor's own, or another gateway.

use evalstone_core::source::{SourceKind, Spelling};
use evalstone_kit::likeness::{Call, Effect, Likeness, Mask};

/// The dialect's likeness. Runs and evaluations are not here: a judge that is asked twice costs twice, and
/// says something else.
pub static LIKENESS: Likeness = Likeness {
    spelling: Spelling::Number,
    calls: &[
        Call::new("GET", "/api/v1/datasets", DATASET, Effect::Reads),
        Call::new("POST", "/api/v1/datasets", DATASET, Effect::Makes),
        Call::new("GET", "/api/v1/datasets/all-partial", DATASET, Effect::Reads),
        Call::new("GET", "/api/v1/datasets/{dataset_id}", DATASET, Effect::Reads),
        Call::new("PUT", "/api/v1/datasets/{dataset_id}", DATASET, Effect::Changes),
        Call::new("DELETE", "/api/v1/datasets/{dataset_id}", DATASET, Effect::Changes),
        Call::new("GET", "/api/v1/dataset-types", None, Effect::Reads),
        Call::new("GET", "/api/v1/data-collections", COLLECTION, Effect::Reads),
        Call::new("POST", "/api/v1/data-collections", COLLECTION, Effect::Makes),
        Call::new(
            "GET",
            "/api/v1/data-collections/{data_collection_id}",
            COLLECTION,
            Effect::Reads,
        ),
        Call::new(
            "PUT",
            "/api/v1/data-collections/{data_collection_id}",
            COLLECTION,
            Effect::Changes,
        ),
        Call::new(
            "DELETE",
            "/api/v1/data-collections/{data_collection_id}",
            COLLECTION,
            Effect::Changes,
        ),
    ],
    fields: &[
        ("user.id", Mask::Given),
        ("user.email", Mask::Given),
        ("records.id", Mask::Given),
        ("datasets.id", Mask::Id(SourceKind::Dataset)),
        ("org_id", Mask::Organization),
        ("user_id", Mask::Given),
        ("author_email", Mask::Given),
        ("dataset_id", Mask::Id(SourceKind::Dataset)),
        ("dataset_ids", Mask::Id(SourceKind::Dataset)),
        ("data_collection_id", Mask::Id(SourceKind::Collection)),
        ("created_at", Mask::Time),
        ("updated_at", Mask::Time),
        // Only one of the servers carries them out.
        ("runs", Mask::Given),
        ("evaluations", Mask::Given),
        ("prompt", Mask::Payload),
        ("input", Mask::Payload),
        ("context", Mask::Payload),
        ("output", Mask::Payload),
        ("golden_answer", Mask::Payload),
    ],
    own: &[],
};

const DATASET: Option<SourceKind> = Some(SourceKind::Dataset);
const COLLECTION: Option<SourceKind> = Some(SourceKind::Collection);
