//! Histograms of comparison levels over random pairs of one source (the u side of training).
//!
//! The linkage unit cannot make them: under block salting, random pairs are not comparable. Each
//! agency counts levels over random pairs of its own rows, encoded under a throw-away key, leaves
//! out pairs that agree on two or more identifying fields, and sends counts rounded to ten.

/// Levels of the given name: missing, none, two edits, one edit, exact, nickname.
pub const FIRST_LEVELS: usize = 6;
/// Levels of sex: missing, different, same.
pub const SEX_LEVELS: usize = 3;
/// Levels of the family name: missing, none, two edits, one edit, exact.
pub const LAST_LEVELS: usize = 5;
/// Levels of the date of birth: missing, none, partial, one digit or swap, exact.
pub const DOB_LEVELS: usize = 5;
/// Levels of the year of a default date: missing, different, same.
pub const DOB_YEAR_LEVELS: usize = 3;
/// Levels of the last four digits: missing, none, one digit, exact.
pub const SSN4_LEVELS: usize = 4;
/// Levels of each part of the location (address, phone, zip, city): missing, none, near, exact.
pub const PART_LEVELS: usize = 4;
/// Levels of the middle initial: missing, different, same.
pub const MIDDLE_LEVELS: usize = 3;
/// Levels of the suffix: missing, different, same.
pub const SUFFIX_LEVELS: usize = 3;
/// Levels of an attribute: missing, different, near, same.
pub const ATTRIBUTE_LEVELS: usize = 4;

/// What a source's counts are rounded to.
pub const COUNT_STEP: u32 = 10;

/// One table of counts: where it starts and how many cells it has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Table {
    /// First cell.
    pub start: usize,
    /// Number of cells.
    pub cells: usize,
}

/// Joint table of given name and sex; cell `first * SEX_LEVELS + sex`.
pub const FIRST_SEX: Table = Table { start: 0, cells: FIRST_LEVELS * SEX_LEVELS };
/// Family name.
pub const LAST: Table = after(FIRST_SEX, LAST_LEVELS);
/// Date of birth.
pub const DOB: Table = after(LAST, DOB_LEVELS);
/// Year of a default date of birth.
pub const DOB_YEAR: Table = after(DOB, DOB_YEAR_LEVELS);
/// Last four digits of the social security number.
pub const SSN4: Table = after(DOB_YEAR, SSN4_LEVELS);
/// Joint table of the location; cell `((address * 4 + phone) * 4 + zip) * 4 + city`.
pub const LOCATION: Table = after(SSN4, PART_LEVELS * PART_LEVELS * PART_LEVELS * PART_LEVELS);
/// Middle initial.
pub const MIDDLE: Table = after(LOCATION, MIDDLE_LEVELS);
/// Suffix.
pub const SUFFIX: Table = after(MIDDLE, SUFFIX_LEVELS);
/// The four attributes.
pub const ATTRIBUTES: [Table; crate::schema::ATTRIBUTES_MAX] = {
    let first = after(SUFFIX, ATTRIBUTE_LEVELS);
    let second = after(first, ATTRIBUTE_LEVELS);
    let third = after(second, ATTRIBUTE_LEVELS);
    [first, second, third, after(third, ATTRIBUTE_LEVELS)]
};
/// Number of cells of all tables.
pub const CELLS: usize = ATTRIBUTES[3].start + ATTRIBUTES[3].cells;

const fn after(table: Table, cells: usize) -> Table {
    Table { start: table.start + table.cells, cells }
}

/// Counts of comparison levels over random pairs of one source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LevelCounts {
    /// Random pairs drawn, before any were left out.
    pub pairs: u64,
    /// All tables one after the other; [`CELLS`] counts.
    pub cells: Vec<u32>,
}

impl Default for LevelCounts {
    fn default() -> Self {
        Self { pairs: 0, cells: vec![0; CELLS] }
    }
}

impl LevelCounts {
    /// The cells of one table.
    pub fn table(&self, table: Table) -> &[u32] {
        &self.cells[table.start..table.start + table.cells]
    }

    /// Counts one level.
    pub fn add(&mut self, table: Table, cell: usize) {
        self.cells[table.start + cell] += 1;
    }

    /// Rounds every count to the nearest [`COUNT_STEP`].
    pub fn round(&mut self) {
        for cell in &mut self.cells {
            *cell = (*cell + COUNT_STEP / 2) / COUNT_STEP * COUNT_STEP;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_tile_the_cells() {
        assert_eq!(CELLS, 313);
        assert_eq!(LOCATION.start + LOCATION.cells, MIDDLE.start);
    }

    #[test]
    fn counts_are_rounded_to_ten() {
        let mut counts = LevelCounts::default();
        for _ in 0..14 {
            counts.add(LAST, 1);
        }
        for _ in 0..5 {
            counts.add(LAST, 2);
        }
        counts.round();
        assert_eq!(counts.table(LAST), [0, 10, 10, 0, 0]);
    }
}
