//! Popcount kernels.
