//! What encoding an export came to: counts, lines and codes, never a value.

use std::collections::BTreeMap;
use std::fmt;

use tallystick_encoder::normalise::{Field, FieldCounts};
use tallystick_wire::Digest;

use super::content::ContentCounts;
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
    /// Accepted and planted rows that joined an identity already there.
    pub rows_collapsed: u64,
    /// Identities.
    pub records: u64,
    /// Cells of identifiers.
    pub fields: FieldCounts,
    /// Fields that the mapping has.
    pub mapped: Vec<Field>,
    /// Cells of content.
    pub content: Vec<ContentCounts>,
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
        for (code, rejections) in &self.rejections {
            let lines: Vec<String> = rejections.lines.iter().map(RowPlace::to_string).collect();
            let more = if rejections.count > rejections.lines.len() as u64 { ", ..." } else { "" };
            let count = thousands(rejections.count);
            writeln!(f, "    {code}: {count} (lines {}{more})", lines.join(", "))?;
        }
        if self.rows_planted > 0 {
            writeln!(f, "rows planted     {}", thousands(self.rows_planted))?;
        }
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
            }
        }
        let kib = self.submission_bytes.div_ceil(1024);
        writeln!(f, "\nsubmission       {} KiB, {} passes", thousands(kib), self.passes.len())?;
        write!(f, "digest           {}", self.digest)
    }
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
