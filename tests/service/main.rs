//! The service as its callers see it: the real server on a free port of loopback, over TLS.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod agreed;
mod agreements;
mod answers;
mod authorisation;
mod backup;
mod clerical;
mod consents;
#[path = "../../crates/wire/tests/common/mod.rs"]
mod container;
mod damage;
mod forgotten;
mod intake;
mod log_on;
mod membership;
mod pages;
mod police;
mod releases;
mod repeats;
mod retention;
mod reviews;
mod runs;
mod slow;
mod unit;
mod verify;
