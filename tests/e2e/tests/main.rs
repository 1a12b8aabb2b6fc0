//! Both sides together: what leaves the agencies, what comes out of the linkage, and how good it is.

mod accuracy;
mod bad_input;
mod canary;
mod clear_twin;
mod delivery;
mod determinism;
mod forecast;
mod mapped;
mod planted;
mod runs;
mod sniffed;
mod tutorial;
