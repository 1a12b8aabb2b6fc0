//! Adds up the numbers of a check.
//!
//! Takes plan and classes, gives the report without its findings.

use std::collections::BTreeMap;

use crate::anonymise::Plan;
use crate::axis::Axis;
use crate::classes::Sensitive;
use crate::loss::permille;
use crate::policy::Policy;
use crate::report::{
    ColumnReport, LossReport, Report, SearchReport, SensitiveReport, SequenceReport, SizeReport,
};
use crate::sequence::Uniqueness;
use crate::verify::{Class, Verified};

/// What a check has found out.
pub(crate) struct Checks<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) axes: &'a [Axis],
    pub(crate) plan: &'a Plan,
    pub(crate) sensitive: &'a [Sensitive],
    pub(crate) verified: &'a Verified,
    /// By quasi-identifier: cells taken out.
    pub(crate) cells: Vec<u64>,
    pub(crate) sequences: Uniqueness,
}

/// The report of a check.
pub(crate) fn report(checks: &Checks<'_>) -> Report {
    let (policy, plan) = (checks.policy, checks.plan);
    let classes = &checks.verified.classes;
    let persons = plan.is_suppressed.len() as u64;
    let Uniqueness { persons: with_event, unique, unique_in_class } = checks.sequences;
    let (columns, loss) = losses(checks);
    Report {
        profile: policy.profile.as_str(),
        label: policy.profile.label(),
        is_deidentified: policy.profile.is_deidentified(),
        expert_report: policy.expert_report.clone(),
        persons,
        k_demanded: policy.k,
        k_achieved: classes.iter().map(|class| class.persons).min().unwrap_or(0),
        l_demanded: policy.l,
        sensitive: sensitive(checks),
        classes: classes.len() as u64,
        class_sizes: sizes(classes, policy.k.into()),
        persons_suppressed: plan.suppressed,
        persons_joined: plan.joined,
        persons_suppressed_max: policy.suppressed_max(persons),
        suppressed_permille: permille(plan.suppressed, persons),
        cells_suppressed: checks.cells.iter().sum(),
        search: SearchReport {
            nodes: plan.search.nodes,
            nodes_tested: plan.search.tested,
            minimal: plan.search.minimal.iter().map(|node| from_one(node)).collect(),
        },
        loss,
        columns,
        sequences: SequenceReport { persons: with_event, unique, unique_in_class },
        findings: Vec::new(),
    }
}

/// Levels as people count them.
fn from_one(node: &[u8]) -> Vec<usize> {
    node.iter().map(|level| usize::from(*level) + 1).collect()
}

/// Classes from k to 2k, to 5k, to 10k persons and above.
fn sizes(classes: &[Class], k: u64) -> Vec<SizeReport> {
    let bounds = [
        (1, Some(k - 1)),
        (k, Some(2 * k - 1)),
        (2 * k, Some(5 * k - 1)),
        (5 * k, Some(10 * k - 1)),
        (10 * k, None),
    ];
    let of = |(persons_min, persons_max): (u64, Option<u64>)| {
        let is_in = |class: &&Class| {
            class.persons >= persons_min && persons_max.is_none_or(|max| class.persons <= max)
        };
        let found: Vec<u64> = classes.iter().filter(is_in).map(|class| class.persons).collect();
        let (classes, persons) = (found.len() as u64, found.iter().sum());
        SizeReport { persons_min, persons_max, classes, persons }
    };
    bounds.into_iter().filter(|(min, max)| max.is_none_or(|max| max >= *min)).map(of).collect()
}

fn sensitive(checks: &Checks<'_>) -> Vec<SensitiveReport> {
    let of = |(place, sensitive): (usize, &Sensitive)| {
        let mut cohorts = vec![0; sensitive.counts.len()];
        sensitive.codes.iter().for_each(|code| cohorts[*code as usize] += 1);
        let mut cohorts: Vec<u64> = cohorts
            .into_iter()
            .zip(&sensitive.counts)
            .filter(|(_, is)| **is)
            .map(|(n, _)| n)
            .collect();
        cohorts.sort_unstable();
        let mut classes: BTreeMap<u32, u64> = BTreeMap::new();
        for class in &checks.verified.classes {
            *classes.entry(class.distinct[place]).or_default() += 1;
        }
        let l = classes.keys().next().copied().unwrap_or(0);
        SensitiveReport { column: sensitive.column.clone(), l, classes, cohorts }
    };
    checks.sensitive.iter().enumerate().map(of).collect()
}

fn losses(checks: &Checks<'_>) -> (Vec<ColumnReport>, LossReport) {
    let (policy, plan) = (checks.policy, checks.plan);
    let persons = plan.is_suppressed.len() as u64;
    let (mut lost, mut lost_max, mut height_permille) = (0, 0, 0);
    let mut columns = Vec::new();
    for (place, (axis, level)) in checks.axes.iter().zip(&plan.node).enumerate() {
        let level = usize::from(*level);
        let costs = &plan.costs[place];
        let (mut own, mut own_max) = (0, 0);
        for (category, is_out) in axis.persons.iter().zip(&plan.is_suppressed) {
            let category = *category as usize;
            own += if *is_out { costs.suppressed[category] } else { costs.levels[level][category] };
            own_max += costs.suppressed[category];
        }
        (lost, lost_max) = (lost + own, lost_max + own_max);
        let height = if axis.top() == 0 { 0 } else { 1000 * level as u64 / axis.top() as u64 };
        height_permille += (persons - plan.suppressed) * height + plan.suppressed * 1000;
        columns.push(ColumnReport {
            table: axis.place.table.clone(),
            column: axis.place.column.clone(),
            level: level + 1,
            levels: axis.steps.len(),
            level_permitted: axis.floor + 1,
            generalised_to: policy.quasi[place].levels[level].describe(),
            categories_before: axis.person_steps[0].size,
            categories_after: axis.person_steps[level].size,
            rare_merged: axis.merged,
            cells_suppressed: checks.cells[place],
            loss_mbit: own.checked_div(persons).unwrap_or(0),
            loss_mbit_max: own_max.checked_div(persons).unwrap_or(0),
        });
    }
    let cells = persons * checks.axes.len() as u64;
    let loss = LossReport {
        entropy_permille: permille(lost, lost_max),
        precision_permille: 1000 - height_permille.checked_div(cells).unwrap_or(0),
        discernibility: discernibility(checks, persons),
    };
    (columns, loss)
}

/// Sum over classes of squared sizes; each person taken out counts all persons.
fn discernibility(checks: &Checks<'_>, persons: u64) -> u64 {
    let plan = checks.plan;
    let mut kept = vec![0_u64; checks.verified.classes.len()];
    for (class, is_out) in checks.verified.of_person.iter().zip(&plan.is_suppressed) {
        kept[*class as usize] += u64::from(!*is_out);
    }
    kept.iter().map(|size| size * size).sum::<u64>() + plan.suppressed * persons
}
