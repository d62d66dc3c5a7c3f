//! What another server of this dialect is like: the vendor's own, or another gateway.

use evalstone_core::source::{SourceKind, Spelling};
use evalstone_kit::likeness::{Call, Effect, Likeness, Mask};

/// The dialect's likeness. What a vendor computes or hands out (benchmarks, verdicts, tokens, bundles,
/// what it has in its catalog) is another on every server, so it is not here.
pub static LIKENESS: Likeness = Likeness {
    spelling: Spelling::Uuid,
    calls: &[
        Call::new("GET", "/v1/orgs/{org_id}/datasets", DATASET, Effect::Reads),
        Call::new("POST", "/v1/orgs/{org_id}/datasets", DATASET, Effect::Makes),
        Call::new("GET", "/v1/orgs/{org_id}/datasets/catalog", None, Effect::Apart),
        Call::new("GET", "/v1/orgs/{org_id}/datasets/{dataset_id}", DATASET, Effect::Reads),
        Call::new("PATCH", "/v1/orgs/{org_id}/datasets/{dataset_id}", DATASET, Effect::Changes),
        Call::new("DELETE", "/v1/orgs/{org_id}/datasets/{dataset_id}", DATASET, Effect::Changes),
        Call::new("GET", "/v1/orgs/{org_id}/datasets/{dataset_id}/samples", CASE, Effect::Lists),
        Call::new("POST", "/v1/orgs/{org_id}/datasets/{dataset_id}/samples", None, Effect::Changes),
        Call::new("POST", "/v1/orgs/{org_id}/datasets/{dataset_id}/import", None, Effect::Changes),
        Call::new(
            "DELETE",
            "/v1/orgs/{org_id}/datasets/{dataset_id}/samples/{sample_id}",
            CASE,
            Effect::Changes,
        ),
    ],
    fields: &[
        ("org_id", Mask::Organization),
        ("dataset_id", Mask::Id(SourceKind::Dataset)),
        ("sample_id", Mask::Id(SourceKind::Case)),
        ("created_at", Mask::Time),
        ("updated_at", Mask::Time),
        ("input_text", Mask::Payload),
        ("metadata", Mask::Payload),
    ],
    own: &[],
};

const DATASET: Option<SourceKind> = Some(SourceKind::Dataset);
const CASE: Option<SourceKind> = Some(SourceKind::Case);
