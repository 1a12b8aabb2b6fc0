//! The flow of counts from linked persons to arms with full follow-up.

use super::Made;
use crate::Study;
use crate::definition::IndexEvent;

/// One step of the flow.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FlowStep {
    /// Arm, or nothing for all.
    pub arm: Option<String>,
    /// In words.
    pub label: String,
    /// Persons that are left.
    pub persons: u64,
}

fn step(arm: Option<&str>, label: impl Into<String>, persons: u64) -> FlowStep {
    FlowStep { arm: arm.map(str::to_owned), label: label.into(), persons }
}

/// From linked persons to arms.
pub(super) fn cohort(
    study: &Study,
    persons: u32,
    counts: &[[u64; 5]],
    excluded: &[u64],
    arms: &[u64],
) -> Vec<FlowStep> {
    let mut flow = vec![step(None, "linked persons", persons.into())];
    for (place, (arm, counts)) in study.arms.iter().zip(counts).enumerate() {
        let name = Some(arm.name.as_str());
        let (event, eligible) = match arm.index {
            IndexEvent::Referral => ("with a referral", "by a pathway of the arm"),
            IndexEvent::Arrest => ("with an arrest", "arrest eligible: type, offence, district"),
        };
        if place > 0 {
            flow.push(step(name, "not in an arm above", counts[0]));
        }
        flow.push(step(name, event, counts[1]));
        flow.push(step(name, "within the period", counts[2]));
        flow.push(step(name, eligible, counts[3]));
        if arm.never_referred {
            flow.push(step(name, "never referred", counts[4]));
        }
    }
    for (rule, persons) in study.exclusions.iter().zip(excluded) {
        flow.push(step(None, format!("left out by rule {}", rule.name), *persons));
    }
    for (arm, persons) in study.arms.iter().zip(arms) {
        flow.push(step(Some(&arm.name), "in the study", *persons));
    }
    flow
}

/// Members with full follow-up, by arm and by the windows after the index day.
pub(super) fn follow_up(made: &Made<'_>) -> Vec<FlowStep> {
    let mut flow = Vec::new();
    for window in made.study.windows.iter().filter(|window| window.from > 0) {
        for (place, arm) in made.study.arms.iter().enumerate() {
            let of_arm = made.members.iter().filter(|member| member.arm == place);
            let full = of_arm.filter(|member| {
                made.coverage.all_outcomes(member.day + window.from, member.day + window.to)
            });
            let label = format!("observed for all of {}", window.name);
            let persons = u64::try_from(full.count()).expect("persons are numbered by 32 bits");
            flow.push(step(Some(&arm.name), label, persons));
        }
    }
    flow
}
