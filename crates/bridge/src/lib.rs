//! Moving datasets and runs between places, and proving that nothing was lost on the way.
//!
//! A [`place::Place`] is a store, a server that speaks a dialect, or a file; all are read and written
//! alike. Entry points: [`transfer::transfer`] (makes one place have what another has, and can be run
//! again after any end), [`verify::verify`] (compares two places case by case), [`loss::loss`] (what a
//! dialect cannot say of a dataset). [`report`] is what they tell, [`progress`] what they tell meanwhile.
//!
//! How a move can be repeated: nothing is written down besides what is moved, but for marks in the metadata of
//! runs where a dialect has no other way to know them again. A dataset of the target
//! that is known by the source's id, or has the source's name, is read side by side with the source: it
//! is done when both are equal, and is gone on with where it ends when it is the source's beginning.
//!
//! What this crate must never know: SQL, routes of the gateway, and any vendor's name.

pub mod file;
pub mod loss;
pub mod place;
pub mod progress;
pub mod report;
pub mod transfer;
pub mod verify;

mod compare;
mod here;
mod reading;
mod rejects;
mod runs;
