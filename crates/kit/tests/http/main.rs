//! The kit through real connections: what only shows on the wire.

mod bodies;
mod connections;
mod forms;
mod observing;
mod served;
mod shapes;
