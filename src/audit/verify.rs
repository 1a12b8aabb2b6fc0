//! Checks an export of the log with the public key alone, and names the first thing that is wrong.

use std::io::{self, BufRead};

use serde::Deserialize;

use super::entry::{FIRST_PREVIOUS, hash_of};
pub use super::fault::Fault;
use super::key::{AuditPublicKey, Signed};
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
    /// Reads `NUMBER:HASH`, as the service and `tallystick audit verify` give it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, hash) = text.split_once(':')?;
        let seq = seq.parse().ok().filter(|seq| (1..u64::MAX).contains(seq))?;
        Some(Self { seq, hash: unhex(hash)? })
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
    /// When the export was made, as it is signed, RFC 3339. An older export that is whole is still an older one.
    pub signed_at: String,
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
    at: String,
    hash: String,
    key: String,
}

pub(super) enum Line<'a> {
    Entry { body: String, hash: &'a str },
    Signed { body: String, signature: &'a str },
}

/// Checks an export from its first to its last byte. It must begin with entry `from`: 1 for the whole log.
///
/// # Errors
/// That of reading. What is wrong with the log is the inner result.
pub fn verify(
    reader: &mut impl BufRead,
    key: &AuditPublicKey,
    from: u64,
    anchors: &[Anchor],
) -> io::Result<Result<Verified, Fault>> {
    check(reader, Chain::new(Some(*key), from.max(1), anchors), true)
}

/// The same for lines of the records themselves, which have no signed end: that something is missing there only an anchor shows.
///
/// # Errors
/// That of reading.
pub fn verify_open(
    reader: &mut impl BufRead,
    key: &AuditPublicKey,
    from: u64,
    anchors: &[Anchor],
) -> io::Result<Result<Verified, Fault>> {
    check(reader, Chain::new(Some(*key), from.max(1), anchors), false)
}

fn check(
    reader: &mut impl BufRead,
    mut chain: Chain<'_>,
    is_export: bool,
) -> io::Result<Result<Verified, Fault>> {
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
    Ok(chain.finish(is_export))
}

pub(super) struct Chain<'k> {
    /// That of the first checkpoint, if none is known.
    pub(super) key: Option<AuditPublicKey>,
    anchors: &'k [Anchor],
    pub(super) line: u64,
    /// Number that the next entry must have.
    expected: u64,
    /// Hash of the entry before it; unknown before the first of an export that does not begin with 1.
    previous: Option<[u8; 32]>,
    found: Verified,
    /// Last entry under a good signature.
    signed: u64,
    ended: bool,
}

impl<'k> Chain<'k> {
    pub(super) fn new(key: Option<AuditPublicKey>, from: u64, anchors: &'k [Anchor]) -> Self {
        let known = anchors.iter().find(|anchor| anchor.seq + 1 == from).map(|anchor| anchor.hash);
        Self {
            key,
            anchors,
            line: 0,
            expected: from,
            previous: if from == 1 { Some(FIRST_PREVIOUS) } else { known },
            found: Verified::default(),
            signed: from - 1,
            ended: false,
        }
    }

    pub(super) fn take(&mut self, text: &[u8]) -> Result<(), Fault> {
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
        let expected = self.expected;
        let computed = hash_of(body.as_bytes());
        if hex(&computed) != hash {
            return Err(Fault::Edited { line, seq: expected });
        }
        let head: EntryHead = serde_json::from_str(body).map_err(|_| Fault::Unreadable { line })?;
        if head.seq < expected {
            return Err(Fault::Inserted { line, seq: head.seq });
        }
        if head.seq > expected {
            return Err(Fault::Removed { line, first: expected, last: head.seq - 1 });
        }
        if self.previous.is_some_and(|previous| head.previous != hex(&previous)) {
            return Err(Fault::Edited { line, seq: head.seq.saturating_sub(1).max(1) });
        }
        let anchor = self.anchors.iter().find(|anchor| anchor.seq == head.seq);
        if anchor.is_some_and(|anchor| anchor.hash != computed) {
            return Err(Fault::Anchored { seq: head.seq });
        }
        if self.found.first == 0 {
            self.found.first = head.seq;
        }
        self.found.last = head.seq;
        self.found.hash = computed;
        self.previous = Some(computed);
        self.expected = head.seq + 1;
        Ok(())
    }

    fn signed(&mut self, body: &str, signature: &str) -> Result<(), Fault> {
        let line = self.line;
        let seq = self.expected - 1;
        let signature: Option<[u8; 64]> = unhex(signature);
        let head: SignedHead =
            serde_json::from_str(body).map_err(|_| Fault::Unreadable { line })?;
        let Some(key) = self.key.or_else(|| AuditPublicKey::parse(&head.key)) else {
            return Err(Fault::Signature { line, seq });
        };
        self.key = Some(key);
        let good = signature
            .is_some_and(|it| key.verifies(Signed::Checkpoint, body.as_bytes(), &it))
            && head.key == key.to_string();
        if !good {
            return Err(Fault::Signature { line, seq });
        }
        if head.checkpoint > seq {
            return Err(Fault::Removed { line, first: seq + 1, last: head.checkpoint });
        }
        if head.checkpoint < seq {
            return Err(Fault::Inserted { line, seq });
        }
        if head.hash != hex(&self.found.hash) {
            return Err(Fault::Rewritten { line, first: self.signed + 1, last: seq });
        }
        if let Some(from) = head.from {
            let begins = if self.found.first == 0 { self.expected } else { self.found.first };
            // A signed last line of nothing is the whole of an empty log only.
            if from != begins || (self.found.first == 0 && from != 1) {
                return Err(Fault::Truncated { line, seq });
            }
            self.found.signed_at = head.at;
            self.ended = true;
        }
        self.signed = seq;
        self.found.checkpoints += 1;
        Ok(())
    }

    /// `is_export`: a signed last line must have come.
    pub(super) fn finish(self, is_export: bool) -> Result<Verified, Fault> {
        let Verified { first, last, .. } = self.found;
        let anchored_later = self.anchors.iter().any(|anchor| anchor.seq > last);
        if (is_export && !self.ended) || anchored_later {
            return Err(Fault::Truncated { line: self.line, seq: last });
        }
        if let Some(anchor) = self.anchors.iter().find(|anchor| anchor.seq + 1 < first) {
            return Err(Fault::NotCovered { first, seq: anchor.seq });
        }
        Ok(self.found)
    }
}

/// Takes a line apart; `None` if it is not exactly as the export writes one.
pub(super) fn split(text: &[u8]) -> Option<Line<'_>> {
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
