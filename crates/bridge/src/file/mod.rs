//! Files as places.

pub mod line;
