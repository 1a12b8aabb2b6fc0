//! Takes text of fixed width and its layout, gives rows, rejects lines that are too short, refuses lines
//! longer than the limit.

use tallystick_encoder::mapping::FixedLayout;
use zeroize::Zeroizing;

use super::error::ExportError;
use super::records::LineEnds;
use super::rows::{Record, RowSource};
use super::source::{CHUNK_BYTES, ROOM_BYTES_MIN, Transcoder};

/// The rows of a text of fixed width.
pub(super) struct FixedRows {
    source: Transcoder,
    layout: FixedLayout,
    line_bytes_max: u64,
    /// What has been read and not yet given out stands from `start` to `end`.
    buffer: Zeroizing<Vec<u8>>,
    start: usize,
    end: usize,
    line_ends: LineEnds,
    lines_to_skip: u32,
    cells: Zeroizing<Vec<u8>>,
    ends: Vec<usize>,
}

impl FixedRows {
    pub(super) fn new(source: Transcoder, layout: FixedLayout, line_bytes_max: u64) -> Self {
        Self {
            source,
            lines_to_skip: layout.skip_lines,
            layout,
            line_bytes_max,
            buffer: Zeroizing::new(vec![0; CHUNK_BYTES]),
            start: 0,
            end: 0,
            line_ends: LineEnds::default(),
            cells: Zeroizing::new(Vec::new()),
            ends: Vec::new(),
        }
    }

    /// The end of the line that begins at `start`, which is not blank; `None` at the end of the text.
    fn line(&mut self) -> Result<Option<(u64, usize)>, ExportError> {
        loop {
            self.start += self.line_ends.skip(&self.buffer[self.start..self.end]);
            if self.start < self.end {
                break;
            }
            if !self.refill()? {
                return Ok(None);
            }
        }
        let line = self.line_ends.count + 1;
        let mut looked = 0;
        loop {
            let rest = &self.buffer[self.start + looked..self.end];
            let found = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let bytes = looked + found.unwrap_or(rest.len());
            if bytes as u64 > self.line_bytes_max {
                return Err(ExportError::LineTooLong { line, max: self.line_bytes_max });
            }
            looked = bytes;
            if found.is_some() || !self.refill()? {
                return Ok(Some((line, self.start + bytes)));
            }
        }
    }

    /// Reads on behind what is there; false at the end.
    fn refill(&mut self) -> Result<bool, ExportError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buffer.len() - self.end < ROOM_BYTES_MIN {
            let mut larger = Zeroizing::new(vec![0; self.buffer.len() * 2]);
            larger[..self.end].copy_from_slice(&self.buffer[..self.end]);
            self.buffer = larger;
        }
        while !self.source.ended() {
            let count = self.source.fill(&mut self.buffer[self.end..])?;
            self.end += count;
            if count > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Cuts a line into cells, without the blanks that fill them up. A line that is no text is given
    /// whole, so that its row is rejected for that.
    fn cut(&mut self, end: usize) -> usize {
        self.cells.clear();
        self.ends.clear();
        let line = &self.buffer[self.start..end];
        // Cells are parts of the line, so there is no need to grow on the way.
        if self.cells.capacity() < line.len() {
            self.cells = Zeroizing::new(Vec::with_capacity(line.len().next_power_of_two()));
        }
        let Ok(text) = std::str::from_utf8(line) else {
            self.cells.extend_from_slice(line);
            self.ends.push(self.cells.len());
            return 1;
        };
        let (mut rest, mut at) = (text, 0);
        for column in &self.layout.columns {
            rest = skip_chars(rest, column.start - 1 - at);
            at = column.end();
            let after = skip_chars(rest, column.width);
            let short = after.is_empty() && !self.layout.trimmed && {
                let chars = rest.chars().count();
                u32::try_from(chars).unwrap_or(u32::MAX) < column.width
            };
            if short {
                break;
            }
            let cell = rest[..rest.len() - after.len()].trim();
            self.cells.extend_from_slice(cell.as_bytes());
            self.ends.push(self.cells.len());
            rest = after;
        }
        self.ends.len()
    }
}

fn skip_chars(text: &str, count: u32) -> &str {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let skipped = text.char_indices().nth(count).map_or(text.len(), |(index, _)| index);
    &text[skipped..]
}

impl RowSource for FixedRows {
    fn next(&mut self) -> Result<Option<Record>, ExportError> {
        loop {
            let Some((line, end)) = self.line()? else { return Ok(None) };
            // The first lines are skipped by number, blank ones included.
            if line <= u64::from(self.lines_to_skip) {
                self.start = end;
                continue;
            }
            let fields = self.cut(end);
            self.start = end;
            return Ok(Some(Record { line, more_fields: false, bytes: self.cells.len(), fields }));
        }
    }

    fn parts(&self, record: &Record) -> (&[u8], &[usize]) {
        (&self.cells[..record.bytes], &self.ends[..record.fields])
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(self.layout.columns.iter().map(|column| column.name.clone()).collect())
    }

    fn expect_columns(&mut self, _: usize) {}

    fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }
}
