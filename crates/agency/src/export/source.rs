//! Takes bytes of any of the encodings, gives UTF-8 without a byte order mark, refuses more bytes than
//! the limit and marks that contradict the named encoding.

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};
use zeroize::Zeroizing;

use super::Encoding;
use super::error::{ExportError, Mismatch};
use super::file_error::FileError;

/// Bytes asked of the source at once.
pub(super) const CHUNK_BYTES: usize = 128 << 10;
/// Least room [`Transcoder::fill`] needs: the longest character and one byte in place of a bad one.
pub(super) const ROOM_BYTES_MIN: usize = 16;
/// Bytes looked at to find the byte order of UTF-16 without a mark.
const SNIFF_BYTES: usize = 4096;
/// Bytes a text may unpack to whatever its ratio.
const RATIO_FREE_BYTES: u64 = 64 << 20;
/// Stands for what is invalid in the source: never part of UTF-8, so the row it is in is rejected.
const INVALID: u8 = 0xFF;

/// The bytes as stored, counted.
pub(super) struct Source {
    reader: Box<dyn Read + Send>,
    bytes_read: u64,
    bytes_max: u64,
    packed: Option<Packed>,
}

/// That the reader unpacks, and what is then to be watched.
pub(super) struct Packed {
    /// What it unpacks, in words.
    pub(super) what: &'static str,
    /// Bytes taken from the file so far.
    pub(super) stored: Arc<AtomicU64>,
    pub(super) bytes_max: u64,
    pub(super) ratio_max: u64,
}

impl Packed {
    fn check(&self, unpacked: u64) -> Result<(), ExportError> {
        let refused = |limit, max| Err(FileError::UnpacksTooFar { limit, max }.into());
        let stored = self.stored.load(Ordering::Relaxed);
        if unpacked > self.bytes_max {
            return refused("unpacked_bytes_max", self.bytes_max);
        }
        if unpacked > RATIO_FREE_BYTES && unpacked / self.ratio_max > stored {
            return refused("unpack_ratio_max", self.ratio_max);
        }
        Ok(())
    }
}

impl Source {
    pub(super) fn new(reader: Box<dyn Read + Send>, bytes_max: u64) -> Self {
        Self { reader, bytes_read: 0, bytes_max, packed: None }
    }

    /// The same, of a reader that unpacks.
    pub(super) fn packed(self, packed: Packed) -> Self {
        Self { packed: Some(packed), ..self }
    }

    /// Bytes taken from the file so far.
    fn stored_read(&self) -> u64 {
        let stored = self.packed.as_ref().map(|packed| packed.stored.load(Ordering::Relaxed));
        stored.unwrap_or(self.bytes_read)
    }

    fn failed(&self, kind: ErrorKind) -> ExportError {
        let broken = [ErrorKind::InvalidInput, ErrorKind::InvalidData, ErrorKind::UnexpectedEof];
        match &self.packed {
            Some(packed) if broken.contains(&kind) => {
                FileError::Damaged { what: packed.what }.into()
            }
            _ => ExportError::Io { offset: self.stored_read(), kind },
        }
    }

    /// Bytes put at the start of `out`; 0 at the end.
    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, ExportError> {
        let count = loop {
            match self.reader.read(out) {
                Ok(count) => break count,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(self.failed(e.kind())),
            }
        };
        self.bytes_read += count as u64;
        if let Some(packed) = &self.packed {
            packed.check(self.bytes_read)?;
        }
        if self.stored_read() > self.bytes_max {
            return Err(ExportError::TooLarge { limit: "bytes_max", max: self.bytes_max });
        }
        Ok(count)
    }
}

/// The bytes as UTF-8.
pub(super) struct Transcoder {
    source: Source,
    encoding: Encoding,
    /// None for UTF-8, which passes unchanged and is judged row by row.
    decoder: Option<Decoder>,
    raw: Zeroizing<Vec<u8>>,
    raw_start: usize,
    raw_end: usize,
    raw_ended: bool,
    ended: bool,
}

impl Transcoder {
    /// Reads the first bytes and settles the encoding.
    pub(super) fn new(source: Source, named: Option<Encoding>) -> Result<Self, ExportError> {
        let mut transcoder = Self {
            source,
            encoding: Encoding::Utf8,
            decoder: None,
            raw: Zeroizing::new(vec![0; CHUNK_BYTES]),
            raw_start: 0,
            raw_end: 0,
            raw_ended: false,
            ended: false,
        };
        while transcoder.raw_end < SNIFF_BYTES && !transcoder.raw_ended {
            transcoder.read_raw()?;
        }
        let (form, mark_bytes) = settle(&transcoder.raw[..transcoder.raw_end], named)?;
        transcoder.raw_start = mark_bytes;
        transcoder.encoding = form.encoding();
        transcoder.decoder = form.decoder();
        Ok(transcoder)
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.source.stored_read()
    }

    /// Whether everything has been given out.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Puts UTF-8 at the start of `out` (at least [`ROOM_BYTES_MIN`] long), says how many bytes.
    ///
    /// 0 does not mean the end; [`Transcoder::ended`] does.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> Result<usize, ExportError> {
        debug_assert!(out.len() >= ROOM_BYTES_MIN, "a character must fit");
        if self.decoder.is_some() { self.decode(out) } else { self.pass(out) }
    }

    fn pass(&mut self, out: &mut [u8]) -> Result<usize, ExportError> {
        let waiting = &self.raw[self.raw_start..self.raw_end];
        if !waiting.is_empty() {
            let count = waiting.len().min(out.len());
            out[..count].copy_from_slice(&waiting[..count]);
            self.raw_start += count;
            return Ok(count);
        }
        let count = if self.raw_ended { 0 } else { self.source.read(out)? };
        self.ended = count == 0;
        Ok(count)
    }

    fn decode(&mut self, out: &mut [u8]) -> Result<usize, ExportError> {
        // One byte is kept back so that INVALID always fits.
        let room = out.len() - 1;
        let mut written = 0;
        while !self.ended && room - written >= ROOM_BYTES_MIN / 2 {
            if self.raw_start == self.raw_end && !self.raw_ended {
                (self.raw_start, self.raw_end) = (0, 0);
                self.read_raw()?;
            }
            let raw = &self.raw[self.raw_start..self.raw_end];
            let assigned = match self.encoding {
                Encoding::Windows1252 => {
                    raw.iter().position(|byte| is_unassigned(*byte)).unwrap_or(raw.len())
                }
                Encoding::Utf8 | Encoding::Utf16 => raw.len(),
            };
            if assigned == 0 && !raw.is_empty() {
                self.raw_start += 1;
                out[written] = INVALID;
                written += 1;
                continue;
            }
            let last = self.raw_ended && assigned == raw.len();
            let decoder = self.decoder.as_mut().expect("fill decodes only with a decoder");
            let (result, taken, given) = decoder.decode_to_utf8_without_replacement(
                &raw[..assigned],
                &mut out[written..room],
                last,
            );
            self.raw_start += taken;
            written += given;
            match result {
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => break,
                DecoderResult::Malformed(..) => {
                    out[written] = INVALID;
                    written += 1;
                }
            }
        }
        Ok(written)
    }

    fn read_raw(&mut self) -> Result<(), ExportError> {
        let count = self.source.read(&mut self.raw[self.raw_end..])?;
        self.raw_end += count;
        self.raw_ended = count == 0;
        Ok(())
    }
}

/// An encoding with its byte order.
#[derive(Clone, Copy)]
enum Form {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

impl Form {
    fn encoding(self) -> Encoding {
        match self {
            Self::Utf8 => Encoding::Utf8,
            Self::Utf16Le | Self::Utf16Be => Encoding::Utf16,
            Self::Windows1252 => Encoding::Windows1252,
        }
    }

    fn decoder(self) -> Option<Decoder> {
        match self {
            Self::Utf8 => None,
            Self::Utf16Le => Some(UTF_16LE.new_decoder_without_bom_handling()),
            Self::Utf16Be => Some(UTF_16BE.new_decoder_without_bom_handling()),
            Self::Windows1252 => Some(WINDOWS_1252.new_decoder_without_bom_handling()),
        }
    }
}

/// The form of an export that starts with `start`, and how many bytes its mark takes.
fn settle(start: &[u8], named: Option<Encoding>) -> Result<(Form, usize), ExportError> {
    let mark = match start {
        [0xEF, 0xBB, 0xBF, ..] => Some((Form::Utf8, 3)),
        [0xFF, 0xFE, ..] => Some((Form::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => Some((Form::Utf16Be, 2)),
        _ => None,
    };
    match (named, mark) {
        (None, None) | (Some(Encoding::Utf8), None) => Ok((Form::Utf8, 0)),
        (None, Some(found)) => Ok(found),
        (Some(encoding), Some(found)) if found.0.encoding() == encoding => Ok(found),
        (Some(read_as), Some(found)) => Err(ExportError::EncodingMismatch {
            read_as,
            found: Mismatch::Mark(found.0.encoding()),
        }),
        (Some(Encoding::Windows1252), None) => Ok((Form::Windows1252, 0)),
        (Some(Encoding::Utf16), None) => Ok((byte_order(start)?, 0)),
    }
}

/// Column names are mostly of the first 256 characters, whose zero byte tells the byte order.
fn byte_order(start: &[u8]) -> Result<Form, ExportError> {
    let zeros = |side: usize| start.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    match first.cmp(&second) {
        std::cmp::Ordering::Greater => Ok(Form::Utf16Be),
        std::cmp::Ordering::Less => Ok(Form::Utf16Le),
        std::cmp::Ordering::Equal if start.is_empty() => Err(ExportError::Empty),
        std::cmp::Ordering::Equal => Err(ExportError::EncodingMismatch {
            read_as: Encoding::Utf16,
            found: Mismatch::NoByteOrder,
        }),
    }
}

/// The five bytes Windows-1252 gives no character.
pub(super) fn is_unassigned(byte: u8) -> bool {
    matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)
}
