//! Takes uploads of agencies piece by piece, gives submissions with signed receipts, refuses whatever is not exactly one.
//!
//! Nothing is ever on the disk in clear: an upload is sealed as it comes, and what is acknowledged is durable. When all of it
//! is there it is decoded to the last byte, checked against the agency and the project, and put away in two segments under two
//! keys: encodings and content. A refused upload is erased; the log says why, without a value of it.

mod error;
mod history;
mod over;
mod permitted;
mod put_away;
mod receipt;
mod retention;
mod submission;
mod take;
mod upload;

pub use error::IntakeError;
pub use history::{Found, OpenUpload, Sought, find, open_uploads, projects, search, standing_key};
pub use over::{end, expire, sweep, waiting};
pub use receipt::Receipt;
pub use retention::{Retention, erase_superseded};
pub use submission::{Listed, State, StoredSubmission, list, open_stored, receipt_of, withdraw};
pub use take::{Outcome, take};
pub(crate) use upload::open_tail;
pub use upload::{Received, Receiving, Upload, UploadState, begin};

/// Limits of intake; see `config/default.toml`.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeLimits {
    /// Complete uploads that are read and checked at the same time.
    pub takes_max: std::num::NonZeroU16,
    /// Uploads of one agency that were begun and not ended.
    pub uploads_max: u64,
    /// Submissions of one answer.
    pub submissions_max: u32,
    /// Hours after which an upload that nobody goes on with ends.
    pub upload_hours: i64,
}
