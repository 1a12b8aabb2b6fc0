//! What a check found: counts, shares, lines of the export and words of our own lists; never a value.

use serde::{Deserialize, Serialize};

use super::place::Place;

/// Version of the report's form.
pub const REPORT_VERSION: u16 = 1;
/// Lines listed at most for one finding; all are counted.
pub const LINES_LISTED_MAX: usize = 10;

/// A number of rows or identities, and the first lines of the export where they stand.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// How many.
    pub count: u64,
    /// The first lines, at most [`LINES_LISTED_MAX`].
    pub lines: Vec<Place>,
}

impl Lines {
    pub(super) fn add(&mut self, line: Place) {
        self.count += 1;
        if self.lines.len() < LINES_LISTED_MAX {
            self.lines.push(line);
        }
    }
}

/// A file of an export of several.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
}

/// Cells of one field, or of one group's rows in it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cells {
    /// Usable.
    pub present: u64,
    /// Empty, or a word that means missing.
    pub missing: u64,
    /// Something, but nothing usable.
    pub unreadable: u64,
}

impl Cells {
    /// All cells.
    pub fn total(self) -> u64 {
        self.present + self.missing + self.unreadable
    }

    /// Usable ones in thousandths.
    pub fn permille(self) -> u64 {
        permille(self.present, self.total())
    }
}

/// A share in thousandths, rounded; of nothing it is none.
pub(super) fn permille(part: u64, total: u64) -> u64 {
    (part * 1_000 + total / 2).checked_div(total).unwrap_or(0)
}

/// Completeness of a column.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FieldReport {
    /// Name of the field, or of the content column.
    pub field: String,
    /// Its cells.
    pub cells: Cells,
}

/// Completeness in one group of rows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupReport {
    /// By what rows are grouped: `sex`, `race`, `age` or `month`.
    pub by: String,
    /// The group, in our own words.
    pub group: String,
    /// Its rows.
    pub rows: u64,
    /// Rows that can never link.
    pub never: u64,
    /// Usable cells in thousandths by field, in the order of [`CheckReport::fields`].
    pub present_permille: Vec<u64>,
}

/// A word of our list of placeholders that was found.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceholderReport {
    /// The field.
    pub field: String,
    /// The word, as our list has it.
    pub word: String,
    /// Rows with it.
    pub rows: Lines,
    /// How many of them would be used as if they were somebody's; the rest is left out already.
    pub used: u64,
    /// What to put into the mapping's list of missing values, where that would leave it out.
    pub drop: Option<String>,
}

/// A value that many people share.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HotReport {
    /// The field.
    pub field: String,
    /// People with the value, and lines of the first of them.
    pub people: Lines,
}

/// Births on days that clerks like.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HeapReport {
    /// Which days or years.
    pub what: String,
    /// Identities born then.
    pub identities: u64,
    /// Their share in ten-thousandths of those with a date.
    pub share: u64,
    /// The share to be expected, in ten-thousandths.
    pub expected: u64,
    /// Whether there are far more than expected.
    pub heaped: bool,
}

/// Identities that look like one person twice, or two persons in one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatReport {
    /// `twins`, `several-numbers` or `several-birth-dates`.
    pub kind: String,
    /// What that is, in words.
    pub meaning: String,
    /// Groups of identities, and the line of the first identity of each.
    pub groups: Lines,
}

/// Rows that can never link, for one reason.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NeverReport {
    /// Code of the reason.
    pub code: String,
    /// The reason in words.
    pub reason: String,
    /// The rows.
    pub rows: Lines,
}

/// How many links to expect at this quality.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastReport {
    /// Expected recall over pairs of identities of one person in two sources, in thousandths.
    pub recall: u32,
    /// If the other source makes twice as many errors.
    pub low: u32,
    /// If it makes half as many.
    pub high: u32,
    /// Persons in the sample that was simulated.
    pub persons: u32,
    /// Their identities.
    pub identities: u32,
    /// Pairs of identities of one person from which error rates were learned; with few, stated
    /// priors decide.
    pub learned_pairs: u32,
    /// How often two records of one person differ in a field, in thousandths.
    pub differences: Vec<DifferenceReport>,
    /// What each field adds.
    pub without: Vec<WithoutReport>,
}

/// How often two records of one person differ.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DifferenceReport {
    /// The field.
    pub field: String,
    /// A little, in thousandths: a typing error, a nickname, one digit.
    pub little: u32,
    /// Wholly, in thousandths.
    pub wholly: u32,
    /// Pairs on which that rests, without the prior.
    pub pairs: u32,
}

/// The forecast without a field.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WithoutReport {
    /// The field.
    pub field: String,
    /// Expected recall without it, in thousandths.
    pub recall: u32,
}

/// Something to look at before the export is encoded.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// Stable code.
    pub code: String,
    /// What it is.
    pub text: String,
}

/// A figure that moved since the earlier submission.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeReport {
    /// The figure.
    pub figure: String,
    /// Then.
    pub before: u64,
    /// Now.
    pub now: u64,
    /// Unit of both: `rows` or `permille`.
    pub unit: String,
    /// Whether it moved so far that somebody should ask why.
    pub notable: bool,
}

/// Everything that a check found.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CheckReport {
    /// [`REPORT_VERSION`].
    pub version: u16,
    /// Name of the source.
    pub source: String,
    /// Files, where there are several; places are then `file:line`, with the file's number here from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileReport>,
    /// Rows after the header.
    pub rows_read: u64,
    /// Rows that encoding would accept.
    pub rows_accepted: u64,
    /// Different identities among them.
    pub identities: u64,
    /// Fields that identify people, in the order of reports.
    pub fields: Vec<FieldReport>,
    /// Content columns.
    pub content: Vec<FieldReport>,
    /// The same by groups of rows.
    pub groups: Vec<GroupReport>,
    /// Placeholders found.
    pub placeholders: Vec<PlaceholderReport>,
    /// Values that many people share.
    pub hot: Vec<HotReport>,
    /// Heaping of births.
    pub heaping: Vec<HeapReport>,
    /// Suspected twins and duplicates.
    pub repeats: Vec<RepeatReport>,
    /// Rows that can never link.
    pub never: Vec<NeverReport>,
    /// Expected recall; none where the export is too small for one.
    pub forecast: Option<ForecastReport>,
    /// What to look at.
    pub warnings: Vec<Warning>,
    /// Changes against an earlier report.
    pub changes: Vec<ChangeReport>,
}

impl CheckReport {
    /// Rows that can never link, for any reason.
    pub fn rows_never(&self) -> u64 {
        self.never.iter().map(|never| never.rows.count).sum()
    }
}
