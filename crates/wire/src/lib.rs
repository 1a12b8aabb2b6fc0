//! What may cross the boundary between an agency and the linkage unit.
//!
//! Takes columns of fixed width, gives a submission file and back, refuses every file that is not
//! exactly one: unknown versions, wrong checksums, bytes left over, unused bits, filters too full
//! to be real. There is no text in a submission but short configured labels; content travels
//! sealed ([`content`] is its inner form, opened by the release desk only).

pub mod content;
#[doc(hidden)]
pub mod fuzz;
pub mod header;
pub mod layout;
pub mod leak;
pub mod levels;
pub mod read;
pub mod rejection;
pub mod schema;
pub mod types;
pub mod write;

#[doc(hidden)]
pub use fuzz::fuzz_container;
pub use header::Header;
pub use layout::{Column, SectionKind};
pub use levels::LevelCounts;
pub use read::{ReadAt, Submission};
pub use rejection::Rejection;
pub use schema::{Field, FieldSet, PASSES, PassSpec};
pub use types::{
    BlockToken, ColumnLabel, ConfigHash, ContinuityToken, Digest, Handle, KeyCheck, Profile,
    ProjectId, SourceLabel, SourceType,
};
pub use write::SubmissionWriter;
