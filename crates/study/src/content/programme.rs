//! The programme's side: referrals with what followed, and encounters.

use super::reader::Reader;
use super::{NO_DAY, NO_WORD, Number, RowCounts};

/// One referral; rows that repeat it are one, and each field is that of the first row that has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Referral {
    /// Person.
    pub person: u32,
    /// Day.
    pub day: i32,
    /// Pathway.
    pub pathway: u32,
    /// Incident, where an officer referred instead of booking.
    pub incident: Number,
    /// Officer.
    pub officer: Number,
    /// District.
    pub district: u32,
    /// Hours to the handoff.
    pub handoff_hours: Option<i64>,
    /// Day of screening.
    pub screening: i32,
    /// Day on which the intake was complete.
    pub intake: i32,
    /// Day of exit.
    pub exit: i32,
    /// Reason of exit.
    pub exit_reason: u32,
    /// Housing at intake.
    pub housing: u32,
}

/// One row, in the order in which rows of a referral are believed: by the day on which they were recorded.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Row {
    person: u32,
    day: i32,
    recorded: i32,
    /// Pathway, district, reason of exit, housing.
    words: [u32; 4],
    /// Incident, officer.
    numbers: [Number; 2],
    handoff_hours: Option<i64>,
    /// Screening, intake, exit.
    days: [i32; 3],
}

pub(super) fn referrals(readers: &[&Reader<'_>], counts: &mut RowCounts) -> Vec<Referral> {
    let mut rows: Vec<Row> = Vec::new();
    for reader in readers {
        for row in reader.rows() {
            counts.read += 1;
            // Clients who were not referred by the programme have no day: no incomplete rows.
            let day = reader.day("date", row);
            if day == NO_DAY {
                continue;
            }
            let words = ["pathway", "district", "exit_reason", "housing"];
            let days = ["screening_date", "intake_date", "exit_date"];
            rows.push(Row {
                person: reader.persons[row],
                day,
                recorded: reader.day("recorded", row),
                words: words.map(|field| reader.word(field, row)),
                numbers: ["incident", "officer"].map(|field| reader.number(field, row)),
                handoff_hours: reader.integer("handoff_hours", row),
                days: days.map(|field| reader.day(field, row)),
            });
        }
    }
    rows.sort_unstable();
    rows.dedup();
    rows.chunk_by(|a, b| (a.person, a.day) == (b.person, b.day)).map(referral).collect()
}

/// Each field is that of the first row that has it.
fn referral(rows: &[Row]) -> Referral {
    let word = |place: usize| {
        rows.iter().map(|row| row.words[place]).find(|word| *word != NO_WORD).unwrap_or(NO_WORD)
    };
    let number = |place: usize| {
        let mut numbers = rows.iter().map(|row| row.numbers[place]);
        numbers.find(|number| number.is_some()).unwrap_or_default()
    };
    let day = |place: usize| {
        rows.iter().map(|row| row.days[place]).find(|day| *day != NO_DAY).unwrap_or(NO_DAY)
    };
    Referral {
        person: rows[0].person,
        day: rows[0].day,
        pathway: word(0),
        incident: number(0),
        officer: number(1),
        district: word(1),
        handoff_hours: rows.iter().find_map(|row| row.handoff_hours),
        screening: day(0),
        intake: day(1),
        exit: day(2),
        exit_reason: word(2),
        housing: word(3),
    }
}

/// One encounter; rows that say the same are one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Contact {
    /// Person.
    pub person: u32,
    /// Day.
    pub day: i32,
    /// Category of the service.
    pub category: u32,
    /// Mode.
    pub mode: u32,
    /// Whether the person was connected to it.
    pub connected: Option<bool>,
    /// Under 42 CFR Part 2.
    pub part2: bool,
}

pub(super) fn contacts(readers: &[&Reader<'_>], counts: &mut RowCounts) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for reader in readers {
        for row in reader.rows() {
            counts.read += 1;
            let day = reader.day("date", row);
            if day == NO_DAY {
                counts.incomplete += 1;
                continue;
            }
            contacts.push(Contact {
                person: reader.persons[row],
                day,
                category: reader.word("category", row),
                mode: reader.word("mode", row),
                connected: reader.flag("connected", row),
                // Where nothing says that it is not, it is.
                part2: reader.flag("part2", row).unwrap_or(true),
            });
        }
    }
    contacts.sort_unstable();
    contacts.dedup();
    contacts
}
