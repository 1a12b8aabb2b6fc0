//! How a release came about, step by step.

use super::super::shown::Moment;
use super::{Names, Who};
use crate::ids::hex;
use crate::release::desk::{Decision, Opinion, Release, Standing};

/// A step of its history.
pub(super) struct Step {
    pub(super) what: &'static str,
    pub(super) who: Option<Who>,
    pub(super) at: Option<Moment>,
    pub(super) note: String,
    pub(super) is_done: bool,
    pub(super) is_here: bool,
}

pub(super) fn steps(
    release: &Release,
    names: &Names,
    standing: Standing,
    opinion: Option<&Opinion>,
) -> Vec<Step> {
    let step = |what, by: Option<Decision>, note: String| Step {
        what,
        who: by.map(|it| names.who(it.by)),
        at: by.map(|it| it.at.into()),
        note,
        is_done: by.is_some(),
        is_here: false,
    };
    let mut steps = vec![step("Prepared", Some(release.prepared), String::new())];
    let is_checked = release.tables_hash.is_some();
    let refused = matches!(standing, Standing::Refused | Standing::Failed) && !is_checked;
    let what = if refused { "Checked, and refused" } else { "Tables made and checked" };
    let note = "by the service: identifiers, small groups, earlier releases";
    steps.push(Step { is_done: is_checked || refused, ..step(what, None, note.to_owned()) });
    let what = if standing == Standing::Rejected {
        "Refused by its approver"
    } else {
        "Approved by somebody other than the preparer"
    };
    let ticked = opinion.map_or(0, |it| it.points.len());
    let note = if ticked > 0 {
        format!("{ticked} of 5 points of the Five Safes ticked")
    } else {
        String::new()
    };
    steps.push(step(what, release.decided, note));
    let bundled = release.bundle.map(|bundle| bundle.at.into());
    let note = release.bundle.map(|it| format!("SHA-256 {}", hex(&it.sha256)));
    steps.push(Step {
        at: bundled,
        is_done: release.bundle.is_some(),
        ..step("Bundle written and signed", None, note.unwrap_or_default())
    });
    if let Some((at, _)) = &release.ended {
        let what = if standing == Standing::Withdrawn {
            "Withdrawn by its preparer"
        } else {
            "Taken back"
        };
        steps.push(Step {
            at: Some((*at).into()),
            is_done: true,
            ..step(what, None, String::new())
        });
    }
    if let Some((at, _)) = &release.superseded {
        steps.push(Step {
            at: Some((*at).into()),
            is_done: true,
            ..step("Out of date", None, String::new())
        });
    }
    let waits = matches!(standing, Standing::Queued | Standing::Checked | Standing::Approved);
    if let Some(next) = steps.iter_mut().find(|it| !it.is_done).filter(|_| waits) {
        next.is_here = true;
    } else {
        steps.retain(|it| it.is_done);
    }
    steps
}
