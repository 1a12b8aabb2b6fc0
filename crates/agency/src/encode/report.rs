//! What encoding an export came to: counts, lines and codes, never a value.

use std::collections::BTreeMap;
use std::fmt;

use tallystick_encoder::normalise::{Field, FieldCounts};
use tallystick_wire::Digest;

use super::content::{ContentCounts, GroupCounts};
use crate::export::FileRows;

/// Lines listed at most per reason; all are counted.
const LINES_LISTED_MAX: usize = 20;

/// Rejected rows of one reason.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rejections {
    /// How many.
    pub count: u64,
    /// The first of them, at most twenty.
    pub lines: Vec<RowPlace>,
}

/// Where a row is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RowPlace {
    /// Number of the file, from 1, where there are several.
    pub file: Option<u32>,
    /// Line, from 1.
    pub line: u64,
}

impl fmt::Display for RowPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file {
            Some(file) => write!(f, "{file}:{}", self.line),
            None => write!(f, "{}", self.line),
        }
    }
}

/// How many rows, and the first of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Places {
    /// How many.
    pub count: u64,
    /// The first of them, at most twenty.
    pub places: Vec<RowPlace>,
}

impl Places {
    pub(crate) fn add(&mut self, place: RowPlace) {
        self.count += 1;
        Self::list(&mut self.places, place);
    }

    /// Lists a place if there is room.
    pub(crate) fn list(places: &mut Vec<RowPlace>, place: RowPlace) {
        if places.len() < LINES_LISTED_MAX {
            places.push(place);
        }
    }
}

/// What became of aliases.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AliasCounts {
    /// Whether there is anything to count.
    pub is_mapped: bool,
    /// Aliases of accepted rows, each counted like a row; those of a second file once for each
    /// identity of their person.
    pub aliases: u64,
    /// Names that could not be read.
    pub unreadable: Places,
    /// Rows with aliases and without a number of the person; row and aliases got one of the row.
    pub rows_numbered: u64,
    /// The second file.
    pub file: Option<AliasFileCounts>,
}

/// What became of the rows of an alias file: rows read are held or rejected.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AliasFileCounts {
    /// Rows after the header.
    pub rows_read: u64,
    /// Rows with a number and a name.
    pub rows_held: u64,
    /// Rejected rows by code.
    pub rejections: BTreeMap<&'static str, Rejections>,
    /// Names that could not be read.
    pub unreadable: Places,
    /// Persons that the export does not have.
    pub persons_absent: u64,
    /// Rows held of these.
    pub rows_absent: u64,
}

/// What encoding an export came to.
#[derive(Clone, Debug)]
pub struct EncodeReport {
    /// Name of the source.
    pub source: String,
    /// Files with their rows, where there are several.
    pub files: Vec<FileRows>,
    /// Rows after the header.
    pub rows_read: u64,
    /// Cells of workbooks that hold an error, such as `#N/A`; read as empty.
    pub error_cells: u64,
    /// Rows that went into the submission.
    pub rows_accepted: u64,
    /// Rejected rows by code.
    pub rejections: BTreeMap<&'static str, Rejections>,
    /// Rows of planted persons; they are not among those read and accepted.
    pub rows_planted: u64,
    /// Further names of accepted rows.
    pub aliases: AliasCounts,
    /// Accepted and planted rows and aliases that joined an identity already there.
    pub rows_collapsed: u64,
    /// Identities: accepted and planted rows and aliases, minus those collapsed.
    pub records: u64,
    /// Cells of identifiers.
    pub fields: FieldCounts,
    /// Fields that the mapping has.
    pub mapped: Vec<Field>,
    /// Cells of content.
    pub content: Vec<ContentCounts>,
    /// Further tables of content.
    pub groups: Vec<GroupCounts>,
    /// Passes with their rows.
    pub passes: Vec<(&'static str, u64)>,
    /// Bytes of the submission.
    pub submission_bytes: u64,
    /// Digest that names the submission.
    pub digest: Digest,
}

impl EncodeReport {
    /// Rows rejected for any reason.
    pub fn rows_rejected(&self) -> u64 {
        self.rejections.values().map(|rejections| rejections.count).sum()
    }
}

pub(super) fn reject(
    rejections: &mut BTreeMap<&'static str, Rejections>,
    code: &'static str,
    place: RowPlace,
) {
    let entry = rejections.entry(code).or_default();
    entry.count += 1;
    if entry.lines.len() < LINES_LISTED_MAX {
        entry.lines.push(place);
    }
}

impl fmt::Display for EncodeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "source           {}", self.source)?;
        for (number, file) in (1..).zip(&self.files) {
            writeln!(f, "file {number:<12}{}: {} rows", file.name, thousands(file.rows))?;
        }
        writeln!(f, "rows read        {}", thousands(self.rows_read))?;
        if self.error_cells > 0 {
            let cells = thousands(self.error_cells);
            writeln!(f, "  cells in error {cells}, read as empty")?;
        }
        writeln!(f, "  accepted       {}", thousands(self.rows_accepted))?;
        writeln!(f, "  rejected       {}", thousands(self.rows_rejected()))?;
        write_rejections(f, &self.rejections)?;
        if self.rows_planted > 0 {
            writeln!(f, "rows planted     {}", thousands(self.rows_planted))?;
        }
        self.write_aliases(f)?;
        writeln!(f, "identities       {}", thousands(self.records))?;
        writeln!(f, "  rows collapsed {}", thousands(self.rows_collapsed))?;
        writeln!(f, "\nidentifier       present  missing  unreadable")?;
        for field in &self.mapped {
            let count = self.fields.field(*field);
            write_counts(f, &field_name(*field), count.present, count.missing, count.invalid)?;
        }
        if !self.content.is_empty() {
            writeln!(f, "\ncontent          present  missing  unreadable")?;
            for count in &self.content {
                write_counts(f, &count.column, count.present, count.missing, count.invalid)?;
                if count.invalid > 0 {
                    let lines = lines(count.invalid, &count.invalid_places);
                    writeln!(f, "    unreadable: {} {lines}", thousands(count.invalid))?;
                }
            }
        }
        for group in &self.groups {
            writeln!(f, "table {:<10} {} rows", group.table, thousands(group.rows))?;
            if group.uneven > 0 {
                let lines = lines(group.uneven, &group.uneven_places);
                writeln!(f, "    cells of unequal lengths: {} {lines}", thousands(group.uneven))?;
            }
        }
        let kib = self.submission_bytes.div_ceil(1024);
        writeln!(f, "\nsubmission       {} KiB, {} passes", thousands(kib), self.passes.len())?;
        write!(f, "digest           {}", self.digest)
    }
}

impl EncodeReport {
    fn write_aliases(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.aliases;
        if !counts.is_mapped {
            return Ok(());
        }
        writeln!(f, "aliases          {}", thousands(counts.aliases))?;
        write_unreadable(f, &counts.unreadable)?;
        if counts.rows_numbered > 0 {
            writeln!(f, "  of rows without a number {}", thousands(counts.rows_numbered))?;
        }
        let Some(file) = &counts.file else { return Ok(()) };
        writeln!(f, "alias file       {} rows", thousands(file.rows_read))?;
        writeln!(f, "  held           {}", thousands(file.rows_held))?;
        let rejected: u64 = file.rejections.values().map(|rejections| rejections.count).sum();
        writeln!(f, "  rejected       {}", thousands(rejected))?;
        write_rejections(f, &file.rejections)?;
        write_unreadable(f, &file.unreadable)?;
        let [persons, rows] = [file.persons_absent, file.rows_absent].map(thousands);
        writeln!(f, "  not in export  {rows} rows of {persons} persons")
    }
}

fn write_rejections(
    f: &mut fmt::Formatter<'_>,
    rejections: &BTreeMap<&'static str, Rejections>,
) -> fmt::Result {
    for (code, rejections) in rejections {
        let lines = lines(rejections.count, &rejections.lines);
        writeln!(f, "    {code}: {} {lines}", thousands(rejections.count))?;
    }
    Ok(())
}

fn write_unreadable(f: &mut fmt::Formatter<'_>, names: &Places) -> fmt::Result {
    if names.count == 0 {
        return Ok(());
    }
    let lines = lines(names.count, &names.places);
    writeln!(f, "    alias-unreadable: {} {lines}", thousands(names.count))
}

/// `(lines 3, 5, ...)`
fn lines(count: u64, places: &[RowPlace]) -> String {
    let listed: Vec<String> = places.iter().map(RowPlace::to_string).collect();
    let more = if count > places.len() as u64 { ", ..." } else { "" };
    format!("(lines {}{more})", listed.join(", "))
}

fn write_counts(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    present: u64,
    missing: u64,
    invalid: u64,
) -> fmt::Result {
    let total = present + missing + invalid;
    let percent = |count: u64| {
        let permille = (count * 1_000).checked_div(total).unwrap_or(0);
        format!("{}.{} %", permille / 10, permille % 10)
    };
    let [present, missing, invalid] = [present, missing, invalid].map(percent);
    writeln!(f, "  {name:<14} {present:>7}  {missing:>7}  {invalid:>10}")
}

pub(crate) fn field_name(field: Field) -> String {
    match field {
        Field::Attribute(index) => format!("attribute {index}"),
        field => field.invalid_code().trim_start_matches("field-").replace("-unreadable", ""),
    }
}

pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }

    #[test]
    fn lines_are_listed_up_to_a_limit_and_all_are_counted() {
        let mut rejections = BTreeMap::new();
        (0..50).for_each(|line| {
            reject(&mut rejections, "row-ragged", RowPlace { file: None, line });
        });
        assert_eq!(rejections["row-ragged"].count, 50);
        assert_eq!(rejections["row-ragged"].lines.len(), LINES_LISTED_MAX);
    }
}
