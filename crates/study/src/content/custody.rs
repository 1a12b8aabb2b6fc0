//! Stays in jail: a booking number makes one.

use super::reader::Reader;
use super::{NO_DAY, NO_WORD, Number, RowCounts};

/// One stay.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Custody {
    /// Person.
    pub person: u32,
    /// Day of booking.
    pub from: i32,
    /// Day of release; [`NO_DAY`] if not released by the end of the records.
    pub to: i32,
    /// Booking number.
    pub booking: Number,
    /// Reason of the release.
    pub reason: u32,
    /// Court numbers, each once.
    pub courts: Vec<Number>,
}

pub(super) fn read(readers: &[&Reader<'_>], counts: &mut RowCounts) -> Vec<Custody> {
    let mut rows = Vec::new();
    for reader in readers {
        for row in reader.rows() {
            counts.read += 1;
            let from = reader.day("booked", row);
            if from == NO_DAY {
                counts.incomplete += 1;
                continue;
            }
            let booking = reader.number("booking", row);
            let unnumbered = if booking.is_some() { NO_DAY } else { from };
            let (to, reason) = (reader.day("released", row), reader.word("release_reason", row));
            let court = reader.number("court", row);
            rows.push((reader.persons[row], booking, unnumbered, from, to, reason, court));
        }
    }
    rows.sort_unstable();
    let stays = rows.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2)).map(|rows| {
        let mut courts: Vec<Number> =
            rows.iter().map(|row| row.6).filter(|court| court.is_some()).collect();
        courts.sort_unstable();
        courts.dedup();
        let released = rows.iter().filter(|row| row.4 != NO_DAY).max_by_key(|row| (row.4, row.5));
        Custody {
            person: rows[0].0,
            from: rows[0].3,
            to: released.map_or(NO_DAY, |row| row.4),
            booking: rows[0].1,
            reason: released.map_or(NO_WORD, |row| row.5),
            courts,
        }
    });
    let mut stays: Vec<Custody> = stays.collect();
    stays.sort_by_key(|stay| (stay.person, stay.from, stay.booking));
    stays
}
