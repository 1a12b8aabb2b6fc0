//! What the linkage hands to the release tables.

use tallystick_wire::{Handle, SourceLabel, SourceType};

/// Number of a record that is in no table: an agency planted its person.
pub const LEFT_OUT: u32 = u32::MAX;

/// Records of one source, in the order of their handles.
#[derive(Clone, Debug)]
pub struct LinkedSource {
    /// Name of the source.
    pub source: SourceLabel,
    /// Kind of agency.
    pub source_type: SourceType,
    /// Handles, ascending.
    pub handles: Vec<Handle>,
    /// Export rows of each record.
    pub row_counts: Vec<u32>,
    /// Person of each record: dense numbers from 0, the same space for all sources. A record that
    /// is in no table has [`LEFT_OUT`] here, in `strict` and in `loose`.
    pub person: Vec<u32>,
    /// Strict person of each record, dense in the same way; refines `person`.
    pub strict: Vec<u32>,
    /// Loose person of each record; refined by `person`.
    pub loose: Vec<u32>,
    /// Person of each record in each imputed linkage, dense in the same way; the same number of linkages in all sources.
    pub imputed: Vec<Vec<u32>>,
}

impl LinkedSource {
    /// Person of each record in the linkages besides the main one.
    pub fn others(&self) -> impl Iterator<Item = &Vec<u32>> {
        [&self.strict, &self.loose].into_iter().chain(&self.imputed)
    }
}

/// All sources, sorted by name, with what is known of each person's linkage.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The sources.
    pub sources: Vec<LinkedSource>,
    /// Number of persons.
    pub person_count: u32,
    /// By person: lowest probability of an accepted pair, in thousandths; 1000 with one record.
    pub link_permille_min: Vec<u16>,
    /// By person: flagged for review.
    pub flagged: Vec<bool>,
}
