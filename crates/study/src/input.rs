//! What a study is made of: content tables of linked persons.

use tallystick_dataset::Values;

/// One content table of a source. Rows of records that are in no release are not in it.
#[derive(Clone, Debug)]
pub struct RecordTable<'a> {
    /// Name of the source.
    pub source: &'a str,
    /// Name of the table.
    pub table: &'a str,
    /// Person of each row.
    pub persons: &'a [u32],
    /// Person of each row in the strict linkage, which splits persons and joins none.
    pub strict: &'a [u32],
    /// Person of each row in each imputed linkage, by numbers of its own; as many linkages in every table that has rows.
    pub imputed: Vec<&'a [u32]>,
    /// Columns by name; days since 1970-01-01.
    pub columns: Vec<(&'a str, &'a Values)>,
}

impl<'a> RecordTable<'a> {
    /// The column with a name.
    pub fn column(&self, name: &str) -> Option<&'a Values> {
        self.columns.iter().find(|(column, _)| *column == name).map(|(_, values)| *values)
    }
}

/// What is known of each person's linkage in one source.
#[derive(Clone, Debug)]
pub struct SourceLinks {
    /// Name of the source.
    pub source: String,
    /// Kind of agency.
    pub source_type: String,
    /// By person: records of the person in the source.
    pub records: Vec<u32>,
    /// By person: whether the strict linkage keeps all these records together with one another.
    pub strict_same: Vec<bool>,
    /// By person: whether the loose linkage adds no record of another person in this source.
    pub loose_same: Vec<bool>,
}

/// Everything the study's tables are made of.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// Number of persons.
    pub person_count: u32,
    /// Content tables.
    pub tables: Vec<RecordTable<'a>>,
    /// Ids of the persons in this project, by person; random-looking, all different.
    pub study_ids: &'a [u64],
    /// By source, sorted by name.
    pub links: Vec<SourceLinks>,
    /// By person: lowest probability of an accepted pair, in thousandths; 1000 with one record.
    pub link_permille_min: &'a [u16],
    /// By person: wants clerical review.
    pub flagged: &'a [bool],
    /// By person: into how many the strict linkage splits it.
    pub strict_counts: &'a [u32],
    /// By person: group of the loose linkage, the same for all persons that it joins.
    pub loose: &'a [u32],
}
