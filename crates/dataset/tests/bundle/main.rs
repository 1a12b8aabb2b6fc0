//! Bundles from outside: what is in them, that they come back, and that whatever is changed is found.

#![expect(clippy::unwrap_used, reason = "tests stop where something is not as it should be")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is made here is small and not negative"
)]

mod faults;
mod goldens;
mod made;
mod refused;
mod roundtrip;
mod stata;
mod tools;
