//! What belongs to a member's index event, and therefore is no outcome.

use super::Made;
use super::cohort::Member;
use crate::content::{ActionKind, Arrest, Case, Custody, NO_DAY, Number};

/// What belongs to one member's index event.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Incidents, ascending.
    pub(super) incidents: Vec<Number>,
    /// Bookings, ascending.
    bookings: Vec<Number>,
    /// Court numbers, ascending.
    courts: Vec<Number>,
    /// Days on which there is an arrest of the index event and no other, ascending.
    days: Vec<i32>,
    /// First day of the index event.
    first_day: i32,
    day: i32,
}

/// By member.
pub(super) fn indices(made: &Made<'_>) -> Vec<Index> {
    made.members.iter().map(|member| index(made, member)).collect()
}

/// Incidents of an arrest.
pub(super) fn incidents_of<'a>(
    made: &'a Made<'_>,
    arrest: usize,
) -> impl Iterator<Item = Number> + use<'a> {
    let number = u32::try_from(arrest).expect("content has fewer rows than 2^32");
    made.content.incidents.of(number).iter().map(|it| it.1)
}

/// Arrests of a person with their places in the list.
pub(super) fn arrests_of<'a>(
    made: &'a Made<'_>,
    person: u32,
) -> impl Iterator<Item = (usize, &'a Arrest)> + Clone + use<'a> {
    let places = made.content.arrests.places(person);
    places.clone().zip(&made.content.arrests[places])
}

fn index(made: &Made<'_>, member: &Member) -> Index {
    let mut index = Index { day: member.day, first_day: member.day, ..Index::default() };
    if let Some(referral) = member.referral {
        let incident = made.content.referrals[referral].incident;
        index.incidents.extend(Some(incident).filter(|incident| incident.is_some()));
    }
    let arrests = arrests_of(made, member.person);
    // Arrests of the day first, then those that share an incident with what is there.
    for (place, _) in arrests.clone().filter(|(_, arrest)| arrest.day == member.day) {
        index.incidents.extend(incidents_of(made, place));
    }
    index.incidents.sort_unstable();
    let mut other_days = Vec::new();
    for (place, arrest) in arrests {
        let shares = || {
            incidents_of(made, place)
                .any(|incident| index.incidents.binary_search(&incident).is_ok())
        };
        if arrest.day == member.day || shares() {
            index.bookings.extend(Some(arrest.booking).filter(|booking| booking.is_some()));
            index.days.push(arrest.day);
            index.first_day = index.first_day.min(arrest.day);
        } else {
            other_days.push(arrest.day);
        }
    }
    index.days.push(member.day);
    index.days.retain(|day| *day == member.day || !other_days.contains(day));
    index.days.sort_unstable();
    let actions = made.content.actions.of(member.person);
    // A motion to revoke names an earlier case.
    let filed = actions.iter().filter(|action| action.kind == ActionKind::Filed);
    let of_index = filed.filter(|action| {
        action.arrest_day == member.day || index.incidents.binary_search(&action.incident).is_ok()
    });
    index.courts = of_index.map(|action| action.court).filter(|court| court.is_some()).collect();
    index.bookings.sort_unstable();
    let stays = made.content.custody.of(member.person);
    let of_index = stays.iter().filter(|stay| index.has_stay(stay));
    let courts: Vec<Number> = of_index.flat_map(|stay| stay.courts.iter().copied()).collect();
    index.courts.extend(courts);
    for list in [&mut index.incidents, &mut index.bookings, &mut index.courts] {
        list.sort_unstable();
        list.dedup();
    }
    index
}

impl Index {
    /// Whether an arrest is the index event, or of the same incident.
    pub(super) fn has_arrest(
        &self,
        arrest: &Arrest,
        incidents: impl Iterator<Item = Number>,
    ) -> bool {
        let mut incidents = incidents;
        arrest.day == self.day
            || incidents.any(|incident| self.incidents.binary_search(&incident).is_ok())
    }

    /// Whether a case arose from it.
    pub(super) fn has_case(&self, case: &Case) -> bool {
        // What was filed before cannot have arisen from it.
        case.filed >= self.first_day
            && ((case.arrest_day != NO_DAY && self.days.binary_search(&case.arrest_day).is_ok())
                || (case.court.is_some() && self.courts.binary_search(&case.court).is_ok()))
    }

    /// Whether a stay in jail began with it.
    pub(super) fn has_stay(&self, stay: &Custody) -> bool {
        stay.from == self.day
            || (stay.booking.is_some() && self.bookings.binary_search(&stay.booking).is_ok())
    }
}
