//! Takes events, gives a log that cannot be quietly changed, refuses to let an action pass unlogged.
//!
//! An entry is one line of JSON. Its hash covers the line and, within it, the hash of the entry before; signed
//! checkpoints (Ed25519, RFC 8032) fix the chain for those who hold only the public key. An entry is written in the
//! transaction of the action it tells of, so that neither exists without the other.
//!
//! What this does not promise: whoever can write to the records while the service is stopped can write another history,
//! which is then signed. Heads that were printed or sent away earlier ([`verify::Anchor`]) show it.

pub mod answers;
mod entry;
mod event;
mod export;
mod fault;
pub mod kept;
mod key;
mod log;
mod query;
pub mod review;
mod stored;
pub mod trace;
pub mod verify;
pub mod words;

pub use entry::{Entry, HASH_DOMAIN};
pub use event::{Actor, Event, EventKind, Outcome};
pub use export::{Export, ExportError, export, records};
pub use key::{AuditKey, AuditPublicKey, Signed};
pub(crate) use log::last_about;
pub use log::{Checkpoint, Head, append, checkpoint, head};
pub use query::{Column, Filter, Found, Page, first_at, query, search};
pub(crate) use stored::put_line;
pub use stored::{Stored, verify_at_start, verify_from, verify_stored};

#[cfg(test)]
mod tests;
