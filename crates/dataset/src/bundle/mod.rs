//! The bundle of a release: one zip with everything an evaluator needs, and a signature over it.
//!
//! Takes tables, what is to be said of them, and members that others made; gives one file whose bytes
//! follow from these alone. Reads it back, and verifies it without anything but the public key.
//! Refuses names that Stata cannot take, texts that would be read as missing, keys that repeat, and,
//! on reading, every byte that is not as it was written.
//!
//! Order of members: tables, documents, members of others, `manifest.json`, `manifest.sig`. The manifest
//! holds for each member the SHA-256 of its content and of its bytes as they lie in the archive; all
//! other bytes of the archive are a function of the members, see `archive`. So any other byte is
//! a changed member, a changed manifest or another form of archive.

mod check;
mod content;
mod error;
mod fault;
mod manifest;
mod open;
mod read;
mod verify;
mod write;

pub use content::{
    Approval, AuditHead, BundleContent, Input, Member, Relation, ReleaseFacts, Suppression,
};
pub use error::BundleError;
pub use fault::{Fault, FaultKind};
pub use manifest::{Manifest, Output};
pub use open::Bundle;
pub use verify::{Verified, verify};
pub use write::{BundleWriter, BundleWritten, write};

/// Stands in every manifest; a change of the layout is another one.
pub const FORMAT: &str = "tallystick-bundle-1";
/// What is signed begins with this, so that no other signature of the key can be taken for a bundle's.
pub const SIGNED_PREFIX: &[u8] = b"tallystick bundle v1\0";
/// Name of the manifest.
pub const MANIFEST: &str = "manifest.json";
/// Name of the signature over [`SIGNED_PREFIX`] and the manifest's bytes: 64 bytes, Ed25519 (RFC 8032).
pub const SIGNATURE: &str = "manifest.sig";
/// Rows of a row group in the Parquet files.
const GROUP_ROWS: usize = 1 << 20;
/// Largest manifest and largest `datapackage.json` that is read, in bytes.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// Documents that every bundle has, in their order.
pub(crate) const DATAPACKAGE: &str = "datapackage.json";
pub(crate) const DDI: &str = "ddi-codebook.xml";
pub(crate) const CODEBOOK_HTML: &str = "codebook.html";
pub(crate) const CODEBOOK_CSV: &str = "codebook.csv";
pub(crate) const STATA: &str = "stata/read.do";
pub(crate) const R: &str = "r/read.R";
pub(crate) const README: &str = "README.txt";

pub(crate) fn csv_name(table: &str) -> String {
    format!("data/{table}.csv")
}

pub(crate) fn parquet_name(table: &str) -> String {
    format!("data/{table}.parquet")
}
