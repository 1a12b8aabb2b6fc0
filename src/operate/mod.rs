//! Takes a data directory, gives a verdict on it, a copy of it, or a directory made from a copy; refuses what is not whole.
//!
//! For the operator, on the machine itself.

mod backup;
mod error;
pub mod held;
mod manifest;
mod replay;
mod restore;
mod running;
mod verify;

pub use backup::{Asker, Made, backup};
pub use error::OperateError;
pub use manifest::MANIFEST;
pub use restore::{Restoration, Restored, restore};
pub use running::{Backups, Overview, begin_backup, list_backups};
pub use verify::{Finding, Report, Verification, verify_store};
