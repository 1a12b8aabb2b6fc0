//! Whether a policy can be meant, before any table is looked at.
//!
//! Takes a policy, gives what is wrong with it.

use std::collections::BTreeSet;

use crate::policy::{LEVELS_MAX, Level, Place, Policy, QUASI_MAX, Quasi, Summary};
use crate::refusal::Reason;

/// Everything that is wrong.
pub(crate) fn faults(policy: &Policy) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = whole(policy)
        .into_iter()
        .filter(|(is_wrong, _)| *is_wrong)
        .map(|(_, what)| Reason::PolicyInvalid { what })
        .collect();
    for quasi in &policy.quasi {
        let place = Place { table: quasi.table.clone(), column: quasi.column.clone() };
        let faults = quasi_faults(policy, quasi).into_iter().filter(|(is_wrong, _)| *is_wrong);
        reasons
            .extend(faults.map(|(_, what)| Reason::ColumnInvalid { place: place.clone(), what }));
    }
    reasons
}

fn whole(policy: &Policy) -> Vec<(bool, &'static str)> {
    let names: BTreeSet<&str> = policy.tables.iter().map(|table| table.name.as_str()).collect();
    let places: BTreeSet<(&str, &str)> =
        policy.quasi.iter().map(|quasi| (quasi.table.as_str(), quasi.column.as_str())).collect();
    let persons = policy.table(&policy.person_table).and_then(|table| table.person.as_ref());
    let profile = policy.profile;
    vec![
        (policy.k < profile.k_min(), "k is below what the profile demands"),
        (policy.l == 0, "l counts from 1"),
        (policy.l > 1 && policy.sensitive.is_empty(), "l needs a sensitive column"),
        (policy.suppressed_permille_max > 1000, "a share is at most 1000 thousandths"),
        (
            profile.demands_report()
                && policy.expert_report.as_ref().is_none_or(|report| report.trim().is_empty()),
            "the profile demands the id of an expert's report",
        ),
        (
            profile.demands_rare_merged() && policy.rare_persons == 0,
            "the profile demands that rare categories are merged",
        ),
        (persons.is_none(), "the person table is declared, with its column of ids"),
        (names.len() < policy.tables.len(), "a table is declared twice"),
        (places.len() < policy.quasi.len(), "a quasi-identifier is declared twice"),
        (policy.quasi.len() > QUASI_MAX, "there are too many quasi-identifiers"),
        (
            profile.is_deidentified() && policy.quasi.is_empty(),
            "what is called de-identified has quasi-identifiers",
        ),
        (
            policy
                .sensitive
                .iter()
                .any(|column| policy.quasi_at(&policy.person_table, column).is_some()),
            "a column is both sensitive and a quasi-identifier",
        ),
    ]
}

fn quasi_faults(policy: &Policy, quasi: &Quasi) -> Vec<(bool, &'static str)> {
    let is_elsewhere = quasi.table != policy.person_table;
    let rule = policy.table(&quasi.table);
    let is_id = rule.is_some_and(|rule| {
        rule.person.as_ref() == Some(&quasi.column) || rule.ids.contains(&quasi.column)
    });
    let wide = |level: &Level| match level {
        Level::Bands(width) => *width == 0 || *width > 1_000_000,
        Level::Cuts(cuts) => cuts.is_empty() || cuts.windows(2).any(|pair| pair[0] >= pair[1]),
        Level::Groups(groups) => {
            let members: Vec<&String> = groups.values().flatten().collect();
            members.iter().collect::<BTreeSet<_>>().len() < members.len() || groups.is_empty()
        }
        _ => false,
    };
    let is_last = |place: usize| place + 1 == quasi.levels.len();
    vec![
        (rule.is_none(), "its table is not declared"),
        (is_id, "an id cannot be a quasi-identifier"),
        (
            is_elsewhere && rule.is_some_and(|rule| rule.person.is_none()),
            "the rows of its table are about nobody",
        ),
        (
            is_elsewhere != quasi.summary.is_some(),
            "a summary is for other tables than that of persons",
        ),
        (
            (quasi.summary == Some(Summary::First)) != quasi.order.is_some(),
            "`order` goes with the summary `first`",
        ),
        (
            quasi.levels.is_empty() || quasi.levels.len() > LEVELS_MAX,
            "it has too few or too many levels",
        ),
        (
            quasi.levels.iter().enumerate().any(|(place, level)| {
                (*level == Level::Suppressed && !is_last(place))
                    || (*level == Level::AsIs && place > 0)
            }),
            "`as-is` is the first level and `suppressed` the last",
        ),
        (quasi.levels.iter().any(wide), "bands are wide, cuts ascend, a value is in one group"),
        (
            quasi.top.zip(quasi.bottom).is_some_and(|(top, bottom)| bottom >= top),
            "`bottom` is below `top`",
        ),
    ]
}
