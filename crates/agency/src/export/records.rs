//! Takes UTF-8 bytes, gives records (where each starts and where its fields end), refuses a record
//! longer than the limit and a quote that never closes.
//!
//! The state machine is that of the `csv` crate (RFC 4180 and what people make of it). It is driven
//! here directly, because every buffer that held raw values is then ours to overwrite, because the
//! limit is then exact, and because it can be asked whether a quote is still open.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use zeroize::Zeroizing;

use super::delimiter::Head;
use super::error::ExportError;
use super::rows::{Record, RowSource};
use super::source::Transcoder;

/// Room for the fields of one record at first; grows up to the limit.
const RECORD_BYTES: usize = 16 << 10;
const FIELDS: usize = 256;

/// The records of an export, blank lines left out.
pub(super) struct Records {
    source: Transcoder,
    parser: Reader,
    buffer: Zeroizing<Vec<u8>>,
    start: usize,
    end: usize,
    /// The fields of the present record, one after the other, unquoted.
    fields: Zeroizing<Vec<u8>>,
    ends: Vec<usize>,
    columns_max: usize,
    line_bytes_max: u64,
    /// Lines that the parser's own count misses: blank ones and those ended by a carriage return.
    line_ends: LineEnds,
}

impl Records {
    pub(super) fn new(head: Head, delimiter: u8, line_bytes_max: u64, columns_max: usize) -> Self {
        // The parser needs room for one field to move at all.
        let columns_max = columns_max.max(1);
        Self {
            source: head.source,
            parser: parser(delimiter),
            buffer: head.buffer,
            start: 0,
            end: head.len,
            fields: Zeroizing::new(vec![0; RECORD_BYTES]),
            ends: vec![0; FIELDS.min(columns_max)],
            columns_max,
            line_bytes_max,
            line_ends: head.line_ends,
        }
    }

    fn next_record(&mut self) -> Result<Option<Record>, ExportError> {
        if !self.skip_line_ends()? {
            return Ok(None);
        }
        // The parser counts from 1, and counts the line end it was started with.
        let line = self.parser.line() - 1 + self.line_ends.count;
        let mut record = Record { line, more_fields: false, bytes: 0, fields: 0 };
        // The limit is without the line end, which takes one byte more.
        let mut allowed = self.line_bytes_max.saturating_add(1);
        loop {
            if allowed == 0 {
                return Err(self.too_long(line));
            }
            let at_end = self.start == self.end && !self.refill()?;
            let window = usize::try_from(allowed).unwrap_or(usize::MAX).min(self.end - self.start);
            // The last line is given the end it may lack; only an open quote can swallow that.
            let input = if at_end { b"\n" } else { &self.buffer[self.start..self.start + window] };
            let (result, taken, bytes, fields) = self.parser.read_record(
                input,
                &mut self.fields[record.bytes..],
                &mut self.ends[record.fields..],
            );
            let last = input[..taken].last().copied();
            if !at_end {
                self.start += taken;
                allowed -= taken as u64;
            }
            record.bytes += bytes;
            record.fields += fields;
            match result {
                ReadRecordResult::InputEmpty if at_end => {
                    return Err(ExportError::UnterminatedQuote { line, line_bytes_max: None });
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.grow_fields(),
                ReadRecordResult::OutputEndsFull => self.grow_ends(&mut record),
                ReadRecordResult::Record => {
                    if last == Some(b'\r') {
                        self.line_ends.carriage_return();
                    }
                    return Ok(Some(record));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Goes to the first byte of the next record; false if there is none.
    fn skip_line_ends(&mut self) -> Result<bool, ExportError> {
        loop {
            self.start += self.line_ends.skip(&self.buffer[self.start..self.end]);
            if self.start < self.end {
                return Ok(true);
            }
            if !self.refill()? {
                return Ok(false);
            }
        }
    }

    /// Reads on into the used-up buffer; false at the end.
    fn refill(&mut self) -> Result<bool, ExportError> {
        (self.start, self.end) = (0, 0);
        while self.end == 0 && !self.source.ended() {
            self.end = self.source.fill(&mut self.buffer)?;
        }
        Ok(self.end > 0)
    }

    /// Spends the parser to learn whether a quote is open, so there is no reading on.
    fn too_long(&mut self, line: u64) -> ExportError {
        let max = self.line_bytes_max;
        let (result, ..) = self.parser.read_record(b"\n", &mut [0; 8], &mut [0; 8]);
        if matches!(result, ReadRecordResult::InputEmpty) {
            ExportError::UnterminatedQuote { line, line_bytes_max: Some(max) }
        } else {
            ExportError::LineTooLong { line, max }
        }
    }

    /// Bounded by the record's limit: fields are never longer than what they were read from.
    fn grow_fields(&mut self) {
        let mut larger = Zeroizing::new(vec![0; self.fields.len() * 2]);
        larger[..self.fields.len()].copy_from_slice(&self.fields);
        self.fields = larger;
    }

    fn grow_ends(&mut self, record: &mut Record) {
        if self.ends.len() < self.columns_max {
            self.ends.resize((self.ends.len() * 2).min(self.columns_max), 0);
        } else {
            record.more_fields = true;
            record.fields = 0;
        }
    }
}

impl RowSource for Records {
    fn next(&mut self) -> Result<Option<Record>, ExportError> {
        self.next_record()
    }

    fn parts(&self, record: &Record) -> (&[u8], &[usize]) {
        (&self.fields[..record.bytes], &self.ends[..record.fields])
    }

    fn expect_columns(&mut self, columns: usize) {
        self.columns_max = columns;
        self.ends.truncate(columns);
    }

    fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }
}

/// Counts line ends between records: line feeds, carriage returns, or both together as one.
#[derive(Debug, Default)]
pub(super) struct LineEnds {
    pub(super) count: u64,
    after_carriage_return: bool,
}

impl LineEnds {
    /// How many bytes at the start of `bytes` are line ends.
    pub(super) fn skip(&mut self, bytes: &[u8]) -> usize {
        for (index, byte) in bytes.iter().enumerate() {
            match byte {
                b'\r' => self.carriage_return(),
                b'\n' => {
                    self.count += u64::from(!self.after_carriage_return);
                    self.after_carriage_return = false;
                }
                _ => {
                    self.after_carriage_return = false;
                    return index;
                }
            }
        }
        bytes.len()
    }

    pub(super) fn carriage_return(&mut self) {
        self.count += 1;
        self.after_carriage_return = true;
    }
}

/// A parser that takes every byte as it is.
///
/// A new parser would drop a byte order mark, which is ours to do (and once only): so it is given a
/// line end first.
pub(super) fn parser(delimiter: u8) -> Reader {
    let mut parser = ReaderBuilder::new().delimiter(delimiter).build();
    let (result, ..) = parser.read_record(b"\n", &mut [0; 1], &mut [0; 1]);
    debug_assert!(matches!(result, ReadRecordResult::InputEmpty), "a blank line is no record");
    parser
}
