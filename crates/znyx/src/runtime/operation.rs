//! What a runtime can be asked (contract §2.5).

/// One of its operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A user's text.
    Input,
    /// A model's answer.
    Output,
    /// The use of a tool, and what came of it.
    Tool,
    /// Retrieved passages.
    Retrieval,
    /// An agent's plan.
    AgentPlan,
    /// One step of an agent.
    AgentStep,
    /// What is to be remembered.
    MemoryWrite,
    /// A text that comes in pieces.
    Stream,
}

impl Operation {
    /// All of them.
    const ALL: [Self; 8] = [
        Self::Input,
        Self::Output,
        Self::Tool,
        Self::Retrieval,
        Self::AgentPlan,
        Self::AgentStep,
        Self::MemoryWrite,
        Self::Stream,
    ];

    /// The operation of a path.
    pub fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.path() == path)
    }

    /// Its path, at the vendor's runtime and here.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Input => "/v1/evaluate/input",
            Self::Output => "/v1/evaluate/output",
            Self::Tool => "/v1/evaluate/tool",
            Self::Retrieval => "/v1/evaluate/retrieval",
            Self::AgentPlan => "/v1/evaluate/agent-plan",
            Self::AgentStep => "/v1/evaluate/agent-step",
            Self::MemoryWrite => "/v1/evaluate/memory-write",
            Self::Stream => "/v1/evaluate/stream",
        }
    }

    /// The vendor's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "runtime.evaluateInput",
            Self::Output => "runtime.evaluateOutput",
            Self::Tool => "runtime.evaluateTool",
            Self::Retrieval => "runtime.evaluateRetrieval",
            Self::AgentPlan => "runtime.evaluateAgentPlan",
            Self::AgentStep => "runtime.evaluateAgentStep",
            Self::MemoryWrite => "runtime.evaluateMemoryWrite",
            Self::Stream => "runtime.evaluateStream",
        }
    }

    /// The engine's stage, which is a trace's context. A stream says in its body which it is; of one
    /// that does not, this is the runtime's default.
    pub const fn stage(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output | Self::Stream => "output",
            Self::Tool => "tool",
            Self::Retrieval => "retrieval",
            Self::AgentPlan => "agent_plan",
            Self::AgentStep => "agent_loop",
            Self::MemoryWrite => "memory_write",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Operation;

    #[test]
    fn an_operation_is_known_by_its_path() {
        for operation in Operation::ALL {
            assert_eq!(Operation::of_path(operation.path()), Some(operation));
        }
        assert_eq!(Operation::of_path("/v1/evaluate/INPUT"), None);
    }
}
