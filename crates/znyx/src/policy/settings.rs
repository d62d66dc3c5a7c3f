//! What all detectors share, and what a policy says beside its detectors.

use super::detectors::DETECTORS;
use super::shape::{
    Field, Model, Rule, Shape, at_least, flag, map, model, share, text, texts, word,
};

/// A policy as a whole.
pub static POLICY: Model =
    Model { name: "PolicySchema", base: DETECTORS, own: SETTINGS, closed: false };

/// Keys at the top that are neither detectors nor settings, and that the vendor puts there itself.
pub const MARKS: [&str; 8] = [
    "policy_version",
    "schema_enforcement",
    "tool_governance",
    "_multilingual",
    "metadata",
    "description",
    "name",
    "version",
];

/// The keys of the fields that are no detectors.
pub const SETTING_KEYS: [&str; 5] =
    ["output_contract", "quality_scoring", "custom_detectors", "on_fail", "runtime_policy"];

/// The fields of a policy that stand behind its detectors.
const SETTINGS: &[Field] = &[
    model("output_contract", &OUTPUT_CONTRACT),
    model("quality_scoring", &QUALITY_SCORING),
    Field::new("custom_detectors", Shape::List(&CUSTOM_DETECTORS)).or_null(),
    text("on_fail").or_null(),
    model("runtime_policy", &RUNTIME_POLICY),
];

/// In which order the ways of running a detector are listed.
const MODES: &[&str] = &[
    "local_deterministic",
    "local_ml",
    "local_embedding",
    "local_llm",
    "remote_llm",
    "remote_api",
];

const STAGES: &[&str] =
    &["input", "output", "retrieval", "tool", "agent_plan", "agent_loop", "memory_write"];

const FALLBACKS: &[&str] = &["fail_open", "fail_closed", "fallback_to_deterministic"];

const STAGE_LIST: Shape = Shape::Ruled(&Shape::List(&Shape::Enum(STAGES)), Rule::NotEmpty);
const MODE_LIST: Shape = Shape::Ruled(&Shape::List(&Shape::Enum(MODES)), Rule::NotEmpty);
const HOST_LIST: Shape = Shape::Ruled(&Shape::List(&Shape::Text), Rule::Hosts);
const BAND: Shape =
    Shape::Ruled(&Shape::List(&Shape::Whole { least: None, most: None }), Rule::Band);

/// What every detector may say.
pub const DETECTOR: &[Field] = &[
    flag("enabled"),
    text("action").or_null(),
    Field::new("stages", STAGE_LIST).or_null(),
    model("strategy", &STRATEGY),
    model("backends", &BACKENDS),
    at_least("timeout_ms", 0).or_null(),
    word("fallback", FALLBACKS).or_null(),
    Field::new("egress_allowlist", HOST_LIST).or_null(),
    model("redact_before_egress", &REDACTION),
];

static STRATEGY: Model = Model {
    name: "StrategyConfig",
    base: &[],
    own: &[
        Field::new("order", MODE_LIST).or_null(),
        model("escalate_when", &ESCALATION),
        word("fallback", FALLBACKS).or_null(),
        at_least("timeout_ms", 0).or_null(),
        flag("additive").or_null(),
    ],
    closed: true,
};

static ESCALATION: Model = Model {
    name: "EscalateWhen",
    base: &[],
    own: &[
        Field::new("deterministic_score_between", BAND).or_null(),
        share("ml_confidence_below").or_null(),
    ],
    closed: true,
};

static REDACTION: Model = Model {
    name: "RedactBeforeEgress",
    base: &[],
    own: &[flag("pii"), flag("secrets"), texts("custom")],
    closed: true,
};

static BACKENDS: Model = Model {
    name: "DetectorBackendsConfig",
    base: &[],
    own: &[
        model("local_deterministic", &BACKEND),
        model("local_ml", &BACKEND),
        model("local_embedding", &BACKEND),
        model("local_llm", &BACKEND),
        model("remote_llm", &BACKEND),
        model("remote_api", &BACKEND),
    ],
    closed: true,
};

static BACKEND: Model = Model {
    name: "BackendModeConfig",
    base: &[],
    own: &[
        text("endpoint_url").or_null(),
        text("model_id").or_null(),
        text("revision").or_null(),
        text("sha256").or_null(),
        text("task").or_null(),
        share("threshold").or_null(),
        text("provider").or_null(),
        text("judge_id").or_null(),
        text("model").or_null(),
        at_least("members", 1).or_null(),
        word("method", &["majority", "weighted"]).or_null(),
        flag("judge").or_null(),
        at_least("timeout_ms", 0).or_null(),
        text("auth_type").or_null(),
        text("auth_value").or_null(),
        text("region").or_null(),
        flag("in_boundary").or_null(),
        text("action").or_null(),
        map("provider_config", &Shape::Any),
        text("rubric_name").or_null(),
    ],
    closed: true,
};

static RUNTIME_POLICY: Model = Model {
    name: "RuntimePolicyConfig",
    base: &[],
    own: &[
        flag("no_external_calls"),
        at_least("max_model_detector_latency_ms", 0).or_null(),
        texts("allowed_regions"),
        text("data_residency").or_null(),
    ],
    closed: false,
};

static OUTPUT_CONTRACT: Model = Model {
    name: "OutputContractConfig",
    base: &[],
    own: &[
        flag("enabled"),
        text("schema_name").or_null(),
        Field::new("schema_version", Shape::Whole { least: None, most: None }).or_null(),
        map("json_schema", &Shape::Any),
        text("on_fail").or_null(),
        flag("field_level_errors"),
    ],
    closed: false,
};

static QUALITY_SCORING: Model = Model {
    name: "QualityScoringConfig",
    base: &[],
    own: &[
        flag("enabled"),
        texts("metrics"),
        map("weights", &Shape::Number { least: None, most: None }),
        map("thresholds", &Shape::Number { least: None, most: None }),
    ],
    closed: false,
};

static CUSTOM_DETECTORS: Shape = Shape::Model(&CUSTOM_DETECTOR);

static CUSTOM_DETECTOR: Model = Model {
    name: "CustomDetectorRef",
    base: &[],
    own: &[
        text("name").required(),
        text("type").or_null(),
        map("config", &Shape::Any),
        text("on_fail").or_null(),
        Field::new("stages", STAGE_LIST).or_null(),
    ],
    closed: false,
};
