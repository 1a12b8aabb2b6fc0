//! `person`: who each person is to the study, on the index day.

use tallystick_dataset::{Column, Missing, Table};

use super::Made;
use super::build::{
    Other, Quasi, Sensitive, Whole, flags, integers, places, study_id, texts, whole, word,
};
use super::cohort::{Member, group, leading};
use super::index::{Index, arrests_of, incidents_of};
use super::outcomes::{Counted, Outcomes};
use super::windows::{derivation, observed};
use crate::content::{Arrest, Trait};
use crate::definition::{ExclusionEffect, Kind, day};

/// Counts of the time before the index day: column, what, kind of record, label.
const PRIORS: [(&str, Counted, Kind, &str); 5] = [
    ("prior_fel_arr", Counted::FelonyArrest, Kind::Arrest, "Felony arrests before"),
    ("prior_misd_arr", Counted::MisdemeanourArrest, Kind::Arrest, "Misdemeanor arrests before"),
    ("prior_fel_case", Counted::FelonyCase, Kind::Case, "Felony cases before"),
    ("prior_misd_case", Counted::MisdemeanourCase, Kind::Case, "Misdemeanor cases before"),
    ("prior_conv", Counted::Conviction, Kind::Case, "Convictions before"),
];

/// The table, a row for each person.
pub(super) fn table(made: &Made<'_>, indices: &[Index], outcomes: &[Outcomes]) -> Table {
    let mut columns = vec![study_id(made, places(made))];
    columns.extend(arm_columns(made));
    columns.extend(index_columns(made, indices));
    columns.extend(trait_columns(made));
    columns.extend(prior_columns(made, outcomes));
    columns.extend(rule_columns(made));
    columns.extend(source_columns(made));
    let key = vec!["study_id".to_owned()];
    let label = "Persons of the study, one row each".to_owned();
    Table { name: "person".to_owned(), label, key, rows: made.members.len(), columns }
}

fn arm_columns(made: &Made<'_>) -> Vec<Column> {
    let arms = made.members.iter().map(|member| Ok(made.study.arms[member.arm].name.as_str()));
    let pathways = made.members.iter().map(|member| match member.referral {
        Some(referral) => word(&made.content.words, made.content.referrals[referral].pathway),
        None => Err(Missing::Unspecified),
    });
    let housing = made.members.iter().map(|member| match member.referral {
        Some(referral) => word(&made.content.words, made.content.referrals[referral].housing),
        None => Err(Missing::NotCollected),
    });
    vec![
        texts("arm", arms, "Arm", "first arm of the study whose rules the person meets", Sensitive),
        texts("pathway", pathways, "Pathway", "pathway of the index referral", Sensitive),
        texts(
            "housing_at_intake",
            housing,
            "Housing at intake",
            "of the index referral",
            Sensitive,
        ),
    ]
}

/// The arrest that is the index event, or the gravest one of its day or incident.
fn index_arrest<'a>(made: &Made<'a>, member: &Member, index: &Index) -> Option<&'a Arrest> {
    if let Some(arrest) = member.arrest {
        return Some(&made.content.arrests[arrest]);
    }
    let content = made.content;
    let arrests = arrests_of(made, member.person)
        .filter(|(place, arrest)| index.has_arrest(arrest, incidents_of(made, *place)));
    // The nearest to the index day; of one day the gravest. Numbers of bookings decide nothing.
    let nearest = arrests
        .min_by_key(|(place, arrest)| (arrest.day.abs_diff(member.day), leading(arrest), *place));
    nearest.map(|(place, _)| &content.arrests[place])
}

fn index_columns(made: &Made<'_>, indices: &[Index]) -> Vec<Column> {
    let arrests: Vec<Option<&Arrest>> = made
        .members
        .iter()
        .zip(indices)
        .map(|(member, index)| index_arrest(made, member, index))
        .collect();
    let quarters: Vec<String> =
        made.members.iter().map(|member| day::quarter_text(day::quarter(member.day))).collect();
    let words = &made.content.words;
    let districts = made.members.iter().zip(&arrests).map(|(member, arrest)| {
        let of_arrest = arrest.and_then(|arrest| words.text(arrest.district));
        let of_referral = member.referral.map(|it| made.content.referrals[it].district);
        of_arrest.or_else(|| words.text(of_referral?)).ok_or(Missing::Unspecified)
    });
    let groups = arrests.iter().map(|arrest| {
        arrest
            .and_then(|arrest| group(made.study, made.content, arrest.top, arrest.day))
            .ok_or(Missing::Unspecified)
    });
    let severities = arrests.iter().map(|arrest| {
        arrest.and_then(|arrest| arrest.severity.as_str()).ok_or(Missing::Unspecified)
    });
    let quarter = quarters.iter().map(|quarter| Ok(quarter.as_str()));
    vec![
        texts("index_quarter", quarter, "Quarter of index day", "calendar quarter", Quasi),
        texts(
            "index_district",
            districts,
            "District of index event",
            "of the index arrest or of the arrest of the referral's incident; else of the referral",
            Quasi,
        ),
        texts(
            "index_offense_grp",
            groups,
            "Offense group of index event",
            "group of the gravest charge by the study's list, on its day",
            Other,
        ),
        texts("index_severity", severities, "Severity of index event", "gravest charge", Other)
            .with_codes(&[("F", "felony"), ("M", "misdemeanor"), ("I", "infraction")]),
    ]
}

fn trait_columns(made: &Made<'_>) -> Vec<Column> {
    let words = &made.content.words;
    let traits = &made.content.traits;
    let most = |which| {
        made.members.iter().map(move |member| word(words, traits.most(member.person, which)))
    };
    let age = made
        .members
        .iter()
        .map(|member| word(words, traits.nearest(member.person, Trait::AgeBand, member.day)));
    let most_rows =
        "value that most records have over all sources; among equals the first of the alphabet";
    vec![
        texts("age_band", age, "Age band", "of the record nearest to the index day", Quasi),
        texts("sex", most(Trait::Sex), "Sex", most_rows, Quasi),
        texts("race_eth", most(Trait::Race), "Race and ethnicity", most_rows, Quasi),
    ]
}

fn prior_columns(made: &Made<'_>, outcomes: &[Outcomes]) -> Vec<Column> {
    let spans = &made.study.prior_days;
    let mut cells: Vec<Vec<i64>> = vec![Vec::new(); (PRIORS.len() + 1) * spans.len()];
    for (member, outcomes) in made.members.iter().zip(outcomes) {
        for (place, cell) in prior_cells(made, member, outcomes).into_iter().enumerate() {
            cells[place].push(whole(cell));
        }
    }
    let mut cells = cells.into_iter();
    let mut columns = Vec::new();
    for days in spans {
        for (name, what, _, label) in PRIORS {
            columns.push(integers(
                format!("{name}_{days}"),
                cells.next().expect("a column for each"),
                format!("{label}, {days} days"),
                format!("days -{days} to -1: {}", derivation(what)),
                Sensitive,
            ));
        }
        columns.push(integers(
            format!("prior_jail_days_{days}"),
            cells.next().expect("a column for each"),
            format!("Days in jail before, {days} days"),
            format!("days -{days} to -1: days between booking and release"),
            Sensitive,
        ));
    }
    columns
}

fn prior_cells(made: &Made<'_>, member: &Member, outcomes: &Outcomes) -> Vec<Whole> {
    let mut cells = Vec::new();
    for days in &made.study.prior_days {
        let span = -days..=-1;
        let seen = |kind| observed(made, kind, member.day - days, member.day - 1);
        let counts = outcomes.counts(&span);
        for (_, what, kind, _) in PRIORS {
            cells.push(seen(kind).map(|()| counts[what as usize]));
        }
        cells.push(seen(Kind::Jail).map(|()| outcomes.jail_days(&span)));
    }
    cells
}

fn rule_columns(made: &Made<'_>) -> Vec<Column> {
    let rules = made.study.exclusions.iter().enumerate();
    let flagging = rules.filter(|(_, rule)| rule.effect == ExclusionEffect::Flag);
    flagging
        .map(|(place, rule)| {
            flags(
                format!("elig_{}", rule.name),
                made.members.iter().map(|member| Some(member.flags[place])),
                format!("Rule {}", rule.name),
                "1 if the study's rule of this name holds on the index day",
                Sensitive,
            )
        })
        .collect()
}

/// A source's name as part of a column's.
fn column_name(source: &str) -> String {
    source.replace('-', "_")
}

fn source_columns(made: &Made<'_>) -> Vec<Column> {
    let links = &made.inputs.links;
    let count = |member: &Member| {
        links.iter().filter(|source| source.records[member.person as usize] > 0).count()
    };
    let sources = made.members.iter().map(|it| i64::try_from(count(it)).expect("sources are few"));
    let label = "Sources";
    let mut columns =
        vec![integers("n_sources", sources.collect(), label, "sources with a record", Sensitive)];
    for source in links {
        let name = &column_name(&source.source);
        let is_in = made.members.iter().map(|it| Some(source.records[it.person as usize] > 0));
        columns.push(
            flags(
                format!("in_{name}"),
                is_in,
                format!("In {name}"),
                "1 if it has a record",
                Sensitive,
            )
            .of_source(&source.source),
        );
    }
    for source in made.coverage.sources.keys() {
        let left = made.members.iter().map(|member| {
            let end = made.coverage.end(source, member.day);
            whole(end.map(|end| i64::from(end - member.day)).ok_or(Missing::NotInCoverage))
        });
        columns.push(
            integers(
                format!("followup_days_{}", column_name(source)),
                left.collect(),
                format!("Days of follow-up in {source}"),
                "days from the index day to the last one covered without a gap",
                Other,
            )
            .of_source(source),
        );
    }
    for window in made.study.windows.iter().filter(|window| window.from > 0) {
        let full = made.members.iter().map(|member| {
            Some(made.coverage.all_outcomes(member.day + window.from, member.day + window.to))
        });
        columns.push(flags(
            format!("full_fu_{}", window.to),
            full,
            format!("Full follow-up of {} days", window.to),
            format!(
                "1 if arrests, cases and jail are covered on days {} to {}",
                window.from, window.to
            ),
            Other,
        ));
    }
    columns
}
