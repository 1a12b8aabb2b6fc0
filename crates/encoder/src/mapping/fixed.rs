//! Takes the layout of a file of fixed width (TOML), gives its columns, refuses columns that overlap,
//! repeat a name or have no width.

use serde::Deserialize;

use super::error::MappingError;
use super::{COLUMN_CHARS_MAX, raw};

/// Most columns of a layout.
const COLUMNS_MAX: usize = 2048;
/// Last character of a line that a column may have.
const LINE_CHARS_MAX: u32 = 1 << 20;
/// Most lines before the first row.
const SKIP_LINES_MAX: u32 = 1000;

/// Where the columns of a file of fixed width are written down.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LayoutSource {
    /// In a TOML file beside the mapping.
    File(String),
    /// In the mapping.
    Here(FixedLayout),
}

/// Where the cells of a line of fixed width stand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FixedLayout {
    /// Columns by their place in the line.
    pub columns: Vec<FixedColumn>,
    /// Lines before the first row.
    pub skip_lines: u32,
    /// Whether blanks at the end of a line were cut off, so that a short line is a whole one.
    pub trimmed: bool,
}

/// One column of a line of fixed width.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FixedColumn {
    /// Its name.
    pub name: String,
    /// Its first character, from 1.
    pub start: u32,
    /// Its characters.
    pub width: u32,
}

impl FixedColumn {
    /// Characters of the line up to the end of this column.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.start - 1 + self.width
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFixed {
    columns: Vec<RawColumn>,
    #[serde(default)]
    skip_lines: u32,
    #[serde(default)]
    trimmed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    name: String,
    start: u32,
    width: u32,
}

impl FixedLayout {
    /// Parses a layout file.
    ///
    /// # Errors
    /// See [`MappingError`].
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        check(raw::parse(text)?, "")
    }

    /// Characters a line must have.
    #[must_use]
    pub fn line_chars(&self) -> u32 {
        self.columns.last().map_or(0, FixedColumn::end)
    }
}

/// `table` stands before keys in errors.
pub(super) fn check(raw: RawFixed, table: &str) -> Result<FixedLayout, MappingError> {
    let refused = |rule| MappingError::Value { key: format!("{table}columns"), rule };
    if raw.columns.is_empty() || raw.columns.len() > COLUMNS_MAX {
        return Err(refused("takes 1 to 2048 columns"));
    }
    if raw.skip_lines > SKIP_LINES_MAX {
        let key = format!("{table}skip_lines");
        return Err(MappingError::Value { key, rule: "takes 0 to 1000 lines" });
    }
    let mut columns = Vec::with_capacity(raw.columns.len());
    for column in raw.columns {
        let name = column.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > COLUMN_CHARS_MAX {
            return Err(refused("each has a name of 1 to 128 characters"));
        }
        let end = column.start.checked_add(column.width).filter(|end| *end <= LINE_CHARS_MAX);
        if column.start == 0 || column.width == 0 || end.is_none() {
            return Err(refused("start counts characters from 1, width from 1, up to 1048575"));
        }
        columns.push(FixedColumn { name, start: column.start, width: column.width });
    }
    columns.sort_by_key(|column| column.start);
    if columns.windows(2).any(|pair| pair[0].end() >= pair[1].start) {
        return Err(refused("no two may overlap"));
    }
    let mut names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(refused("no two may have the same name"));
    }
    Ok(FixedLayout { columns, skip_lines: raw.skip_lines, trimmed: raw.trimmed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_put_in_order_and_may_leave_gaps() {
        let text = "columns = [{ name = \"B\", start = 8, width = 2 }, { name = \"A\", start = 1, width = 5 }]";
        let layout = FixedLayout::parse(text).unwrap();
        assert_eq!(layout.columns[0].name, "A");
        assert_eq!(layout.line_chars(), 9);
    }

    #[test]
    fn what_cannot_be_a_layout_is_refused() {
        let column = |name: &str, start: u32, width: u32| {
            format!("[[columns]]\nname = \"{name}\"\nstart = {start}\nwidth = {width}\n")
        };
        for text in [
            "columns = []".to_owned(),
            column("A", 0, 1),
            column("A", 1, 0),
            column("A", u32::MAX, u32::MAX),
            column("A", 1, 5) + &column("B", 5, 1),
            column("A", 1, 5) + &column("A", 6, 1),
            column(" ", 1, 5),
            column("A", 1, 5) + "length = 1\n",
        ] {
            assert!(FixedLayout::parse(&text).is_err(), "{text}");
        }
    }
}
