//! Generators of what clients may send and careless servers spoil: odd spacing, every way to spell
//! an escape, lone surrogates, numbers that no double holds, duplicate keys, well-known keys with
//! values of the wrong type, null against absent, hostile but legal CSV.
//!
//! They share no code with the gateway's own generators, and a value knows what it means besides
//! how it is spelled, so that what becomes of it is predicted without a parser.

pub mod canonical;
pub mod record;
pub mod sample;
pub mod sheet;
pub mod test_case;
pub mod text;
pub mod value;

/// The engine's stages (design §2.4).
pub const STAGES: [&str; 7] =
    ["input", "output", "retrieval", "tool", "agent_plan", "agent_loop", "memory_write"];
