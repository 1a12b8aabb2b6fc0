//! What the check of a release found, and why it was refused, in words.

use super::super::shown::grouped;
use super::findings::{finding_words, refusal_words};
use super::report::{Reason, Report};
use crate::release::desk::Release;

/// What a finding says.
pub(super) struct FindingShown {
    pub(super) class: &'static str,
    pub(super) severity: String,
    pub(super) words: &'static str,
    pub(super) ask: &'static str,
    pub(super) place: String,
    pub(super) count: String,
}

/// A reason for which it was refused.
pub(super) struct ReasonShown {
    pub(super) code: String,
    pub(super) words: String,
    pub(super) place: String,
    pub(super) help: String,
}

/// What the check found, for the unit's own people.
pub(super) struct CheckShown {
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) tables: Vec<(String, String, u64)>,
    pub(super) columns: Vec<(String, String, String)>,
    pub(super) findings: Vec<FindingShown>,
    pub(super) notes: Vec<String>,
    pub(super) earlier: Vec<(String, String)>,
}

pub(super) fn reasons(release: &Release, report: &Report) -> Vec<ReasonShown> {
    let of = |it: &Reason| {
        let words = match refusal_words(&it.code) {
            "" if it.reason.is_empty() => "It was refused".to_owned(),
            "" => it.reason.clone(),
            words => words.to_owned(),
        };
        ReasonShown {
            place: it.place.clone().unwrap_or_default(),
            code: it.code.clone(),
            words,
            help: it.help.clone(),
        }
    };
    let found: Vec<ReasonShown> = report.refusals.iter().map(of).collect();
    match &release.failure {
        // What was approved has its check's report still, and failed afterwards.
        Some(code) if found.is_empty() => vec![ReasonShown {
            code: code.clone(),
            place: String::new(),
            words: "It was stopped after its approval".to_owned(),
            help: "look the code up in the handbook, and prepare another release".to_owned(),
        }],
        _ => found,
    }
}

pub(super) fn check(report: &Report) -> Option<CheckShown> {
    let found = report.disclosure.as_ref()?;
    let l: Vec<String> =
        found.sensitive.iter().map(|it| format!("{} {}", it.column, it.l)).collect();
    let facts = vec![
        ("Standard", found.label.clone()),
        ("Persons", grouped(found.persons)),
        (
            "Smallest group of persons who are alike (k)",
            format!("{} found, {} demanded", grouped(found.k_achieved), found.k_demanded),
        ),
        (
            "Fewest sensitive values in a group (l)",
            format!(
                "{} found, {} demanded",
                if l.is_empty() { "none".to_owned() } else { l.join(", ") },
                found.l_demanded
            ),
        ),
        ("Groups", grouped(found.classes)),
        (
            "Persons whose traits were taken out",
            format!(
                "{} of at most {}",
                grouped(found.persons_suppressed),
                grouped(found.persons_suppressed_max)
            ),
        ),
        ("Cells taken out", grouped(found.cells_suppressed)),
        ("Information lost", format!("{} of 1,000", found.loss.entropy_permille)),
        (
            "Event rows read",
            format!(
                "{}, of them {} without their day",
                grouped(report.rows.read),
                grouped(report.rows.incomplete)
            ),
        ),
    ];
    let columns = found.columns.iter().map(|it| {
        let level = format!("{} of {}: {}", it.level, it.levels, it.generalised_to);
        let hidden =
            format!("{} cells, {} rare categories", grouped(it.cells_suppressed), it.rare_merged);
        (format!("{}.{}", it.table, it.column), level, hidden)
    });
    let findings = found.findings.iter().map(|it| {
        let (words, ask) = finding_words(&it.code);
        FindingShown {
            class: match it.severity.as_str() {
                "severe" => "bad",
                "warning" => "warn",
                _ => "",
            },
            severity: it.severity.clone(),
            words,
            ask,
            place: it.place.clone(),
            count: format!("{} of {}", grouped(it.count), grouped(it.of)),
        }
    });
    let tables = report.tables.iter().map(|it| (it.table.clone(), grouped(it.rows), it.columns));
    let earlier = report.earlier.iter().map(|it| {
        let by = &it.difference;
        (
            it.release.clone(),
            format!(
                "{} new, {} gone, {} changed; {} small groups",
                grouped(by.added),
                grouped(by.removed),
                grouped(by.changed),
                grouped(by.groups_small)
            ),
        )
    });
    Some(CheckShown {
        facts,
        tables: tables.collect(),
        columns: columns.collect(),
        findings: findings.collect(),
        notes: report.notes.clone(),
        earlier: earlier.collect(),
    })
}
