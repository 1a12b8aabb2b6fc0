//! Questions about linking: A2, A6, A8 to A10, A12.

use std::collections::BTreeMap;

use super::{Logged, Material, Said, Status};
use crate::audit::EventKind::{
    PersonsChanged, ReleaseApproved, ReleaseSuperseded, ReviewSetFinished, RunFinished, RunQueued,
    RunStarted, SubmissionReceived,
};

/// A2.
pub(super) fn inputs(it: &Material<'_>) -> Said {
    let runs = it.done(&[RunQueued, RunStarted, RunFinished]);
    if runs.is_empty() {
        return it.nothing("nothing was linked", &[RunQueued, RunStarted, RunFinished]);
    }
    let mut files: BTreeMap<&str, &Logged> = BTreeMap::new();
    for entry in it.done(&[SubmissionReceived]) {
        for digest in entry.object_sha256.iter().chain(entry.digests.get("submission")) {
            files.entry(digest).or_insert(entry);
        }
    }
    let mut lines = Vec::new();
    let mut strangers = 0;
    for run in &runs {
        for (name, digest) in &run.digests {
            if let Some(entry) = files.get(digest.as_str()) {
                let object = entry.object.as_deref().unwrap_or_default();
                lines.push(format!("{}: {name} is {object} of entry {}", run.place(), entry.seq));
            } else if name.starts_with("input") || name.starts_with("submission") {
                strangers += 1;
                lines.push(format!("{}: {name} is of NO submission of the project", run.place()));
            }
        }
    }
    if lines.is_empty() {
        let reason = format!("{} entries of runs name no digest of a submission", runs.len());
        return Said::new(Status::NotRecorded, reason);
    }
    let status = if strangers == 0 { Status::Answered } else { Status::Attention };
    let summary = format!("{} inputs, {strangers} of them not as uploaded", lines.len());
    Said::new(status, summary).with(lines)
}

/// Figures of runs whose names begin so.
fn of_runs(it: &Material<'_>, prefixes: &[&str]) -> Said {
    let runs = it.done(&[RunStarted, RunFinished]);
    if runs.is_empty() {
        return it.nothing("nothing was linked", &[RunStarted, RunFinished]);
    }
    it.figures(&runs, "runs", prefixes)
}

/// A6.
pub(super) fn configuration(it: &Material<'_>) -> Said {
    let mut said = of_runs(it, &["config", "schema", "settings", "fields", "seed", "passes"]);
    if said.status != Status::NotApplicable {
        let versions: std::collections::BTreeSet<&str> =
            it.done(&[RunStarted, RunFinished]).into_iter().map(|run| &*run.version).collect();
        let versions: Vec<&str> = versions.into_iter().collect();
        said.summary.push_str(&format!("; version of the program {}", versions.join(" ")));
    }
    said
}

/// A8.
pub(super) fn reproducible(it: &Material<'_>) -> Said {
    let said =
        of_runs(it, &["result", "output", "manifest", "config", "settings", "input", "submission"]);
    let has_result = |run: &&&Logged| run.digests.keys().any(|name| name.starts_with("result"));
    let finished = it.done(&[RunFinished]);
    if said.status != Status::Answered || finished.iter().any(|run| has_result(&run)) {
        return said;
    }
    Said::new(Status::NotRecorded, "no run has a result to compare with".to_owned())
}

/// A9.
pub(super) fn links(it: &Material<'_>) -> Said {
    of_runs(it, &["links", "pairs", "edges", "persons", "near", "accepted", "review"])
}

/// A10.
pub(super) fn quality(it: &Material<'_>) -> Said {
    let figures = ["precision", "recall", "expected", "quality", "false", "missed", "report"];
    let mut said = of_runs(it, &figures);
    let reviewed = it.done(&[ReviewSetFinished]);
    if !reviewed.is_empty() && matches!(said.status, Status::Answered) {
        said.summary.push_str(&format!("; by review of pairs by {} entries", reviewed.len()));
        said.evidence.extend(it.figures(&reviewed, "review sets", &figures).evidence);
    }
    if said.status == Status::Answered {
        said.summary.push_str("; by group: not recorded here, it stands in the report of the run");
    }
    said
}

/// A12.
pub(super) fn changed(it: &Material<'_>) -> Said {
    let first = it.done(&[ReleaseApproved]).first().map(|entry| entry.seq);
    let Some(first) = first else {
        return it.nothing("nothing was released", &[ReleaseApproved]);
    };
    let later = it.done(&[PersonsChanged, ReleaseSuperseded]);
    let later: Vec<_> = later.into_iter().filter(|entry| entry.seq > first).collect();
    let summary = format!("{} changes of persons or releases after entry {first}", later.len());
    Said::new(Status::Answered, summary).with(later.iter().map(|entry| entry.line()))
}
