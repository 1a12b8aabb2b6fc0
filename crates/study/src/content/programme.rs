//! The programme's side: referrals with what followed, and encounters.

use super::reader::Reader;
use super::{NO_DAY, Number, RowCounts};

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

type Row = (u32, i32, (u32, u32, u32, u32), (Number, Number), Option<i64>, [i32; 3]);

pub(super) fn referrals(readers: &[&Reader<'_>], counts: &mut RowCounts) -> Vec<Referral> {
    let mut rows: Vec<Row> = Vec::new();
    for reader in readers {
        for row in 0..reader.rows() {
            counts.read += 1;
            // Clients who were not referred by the programme have no day: no incomplete rows.
            let day = reader.day("date", row);
            if day == NO_DAY {
                continue;
            }
            let words = ["pathway", "district", "exit_reason", "housing"];
            let [pathway, district, reason, housing] = words.map(|field| reader.word(field, row));
            let days = ["screening_date", "intake_date", "exit_date"];
            rows.push((
                reader.persons[row],
                day,
                (pathway, district, reason, housing),
                (reader.number("incident", row), reader.number("officer", row)),
                reader.integer("handoff_hours", row),
                days.map(|field| reader.day(field, row)),
            ));
        }
    }
    rows.sort_unstable();
    rows.dedup();
    let referrals = rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(|rows| {
        // What is missing sorts last, but for numbers, where none is zero.
        let least = |of: &dyn Fn(&Row) -> u32| rows.iter().map(of).min().expect("has a row");
        let first = |place: usize| rows.iter().map(|row| row.5[place]).min().expect("has a row");
        Referral {
            person: rows[0].0,
            day: rows[0].1,
            pathway: least(&|row| row.2.0),
            incident: super::arrest::least(rows.iter().map(|row| row.3.0)),
            officer: super::arrest::least(rows.iter().map(|row| row.3.1)),
            district: least(&|row| row.2.1),
            handoff_hours: rows.iter().filter_map(|row| row.4).min(),
            screening: first(0),
            intake: first(1),
            exit: first(2),
            exit_reason: least(&|row| row.2.2),
            housing: least(&|row| row.2.3),
        }
    });
    referrals.collect()
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
        for row in 0..reader.rows() {
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
