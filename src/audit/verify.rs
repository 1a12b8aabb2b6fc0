//! Checks an export of the log with the public key alone, and names the first thing that is wrong.

use std::io::{self, BufRead};

use serde::Deserialize;

use super::entry::{FIRST_PREVIOUS, hash_of};
use super::key::AuditPublicKey;
use crate::ids::{hex, unhex};

/// Longest line in bytes, its end included; an entry is a tenth of it.
pub const LINE_BYTES_MAX: usize = 64 << 10;

const HASH_MARK: &str = ",\"hash\":\"";
const SIGNATURE_MARK: &str = ",\"signature\":\"";

/// A head of the chain that was printed or sent away earlier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Anchor {
    /// Number of the entry.
    pub seq: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Anchor {
    /// Reads `NUMBER:HASH`, as `tallystick audit head` prints it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, hash) = text.split_once(':')?;
        Some(Self { seq: seq.parse().ok()?, hash: unhex(hash)? })
    }
}

/// What a good export holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Verified {
    /// Number of the first entry; 0 if there is none.
    pub first: u64,
    /// Number of the last entry; 0 if there is none.
    pub last: u64,
    /// Signed checkpoints, the last line included.
    pub checkpoints: u64,
    /// Hash of the last entry, for keeping as an anchor.
    pub hash: [u8; 32],
}

/// The first thing that is wrong, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// Not a line of an export.
    #[error("line {line}: not a line of an audit export")]
    Unreadable {
        /// Line from 1.
        line: u64,
    },
    /// An entry is not what was hashed.
    #[error("line {line}: entry {seq} was edited")]
    Edited {
        /// Line from 1.
        line: u64,
        /// Number of the entry.
        seq: u64,
    },
    /// Entries are missing and do not stand elsewhere.
    #[error("line {line}: entries {first} to {last} were removed")]
    Removed {
        /// Line from 1.
        line: u64,
        /// First missing entry.
        first: u64,
        /// Last missing entry.
        last: u64,
    },
    /// An entry stands in the wrong place.
    #[error("line {line}: entry {seq} was moved; its place was before this line")]
    Reordered {
        /// Line from 1, at which the entry is missing.
        line: u64,
        /// Number of the entry.
        seq: u64,
    },
    /// An entry stands there that does not belong.
    #[error("line {line}: an entry was inserted with the number {seq}")]
    Inserted {
        /// Line from 1.
        line: u64,
        /// The number it bears.
        seq: u64,
    },
    /// The export ends too early.
    #[error("line {line}: the export was cut off after entry {seq}")]
    Truncated {
        /// Line from 1.
        line: u64,
        /// Last entry there is.
        seq: u64,
    },
    /// A checkpoint is not signed by this key.
    #[error("line {line}: the checkpoint after entry {seq} is not signed by this key")]
    Signature {
        /// Line from 1.
        line: u64,
        /// Number of the entry before it.
        seq: u64,
    },
    /// Entries and hashes go together, but are not those that were signed.
    #[error("line {line}: entries {first} to {last} are not those that were signed")]
    Rewritten {
        /// Line from 1.
        line: u64,
        /// First entry after the last good checkpoint.
        first: u64,
        /// Entry that was signed.
        last: u64,
    },
    /// The log is not the one an anchor was taken of.
    #[error("entry {seq} is not the one that was anchored")]
    Anchored {
        /// Number of the entry.
        seq: u64,
    },
}

impl Fault {
    /// Stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "audit-unreadable",
            Self::Edited { .. } => "audit-edited",
            Self::Removed { .. } => "audit-removed",
            Self::Reordered { .. } => "audit-reordered",
            Self::Inserted { .. } => "audit-inserted",
            Self::Truncated { .. } => "audit-truncated",
            Self::Signature { .. } => "audit-signature",
            Self::Rewritten { .. } => "audit-rewritten",
            Self::Anchored { .. } => "audit-anchored",
        }
    }
}

#[derive(Deserialize)]
struct EntryHead {
    seq: u64,
    previous: String,
}

#[derive(Deserialize)]
struct SignedHead {
    #[serde(alias = "end")]
    checkpoint: u64,
    from: Option<u64>,
    hash: String,
    key: String,
}

enum Line<'a> {
    Entry { body: String, hash: &'a str },
    Signed { body: String, signature: &'a str },
}

/// Checks an export from its first to its last byte.
///
/// # Errors
/// That of reading. What is wrong with the log is the inner result.
pub fn verify(
    reader: &mut impl BufRead,
    key: &AuditPublicKey,
    anchors: &[Anchor],
) -> io::Result<Result<Verified, Fault>> {
    let mut chain = Chain { key, anchors, ..Chain::new(key) };
    let mut text = Vec::new();
    while read_line(reader, &mut text)? {
        chain.line += 1;
        if let Err(fault) = chain.take(&text) {
            return Ok(Err(match fault {
                Fault::Removed { line, first, last } => {
                    if stands_later(reader, &mut text, first)? {
                        Fault::Reordered { line, seq: first }
                    } else {
                        Fault::Removed { line, first, last }
                    }
                }
                fault => fault,
            }));
        }
    }
    Ok(chain.finish())
}

struct Chain<'k> {
    key: &'k AuditPublicKey,
    anchors: &'k [Anchor],
    line: u64,
    found: Verified,
    /// Last entry under a good signature.
    signed: u64,
    ended: bool,
}

impl<'k> Chain<'k> {
    fn new(key: &'k AuditPublicKey) -> Self {
        Self { key, anchors: &[], line: 0, found: Verified::default(), signed: 0, ended: false }
    }

    fn take(&mut self, text: &[u8]) -> Result<(), Fault> {
        let unreadable = Fault::Unreadable { line: self.line };
        if self.ended {
            return Err(unreadable);
        }
        match split(text).ok_or(unreadable)? {
            Line::Entry { body, hash } => self.entry(&body, hash),
            Line::Signed { body, signature } => self.signed(&body, signature),
        }
    }

    fn entry(&mut self, body: &str, hash: &str) -> Result<(), Fault> {
        let line = self.line;
        let expected = self.found.last + 1;
        let is_first = self.found.first == 0;
        let computed = hash_of(body.as_bytes());
        if hex(&computed) != hash {
            return Err(Fault::Edited { line, seq: expected });
        }
        let head: EntryHead = serde_json::from_str(body).map_err(|_| Fault::Unreadable { line })?;
        if !is_first && head.seq < expected {
            return Err(Fault::Inserted { line, seq: head.seq });
        }
        if !is_first && head.seq > expected {
            return Err(Fault::Removed { line, first: expected, last: head.seq - 1 });
        }
        let follows = if head.seq == 1 { hex(&FIRST_PREVIOUS) } else { hex(&self.found.hash) };
        if (!is_first || head.seq == 1) && head.previous != follows {
            return Err(Fault::Edited { line, seq: head.seq.saturating_sub(1).max(1) });
        }
        if let Some(anchor) = self.anchors.iter().find(|anchor| anchor.seq == head.seq)
            && anchor.hash != computed
        {
            return Err(Fault::Anchored { seq: head.seq });
        }
        if is_first {
            self.found.first = head.seq;
            self.signed = head.seq.saturating_sub(1);
        }
        self.found.last = head.seq;
        self.found.hash = computed;
        Ok(())
    }

    fn signed(&mut self, body: &str, signature: &str) -> Result<(), Fault> {
        let line = self.line;
        let seq = self.found.last;
        let signature: Option<[u8; 64]> = unhex(signature);
        let head: SignedHead =
            serde_json::from_str(body).map_err(|_| Fault::Unreadable { line })?;
        let good = signature.is_some_and(|it| self.key.verifies(body.as_bytes(), &it))
            && head.key == self.key.to_string();
        if !good {
            return Err(Fault::Signature { line, seq });
        }
        let is_empty = self.found.first == 0 && head.from == Some(head.checkpoint + 1);
        if head.checkpoint > seq && !is_empty {
            return Err(Fault::Removed { line, first: seq + 1, last: head.checkpoint });
        }
        if head.checkpoint < seq {
            return Err(Fault::Inserted { line, seq });
        }
        if head.hash != hex(&self.found.hash) {
            return Err(Fault::Rewritten { line, first: self.signed + 1, last: seq });
        }
        if let Some(from) = head.from {
            if !is_empty && from != self.found.first {
                let last = self.found.first.saturating_sub(1);
                return Err(Fault::Removed { line: 1, first: from, last });
            }
            self.ended = true;
        }
        self.signed = seq;
        self.found.checkpoints += 1;
        Ok(())
    }

    fn finish(self) -> Result<Verified, Fault> {
        let seq = self.found.last;
        let anchored_later = self.anchors.iter().any(|anchor| anchor.seq > seq);
        if !self.ended || anchored_later {
            return Err(Fault::Truncated { line: self.line, seq });
        }
        Ok(self.found)
    }
}

/// Takes a line apart; `None` if it is not exactly as the export writes one.
fn split(text: &[u8]) -> Option<Line<'_>> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix("\"}\n")?;
    let parts = |mark: &str, digits: usize| {
        let at = text.len().checked_sub(digits)?;
        let value = text.get(at..)?;
        let open = text.get(..at)?.strip_suffix(mark)?;
        Some((format!("{open}}}"), value))
    };
    if let Some((body, hash)) = parts(HASH_MARK, 64) {
        return Some(Line::Entry { body, hash });
    }
    let (body, signature) = parts(SIGNATURE_MARK, 128)?;
    Some(Line::Signed { body, signature })
}

/// Reads a line with its end; false at the end of the file. A longer line than allowed is cut, and then is no line.
fn read_line(reader: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<bool> {
    text.clear();
    let mut limited = io::Read::take(&mut *reader, LINE_BYTES_MAX as u64);
    Ok(limited.read_until(b'\n', text)? > 0)
}

/// Whether the rest of the export has an entry with this number.
fn stands_later(reader: &mut impl BufRead, text: &mut Vec<u8>, seq: u64) -> io::Result<bool> {
    while read_line(reader, text)? {
        if let Some(Line::Entry { body, .. }) = split(text)
            && serde_json::from_str::<EntryHead>(&body).is_ok_and(|head| head.seq == seq)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
