//! Takes the first bytes of an export, gives its delimiter, refuses a header that two delimiters split
//! equally well and a given delimiter that does not split it while another does.

use csv_core::ReadRecordResult;
use zeroize::Zeroizing;

use super::error::{ExportError, Mismatch};
use super::records::{LineEnds, parser};
use super::source::{CHUNK_BYTES, ROOM_BYTES_MIN, Transcoder};

/// Comma first: the choice for a header of one column.
const CANDIDATES: [u8; 4] = [b',', b'\t', b'|', b';'];

/// The start of an export from its first record on, long enough to hold the header, or as long as one
/// record may be.
pub(super) struct Head {
    pub(super) source: Transcoder,
    pub(super) buffer: Zeroizing<Vec<u8>>,
    pub(super) len: usize,
    /// The blank lines before.
    pub(super) line_ends: LineEnds,
    /// Columns of the header for each candidate; 0 where its header does not end in the buffer.
    columns: [usize; 4],
}

impl Head {
    /// Reads until every candidate sees the end of the header, the export ends, or `line_bytes_max`.
    pub(super) fn read(source: Transcoder, line_bytes_max: u64) -> Result<Self, ExportError> {
        let buffer = Zeroizing::new(vec![0; CHUNK_BYTES]);
        let line_ends = LineEnds::default();
        let mut head = Self { source, buffer, len: 0, line_ends, columns: [0; 4] };
        loop {
            head.fill()?;
            let text = &head.buffer[..head.len];
            let ended = head.source.ended();
            head.columns = CANDIDATES
                .map(|delimiter| count_columns(text, delimiter, ended).unwrap_or_default());
            let complete = head.columns.iter().all(|columns| *columns > 0);
            if complete || ended || text.len() as u64 > line_bytes_max {
                return Ok(head);
            }
            head.grow();
        }
    }

    /// The delimiter to read with: the given one if it will do, else the one that splits most.
    pub(super) fn delimiter(&self, given: Option<u8>) -> Result<u8, ExportError> {
        self.check_encoding()?;
        let most = self.columns.iter().copied().max().unwrap_or_default();
        let mut best = (0..CANDIDATES.len()).filter(|i| self.columns[*i] == most);
        let first = best.next().expect("the maximum is one of the columns");
        match (given, best.next()) {
            (Some(delimiter), _) => {
                let index = CANDIDATES.iter().position(|candidate| *candidate == delimiter);
                let index = index.ok_or(ExportError::DelimiterUnsupported { delimiter })?;
                if self.columns[index] == 1 && most > 1 {
                    let better = CANDIDATES[first];
                    return Err(ExportError::DelimiterWrong { delimiter, better, columns: most });
                }
                Ok(delimiter)
            }
            (None, Some(second)) if most > 1 => Err(ExportError::DelimiterUnknown {
                candidates: [CANDIDATES[first], CANDIDATES[second]],
                columns: most,
            }),
            (None, _) => Ok(CANDIDATES[first]),
        }
    }

    /// A NUL in the first line means UTF-16 bytes; said here, before delimiters are counted in them.
    fn check_encoding(&self) -> Result<(), ExportError> {
        let line = self.buffer[..self.len].split(|byte| *byte == b'\n').next().unwrap_or_default();
        if line.contains(&0) {
            let read_as = self.source.encoding();
            return Err(ExportError::EncodingMismatch { read_as, found: Mismatch::Nul });
        }
        Ok(())
    }

    /// Fills the buffer, leaving out blank lines before the first record.
    fn fill(&mut self) -> Result<(), ExportError> {
        while !self.source.ended() && self.buffer.len() - self.len >= ROOM_BYTES_MIN {
            let at_start = self.len == 0;
            self.len += self.source.fill(&mut self.buffer[self.len..])?;
            if at_start {
                let blank = self.line_ends.skip(&self.buffer[..self.len]);
                self.buffer.copy_within(blank..self.len, 0);
                self.len -= blank;
            }
        }
        Ok(())
    }

    fn grow(&mut self) {
        let mut larger = Zeroizing::new(vec![0; self.buffer.len() * 2]);
        larger[..self.len].copy_from_slice(&self.buffer[..self.len]);
        self.buffer = larger;
    }
}

/// The name people know a delimiter by.
pub(super) fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b',' => "comma",
        b'\t' => "tab",
        b'|' => "pipe",
        b';' => "semicolon",
        _ => "unsupported",
    }
}

/// Fields of the first record; `None` if it does not end in `text`. `ended`: nothing
/// comes after.
fn count_columns(text: &[u8], delimiter: u8, ended: bool) -> Option<usize> {
    let mut reader = parser(delimiter);
    // What the fields hold is of no interest, so these are written over and over.
    let (mut scratch, mut ends) = (Zeroizing::new([0; 512]), [0; 64]);
    let (mut columns, mut start) = (0, 0);
    loop {
        let at_end = start == text.len();
        if at_end && !ended {
            return None;
        }
        // The last line is given the end it may lack; only an open quote can swallow that.
        let input = if at_end { b"\n" } else { &text[start..] };
        let (result, taken, _, fields) = reader.read_record(input, &mut scratch[..], &mut ends);
        columns += fields;
        match result {
            ReadRecordResult::Record => return Some(columns),
            ReadRecordResult::InputEmpty if at_end => return None,
            _ => start += taken,
        }
    }
}
