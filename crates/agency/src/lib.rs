//! The agency's tool: from an export to a submission.

pub mod export;
