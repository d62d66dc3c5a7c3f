//! How the suite speaks to the gateway: ordinary requests, bytes on a socket, and curl.

mod answer;
pub mod client;
pub mod curl;
pub mod raw;

pub use answer::Answer;
