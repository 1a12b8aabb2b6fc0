//! A study's definition, and its tables of linked events.
//!
//! Takes events of linked persons as the sources sent them, and a definition of the study (TOML); gives
//! cohort, person, window, month and event tables, and the flow of counts. Refuses a definition that
//! contradicts itself or asks for columns that no source sent. No disk, clock or network; the order of
//! rows does not matter.

pub mod content;
pub mod definition;
mod error;
pub mod input;
pub mod tables;

pub use definition::Study;
pub use error::StudyError;
pub use input::{Inputs, RecordTable};
