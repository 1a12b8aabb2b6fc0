//! Tests that see both sides.
