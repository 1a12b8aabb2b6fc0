//! What an agency keeps: what was taken in, signed by the unit.

use serde::Serialize;

use crate::audit::{AuditKey, Signed};
use crate::ids::hex;

/// A receipt and its Ed25519 signature (RFC 8032) by the unit's audit key over `tallystick receipt v1`, a zero byte and exactly `body`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// A line of JSON.
    pub body: String,
    /// Its signature.
    pub signature: [u8; 64],
}

/// The fields in the order in which they are written.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    pub(super) receipt: &'a str,
    pub(super) agency: &'a str,
    pub(super) project: &'a str,
    pub(super) source: &'a str,
    pub(super) sha256: String,
    pub(super) digest: String,
    pub(super) bytes: u64,
    pub(super) rows_read: u64,
    pub(super) rows_accepted: u64,
    pub(super) rows_rejected: u64,
    pub(super) rows_collapsed: u64,
    pub(super) aliases: u64,
    pub(super) records: u64,
    pub(super) content_rows: u64,
    pub(super) received_at: String,
    pub(super) key: String,
}

impl Receipt {
    pub(super) fn sign(body: &Body<'_>, key: &AuditKey) -> Self {
        let body = serde_json::to_string(body).expect("a body of texts and numbers is JSON");
        let signature = key.sign(Signed::Receipt, body.as_bytes());
        Self { body, signature }
    }

    /// The receipt as one JSON document, `signature` last: what is before it, closed by a brace, is what was signed as a receipt ([`Signed::Receipt`]).
    #[must_use]
    pub fn line(&self) -> String {
        let open = self.body.strip_suffix('}').expect("a body is a JSON object");
        format!("{open},\"signature\":\"{}\"}}", hex(&self.signature))
    }
}
