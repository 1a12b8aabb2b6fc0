//! Tests that see both sides, and what they share: a project with fixed keys, exports to encode and
//! link in it, and the score against truth.

mod exports;
pub mod known_truth;
mod programs;
mod project;
mod score;

pub use exports::{Synthetic, mapping_without, rewrite_rows};
pub use programs::{Program, program};
pub use project::{Encoded, Linked, Project, files_in};
pub use score::{Scores, score};
