//! Takes the text of a receipt, gives what it says, refuses one that is not signed, or is of another file.
//!
//! A receipt is one JSON document, `signature` last: what is before it, closed by a brace, is what was signed (Ed25519,
//! RFC 8032, over `tallystick receipt v1`, a zero byte and these bytes) by the key that stands in it.

use std::fmt;

use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;

use super::UploadError;
use super::local::{Local, hex};

/// Stands before a receipt when it is signed: what the unit signed as anything else is no receipt.
const DOMAIN: &[u8] = b"tallystick receipt v1\0";

/// The key by which a linkage unit signs. Its text is 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnitKey([u8; 32]);

impl UnitKey {
    /// Reads 64 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }
}

impl fmt::Display for UnitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// A receipt whose signature is right.
#[derive(Clone, Debug)]
pub struct Receipt {
    text: String,
    body: Body,
    key: UnitKey,
}

/// What is compared or shown; the rest is for whoever reads the file.
#[derive(Clone, Debug, Deserialize)]
struct Body {
    receipt: String,
    sha256: String,
    digest: String,
    bytes: u64,
    rows_read: u64,
    rows_accepted: u64,
    rows_rejected: u64,
    rows_collapsed: u64,
    aliases: u64,
    records: u64,
    content_rows: u64,
    key: String,
}

impl Receipt {
    /// Reads a receipt and checks its signature by the key in it.
    ///
    /// # Errors
    /// [`UploadError::ReceiptForm`], [`UploadError::ReceiptSignature`].
    pub fn parse(text: &str) -> Result<Self, UploadError> {
        let form = || UploadError::ReceiptForm;
        let text = text.trim_end();
        let (open, signature) = text.rsplit_once(",\"signature\":\"").ok_or_else(form)?;
        let signature = signature.strip_suffix("\"}").and_then(unhex::<64>).ok_or_else(form)?;
        let signed = format!("{open}}}");
        let body: Body = serde_json::from_str(&signed).map_err(|_| form())?;
        let key = UnitKey::parse(&body.key).ok_or_else(form)?;
        let by = UnparsedPublicKey::new(&ED25519, key.0);
        let signed = [DOMAIN, signed.as_bytes()].concat();
        by.verify(&signed, &signature).map_err(|_| UploadError::ReceiptSignature)?;
        if !is_id(&body.receipt) {
            return Err(form());
        }
        Ok(Self { text: text.to_owned(), body, key })
    }

    /// Id of the submission at the unit.
    #[must_use]
    pub fn submission(&self) -> &str {
        &self.body.receipt
    }

    /// The receipt as it came.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The key it is signed by.
    #[must_use]
    pub fn key(&self) -> UnitKey {
        self.key
    }

    /// SHA-256 of the submission, hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.body.sha256
    }

    /// Whether it is by the key that is wanted.
    pub(crate) fn by(&self, unit_key: Option<&UnitKey>) -> Result<(), UploadError> {
        match unit_key {
            Some(wanted) if *wanted != self.key => Err(UploadError::ReceiptKey),
            _ => Ok(()),
        }
    }

    /// Whether it is by the key that is wanted and of this very file.
    pub(super) fn of(&self, local: &Local, unit_key: Option<&UnitKey>) -> Result<(), UploadError> {
        self.by(unit_key)?;
        let (body, header) = (&self.body, &local.header);
        let equal = [
            ("sha256", body.sha256 == hex(&local.sha256)),
            ("digest", body.digest == hex(&local.digest.0)),
            ("bytes", body.bytes == local.length),
            ("rows_read", body.rows_read == header.rows_read),
            ("rows_accepted", body.rows_accepted == header.rows_accepted),
            ("rows_rejected", body.rows_rejected == header.rows_rejected),
            ("rows_collapsed", body.rows_collapsed == header.rows_collapsed),
            ("aliases", body.aliases == header.aliases),
            ("records", body.records == header.records),
            ("content_rows", body.content_rows == header.content_rows),
        ];
        match equal.into_iter().find(|(_, is_equal)| !is_equal) {
            Some((what, _)) => Err(UploadError::ReceiptDiffers { what }),
            None => Ok(()),
        }
    }
}

/// Letters, digits and underscores, as all ids and codes of a unit are, but for hyphens in codes.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Option<Vec<u8>> = text
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        })
        .collect();
    let digits = digits.filter(|digits| digits.len() == 2 * N)?;
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (pair[0] << 4) | pair[1];
    }
    Some(bytes)
}
