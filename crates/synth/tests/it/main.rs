//! The exports as a reader of the files finds them.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

mod course;
mod effect;
mod errors;
mod exports;
mod oddities;
mod table;
