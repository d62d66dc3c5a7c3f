//! The detectors that a policy configures, in the order of the vendor's schema, and those of them
//! that judge texts.

use super::settings::DETECTOR;
use super::shape::{
    Field, Model, Rule, Shape, at_least, flag, map, model, number, percent, share, text, texts,
    whole, word,
};
use super::surroundings as around;

/// What most detectors of the newer kind may do.
const BLOCK_OR_WARN: &[&str] = &["BLOCK", "WARN"];

const TEXT_LIST: Shape = Shape::List(&Shape::Text);
const OBJECT: Shape = Shape::Map(&Shape::Any);

/// What a detector does: any word.
const ACTION: Field = text("action");
/// What a detector does, of two words.
pub const VERDICT: Field = word("action", BLOCK_OR_WARN);
/// From which score on a detector blocks.
pub const BLOCK_THRESHOLD: Field = percent("block_threshold");

/// The model of a detector.
pub const fn detector(name: &'static str, own: &'static [Field]) -> Model {
    Model { name, base: DETECTOR, own, closed: false }
}

/// The fields of a policy.
pub const DETECTORS: &[Field] = &[
    model("secrets", &SECRETS),
    model("pii", &PII),
    model("jailbreak", &JAILBREAK),
    model("toxicity", &TOXICITY),
    model("topic_restriction", &TOPIC_RESTRICTION),
    model("competitor", &COMPETITOR),
    model("exfiltration", &EXFILTRATION),
    model("tools", &TOOLS),
    model("structure", &STRUCTURE),
    model("abuse", &ABUSE),
    model("gibberish", &GIBBERISH),
    model("language", &LANGUAGE),
    model("bias", &BIAS),
    model("sentiment", &SENTIMENT),
    model("compliance", &COMPLIANCE),
    model("malicious_url", &MALICIOUS_URL),
    model("copyright", &COPYRIGHT),
    model("code_safety", &CODE_SAFETY),
    model("hallucination", &HALLUCINATION),
    model("sensitive_business_data", &SENSITIVE_BUSINESS_DATA),
    model("citation_integrity", &CITATION_INTEGRITY),
    model("system_prompt_leakage", &SYSTEM_PROMPT_LEAKAGE),
    model("retrieval_chunk_injection", &around::RETRIEVAL_CHUNK_INJECTION),
    model("embedding_integrity", &around::EMBEDDING_INTEGRITY),
    model("tool_output_injection", &around::TOOL_OUTPUT_INJECTION),
    model("unbounded_consumption", &around::UNBOUNDED_CONSUMPTION),
    model("excessive_agency", &around::EXCESSIVE_AGENCY),
    model("memory_write_poisoning", &around::MEMORY_WRITE_POISONING),
    model("mcp_manifest_scanner", &around::MCP_MANIFEST_SCANNER),
    model("tool_permission_audit", &around::TOOL_PERMISSION_AUDIT),
    model("human_approval_gate", &around::HUMAN_APPROVAL_GATE),
    model("tenant_scope_assertion", &around::TENANT_SCOPE_ASSERTION),
    model("retrieval_jamming", &around::RETRIEVAL_JAMMING),
    model("reasoning_trace_disclosure", &around::REASONING_TRACE_DISCLOSURE),
    model("output_control_char_sanitizer", &around::OUTPUT_CONTROL_CHAR_SANITIZER),
    model("multimodal_injection", &around::MULTIMODAL_INJECTION),
    model("corpus_poisoning_monitor", &around::CORPUS_POISONING_MONITOR),
    model("semantic_cache_integrity", &around::SEMANTIC_CACHE_INTEGRITY),
    model("numerical_consistency", &around::NUMERICAL_CONSISTENCY),
    model("document_metadata_leakage", &around::DOCUMENT_METADATA_LEAKAGE),
];

static SECRETS: Model = detector("SecretsConfig", &[texts("exceptions"), flag("detect_base64")]);

static PII: Model = detector(
    "PIIConfig",
    &[ACTION, text("redaction_strategy"), flag("skip_private_ips"), map("types", &OBJECT)],
);

static JAILBREAK: Model = detector(
    "JailbreakConfig",
    &[whole("threshold"), flag("detect_encoding"), flag("track_conversation")],
);

static TOXICITY: Model = detector(
    "ToxicityConfig",
    &[ACTION, map("custom_terms", &Shape::Text), flag("detect_evasion"), flag("context_aware")],
);

static TOPIC_RESTRICTION: Model = detector(
    "TopicRestrictionConfig",
    &[
        ACTION,
        texts("blocked_topics"),
        texts("allowed_topics"),
        flag("use_synonyms"),
        flag("context_aware"),
    ],
);

static COMPETITOR: Model = detector(
    "CompetitorConfig",
    &[
        ACTION,
        texts("competitors"),
        flag("fuzzy_matching"),
        whole("fuzzy_threshold"),
        texts("allowlist_contexts"),
        map("competitor_aliases", &TEXT_LIST),
    ],
);

static EXFILTRATION: Model = detector("ExfiltrationConfig", &[whole("block_threshold")]);

static TOOLS: Model = detector(
    "ToolsConfig",
    &[
        texts("allowed"),
        texts("denied"),
        map("schemas", &OBJECT),
        texts("domain_allowlist"),
        whole("max_arg_size"),
    ],
);

static STRUCTURE: Model = detector(
    "StructureConfig",
    &[
        text("expected_format").or_null(),
        map("json_schema", &Shape::Any),
        text("xml_root").or_null(),
        text("schema_name").or_null(),
    ],
);

static ABUSE: Model = detector(
    "AbuseConfig",
    &[
        whole("max_chars_input"),
        whole("max_chars_output"),
        whole("max_tool_args_size"),
        whole("rate_limit_per_minute"),
        whole("prompt_flood_threshold"),
        whole("prompt_flood_window"),
    ],
);

static GIBBERISH: Model = detector(
    "GibberishConfig",
    &[
        ACTION,
        number("entropy_threshold"),
        number("max_special_char_ratio"),
        flag("detect_invisible_chars"),
        flag("detect_token_stuffing"),
        whole("repetition_threshold"),
    ],
);

static LANGUAGE: Model = detector(
    "LanguageConfig",
    &[
        ACTION,
        texts("allowed_languages"),
        texts("blocked_languages"),
        flag("detect_mixed"),
        whole("min_text_length"),
        number("min_confidence"),
    ],
);

static BIAS: Model = detector(
    "BiasConfig",
    &[ACTION, texts("protected_attributes"), text("sensitivity"), text("industry_preset")],
);

static SENTIMENT: Model =
    detector("SentimentConfig", &[ACTION, texts("blocked_tones"), number("min_sentiment_score")]);

static COMPLIANCE: Model = detector(
    "ComplianceConfig",
    &[
        ACTION,
        text("industry"),
        flag("ai_disclosure"),
        text("ai_disclosure_text").or_null(),
        texts("prohibited_claims"),
        texts("required_disclaimers"),
    ],
);

static MALICIOUS_URL: Model = detector(
    "MaliciousURLConfig",
    &[
        ACTION,
        flag("block_ip_urls"),
        flag("block_shorteners"),
        flag("check_data_uris"),
        texts("domain_blocklist"),
        texts("domain_allowlist"),
        whole("max_subdomain_depth"),
    ],
);

static COPYRIGHT: Model = detector(
    "CopyrightConfig",
    &[
        ACTION,
        whole("verbatim_threshold"),
        flag("check_code_licenses"),
        texts("code_license_blocklist"),
        flag("check_lyrics"),
        flag("check_books"),
    ],
);

static CODE_SAFETY: Model = detector(
    "CodeSafetyConfig",
    &[
        ACTION,
        texts("languages"),
        flag("block_unsafe_functions"),
        flag("check_sql_injection"),
        flag("check_xss"),
        flag("check_command_injection"),
        flag("check_path_traversal"),
    ],
);

static HALLUCINATION: Model = detector(
    "HallucinationConfig",
    &[ACTION, text("method"), number("grounding_threshold"), whole("min_claim_words")],
);

static SENSITIVE_BUSINESS_DATA: Model = detector(
    "SensitiveBusinessDataConfig",
    &[
        ACTION,
        map("categories", &TEXT_LIST),
        texts("allowlist"),
        whole("block_threshold"),
        text("severity"),
    ],
);

static CITATION_INTEGRITY: Model = detector(
    "CitationIntegrityConfig",
    &[VERDICT, BLOCK_THRESHOLD, flag("require_sources"), share("min_quote_overlap")],
);

static SYSTEM_PROMPT_LEAKAGE: Model = detector(
    "SystemPromptLeakageConfig",
    &[
        VERDICT,
        Field::new("fingerprint_key", Shape::Ruled(&Shape::Text, Rule::Hex)).or_null(),
        Field::new("fingerprints", Shape::List(&Shape::Model(&FINGERPRINT))).or_null(),
        at_least("match_threshold", 1),
        flag("check_tool_schemas"),
    ],
);

static FINGERPRINT: Model = Model {
    name: "SystemPromptFingerprintEntry",
    base: &[],
    own: &[
        Field::new("hashes", Shape::Ruled(&TEXT_LIST, Rule::AtLeastOne)).required(),
        at_least("min_shingle_tokens", 8),
        word("kind", &["system_prompt", "tool_schema", "policy_text"]),
    ],
    closed: false,
};
