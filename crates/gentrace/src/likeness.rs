//! What another server of this dialect is like: the vendor's own, or another gateway.

use evalstone_core::source::{SourceKind, Spelling};
use evalstone_kit::likeness::{Call, Effect, Likeness, Mask};

/// The dialect's likeness. Organizations are not compared: each server has its own.
pub static LIKENESS: Likeness = Likeness {
    spelling: Spelling::Uuid,
    calls: &[
        call("GET", "/api/v4/pipelines", SourceKind::Pipeline, Effect::Reads),
        call("POST", "/api/v4/pipelines", SourceKind::Pipeline, Effect::Makes),
        call("GET", "/api/v4/pipelines/{pipelineId}", SourceKind::Pipeline, Effect::Reads),
        call("POST", "/api/v4/pipelines/{pipelineId}", SourceKind::Pipeline, Effect::Changes),
        call("GET", "/api/v4/datasets", SourceKind::Dataset, Effect::Reads),
        call("POST", "/api/v4/datasets", SourceKind::Dataset, Effect::Makes),
        call("GET", "/api/v4/datasets/{datasetId}", SourceKind::Dataset, Effect::Reads),
        call("POST", "/api/v4/datasets/{datasetId}", SourceKind::Dataset, Effect::Changes),
        call("GET", "/api/v4/test-cases", SourceKind::Case, Effect::Reads),
        call("POST", "/api/v4/test-cases", SourceKind::Case, Effect::Makes),
        call("GET", "/api/v4/test-cases/{testCaseId}", SourceKind::Case, Effect::Reads),
        call("DELETE", "/api/v4/test-cases/{testCaseId}", SourceKind::Case, Effect::Changes),
        call("GET", "/api/v4/experiments", SourceKind::Run, Effect::Reads),
        call("POST", "/api/v4/experiments", SourceKind::Run, Effect::Makes),
        call("GET", "/api/v4/experiments/{experimentId}", SourceKind::Run, Effect::Reads),
        call("POST", "/api/v4/experiments/{experimentId}", SourceKind::Run, Effect::Changes),
        Call {
            method: "POST",
            path: "/api/otel/v1/traces",
            subject: None,
            effect: Effect::Changes,
        },
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

const fn call(
    method: &'static str,
    path: &'static str,
    subject: SourceKind,
    effect: Effect,
) -> Call {
    Call { method, path, subject: Some(subject), effect }
}
