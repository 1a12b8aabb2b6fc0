//! Text for the methods section of a paper.

use std::fmt::Write as _;

use tallystick_study::definition::{Arm, IndexEvent};

use super::guild::{Paper, grouped};

/// The text.
pub(super) fn text(paper: &Paper<'_>) -> String {
    let study = &paper.of.plan.study;
    let mut out = format!("METHODS: {}\n\n", study.title);
    let _ = write!(
        out,
        "Records of {} were linked without identifiers: each agency encoded its export with keyed hashes that the linkage \
         unit cannot undo, and a probabilistic model (Fellegi and Sunter) was trained without labels. Expected precision was \
         {}, expected recall {}.\n\n",
        paper.facts.sources.join(", "),
        paper.estimate("expected_precision"),
        paper.estimate("expected_recall"),
    );
    for arm in &study.arms {
        out.push_str(&arm_words(arm));
    }
    for (step, count) in paper.flow() {
        let arm = step.arm.as_deref().unwrap_or("all");
        let _ = writeln!(out, "  {arm}, {}: {count}", step.label);
    }
    out.push_str("\nOutcomes were counted in these windows of days relative to the index day, both ends included: ");
    let windows: Vec<String> =
        study.windows.iter().map(|it| format!("{} ({} to {})", it.name, it.from, it.to)).collect();
    out.push_str(&windows.join(", "));
    out.push_str(
        ". An arrest is a person, day, agency and booking number; its severity is that of the gravest charge. Arrests for a \
         warrant alone, holds and diversions are no outcomes, nor is any event of the index incident. A motion to revoke is \
         no case. Cases are counted by day of filing, convictions by day of disposition. Days in custody are taken off the \
         days at risk. Where a source does not cover a window the count is missing.\n\n",
    );
    let _ = writeln!(
        out,
        "The dataset was released under the profile {}: {} persons, groups of at least {} alike in quasi-identifiers \
         (full-domain generalisation by optimal lattice anonymisation, then suppression; El Emam et al. 2009, DOI \
         10.1197/jamia.M3144).",
        paper.report.label,
        grouped(paper.report.persons),
        paper.report.k_achieved,
    );
    out
}

fn arm_words(arm: &Arm) -> String {
    let index = match arm.index {
        IndexEvent::Referral => "the first referral",
        IndexEvent::Arrest => "the first eligible arrest",
    };
    let mut words =
        format!("Arm {}: index day is {index} from {} to {}", arm.name, arm.from, arm.to);
    if arm.never_referred {
        words.push_str(", of people who were never referred");
    }
    words.push_str(".\n");
    words
}
