//! Questions about what went out: A13 to A16, A18 to A20, A25.

use std::collections::BTreeMap;

use super::{Logged, Material, Said, Status};
use crate::audit::EventKind::{
    self, AgreementRecorded, ReleaseApproved, ReleaseChecked, ReleaseDownloaded, ReleasePrepared,
    ReleaseRevoked, ReleaseSuperseded, RetractionRecorded, SubmissionWithdrawn,
};

const RELEASES: &[EventKind] =
    &[ReleasePrepared, ReleaseChecked, ReleaseApproved, ReleaseDownloaded];

/// Entries of releases, or that there is none.
fn releases<'m>(it: &Material<'m>) -> Result<Vec<&'m Logged>, Said> {
    let found = it.done(RELEASES);
    if found.is_empty() { Err(it.nothing("nothing was released", RELEASES)) } else { Ok(found) }
}

fn figures(it: &Material<'_>, prefixes: &[&str]) -> Said {
    releases(it).map_or_else(|none| none, |found| it.figures(&found, "releases", prefixes))
}

/// A13.
pub(super) fn released(it: &Material<'_>) -> Said {
    figures(
        it,
        &[
            "tables",
            "columns",
            "rows",
            "persons",
            "k",
            "minimum_cell",
            "suppressed",
            "cells",
            "manifest",
            "bundle",
        ],
    )
}

/// A14.
pub(super) fn standard(it: &Material<'_>) -> Said {
    figures(it, &["profile", "standard", "expert", "determination"])
}

/// A15.
pub(super) fn approved(it: &Material<'_>) -> Said {
    let found = match releases(it) {
        Ok(found) => found,
        Err(none) => return none,
    };
    let mut preparers: BTreeMap<&str, &str> = BTreeMap::new();
    let mut lines = Vec::new();
    let mut bad = 0;
    for entry in found {
        let object = entry.object.as_deref().unwrap_or_default();
        if entry.kind == ReleasePrepared.as_str() {
            preparers.insert(object, &entry.actor);
        } else if entry.kind == ReleaseApproved.as_str() {
            let said = match preparers.get(object) {
                Some(preparer) if *preparer != entry.actor => format!("prepared by {preparer}"),
                Some(_) => {
                    bad += 1;
                    "prepared by the SAME account".to_owned()
                }
                None => {
                    bad += 1;
                    "NOBODY prepared it".to_owned()
                }
            };
            lines.push(format!("{}, {said}", entry.line()));
        }
    }
    if lines.is_empty() {
        return it.nothing("nothing was approved", &[ReleaseApproved]);
    }
    let status = if bad == 0 { Status::Answered } else { Status::Attention };
    let summary = format!("{} approvals, {bad} of them not by another", lines.len());
    Said::new(status, summary).with(lines)
}

/// A16.
pub(super) fn downloaded(it: &Material<'_>) -> Said {
    let found = it.of(&[ReleaseDownloaded]);
    if found.is_empty() {
        return it.nothing("nothing was released", &[ReleaseDownloaded]);
    }
    let denied = found.iter().filter(|entry| entry.outcome == "denied").count();
    let summary = format!("{} downloads, {denied} refused", found.len() - denied);
    Said::new(Status::Answered, summary).with(found.iter().map(|entry| {
        let bytes = entry.bytes_out.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
        format!("{}{bytes}", entry.line())
    }))
}

/// A18.
pub(super) fn notice(it: &Material<'_>) -> Said {
    let found = match releases(it) {
        Ok(found) => found,
        Err(none) => return none,
    };
    let has_basis = |entry: &Logged| entry.counts.keys().any(|name| name.starts_with("basis_"));
    if !it.done(&[AgreementRecorded]).into_iter().any(has_basis) {
        let reason = "no Part 2 data: no agreement of the project has a basis";
        return Said::new(Status::NotApplicable, reason);
    }
    let mut by_release: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    // Only what was bundled can have been delivered.
    for entry in found.into_iter().filter(|entry| entry.digests.contains_key("bundle")) {
        let notice = by_release.entry(entry.object.as_deref().unwrap_or_default()).or_default();
        *notice = notice.or_else(|| entry.digests.get("notice").map(String::as_str));
    }
    if by_release.is_empty() {
        return it.nothing("nothing was released", &[ReleasePrepared]);
    }
    let lacking = by_release.values().filter(|notice| notice.is_none()).count();
    let status = if lacking == 0 { Status::Answered } else { Status::Attention };
    let summary = format!("{} releases, {lacking} without a notice", by_release.len());
    Said::new(status, summary).with(by_release.into_iter().map(|(release, notice)| match notice {
        Some(notice) => format!("{release}: notice {notice}"),
        None => format!("{release}: NO notice"),
    }))
}

/// A19: the log knows no person, and must not.
pub(super) fn accounting(it: &Material<'_>) -> Said {
    match releases(it) {
        Err(none) => none,
        Ok(found) => Said::new(
            Status::NotRecorded,
            format!(
                "the log names no person; the {} entries of releases say what went out as a whole. Which releases hold \
                 a person only the program can find, by its handle",
                found.len()
            ),
        ),
    }
}

/// A20.
pub(super) fn retracted(it: &Material<'_>) -> Said {
    let kinds = [RetractionRecorded, SubmissionWithdrawn, ReleaseRevoked, ReleaseSuperseded];
    let found = it.of(&kinds);
    if found.is_empty() {
        return it.nothing("nothing was sealed or withdrawn", &kinds);
    }
    let told = found.iter().filter(|entry| entry.kind.starts_with("release-")).count();
    let summary = format!(
        "{} retractions or withdrawals; {told} releases were taken back or marked as out of date",
        found.len() - told
    );
    Said::new(Status::Answered, summary).with(found.iter().map(|entry| entry.line()))
}

/// A25: every download has the fields that 11 CCR 701-708 asks for.
pub(super) fn record(it: &Material<'_>) -> Said {
    let found = it.done(&[ReleaseDownloaded]);
    let Some(first) = it.log.entries.first() else {
        return it.nothing("nothing was released", &[ReleaseDownloaded]);
    };
    let since = format!("the log reaches back to entry {} of {}", first.seq, first.at);
    if found.is_empty() {
        let none = it.nothing("nothing was released", &[ReleaseDownloaded]);
        return Said::new(none.status, format!("{}; {since}", none.summary));
    }
    let lacks = |entry: &&&Logged| {
        entry.source_address.is_none() || entry.bytes_out.is_none() || entry.object_sha256.is_none()
    };
    let lacking = found.iter().filter(lacks).count();
    let status = if lacking == 0 { Status::Answered } else { Status::Attention };
    let summary = format!(
        "{} transmissions, each by download over TLS; {lacking} lack address, bytes or SHA-256; {since}",
        found.len()
    );
    Said::new(status, summary).with(found.iter().map(|entry| entry.line()))
}
