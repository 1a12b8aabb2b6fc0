//! `xref_incident_arrest_case`: which incident led to which arrest and case, and what says so.

use std::collections::BTreeSet;

use tallystick_dataset::Table;
use tallystick_dataset::column::INTEGER_MISSING;

use super::Made;
use super::build::{Identifier, Other, integers, known, study_id, texts};
use super::event_tables::{AllPids, arrest_of, table as named};
use super::index::{arrests_of, incidents_of};
use crate::content::{NO_DAY, Number};

/// What joins; stronger ones first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Basis {
    /// The prosecutor's row has incident and court number.
    Action,
    /// The jail's row has booking and court number.
    Booking,
    /// The court names the day of the arrest, and there is one arrest on it.
    ArrestDay,
    /// The arrest has the incident's number, and no case is known.
    Arrest,
}

impl Basis {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Action => "da_action",
            Self::Booking => "booking",
            Self::ArrestDay => "arrest_day",
            Self::Arrest => "arrest",
        }
    }
}

/// Incident, row of the arrest, court number.
type Link = (Number, u32, Number);

/// What belongs together of one person.
fn links_of(
    made: &Made<'_>,
    (person, index_day): (u32, i32),
    arrest_ids: &[u32],
) -> Vec<(Link, &'static str)> {
    let mut cases: BTreeSet<(u32, Number)> = BTreeSet::new();
    let mut links: BTreeSet<(Link, Basis)> = BTreeSet::new();
    let id = |place: usize| arrest_ids[place];
    for action in made.content.actions.of(person) {
        let arrest = arrest_of(made, action).map_or(0, id);
        let is_within =
            (made.study.events.from..=made.study.events.to).contains(&(action.day - index_day));
        if action.court.is_some() && (arrest > 0 || (is_within && action.incident.is_some())) {
            cases.insert((arrest, action.court));
            links.insert(((action.incident, arrest, action.court), Basis::Action));
        }
    }
    let arrests = arrests_of(made, person).filter(|(place, _)| id(*place) > 0);
    for stay in made.content.custody.of(person) {
        let booked =
            arrests.clone().filter(|(_, it)| stay.booking.is_some() && it.booking == stay.booking);
        for (place, _) in booked {
            for court in stay.courts.iter().filter(|court| cases.insert((id(place), **court))) {
                add(made, &mut links, place, id(place), *court, Basis::Booking);
            }
        }
    }
    for case in made.content.cases.of(person) {
        let mut same = arrests
            .clone()
            .filter(|(_, it)| case.arrest_day != NO_DAY && it.day == case.arrest_day);
        let (first, second) = (same.next(), same.next());
        let is_joined = cases.iter().any(|(_, court)| *court == case.court);
        if let (Some((place, _)), None, true, false) =
            (first, second, case.court.is_some(), is_joined)
        {
            cases.insert((id(place), case.court));
            add(made, &mut links, place, id(place), case.court, Basis::ArrestDay);
        }
    }
    for (place, _) in arrests.clone() {
        if !cases.iter().any(|(arrest, _)| *arrest == id(place)) {
            add(made, &mut links, place, id(place), Number::NONE, Basis::Arrest);
        }
    }
    links.into_iter().map(|(link, basis)| (link, basis.as_str())).collect()
}

/// A link for each incident of the arrest.
fn add(
    made: &Made<'_>,
    links: &mut BTreeSet<(Link, Basis)>,
    place: usize,
    arrest: u32,
    court: Number,
    basis: Basis,
) {
    let mut incidents = incidents_of(made, place).peekable();
    if incidents.peek().is_none() {
        links.insert(((Number::NONE, arrest, court), basis));
    }
    links.extend(incidents.map(|incident| ((incident, arrest, court), basis)));
}

/// The table, a row for each incident, arrest and case that belong together.
pub(super) fn table(made: &Made<'_>, arrest_ids: &[u32], pids: &mut AllPids) -> Table {
    let mut rows = Vec::new();
    for (place, member) in (0..).zip(made.members) {
        let links = links_of(made, (member.person, member.day), arrest_ids);
        // By numbers of this release: the sources' numbers must not decide the order of rows.
        let mut numbered: Vec<_> = links
            .into_iter()
            .map(|((incident, arrest, court), basis)| {
                let arrest = if arrest > 0 { i64::from(arrest) } else { INTEGER_MISSING };
                (
                    arrest,
                    known(pids.incidents.number(incident)),
                    known(pids.courts.number(court)),
                    basis,
                )
            })
            .collect();
        numbered.sort_unstable();
        rows.extend(numbered.into_iter().map(|row| (place, row)));
    }
    let derivation = "number of this release, as in the other tables";
    let columns = vec![
        study_id(made, rows.iter().map(|row| row.0)),
        integers(
            "incident_pid",
            rows.iter().map(|row| row.1.1).collect(),
            "Incident",
            derivation,
            Identifier,
        ),
        integers(
            "arrest_id",
            rows.iter().map(|row| row.1.0).collect(),
            "Arrest",
            derivation,
            Identifier,
        ),
        integers(
            "case_pid",
            rows.iter().map(|row| row.1.2).collect(),
            "Case",
            derivation,
            Identifier,
        ),
        texts(
            "basis",
            rows.iter().map(|row| Ok(row.1.3)),
            "Basis",
            "what joins them: the prosecutor's row, the jail's row, the day of the arrest; or the arrest \
             alone, where no case is known",
            Other,
        ),
    ];
    let label = "Incidents, arrests and cases that belong together";
    named("xref_incident_arrest_case", label, &[], rows.len(), columns)
}
