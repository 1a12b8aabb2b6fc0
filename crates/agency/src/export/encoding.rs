//! Takes all bytes of an export, gives the encoding they are in, refuses none: what is neither UTF-8 nor
//! UTF-16 and has bytes that Windows-1252 lacks is left to the reader, which says where.

use std::collections::VecDeque;
#[cfg(feature = "program")]
use std::path::Path;

use zeroize::Zeroizing;

use super::error::ExportError;
use super::file_error::FileError;
use super::input::Input;
use super::queue::{Place, open_place};
use super::source::{Source, is_unassigned};
use super::unpack::Inside;
use super::{Encoding, ReadLimits};
use crate::files::Files;

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
    not_ascii: bool,
}

/// Finds the encoding: a byte order mark decides; without one zeros mean UTF-16, bytes that are UTF-8
/// throughout are that, and others are Windows-1252.
///
/// # Errors
/// [`ExportError::Io`] if the file cannot be read, [`ExportError::TooLarge`] if it is longer than the limit.
#[cfg(feature = "program")]
pub fn find_encoding(path: &Path, limits: &ReadLimits) -> Result<Encoding, ExportError> {
    let found = find_encoding_of(&crate::files::Disk, &Input::file(path), limits)?;
    Ok(found.unwrap_or(Encoding::Utf8))
}

/// The same, of all texts of an export; `None` if it has none.
///
/// # Errors
/// As of opening; [`FileError::EncodingDiffers`].
pub fn find_encoding_of(
    keeper: &dyn Files,
    input: &Input,
    limits: &ReadLimits,
) -> Result<Option<Encoding>, ExportError> {
    let Input::Files(paths) = input else { return Ok(None) };
    let mut queue: VecDeque<Place> = paths.iter().cloned().map(Place::File).collect();
    let mut several = queue.len() > 1;
    let (mut found, mut opened): (Option<Found>, _) = (None, 0);
    while let Some((name, inside)) = open_place(keeper, &mut queue, &mut several, opened, limits)? {
        opened += 1;
        let located = |error| if several { ExportError::in_file(&name, error) } else { error };
        let Inside::Text(source) = inside else { continue };
        let this = find_in(source).map_err(located)?;
        found = Some(match found {
            None => this,
            // Plain ASCII goes with either.
            Some(before) if before.ascii && !this.is_utf16() => this,
            Some(before) if this.ascii && !before.is_utf16() => before,
            Some(before) if before.encoding == this.encoding => before,
            Some(_) => return Err(located(FileError::EncodingDiffers.into())),
        });
    }
    Ok(found.map(|found| found.encoding))
}

/// The encoding of one text.
struct Found {
    encoding: Encoding,
    /// Whether it has nothing but ASCII.
    ascii: bool,
}

impl Found {
    fn is_utf16(&self) -> bool {
        self.encoding == Encoding::Utf16
    }
}

fn find_in(mut source: Source) -> Result<Found, ExportError> {
    let mut buffer = Zeroizing::new(vec![0; CHUNK_BYTES]);
    let (mut at_start, mut seen) = (true, Seen::default());
    loop {
        // The start is judged as a whole, however little a reader gives at once.
        let mut bytes = seen.cut;
        while bytes < START_BYTES {
            match source.read(&mut buffer[bytes..])? {
                0 => break,
                count => bytes += count,
            }
        }
        let ended = bytes < START_BYTES;
        if let (true, Some(encoding)) = (at_start, by_start(&buffer[..bytes])) {
            return Ok(Found { encoding, ascii: false });
        }
        at_start = false;
        seen.look(&mut buffer, bytes);
        if ended {
            let valid = !seen.not_utf8 && seen.cut == 0;
            let windows = !valid && !seen.not_windows1252;
            let encoding = if windows { Encoding::Windows1252 } else { Encoding::Utf8 };
            return Ok(Found { encoding, ascii: !seen.not_ascii });
        }
    }
}

impl Seen {
    /// Judges a chunk, and moves what it cuts off to its start.
    fn look(&mut self, buffer: &mut [u8], bytes: usize) {
        self.not_windows1252 |= buffer[..bytes].iter().any(|byte| is_unassigned(*byte));
        self.not_ascii |= !buffer[..bytes].is_ascii();
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
