//! Agreements as people read them.

use super::kind_word;
use crate::agreements::{Agreement, Content, EndReason, Lapse, Terms};
use crate::audit::words::Names;
use crate::clock::Timestamp;

/// `Data sharing agreement of police`.
pub(in crate::web::pages) fn title(it: &Agreement, names: &Names) -> String {
    let kind = kind_word(it.terms.kind());
    match &it.terms {
        Terms::Mou(mou) => {
            let partners: Vec<String> = mou.partners.iter().map(|id| name(names, id)).collect();
            format!("{kind} with {}", partners.join(", "))
        }
        Terms::Dsa(dsa) => format!("{kind} of {}", name(names, &dsa.agency)),
        Terms::Dul(dul) => format!("{kind} for {}", name(names, &dul.project)),
        Terms::Irb(irb) => {
            format!("{kind} {} for {}", irb.protocol.as_str(), name(names, &irb.project))
        }
    }
}

fn name(names: &Names, id: &impl ToString) -> String {
    names.of(&id.to_string()).to_owned()
}

/// Class and words of the badge.
pub(super) fn state(it: &Agreement, now: Timestamp) -> (&'static str, String) {
    let day = it.interval.until().days();
    let today = now.days();
    match it.lapse(now) {
        Some(Lapse::Ended) => {
            ("bad", format!("ended: {}", it.ended.map_or("", |(_, why)| why_word(why))))
        }
        Some(Lapse::NotYetValid) => ("busy", format!("begins on {}", it.interval.from())),
        Some(Lapse::Missing | Lapse::Expired) => {
            ("bad", super::super::compliance::until(day, today))
        }
        None => match day - today {
            0..=30 => ("bad", super::super::compliance::until(day, today)),
            31..=90 => ("warn", super::super::compliance::until(day, today)),
            _ => ("good", "in force".to_owned()),
        },
    }
}

/// A reason in words.
pub(super) const fn why_word(why: EndReason) -> &'static str {
    match why {
        EndReason::Withdrawn => "a partner withdrew",
        EndReason::Replaced => "another takes its place",
        EndReason::Breached => "it was broken",
        EndReason::Suspended => "the review board suspended it",
        EndReason::Completed => "the project is done",
        EndReason::Mistaken => "it was recorded wrongly",
    }
}

/// What it says, a line each.
pub(super) fn terms(it: &Agreement, names: &Names) -> Vec<(&'static str, String)> {
    let list = |all: Vec<String>| if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    let mut lines = Vec::new();
    match &it.terms {
        Terms::Mou(mou) => {
            lines.push(("Partners", list(mou.partners.iter().map(|id| name(names, id)).collect())));
        }
        Terms::Dsa(dsa) => {
            lines.push(("Agency", name(names, &dsa.agency)));
            lines.push(("Projects", list(dsa.projects.iter().map(|id| name(names, id)).collect())));
            lines.push((
                "Purposes",
                list(dsa.purposes.iter().map(|it| it.as_str().to_owned()).collect()),
            ));
            let content = match &dsa.content {
                Content::All => "all that the agency maps".to_owned(),
                Content::Only(_) => list(dsa.content.names()),
            };
            lines.push(("Content columns", content));
            if let Some(basis) = dsa.basis {
                lines.push(("Basis (42 CFR Part 2)", basis.as_str().to_owned()));
            }
            lines.push(("Data may be held until", dsa.retention_until.to_string()));
        }
        Terms::Dul(dul) => {
            lines.push(("Project", name(names, &dul.project)));
            lines.push((
                "Recipients",
                list(dul.recipients.iter().map(|id| name(names, id)).collect()),
            ));
            lines.push((
                "Purposes",
                list(dul.purposes.iter().map(|it| it.as_str().to_owned()).collect()),
            ));
            lines.push((
                "Smallest group that may be shown",
                format!("{} persons", dul.minimum_cell.persons()),
            ));
            lines.push(("Releases may be held until", dul.retention_until.to_string()));
        }
        Terms::Irb(irb) => {
            lines.push(("Project", name(names, &irb.project)));
            lines.push(("Protocol", irb.protocol.as_str().to_owned()));
            lines.push(("Decision", irb.decision.as_str().to_owned()));
        }
    }
    lines
}
