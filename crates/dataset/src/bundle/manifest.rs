//! The manifest: what the release is, and every other member with its hashes. Signed.

use serde::{Deserialize, Serialize};

use super::FORMAT;
use super::content::ReleaseFacts;
use crate::archive::write::MemberWritten;

/// `manifest.json`. Hashes are SHA-256 in lower-case hex.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// Number of the release.
    pub release_id: String,
    /// Title of the dataset.
    pub title: String,
    /// Project.
    pub project: String,
    /// Data use agreement.
    pub agreement: String,
    /// De-identification profile.
    pub profile: String,
    /// The linkage unit.
    pub producer: String,
    /// Day of the release.
    pub released_on: String,
    /// What was linked.
    pub inputs: Vec<ManifestInput>,
    /// Hash of the configuration.
    pub config_sha256: String,
    /// Version of the program.
    pub code_version: String,
    /// Seed, if anything was drawn.
    pub seed: Option<String>,
    /// Smallest group that the agreements and the profile demand; older bundles do not say it.
    #[serde(default)]
    pub k_demanded: Option<u64>,
    /// Smallest group, if it was measured.
    pub k_achieved: Option<u64>,
    /// What was taken out.
    pub suppressed: Vec<ManifestSuppression>,
    /// Hash of the notice on redisclosure, if there is one.
    pub notice_sha256: Option<String>,
    /// Who prepared and approved it.
    pub approvals: Vec<ManifestApproval>,
    /// Where the audit log stood.
    pub audit_head: Option<ManifestAuditHead>,
    /// Every other member, in the archive's order.
    pub outputs: Vec<Output>,
}

/// A file that went into the linkage.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestInput {
    /// Source.
    pub source: String,
    /// Hash of the file.
    pub sha256: String,
    /// Rows.
    pub rows: u64,
    /// Day of the export.
    pub snapshot_on: Option<String>,
}

/// Something that was taken out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestSuppression {
    /// What.
    pub what: String,
    /// How many.
    pub count: u64,
}

/// A decision.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestApproval {
    /// Account.
    pub actor: String,
    /// Decision.
    pub decision: String,
    /// When.
    pub at: String,
}

/// An entry of the audit log.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestAuditHead {
    /// Number.
    pub entry: u64,
    /// Hash.
    pub sha256: String,
}

/// A member of the bundle.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Name in the archive.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Rows, of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Bytes of its content.
    pub bytes: u64,
    /// Hash of its content.
    pub sha256: String,
    /// Bytes that it takes in the archive.
    pub packed_bytes: u64,
    /// Hash of these.
    pub packed_sha256: String,
}

impl Output {
    pub(super) fn new(
        name: &str,
        media_type: &str,
        rows: Option<u64>,
        written: &MemberWritten,
    ) -> Self {
        Self {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            rows,
            bytes: written.bytes,
            sha256: written.sha256.to_string(),
            packed_bytes: written.packed_bytes,
            packed_sha256: written.packed_sha256.to_string(),
        }
    }
}

impl Manifest {
    pub(super) fn new(facts: &ReleaseFacts, outputs: Vec<Output>) -> Self {
        let notice = facts.notice.as_ref();
        let notice = notice.and_then(|name| outputs.iter().find(|output| output.name == *name));
        Self {
            format: FORMAT.to_owned(),
            release_id: facts.release_id.clone(),
            title: facts.title.clone(),
            project: facts.project.clone(),
            agreement: facts.agreement.clone(),
            profile: facts.profile.clone(),
            producer: facts.producer.clone(),
            released_on: facts.released_on.clone(),
            inputs: inputs(facts),
            config_sha256: facts.config_hash.to_string(),
            code_version: facts.code_version.clone(),
            seed: facts.seed.clone(),
            k_demanded: facts.k_demanded,
            k_achieved: facts.k_achieved,
            suppressed: suppressed(facts),
            notice_sha256: notice.map(|output| output.sha256.clone()),
            approvals: approvals(facts),
            audit_head: facts.audit_head.as_ref().map(|head| ManifestAuditHead {
                entry: head.entry,
                sha256: head.sha256.to_string(),
            }),
            outputs,
        }
    }

    /// As it stands in the bundle.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("texts and numbers can be written");
        bytes.push(b'\n');
        bytes
    }
}

fn inputs(facts: &ReleaseFacts) -> Vec<ManifestInput> {
    let input = facts.inputs.iter().map(|input| ManifestInput {
        source: input.source.clone(),
        sha256: input.sha256.to_string(),
        rows: input.rows,
        snapshot_on: input.snapshot_on.clone(),
    });
    input.collect()
}

fn suppressed(facts: &ReleaseFacts) -> Vec<ManifestSuppression> {
    let one = facts.suppressed.iter().map(|suppressed| ManifestSuppression {
        what: suppressed.what.clone(),
        count: suppressed.count,
    });
    one.collect()
}

fn approvals(facts: &ReleaseFacts) -> Vec<ManifestApproval> {
    let one = facts.approvals.iter().map(|approval| ManifestApproval {
        actor: approval.actor.clone(),
        decision: approval.decision.clone(),
        at: approval.at.clone(),
    });
    one.collect()
}
