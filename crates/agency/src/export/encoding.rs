//! Takes all bytes of an export, gives the encoding they are in, refuses none: what is neither UTF-8 nor
//! UTF-16 and has bytes that Windows-1252 lacks is left to the reader, which says where.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::ExportError;
use super::source::is_unassigned;
use super::{Encoding, ReadLimits};

const CHUNK_BYTES: usize = 256 << 10;
/// Bytes from the start among which zeros are looked for.
const START_BYTES: usize = 4096;

/// What is known of the bytes so far.
#[derive(Default)]
struct Seen {
    /// Bytes of a character that the next chunk goes on with.
    cut: usize,
    not_utf8: bool,
    not_windows1252: bool,
}

/// Finds the encoding: a byte order mark decides; without one zeros mean UTF-16, bytes that are UTF-8
/// throughout are that, and others are Windows-1252.
///
/// # Errors
/// [`ExportError::Io`] if the file cannot be read, [`ExportError::TooLarge`] if it is longer than the limit.
pub fn find_encoding(path: &Path, limits: &ReadLimits) -> Result<Encoding, ExportError> {
    let io = |offset| move |e: std::io::Error| ExportError::Io { offset, kind: e.kind() };
    let mut file = File::open(path).map_err(io(0))?;
    let mut buffer = Zeroizing::new(vec![0; CHUNK_BYTES]);
    let (mut offset, mut seen) = (0u64, Seen::default());
    loop {
        let count = match file.read(&mut buffer[seen.cut..]) {
            Ok(count) => count,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(io(offset)(e)),
        };
        let bytes = seen.cut + count;
        if let (0, Some(encoding)) = (offset, by_start(&buffer[..bytes])) {
            return Ok(encoding);
        }
        offset += count as u64;
        if offset > limits.bytes_max {
            return Err(ExportError::TooLarge { limit: "bytes_max", max: limits.bytes_max });
        }
        if count == 0 {
            let valid = !seen.not_utf8 && seen.cut == 0;
            let windows = !valid && !seen.not_windows1252;
            return Ok(if windows { Encoding::Windows1252 } else { Encoding::Utf8 });
        }
        seen.look(&mut buffer, bytes);
    }
}

impl Seen {
    /// Judges a chunk, and moves what it cuts off to its start.
    fn look(&mut self, buffer: &mut [u8], bytes: usize) {
        self.not_windows1252 |= buffer[..bytes].iter().any(|byte| is_unassigned(*byte));
        self.cut = 0;
        if self.not_utf8 {
            return;
        }
        if let Err(error) = std::str::from_utf8(&buffer[..bytes]) {
            self.not_utf8 = error.error_len().is_some();
            if !self.not_utf8 {
                self.cut = bytes - error.valid_up_to();
                buffer.copy_within(error.valid_up_to()..bytes, 0);
            }
        }
    }
}

fn by_start(start: &[u8]) -> Option<Encoding> {
    let start = &start[..start.len().min(START_BYTES)];
    match start {
        [0xEF, 0xBB, 0xBF, ..] => return Some(Encoding::Utf8),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => return Some(Encoding::Utf16),
        _ => {}
    }
    let zeros = start.iter().filter(|byte| **byte == 0).count();
    (zeros * 4 > start.len()).then_some(Encoding::Utf16)
}
