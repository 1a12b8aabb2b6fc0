//! Synthetic populations.
