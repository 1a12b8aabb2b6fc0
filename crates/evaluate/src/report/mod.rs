//! The report of an evaluation.
//!
//! Takes an [`Evaluation`](crate::study::Evaluation), gives one HTML page that needs nothing else, and its tables as CSV and
//! LaTeX. Refuses nothing: what has no estimate says why. Every number that leaves passed the small-cell gate: what rests on
//! too few persons reads "hidden".

mod checklist;
mod figures;
mod gate;
mod html;
mod methods;
mod sections;
mod sheet;
mod tables;
mod told;
mod words;

pub use html::{page, sections_of};
pub use sections::lead;
pub use sheet::Sheet;
pub use tables::sheets;

/// How a bundle is known to be what was released.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Verified {
    /// It is not.
    #[default]
    Not,
    /// Signature and all files were checked with this public key, 64 hex digits.
    WithKey(String),
    /// It was read where it was released, and never left.
    AtUnit,
}

/// What a report says of where its numbers come from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Origin {
    /// Number of the release.
    pub release: String,
    /// Title of the release.
    pub title: String,
    /// SHA-256 of the bundle's manifest.
    pub manifest: String,
    /// How the bundle is known to be what was released.
    pub verified: Verified,
    /// SHA-256 of the plan.
    pub plan: String,
    /// Version of the program.
    pub version: String,
}
