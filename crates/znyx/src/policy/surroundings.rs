//! The detectors of what surrounds a model: retrieval, tools, agents, memory, output channels.

use super::detectors::{BLOCK_THRESHOLD, VERDICT, detector};
use super::shape::{Model, at_least, flag, from, percent, share, texts, word};

pub static RETRIEVAL_CHUNK_INJECTION: Model =
    detector("RetrievalChunkInjectionConfig", &[VERDICT, BLOCK_THRESHOLD]);

pub static EMBEDDING_INTEGRITY: Model = detector(
    "EmbeddingIntegrityConfig",
    &[
        VERDICT,
        BLOCK_THRESHOLD,
        share("max_repetition_ratio"),
        at_least("min_tokens_for_repetition", 1),
        share("max_hidden_char_ratio"),
    ],
);

pub static TOOL_OUTPUT_INJECTION: Model =
    detector("ToolOutputInjectionConfig", &[VERDICT, BLOCK_THRESHOLD]);

pub static UNBOUNDED_CONSUMPTION: Model = detector(
    "UnboundedConsumptionConfig",
    &[
        VERDICT,
        at_least("max_session_tokens", 0),
        from("max_session_cost_usd", 0),
        at_least("max_iterations", 1),
        at_least("max_tool_depth", 1),
        at_least("session_window_seconds", 1),
        at_least("max_thinking_tokens_per_request", 0),
        at_least("max_session_thinking_tokens", 0),
        from("max_thinking_to_input_ratio", 0),
        at_least("ratio_min_thinking_tokens", 0),
        at_least("max_repeated_states", 2),
        at_least("max_tracked_states", 1),
    ],
);

pub static EXCESSIVE_AGENCY: Model = detector(
    "ExcessiveAgencyConfig",
    &[VERDICT, BLOCK_THRESHOLD, percent("warn_threshold"), texts("high_risk_actions")],
);

pub static MEMORY_WRITE_POISONING: Model =
    detector("MemoryWritePoisoningConfig", &[VERDICT, BLOCK_THRESHOLD]);

pub static MCP_MANIFEST_SCANNER: Model = detector(
    "McpManifestScannerConfig",
    &[VERDICT, BLOCK_THRESHOLD, texts("allowed_domains"), texts("dangerous_permissions")],
);

pub static TOOL_PERMISSION_AUDIT: Model = detector(
    "ToolPermissionAuditConfig",
    &[
        VERDICT,
        flag("flag_open_ended"),
        flag("flag_destructive_bundling"),
        flag("flag_wildcard_scopes"),
        flag("flag_unconstrained_params"),
        texts("allowed_tools"),
    ],
);

pub static HUMAN_APPROVAL_GATE: Model = detector(
    "HumanApprovalGateConfig",
    &[VERDICT, texts("gated_categories"), flag("require_approver_identity")],
);

pub static TENANT_SCOPE_ASSERTION: Model = detector(
    "TenantScopeAssertionConfig",
    &[
        VERDICT,
        flag("block_cross_tenant"),
        flag("require_tenant_tags"),
        flag("require_query_scoping"),
    ],
);

pub static RETRIEVAL_JAMMING: Model = detector(
    "RetrievalJammingConfig",
    &[
        VERDICT,
        at_least("refusal_threshold", 1),
        from("dominance_ratio", 1),
        at_least("min_chunks_for_dominance", 3),
        at_least("min_content_words", 0),
    ],
);

pub static REASONING_TRACE_DISCLOSURE: Model = detector(
    "ReasoningTraceDisclosureConfig",
    &[
        VERDICT,
        flag("require_trace_scanned"),
        flag("flag_tool_arguments"),
        at_least("min_trace_chars", 0),
    ],
);

pub static OUTPUT_CONTROL_CHAR_SANITIZER: Model = detector(
    "OutputControlCharSanitizerConfig",
    &[word("action", &["BLOCK", "WARN", "REDACT"]), flag("allow_color_codes")],
);

pub static MULTIMODAL_INJECTION: Model = detector(
    "MultimodalInjectionConfig",
    &[VERDICT, flag("flag_unextracted_media"), at_least("match_threshold", 1)],
);

pub static CORPUS_POISONING_MONITOR: Model = detector(
    "CorpusPoisoningMonitorConfig",
    &[
        VERDICT,
        at_least("authority_threshold", 1),
        at_least("max_question_repeats", 2),
        flag("flag_untrusted_into_trusted"),
        at_least("max_writes_per_window", 0),
        at_least("window_seconds", 1),
    ],
);

pub static SEMANTIC_CACHE_INTEGRITY: Model = detector(
    "SemanticCacheIntegrityConfig",
    &[
        flag("block_cross_tenant"),
        share("min_similarity"),
        share("min_token_overlap"),
        flag("require_partitioning"),
        at_least("max_entry_age_seconds", 0),
    ],
);

pub static NUMERICAL_CONSISTENCY: Model =
    detector("NumericalConsistencyConfig", &[VERDICT, BLOCK_THRESHOLD]);

pub static DOCUMENT_METADATA_LEAKAGE: Model =
    detector("DocumentMetadataLeakageConfig", &[VERDICT, BLOCK_THRESHOLD]);
