//! What another server of this dialect is like: the vendor's own, or another gateway.

use evalstone_core::source::{SourceKind, Spelling};
use evalstone_kit::likeness::{Call, Effect, Likeness, Mask};

/// The dialect's likeness. Organizations are not compared: each server has its own.
pub static LIKENESS: Likeness = Likeness {
    spelling: Spelling::Uuid,
    calls: &[
        Call::new("GET", "/api/v4/pipelines", PIPELINE, Effect::Reads),
        Call::new("POST", "/api/v4/pipelines", PIPELINE, Effect::Makes),
        Call::new("GET", "/api/v4/pipelines/{pipelineId}", PIPELINE, Effect::Reads),
        Call::new("POST", "/api/v4/pipelines/{pipelineId}", PIPELINE, Effect::Changes),
        Call::new("GET", "/api/v4/datasets", DATASET, Effect::Reads),
        Call::new("POST", "/api/v4/datasets", DATASET, Effect::Makes),
        Call::new("GET", "/api/v4/datasets/{datasetId}", DATASET, Effect::Reads),
        Call::new("POST", "/api/v4/datasets/{datasetId}", DATASET, Effect::Changes),
        Call::new("GET", "/api/v4/test-cases", CASE, Effect::Reads),
        Call::new("POST", "/api/v4/test-cases", CASE, Effect::Makes),
        Call::new("GET", "/api/v4/test-cases/{testCaseId}", CASE, Effect::Reads),
        Call::new("DELETE", "/api/v4/test-cases/{testCaseId}", CASE, Effect::Changes),
        Call::new("GET", "/api/v4/experiments", RUN, Effect::Reads),
        Call::new("POST", "/api/v4/experiments", RUN, Effect::Makes),
        Call::new("GET", "/api/v4/experiments/{experimentId}", RUN, Effect::Reads),
        Call::new("POST", "/api/v4/experiments/{experimentId}", RUN, Effect::Changes),
        Call::new("POST", "/api/otel/v1/traces", None, Effect::Changes),
    ],
    fields: &[
        ("pipelineId", Mask::Id(SourceKind::Pipeline)),
        ("datasetId", Mask::Id(SourceKind::Dataset)),
        ("goldenDatasetId", Mask::Id(SourceKind::Dataset)),
        ("testCaseId", Mask::Id(SourceKind::Case)),
        ("experimentId", Mask::Id(SourceKind::Run)),
        ("createdAt", Mask::Time),
        ("updatedAt", Mask::Time),
        ("archivedAt", Mask::Time),
        ("deletedAt", Mask::Time),
        ("inputs", Mask::Payload),
        ("expectedOutputs", Mask::Payload),
        ("metadata", Mask::Payload),
        // It is made of names of the organization, the pipeline and the experiment.
        ("resourcePath", Mask::Given),
    ],
    own: &["/t"],
};

const PIPELINE: Option<SourceKind> = Some(SourceKind::Pipeline);
const DATASET: Option<SourceKind> = Some(SourceKind::Dataset);
const CASE: Option<SourceKind> = Some(SourceKind::Case);
const RUN: Option<SourceKind> = Some(SourceKind::Run);
