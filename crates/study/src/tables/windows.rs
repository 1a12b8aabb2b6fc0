//! `person_window`: what happened to each person in each window.

use tallystick_dataset::{Column, Missing, Table};

use super::Made;
use super::build::{Other, Sensitive, Whole, flags, integers, places, study_id, texts, whole};
use super::cohort::Member;
use super::outcomes::{Counted, Outcomes};
use crate::definition::Kind;

/// Column, kind of record that it needs, label.
pub(super) const COUNTS: [(&str, Counted, Kind, &str); 7] = [
    ("n_fel_arr", Counted::FelonyArrest, Kind::Arrest, "Felony arrests"),
    ("n_misd_arr", Counted::MisdemeanourArrest, Kind::Arrest, "Misdemeanor arrests"),
    ("n_nonwarrant_arr", Counted::NonWarrantArrest, Kind::Arrest, "Arrests for new offenses"),
    ("n_warrant_arr", Counted::WarrantArrest, Kind::Arrest, "Arrests for a warrant alone"),
    ("n_fel_case", Counted::FelonyCase, Kind::Case, "Felony cases"),
    ("n_misd_case", Counted::MisdemeanourCase, Kind::Case, "Misdemeanor cases"),
    ("n_conv", Counted::Conviction, Kind::Case, "Convictions"),
];

/// How each count was made.
pub(super) const fn derivation(what: Counted) -> &'static str {
    match what {
        Counted::FelonyArrest => {
            "arrests for new offenses whose gravest charge is a felony; without the index event, \
             warrants, holds and diversions"
        }
        Counted::MisdemeanourArrest => {
            "arrests for new offenses whose gravest charge is a misdemeanor; without the index event, \
             warrants, holds and diversions"
        }
        Counted::NonWarrantArrest => {
            "arrests for new offenses of any severity, also unknown; without the index event, warrants, \
             holds and diversions"
        }
        Counted::WarrantArrest => {
            "arrests all of whose charges are for a warrant; without the index event"
        }
        Counted::FelonyCase => {
            "cases by day of filing whose gravest count as filed is a felony; a motion to revoke is no case; \
             without cases that arose from the index event"
        }
        Counted::MisdemeanourCase => {
            "cases by day of filing whose gravest count as filed is a misdemeanor; a motion to revoke is no \
             case; without cases that arose from the index event"
        }
        Counted::Conviction => {
            "cases convicted, by the first day of disposition among the convicted counts; without cases that \
             arose from the index event"
        }
    }
}

/// A count that is observed, or why it is not.
pub(super) fn observed(made: &Made<'_>, kind: Kind, from: i32, to: i32) -> Result<(), Missing> {
    if !made.coverage.is_collected(kind) {
        Err(Missing::NotCollected)
    } else if made.coverage.covers(kind, from, to) {
        Ok(())
    } else {
        Err(Missing::NotInCoverage)
    }
}

/// The same of arrests and cases, each looked up once for all counts of a row.
pub(super) fn observed_counts(
    made: &Made<'_>,
    from: i32,
    to: i32,
) -> impl Fn(Kind) -> Result<(), Missing> + use<> {
    let [arrest, case] = [Kind::Arrest, Kind::Case].map(|kind| observed(made, kind, from, to));
    move |kind| if kind == Kind::Arrest { arrest } else { case }
}

/// Cells of one row: counts, jail days, custody days, days at risk.
fn cells(made: &Made<'_>, member: &Member, outcomes: &Outcomes, from: i32, to: i32) -> [Whole; 10] {
    let days = from..=to;
    let counts = outcomes.counts(&days);
    let counted = observed_counts(made, member.day + from, member.day + to);
    let jail = observed(made, Kind::Jail, member.day + from, member.day + to);
    let custody = jail.map(|()| outcomes.custody_days(&days));
    let length = i64::from(to) - i64::from(from) + 1;
    std::array::from_fn(|place| match place {
        0..7 => {
            let (_, what, kind, _) = COUNTS[place];
            counted(kind).map(|()| counts[what as usize])
        }
        7 => jail.map(|()| outcomes.jail_days(&days)),
        8 => custody,
        _ => custody.map(|custody| length - custody),
    })
}

/// The table, a row for each person and window, of the outcomes by one linkage.
pub(super) fn table<'a>(
    made: &Made<'_>,
    outcomes: impl Iterator<Item = &'a Outcomes>,
    (name, label): (&str, &str),
) -> Table {
    let windows = &made.study.windows;
    let rows = made.members.len() * windows.len();
    let mut columns: Vec<Vec<i64>> = (0..10).map(|_| Vec::with_capacity(rows)).collect();
    let mut seen = Vec::with_capacity(rows);
    for (member, outcomes) in made.members.iter().zip(outcomes) {
        for window in windows {
            let cells = cells(made, member, outcomes, window.from, window.to);
            for (column, cell) in columns.iter_mut().zip(cells) {
                column.push(whole(cell));
            }
            let (from, to) = (member.day + window.from, member.day + window.to);
            seen.push(Some(made.coverage.all_outcomes(from, to)));
        }
    }
    let ids = places(made).flat_map(|place| windows.iter().map(move |_| place));
    let names =
        made.members.iter().flat_map(|_| windows.iter().map(|window| Ok(window.name.as_str())));
    let mut all =
        vec![study_id(made, ids), texts("window", names, "Window", window_derivation(made), Other)];
    all.extend(columns.into_iter().enumerate().map(|(place, cells)| column(place, cells)));
    all.push(flags(
        "observed",
        seen.into_iter(),
        "Observed",
        "1 if arrests, cases and jail are covered on all days of the window",
        Other,
    ));
    let key = vec!["study_id".to_owned(), "window".to_owned()];
    Table { name: name.to_owned(), label: label.to_owned(), key, rows, columns: all }
}

fn window_derivation(made: &Made<'_>) -> String {
    let window = made.study.windows.iter();
    let words: Vec<String> = window
        .map(|window| format!("{}: days {} to {}", window.name, window.from, window.to))
        .collect();
    format!("days relative to the index day, both included; {}", words.join("; "))
}

fn column(place: usize, cells: Vec<i64>) -> Column {
    match place {
        0..7 => {
            let (name, what, _, label) = COUNTS[place];
            integers(name, cells, label, derivation(what), Sensitive)
        }
        7 => integers("jail_days", cells, "Days in jail", JAIL_DAYS, Sensitive),
        8 => integers("custody_days", cells, "Days in custody", CUSTODY_DAYS, Sensitive),
        _ => integers("days_at_risk", cells, "Days at risk", DAYS_AT_RISK, Other),
    }
}

pub(super) const JAIL_DAYS: &str = "days between booking and release, stays that overlap counted once, without the stay that began with \
     the index event; the day of release does not count";
pub(super) const CUSTODY_DAYS: &str = "days between booking and release, the stay of the index event included; the day of release does not \
     count";
const DAYS_AT_RISK: &str = "days of the window less custody_days";
