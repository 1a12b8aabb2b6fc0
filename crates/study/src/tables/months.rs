//! `person_month`: the same by months of equal length, with contacts and enrolment.

use tallystick_dataset::Table;

use super::Made;
use super::build::{Other, Sensitive, Whole, integers, places, study_id, whole};
use super::cohort::Member;
use super::outcomes::Outcomes;
use super::windows::{COUNTS, CUSTODY_DAYS, derivation, observed, observed_counts};
use crate::content::{NO_DAY, Referral};
use crate::definition::Kind;

/// Name of the table.
pub(super) const NAME: &str = "person_month";
/// Counts, contacts, enrolled, custody.
const CELLS: usize = 10;

fn cells(made: &Made<'_>, member: &Member, outcomes: &Outcomes, month: i32) -> [Whole; CELLS] {
    let length = made.study.months.days;
    let (from, to) = (month * length, month * length + length - 1);
    let days = from..=to;
    let counts = outcomes.counts(&days);
    let seen = |kind| observed(made, kind, member.day + from, member.day + to);
    let counted = observed_counts(made, member.day + from, member.day + to);
    std::array::from_fn(|place| match place {
        0..7 => {
            let (_, what, kind, _) = COUNTS[place];
            counted(kind).map(|()| counts[what as usize])
        }
        7 => {
            seen(Kind::Service).map(|()| contacts(made, member, member.day + from, member.day + to))
        }
        8 => seen(Kind::Referral)
            .map(|()| enrolled(made, member, member.day + from, member.day + to)),
        _ => seen(Kind::Jail).map(|()| outcomes.custody_days(&days)),
    })
}

fn contacts(made: &Made<'_>, member: &Member, from: i32, to: i32) -> i64 {
    let contacts = made.content.contacts.of(member.person);
    let start = contacts.partition_point(|contact| contact.day < from);
    let within = contacts[start..].partition_point(|contact| contact.day <= to);
    i64::try_from(within).expect("rows are counted by 63 bits")
}

/// 1 if a referral's intake was complete and its exit not yet on any day.
fn enrolled(made: &Made<'_>, member: &Member, from: i32, to: i32) -> i64 {
    let referrals = made.content.referrals.of(member.person);
    let is_enrolled = |referral: &Referral| {
        referral.intake != NO_DAY
            && referral.intake <= to
            && (referral.exit == NO_DAY || referral.exit > from)
    };
    i64::from(referrals.iter().any(is_enrolled))
}

/// The table, a row for each person and month.
pub(super) fn table(made: &Made<'_>, outcomes: &[Outcomes]) -> Table {
    let months = made.study.months.from..=made.study.months.to;
    let per_person = months.clone().count();
    let rows = made.members.len() * per_person;
    let mut cells_of: Vec<Vec<i64>> = (0..CELLS).map(|_| Vec::with_capacity(rows)).collect();
    let mut numbers = Vec::with_capacity(rows);
    for (member, outcomes) in made.members.iter().zip(outcomes) {
        for month in months.clone() {
            numbers.push(i64::from(month));
            for (column, cell) in cells_of.iter_mut().zip(cells(made, member, outcomes, month)) {
                column.push(whole(cell));
            }
        }
    }
    let ids = places(made).flat_map(|place| std::iter::repeat_n(place, per_person));
    let length = made.study.months.days;
    let month = format!(
        "month m has the days {length} m to {length} m + {} relative to the index day",
        length - 1
    );
    let mut columns = vec![study_id(made, ids), integers("month", numbers, "Month", month, Other)];
    for (place, cells) in cells_of.into_iter().enumerate() {
        columns.push(match place {
            0..7 => {
                let (name, what, _, label) = COUNTS[place];
                integers(name, cells, label, derivation(what), Sensitive)
            }
            7 => integers("contacts", cells, "Contacts", "encounters with the provider", Sensitive),
            8 => integers("enrolled", cells, "Enrolled", ENROLLED, Sensitive),
            _ => integers("in_custody_days", cells, "Days in custody", CUSTODY_DAYS, Sensitive),
        });
    }
    let key = vec!["study_id".to_owned(), "month".to_owned()];
    let label = "Months before and after the index day".to_owned();
    Table { name: NAME.to_owned(), label, key, rows, columns }
}

const ENROLLED: &str = "1 if intake was complete and exit had not come on any day of the month";
