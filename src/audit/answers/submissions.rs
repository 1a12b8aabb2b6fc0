//! Questions about what came in: A1, A3, A4, A5, A26.

use std::collections::{BTreeMap, BTreeSet};

use super::{Logged, Material, Said, Status, day_of};
use crate::audit::EventKind::{
    AgreementEnded, AgreementRecorded, ConsentRecorded, DataDestroyed, ReleaseApproved,
    ReleaseDownloaded, RunQueued, RunStarted, SubmissionReceived, SubmissionWithdrawn,
    UploadOpened,
};

/// Refusals at which the project was not known: before anything came, or of what was no submission.
fn refused_unknown<'m>(it: &Material<'m>) -> Vec<&'m Logged> {
    let found = it.everywhere(&[UploadOpened, SubmissionReceived]).into_iter();
    found.filter(|entry| entry.outcome != "ok" && entry.project.is_none()).collect()
}

/// A1.
pub(super) fn uploaded(it: &Material<'_>) -> Said {
    let mut entries = it.of(&[SubmissionReceived]);
    let unknown = refused_unknown(it);
    entries.extend(&unknown);
    entries.sort_unstable_by_key(|entry| entry.seq);
    if entries.is_empty() {
        return it.nothing("nothing was uploaded", &[SubmissionReceived]);
    }
    let taken = entries.iter().filter(|entry| entry.outcome == "ok").count();
    let summary = format!(
        "{taken} taken in, {} refused, {} of these before their project was known; names of files are not recorded, on \
         purpose",
        entries.len() - taken,
        unknown.len()
    );
    Said::new(Status::Answered, summary).with(entries.iter().map(|entry| {
        let bytes = entry.bytes_in.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
        format!("{}{bytes}, {} rows", entry.line(), entry.count("rows_read"))
    }))
}

/// A3.
pub(super) fn rejected(it: &Material<'_>) -> Said {
    let entries = it.of(&[SubmissionReceived]);
    let first = |entry: &&&Logged| entry.outcome != "ok" || entry.counts.contains_key("rows_read");
    let entries: Vec<_> = entries.iter().filter(first).collect();
    if entries.is_empty() {
        return it.nothing("nothing was uploaded", &[SubmissionReceived]);
    }
    let total = |name: &str| entries.iter().map(|entry| entry.count(name)).sum::<u64>();
    let summary = format!(
        "{} rows read, {} accepted, {} rejected, {} collapsed; why single rows were rejected is in the agencies' own \
         reports, the submission has counts only",
        total("rows_read"),
        total("rows_accepted"),
        total("rows_rejected"),
        total("rows_collapsed")
    );
    Said::new(Status::Answered, summary).with(entries.iter().map(|entry| match &entry.reason {
        Some(reason) if entry.outcome != "ok" => {
            format!("{}: all of it was refused: {reason}", entry.place())
        }
        _ => {
            let counts = ["rows_read", "rows_accepted", "rows_rejected", "rows_collapsed"];
            let counts = counts.map(|name| format!("{name} {}", entry.count(name)));
            format!("{}: {}", entry.place(), counts.join(", "))
        }
    }))
}

/// What the log says of one agreement.
struct Known<'m> {
    kind: &'m str,
    recorded: u64,
    from: u64,
    until: u64,
    retention_until: Option<u64>,
    ended: Option<u64>,
}

fn agreements<'m>(it: &Material<'m>) -> BTreeMap<&'m str, Known<'m>> {
    let mut known: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    for entry in it.everywhere(&[AgreementRecorded, AgreementEnded]) {
        let Some(id) = entry.object.as_deref() else { continue };
        if entry.kind == AgreementEnded.as_str() {
            if let Some(found) = known.get_mut(id) {
                found.ended.get_or_insert(entry.seq);
            }
            continue;
        }
        known.entry(id).or_insert_with(|| Known {
            kind: entry.object_kind.as_deref().unwrap_or_default(),
            recorded: entry.seq,
            from: entry.count("valid_from_days"),
            until: entry.count("valid_until_days"),
            retention_until: entry.counts.get("retention_until_days").copied(),
            ended: None,
        });
    }
    known
}

/// What is missing for an entry: kinds of agreements that it names none of that was in force.
fn lacking(
    entry: &Logged,
    known: &BTreeMap<&str, Known<'_>>,
    kinds: &[&'static str],
) -> Vec<&'static str> {
    let day = entry.day().unwrap_or(0);
    let in_force = |id: &String| {
        known.get(id.as_str()).filter(|it| {
            let is_before_its_end = it.ended.is_none_or(|ended| entry.seq < ended);
            it.recorded < entry.seq && is_before_its_end && (it.from..=it.until).contains(&day)
        })
    };
    let held: BTreeSet<&str> =
        entry.agreements.iter().filter_map(in_force).map(|it| it.kind).collect();
    kinds.iter().copied().filter(|kind| !held.contains(kind)).collect()
}

/// A4: not what the service thought, but what its entries of agreements say of that moment.
pub(super) fn covered(it: &Material<'_>) -> Said {
    let kinds = [SubmissionReceived, RunQueued, RunStarted, ReleaseApproved, ReleaseDownloaded];
    let entries = it.done(&kinds);
    if entries.is_empty() {
        return it.nothing("nothing was taken in, linked or released", &kinds);
    }
    let known = agreements(it);
    let mut bad = 0;
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| {
            let needed: &[&str] = match entry.kind.as_str() {
                "run-queued" | "run-started" => &["mou", "dsa", "irb"],
                "release-approved" => &["mou", "dsa", "irb", "dul"],
                "release-downloaded" => &["irb", "dul"],
                _ => &["mou", "dsa"],
            };
            let lacking = lacking(entry, &known, needed);
            if lacking.is_empty() {
                return format!("{}: covered by {}", entry.place(), entry.agreements.join(" "));
            }
            bad += 1;
            format!("{}: NOT covered, no {} in force", entry.place(), lacking.join(", no "))
        })
        .collect();
    let denied = it.of(&kinds).len() - entries.len();
    let status = if bad == 0 { Status::Answered } else { Status::Attention };
    let summary = format!(
        "{} of {} actions were covered at their time; {denied} were refused",
        entries.len() - bad,
        entries.len()
    );
    Said::new(status, summary).with(lines)
}

/// A5.
pub(super) fn consents(it: &Material<'_>) -> Said {
    let of_provider = |entry: &&Logged| entry.counts.keys().any(|name| name.starts_with("basis_"));
    let dsas: Vec<_> = it.done(&[AgreementRecorded]).into_iter().filter(of_provider).collect();
    let snapshots = it.done(&[ConsentRecorded]);
    if dsas.is_empty() && snapshots.is_empty() {
        return Said::new(
            Status::NotApplicable,
            format!(
                "no provider's data: no agreement with a basis, and {}",
                it.none(&[ConsentRecorded])
            ),
        );
    }
    let runs = it.done(&[RunStarted, crate::audit::EventKind::RunFinished]);
    let excluded = it.figures(&runs, "runs", &["excluded", "consent"]);
    let summary = format!(
        "{} data sharing agreements with a basis, {} snapshots of consents; left out of runs: {}",
        dsas.len(),
        snapshots.len(),
        if runs.is_empty() { "there was no run".to_owned() } else { excluded.summary.clone() }
    );
    let shown = |entry: &&Logged| {
        let counts = entry.counts.iter().filter(|(name, _)| !name.ends_with("_days"));
        let counts: Vec<String> = counts.map(|(name, count)| format!("{name} {count}")).collect();
        let digest = entry.digests.get("snapshot");
        let digest = digest.map(|digest| format!(", snapshot {digest}")).unwrap_or_default();
        format!("{}: {}{digest}", entry.place(), counts.join(", "))
    };
    let lines: Vec<String> = dsas.iter().chain(&snapshots).map(shown).collect();
    Said::new(Status::Answered, summary).with(lines).with(excluded.evidence)
}

/// A26: as of the last entry of the log.
pub(super) fn retained(it: &Material<'_>) -> Said {
    let received = it.done(&[SubmissionReceived]);
    if received.is_empty() {
        return it.nothing("nothing was taken in", &[SubmissionReceived]);
    }
    let today = it.log.entries.last().and_then(Logged::day).unwrap_or(0);
    let known = agreements(it);
    let gone: BTreeSet<&str> = it
        .everywhere(&[SubmissionWithdrawn, DataDestroyed])
        .into_iter()
        .filter_map(|entry| entry.object.as_deref())
        .collect();
    let mut last: Vec<(&str, Option<u64>)> = Vec::new();
    for entry in received {
        let Some(object) = entry.object.as_deref().filter(|it| !gone.contains(it)) else {
            continue;
        };
        let ends = entry.agreements.iter().filter_map(|id| known.get(id.as_str())?.retention_until);
        let end = ends.max();
        match last.iter_mut().find(|(known, _)| *known == object) {
            Some((_, earlier)) => *earlier = (*earlier).max(end),
            None => last.push((object, end)),
        }
    }
    let over = last.iter().filter(|(_, end)| end.is_some_and(|end| end < today)).count();
    let unknown = last.iter().filter(|(_, end)| end.is_none()).count();
    let status = if over + unknown == 0 { Status::Answered } else { Status::Attention };
    let summary = format!(
        "as of {}, {} submissions are held: {over} beyond the end that their agreements set, {unknown} without one",
        day_of(today),
        last.len()
    );
    Said::new(status, summary).with(last.into_iter().map(|(object, end)| match end {
        Some(end) if end < today => format!("{object}: until {}, OVER", day_of(end)),
        Some(end) => format!("{object}: until {}", day_of(end)),
        None => format!("{object}: no agreement says until when"),
    }))
}
