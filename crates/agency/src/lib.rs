//! The agency's tool: from an export to a submission.
//!
//! Everything here runs on the agency's own machine. What leaves it is the submission file alone.

pub mod check;
pub mod cli;
pub mod encode;
pub mod export;
pub mod keys;
pub mod lookup;
pub mod sniff;
