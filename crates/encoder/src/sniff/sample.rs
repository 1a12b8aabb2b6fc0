//! Takes the rows of an export one by one, keeps some spread over the whole of it in bounded memory.

use std::fmt;

use zeroize::Zeroize;

use crate::normalise::RawFields;

/// Most rows that are kept.
pub const SAMPLE_ROWS_MAX: usize = 8_192;
/// Most bytes kept of one cell; what is longer is text, whatever follows.
const CELL_BYTES_MAX: usize = 256;

/// Rows of an export, each as far from the next as from the one before: every row at first, then
/// every second, every fourth, and so on. Which rows are kept depends on nothing but their number.
pub struct Sample {
    rows: Vec<SampleRow>,
    columns: usize,
    rows_read: u64,
    stride: u64,
}

impl Sample {
    /// An empty sample of an export with so many columns.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { rows: Vec::new(), columns, rows_read: 0, stride: 1 }
    }

    /// Looks at the next row.
    pub fn offer(&mut self, row: &impl RawFields) {
        if self.rows_read.is_multiple_of(self.stride) {
            if self.rows.len() == SAMPLE_ROWS_MAX {
                let mut keep = false;
                self.rows.retain(|_| {
                    keep = !keep;
                    keep
                });
                self.stride *= 2;
            }
            if self.rows_read.is_multiple_of(self.stride) {
                self.rows.push(SampleRow::copy(row, self.columns));
            }
        }
        self.rows_read += 1;
    }

    /// Rows looked at, kept or not.
    #[must_use]
    pub fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// Rows kept.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The trimmed cells of a column.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row.expose(column).trim())
    }
}

/// Shows how much there is, no value.
impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sample")
            .field("rows", &self.rows.len())
            .field("rows_read", &self.rows_read)
            .finish_non_exhaustive()
    }
}

/// One row of raw values; overwritten when dropped.
pub(super) struct SampleRow {
    text: String,
    ends: Vec<usize>,
}

impl SampleRow {
    fn copy(row: &impl RawFields, columns: usize) -> Self {
        let cells = || (0..columns).map(|column| cut(row.expose(column)));
        // With room for all, the text never moves and leaves nothing behind.
        let mut text = String::with_capacity(cells().map(str::len).sum());
        let mut ends = Vec::with_capacity(columns);
        for cell in cells() {
            text.push_str(cell);
            ends.push(text.len());
        }
        Self { text, ends }
    }
}

impl RawFields for SampleRow {
    fn expose(&self, column: usize) -> &str {
        let Some(end) = self.ends.get(column) else { return "" };
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..*end]
    }
}

impl Drop for SampleRow {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

fn cut(cell: &str) -> &str {
    let mut end = cell.len().min(CELL_BYTES_MAX);
    while !cell.is_char_boundary(end) {
        end -= 1;
    }
    &cell[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One(String);

    impl RawFields for One {
        fn expose(&self, _: usize) -> &str {
            &self.0
        }
    }

    #[test]
    fn rows_are_spread_over_the_export_and_bounded() {
        let mut sample = Sample::new(1);
        for number in 0..30_000 {
            sample.offer(&One(number.to_string()));
        }
        let kept: Vec<usize> = sample.column(0).map(|cell| cell.parse().unwrap()).collect();
        assert_eq!(sample.rows_read(), 30_000);
        assert!(kept.len() <= SAMPLE_ROWS_MAX && kept.len() > SAMPLE_ROWS_MAX / 2);
        assert!(kept.windows(2).all(|pair| pair[1] - pair[0] == 4));
        assert_eq!(kept[0], 0);
        assert!(!format!("{sample:?}").contains("29996"));
    }

    #[test]
    fn long_cells_are_cut_between_characters() {
        let mut sample = Sample::new(1);
        sample.offer(&One("é".repeat(200)));
        assert_eq!(sample.column(0).next().map(str::len), Some(256));
    }
}
