//! Tables `case`, `case_charge` and `jail`.

use tallystick_dataset::column::INTEGER_MISSING;
use tallystick_dataset::{Missing, Table};

use super::Made;
use super::build::{Other, Sensitive, flags, integers, known, study_id, texts, word};
use super::event_tables::{
    AllPids, Row, joined, rel_day, relative, row_ids, rows, severity, table,
};
use super::index::Index;
use crate::content::{Case, NO_DAY, Number, Severity};
use crate::definition::Kind;

pub(super) fn tables(made: &Made<'_>, indices: &[Index], pids: &mut AllPids) -> Vec<Table> {
    let mut tables = Vec::new();
    if made.coverage.is_collected(Kind::Case) {
        let cases = rows(made, &made.content.cases, |it| it.filed);
        tables.extend([case(made, indices, &cases, pids), counts(made, &cases)]);
    }
    if made.coverage.is_collected(Kind::Jail) {
        tables.push(jail(made, indices, pids));
    }
    tables
}

fn case(made: &Made<'_>, indices: &[Index], rows: &[Row<'_, Case>], pids: &mut AllPids) -> Table {
    let words = &made.content.words;
    let department =
        |row: &Row<'_, Case>| words.text(row.event.department).map_or(Number::NONE, Number::of);
    let disposed = rows.iter().map(|row| relative(row.event.disposed, row.index_day)).collect();
    let arrested = rows.iter().map(|row| relative(row.event.arrest_day, row.index_day)).collect();
    let numbers =
        |of: fn(&Case) -> Option<i64>| rows.iter().map(|row| known(of(row.event))).collect();
    let mut columns = vec![row_ids("case_id", rows.len(), "Case")];
    columns.extend(joined(made, rows, |it| it.filed, "day of filing"));
    columns.extend([
        flags(
            "index_event",
            rows.iter().map(|row| Some(indices[row.member as usize].has_case(row.event))),
            "Arose from the index event",
            "1 if joined to the index event by its incident, booking or day of arrest; never an outcome",
            Other,
        ),
        severity("severity_filed", rows.iter().map(|row| row.event.severity_filed), "as filed"),
        integers(
            "n_counts",
            rows.iter().map(|row| row.event.counts.into()).collect(),
            "Counts",
            "counts of the case over all extracts",
            Other,
        ),
        rel_day("arrest_rel_day", arrested, "day of the arrest it arose from"),
        rel_day("disp_rel_day", disposed, "last day of a disposition"),
        texts(
            "disp_cd",
            rows.iter().map(|row| word(words, row.event.disposition)),
            "Disposition",
            "of the gravest conviction, else of the first count that has one; the last extract is believed",
            Sensitive,
        )
        .with_codes(&DISPOSITIONS),
        flags("convicted", rows.iter().map(convicted), "Convicted", CONVICTED, Sensitive),
        severity(
            "severity_convicted",
            rows.iter().map(|row| row.event.convicted.unwrap_or(Severity::Unknown)),
            "as convicted",
        ),
        integers("sentence_days", numbers(|it| it.sentence_days), "Days of jail", LONGEST, Sensitive),
        integers(
            "probation_months",
            numbers(|it| it.probation_months),
            "Months of probation",
            LONGEST,
            Sensitive,
        ),
        pids.departments.column("dept_pid", rows.iter().map(department), "Department of the court"),
        pids.courts.column("case_pid", rows.iter().map(|row| row.event.court), "Court number"),
    ]);
    table("case", "Court cases, one row each", &["case_id"], rows.len(), columns)
}

/// Whether a case ended in a conviction; missing before its disposition.
fn convicted(row: &Row<'_, Case>) -> Option<bool> {
    match (row.event.convicted, row.event.disposed) {
        (Some(_), _) => Some(true),
        (None, NO_DAY) => None,
        (None, _) => Some(false),
    }
}

const CONVICTED: &str = "1 if any count was convicted; missing without a disposition";
const LONGEST: &str = "the longest over all counts";
/// Codes of dispositions after CJARS.
const DISPOSITIONS: [(&str, &str); 16] = [
    ("GC", "guilty, court trial"),
    ("GJ", "guilty, jury"),
    ("GP", "guilty, plea"),
    ("GI", "guilty, insanity"),
    ("GU", "guilty, unclassified"),
    ("NA", "acquittal"),
    ("ND", "dismissal"),
    ("NI", "dismissal, insanity"),
    ("NM", "mistrial"),
    ("NP", "not-guilty plea"),
    ("NU", "not guilty, unclassified"),
    ("PT", "procedural, transfer"),
    ("PU", "procedural, unclassified"),
    ("DU", "diversion, unclassified"),
    ("UU", "unknown"),
    ("OTHER", "merged rare values"),
];

fn counts(made: &Made<'_>, cases: &[Row<'_, Case>]) -> Table {
    let words = &made.content.words;
    let mut rows = Vec::new();
    for (id, row) in (1i64..).zip(cases) {
        let number = u32::try_from(row.place).expect("content has fewer rows than 2^32");
        let counts = made.content.counts.of(number);
        rows.extend((1i64..).zip(counts).map(|(seq, count)| (id, row.member, seq, count)));
    }
    let columns = vec![
        integers(
            "case_id",
            rows.iter().map(|row| row.0).collect(),
            "Case",
            "row of table case",
            super::build::Identifier,
        ),
        study_id(made, rows.iter().map(|row| row.1)),
        integers(
            "seq",
            rows.iter().map(|row| row.2).collect(),
            "Number of the count",
            "in the order of the court's numbers",
            Other,
        ),
        texts(
            "code",
            rows.iter().map(|row| word(words, row.3.statute)),
            "Statute",
            "as the source has it, in the first extract that names it",
            Sensitive,
        ),
        severity("severity_filed", rows.iter().map(|row| row.3.severity_filed), "as filed"),
        severity(
            "severity_convicted",
            rows.iter().map(|row| row.3.convicted.unwrap_or(Severity::Unknown)),
            "as convicted",
        ),
    ];
    table("case_charge", "Counts of cases", &["case_id", "seq"], rows.len(), columns)
}

fn jail(made: &Made<'_>, indices: &[Index], pids: &mut AllPids) -> Table {
    let rows = rows(made, &made.content.custody, |it| it.from);
    let words = &made.content.words;
    let out = rows.iter().map(|row| relative(row.event.to, row.index_day)).collect();
    let days = rows.iter().map(|row| match row.event.to {
        to if to == NO_DAY || to < row.event.from => INTEGER_MISSING,
        to => i64::from(to - row.event.from),
    });
    let days = days.collect();
    let mut columns = joined(made, &rows, |it| it.from, "day of booking");
    if let Some(column) = columns.get_mut(1) {
        "in_rel_day".clone_into(&mut column.name);
    }
    columns.extend([
        rel_day("out_rel_day", out, "day of release"),
        integers("days", days, "Days", "from booking to release", Sensitive),
        texts(
            "out_reason",
            rows.iter().map(|row| match row.event.to {
                NO_DAY => Err(Missing::Unspecified),
                _ => word(words, row.event.reason),
            }),
            "Reason of release",
            "as the source has it",
            Sensitive,
        ),
        flags(
            "index_event",
            rows.iter().map(|row| Some(indices[row.member as usize].has_stay(row.event))),
            "Began with the index event",
            "1 if booked on the index day or under a booking number of the index event",
            Other,
        ),
        pids.bookings.column("booking_pid", rows.iter().map(|row| row.event.booking), "Booking"),
    ]);
    table("jail", "Stays in jail, one row each", &[], rows.len(), columns)
}
