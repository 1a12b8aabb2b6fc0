//! Arrests: person, day, agency and booking number make one, however many charges and incidents it has.

use super::reader::Reader;
use super::{ArrestKind, NO_DAY, NO_WORD, Number, RowCounts, Severity, Words};

/// One arrest or citation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Arrest {
    /// Person.
    pub person: u32,
    /// Day.
    pub day: i32,
    /// Agency that made it.
    pub agency: u32,
    /// Number of the booking or arrest.
    pub booking: Number,
    /// How it came about.
    pub kind: ArrestKind,
    /// For a warrant alone.
    pub warrant_only: bool,
    /// Domestic violence; `None` if nothing says.
    pub dv: Option<bool>,
    /// That of the gravest charge that is not for a warrant; of all if there is none other.
    pub severity: Severity,
    /// Charges.
    pub charges: u32,
    /// Statute of the gravest charge; among equals the first of the alphabet.
    pub top: u32,
    /// District; among several the first of the alphabet.
    pub district: u32,
    /// Officer; among several the least.
    pub officer: Number,
}

impl Arrest {
    /// For a new offence, so that it can be an outcome: no warrant alone, no hold, no diversion.
    pub const fn is_new_offence(&self) -> bool {
        self.kind.is_new_offence() && !self.warrant_only
    }
}

/// A charge of an arrest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ArrestCharge {
    /// Number of the arrest in the list.
    pub arrest: u32,
    /// Severity.
    pub severity: Severity,
    /// Statute.
    pub statute: u32,
}

/// What the arrest tables hold.
#[derive(Debug, Default)]
pub(super) struct Arrests {
    pub(super) arrests: Vec<Arrest>,
    pub(super) charges: Vec<ArrestCharge>,
    pub(super) incidents: Vec<(u32, Number)>,
}

/// One row, in the order in which rows of an arrest are grouped.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Row {
    person: u32,
    day: i32,
    /// The agency, or the source where none is told.
    made_by: u32,
    agency: u32,
    booking: Number,
    severity: Severity,
    statute: u32,
    kind: ArrestKind,
    warrant: bool,
    dv: Option<bool>,
    district: u32,
    officer: Number,
    incident: Number,
}

pub(super) fn read(readers: &[&Reader<'_>], words: &Words, counts: &mut RowCounts) -> Arrests {
    let mut rows = Vec::with_capacity(readers.iter().map(|reader| reader.row_count()).sum());
    for reader in readers {
        for row in reader.rows() {
            counts.read += 1;
            let day = reader.day("date", row);
            if day == NO_DAY {
                counts.incomplete += 1;
                continue;
            }
            let text = |field| words.text(reader.word(field, row)).unwrap_or_default();
            let kind = ArrestKind::parse(text("type"));
            let is_known = kind != ArrestKind::Other || ["", "OTHER"].contains(&text("type"));
            counts.types_unknown += u64::from(!is_known);
            let agency = reader.word("agency", row);
            rows.push(Row {
                person: reader.persons[row],
                day,
                agency,
                made_by: if agency == NO_WORD { reader.source() } else { agency },
                booking: reader.number("booking", row),
                severity: Severity::parse(text("severity")),
                statute: reader.word("statute", row),
                kind,
                warrant: reader.flag("warrant", row) == Some(true) || kind == ArrestKind::Warrant,
                dv: reader.flag("dv", row),
                district: reader.word("district", row),
                officer: reader.number("officer", row),
                incident: reader.number("incident", row),
            });
        }
    }
    fill_bookings(&mut rows);
    rows.sort_unstable();
    let mut found = Arrests::default();
    for group in rows.chunk_by(|a, b| key(a) == key(b)) {
        found.push(group);
    }
    found
}

fn key(row: &Row) -> (u32, i32, u32, Number) {
    (row.person, row.day, row.made_by, row.booking)
}

/// A row without a booking number belongs to the least one of its person, day and agency.
fn fill_bookings(rows: &mut [Row]) {
    rows.sort_unstable();
    for day in
        rows.chunk_by_mut(|a, b| (a.person, a.day, a.made_by) == (b.person, b.day, b.made_by))
    {
        let least = day.iter().map(|row| row.booking).find(|booking| booking.is_some());
        let Some(least) = least else { continue };
        day.iter_mut().filter(|row| !row.booking.is_some()).for_each(|row| row.booking = least);
    }
}

impl Arrests {
    fn push(&mut self, rows: &[Row]) {
        let number = u32::try_from(self.arrests.len()).expect("content has fewer rows than 2^32");
        let mut charges: Vec<ArrestCharge> = rows
            .iter()
            .map(|row| ArrestCharge {
                arrest: number,
                severity: row.severity,
                statute: row.statute,
            })
            .collect();
        charges.sort_unstable_by_key(|charge| (std::cmp::Reverse(charge.severity), charge.statute));
        charges.dedup();
        let mut incidents: Vec<Number> =
            rows.iter().map(|row| row.incident).filter(|incident| incident.is_some()).collect();
        incidents.sort_unstable();
        incidents.dedup();
        let kind = rows.iter().map(|row| row.kind).min().unwrap_or_default();
        let warrant_only = rows.iter().all(|row| row.warrant);
        // What a warrant is for is no part of a new offence.
        let new = rows.iter().filter(|row| !row.warrant || warrant_only);
        let top = new.map(|row| (std::cmp::Reverse(row.severity), row.statute)).min();
        let (severity, top) = top.map_or((Severity::Unknown, NO_WORD), |(it, top)| (it.0, top));
        self.arrests.push(Arrest {
            person: rows[0].person,
            day: rows[0].day,
            agency: rows[0].agency,
            booking: rows[0].booking,
            kind,
            warrant_only,
            dv: rows.iter().filter_map(|row| row.dv).max(),
            severity,
            charges: u32::try_from(charges.len()).expect("no more than rows"),
            top,
            district: rows.iter().map(|row| row.district).min().unwrap_or(NO_WORD),
            officer: least(rows.iter().map(|row| row.officer)),
        });
        self.charges.extend(charges);
        self.incidents.extend(incidents.into_iter().map(|incident| (number, incident)));
    }
}

/// The least number there is.
pub(super) fn least(numbers: impl Iterator<Item = Number>) -> Number {
    numbers.filter(|number| number.is_some()).min().unwrap_or_default()
}
