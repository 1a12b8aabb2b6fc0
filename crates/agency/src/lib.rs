//! The agency's tool.
