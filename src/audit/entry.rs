//! The form of an entry: one line of JSON, and the hash over it.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::event::{Actor, Event};
use crate::clock::Timestamp;
use crate::ids::hex;

/// Stands before a body when it is hashed, so that no other hash of this project can be taken for one.
pub const HASH_DOMAIN: &[u8] = b"tallystick/audit/v1\n";

/// What an entry that has none before it names as the one before.
pub(super) const FIRST_PREVIOUS: [u8; 32] = [0; 32];

/// An entry in its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Number from 1, without gaps.
    pub seq: u64,
    /// The line of JSON that is hashed.
    pub body: String,
    /// `SHA-256(HASH_DOMAIN || body)`.
    pub hash: [u8; 32],
}

/// The fields in the order in which they are written; absent ones are left out.
#[derive(Serialize)]
struct Body<'a> {
    seq: u64,
    at: String,
    kind: &'static str,
    outcome: &'static str,
    actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_out: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    agreements: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counts: &'a BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    digests: BTreeMap<String, String>,
    version: &'static str,
    previous: String,
}

impl Entry {
    /// Gives an event its place after the entry with hash `previous`.
    pub(super) fn new(seq: u64, at: Timestamp, event: &Event, previous: &[u8; 32]) -> Self {
        let (actor, role, agency, session) = match event.actor {
            Actor::Unit => ("unit".to_owned(), None, None, None),
            Actor::Console => ("console".to_owned(), None, None, None),
            Actor::Anonymous => ("anonymous".to_owned(), None, None, None),
            Actor::Account { account, role, agency, session } => (
                account.to_string(),
                Some(role),
                agency.map(|id| id.to_string()),
                session.map(|id| id.to_string()),
            ),
        };
        let body = Body {
            seq,
            at: at.to_string(),
            kind: event.kind.as_str(),
            outcome: event.outcome.as_str(),
            actor,
            role,
            agency,
            session,
            source_address: event.source_address.map(|address| address.to_string()),
            object_kind: event.object.as_ref().map(|(kind, _)| *kind),
            object: event.object.as_ref().map(|(_, id)| id.as_str()),
            object_sha256: event.object_sha256.as_ref().map(|digest| hex(digest)),
            bytes_in: event.bytes_in,
            bytes_out: event.bytes_out,
            duration_ms: event.duration_ms,
            purpose: event.purpose,
            project: event.project.map(|id| id.to_string()),
            agreements: event.agreements.iter().map(ToString::to_string).collect(),
            reason: event.reason,
            counts: &event.counts,
            digests: event
                .digests
                .iter()
                .map(|(name, digest)| (name.clone(), hex(digest)))
                .collect(),
            version: env!("CARGO_PKG_VERSION"),
            previous: hex(previous),
        };
        let body = serde_json::to_string(&body).expect("a body of texts and numbers is JSON");
        let hash = hash_of(body.as_bytes());
        Self { seq, body, hash }
    }

    /// Whether the hash is that of the body.
    #[must_use]
    pub fn is_as_hashed(&self) -> bool {
        hash_of(self.body.as_bytes()) == self.hash
    }

    /// The line of an export: the body with its hash as the last field.
    #[must_use]
    pub fn line(&self) -> String {
        let open = self.body.strip_suffix('}').expect("a body is a JSON object");
        format!("{open},\"hash\":\"{}\"}}", hex(&self.hash))
    }
}

/// `SHA-256(HASH_DOMAIN || body)`.
pub(super) fn hash_of(body: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(HASH_DOMAIN).chain_update(body).finalize().into()
}
