//! Takes the bytes of one record, gives its values as text, refuses bytes that are not text.

use std::fmt;

use zeroize::Zeroize;

/// One row of raw values as the agency exported them. Never leaves the agency.
///
/// Made to be used again and again: the values of the row before are overwritten first. No `Clone`,
/// `Display` or serialisation; the text is behind [`RawRow::expose`].
#[derive(Default)]
pub struct RawRow {
    /// All values one after the other.
    text: String,
    /// Where each value ends in `text`.
    ends: Vec<usize>,
    /// Which of the values its file calls dates; empty where it calls none so.
    dates: Vec<bool>,
    line: u64,
}

/// Why a row was rejected.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RowCode {
    /// Bytes that are invalid in the export's encoding.
    InvalidUtf8,
    /// A NUL character, which no exported value has.
    Nul,
    /// More or fewer values than the header has columns.
    Ragged,
}

impl RowCode {
    /// The stable code, for reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "row-invalid-utf8",
            Self::Nul => "row-nul",
            Self::Ragged => "row-ragged",
        }
    }
}

impl RawRow {
    /// An empty row, to be handed to [`Export::read_row`](super::Export::read_row).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value in this column, untrimmed.
    ///
    /// # Panics
    /// If `column` is not less than [`RawRow::len`].
    #[must_use]
    pub fn expose(&self, column: usize) -> &str {
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        &self.text[start..self.ends[column]]
    }

    /// Whether the file itself says that the value is a date: it is then `2018-07-04`, with a time
    /// behind it unless that is midnight.
    #[must_use]
    pub fn is_date(&self, column: usize) -> bool {
        self.dates.get(column).copied().unwrap_or(false)
    }

    /// How many values the row holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the row holds nothing, as before the first reading and after a rejection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The line the record starts on, from 1; 0 while the row is empty.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Overwrites the values and forgets them.
    pub(super) fn clear(&mut self) {
        self.text.as_mut_str().zeroize();
        self.text.clear();
        self.ends.clear();
        self.dates.clear();
        self.line = 0;
    }

    /// Says which values are dates.
    pub(super) fn mark_dates(&mut self, dates: &[bool]) {
        self.dates.extend_from_slice(dates);
    }

    /// Copies one record in; it is empty after an error.
    pub(super) fn load(&mut self, line: u64, bytes: &[u8], ends: &[usize]) -> Result<(), RowCode> {
        self.clear();
        let text = std::str::from_utf8(bytes).map_err(|_| RowCode::InvalidUtf8)?;
        // Halves of one character on both sides of a delimiter are valid only when put together.
        if !ends.iter().all(|end| text.is_char_boundary(*end)) {
            return Err(RowCode::InvalidUtf8);
        }
        if bytes.contains(&0) {
            return Err(RowCode::Nul);
        }
        if self.text.capacity() < text.len() {
            // A String that grows by itself leaves its old memory as it was.
            self.text = String::with_capacity(text.len().next_power_of_two());
        }
        self.text.push_str(text);
        self.ends.extend_from_slice(ends);
        self.line = line;
        Ok(())
    }
}

impl Drop for RawRow {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Shows where the row is and how many values it has, not what they are.
impl fmt::Debug for RawRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRow")
            .field("line", &self.line)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_value() {
        let mut row = RawRow::new();
        row.load(7, b"CANARYCANARY", &[6, 12]).unwrap();
        assert_eq!(format!("{row:?}"), "RawRow { line: 7, len: 2, .. }");
    }

    #[test]
    fn a_character_split_by_a_delimiter_is_invalid() {
        let mut row = RawRow::new();
        assert_eq!(row.load(2, "é".as_bytes(), &[1, 2]), Err(RowCode::InvalidUtf8));
        assert!(row.is_empty());
    }
}
