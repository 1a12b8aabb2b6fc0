//! Cases: person and court number make one; its counts come from rows of several extracts.
//!
//! Of a count that several extracts hold, a later one fills what an earlier left missing and is
//! believed where both speak, as in CJARS's de-duplication.

use super::reader::Reader;
use super::{NO_DAY, NO_WORD, Number, RowCounts, Severity, Words};

/// One case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Case {
    /// Person.
    pub person: u32,
    /// First day of filing.
    pub filed: i32,
    /// Court number.
    pub court: Number,
    /// Day of the arrest it arose from.
    pub arrest_day: i32,
    /// Gravest count as filed.
    pub severity_filed: Severity,
    /// Counts.
    pub counts: u32,
    /// Last day of a disposition.
    pub disposed: i32,
    /// Disposition: of the gravest conviction, or of the first count that has one.
    pub disposition: u32,
    /// Gravest conviction; `None` if not convicted.
    pub convicted: Option<Severity>,
    /// First day of a disposition among the convicted counts.
    pub convicted_day: i32,
    /// Longest sentence in days.
    pub sentence_days: Option<i64>,
    /// Longest probation in months.
    pub probation_months: Option<i64>,
    /// Department of the court.
    pub department: u32,
}

/// A count of a case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Count {
    /// Number of the case in the list.
    pub case: u32,
    /// Number of the count.
    pub number: i64,
    /// Statute.
    pub statute: u32,
    /// Severity as filed.
    pub severity_filed: Severity,
    /// Severity as convicted.
    pub convicted: Option<Severity>,
    /// Day of its disposition.
    pub disposed: i32,
}

/// One row; rows of a count come in the order of their extracts.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Row {
    person: u32,
    court: Number,
    /// Day of filing, for cases without a number.
    unnumbered: i32,
    count: i64,
    extract: i32,
    disposed: i32,
    disposition: u32,
    convicted: Option<Severity>,
    filed: i32,
    arrest_day: i32,
    statute: u32,
    severity_filed: Severity,
    sentence_days: Option<i64>,
    probation_months: Option<i64>,
    department: u32,
}

pub(super) fn read(
    readers: &[&Reader<'_>],
    words: &Words,
    counts: &mut RowCounts,
) -> (Vec<Case>, Vec<Count>) {
    let mut rows = Vec::new();
    for reader in readers {
        for place in reader.rows() {
            counts.read += 1;
            if reader.day("filed", place) == NO_DAY {
                counts.incomplete += 1;
            } else if reader.flag("sealed", place) == Some(true) {
                counts.sealed += 1;
            } else {
                rows.push(row(reader, words, place));
            }
        }
    }
    rows.sort_unstable();
    let mut cases: Vec<(Case, Vec<Count>)> =
        rows.chunk_by(|a, b| key(a) == key(b)).map(|rows| case(rows, words)).collect();
    cases.sort_by_key(|(case, _)| (case.person, case.filed, case.court));
    let mut all = (Vec::with_capacity(cases.len()), Vec::new());
    for ((case, counts), number) in cases.into_iter().zip(0..) {
        all.0.push(case);
        all.1.extend(counts.into_iter().map(|count| Count { case: number, ..count }));
    }
    all
}

fn row(reader: &Reader<'_>, words: &Words, row: usize) -> Row {
    let text = |field| words.text(reader.word(field, row));
    let filed = reader.day("filed", row);
    let court = reader.number("court", row);
    // Without an extract's day, rows are in the order of what they say.
    let extract = match reader.day("extract_date", row) {
        NO_DAY => i32::MIN,
        day => day,
    };
    let disposition = reader.word("disposition", row);
    // What reads as no severity says nothing.
    let convicted = text("severity_convicted").map(Severity::parse);
    let convicted = convicted.filter(|severity| *severity != Severity::Unknown);
    let is_guilty = text("disposition").is_some_and(|code| code.starts_with('G'));
    Row {
        person: reader.persons[row],
        court,
        unnumbered: if court.is_some() { NO_DAY } else { filed },
        count: reader.integer("count", row).unwrap_or(i64::MAX),
        extract,
        disposed: reader.day("disposition_date", row),
        disposition,
        convicted: convicted.or_else(|| is_guilty.then_some(Severity::Unknown)),
        filed,
        arrest_day: reader.day("arrest_date", row),
        statute: reader.word("statute", row),
        severity_filed: text("severity_filed").map(Severity::parse).unwrap_or_default(),
        sentence_days: reader.integer("sentence_days", row),
        probation_months: reader.integer("probation_months", row),
        department: reader.word("department", row),
    }
}

fn key(row: &Row) -> (u32, Number, i32) {
    (row.person, row.court, row.unnumbered)
}

/// A count after all extracts.
struct Merged {
    count: Count,
    disposition: u32,
    row: Row,
}

fn case(rows: &[Row], words: &Words) -> (Case, Vec<Count>) {
    // Rows without a count's number are told apart by their statute.
    let merged: Vec<Merged> =
        rows.chunk_by(|a, b| a.count == b.count).flat_map(|rows| merge(rows, words)).collect();
    let with_department = rows.iter().filter(|row| row.department != NO_WORD);
    let department = with_department.max_by_key(|row| (row.extract, *row));
    let convicted_day = merged.iter().filter(|one| one.count.convicted.is_some());
    let convicted_day = convicted_day.map(|one| one.count.disposed).min().unwrap_or(NO_DAY);
    let convicted = merged.iter().filter(|one| one.count.convicted.is_some());
    let gravest =
        convicted.max_by_key(|one| (one.count.convicted, std::cmp::Reverse(one.count.number)));
    let leading = gravest.or_else(|| merged.iter().find(|one| one.disposition != NO_WORD));
    let known = |days: &mut dyn Iterator<Item = i32>| days.filter(|day| *day != NO_DAY).max();
    let case = Case {
        person: rows[0].person,
        filed: rows.iter().map(|row| row.filed).min().expect("a group has a row"),
        court: rows[0].court,
        arrest_day: rows.iter().map(|row| row.arrest_day).min().expect("a group has a row"),
        severity_filed: merged.iter().map(|one| one.count.severity_filed).max().unwrap_or_default(),
        counts: u32::try_from(merged.len()).expect("no more than rows"),
        disposed: known(&mut merged.iter().map(|one| one.count.disposed)).unwrap_or(NO_DAY),
        disposition: leading.map_or(NO_WORD, |one| one.disposition),
        convicted: gravest.and_then(|one| one.count.convicted),
        convicted_day,
        sentence_days: merged.iter().filter_map(|one| one.row.sentence_days).max(),
        probation_months: merged.iter().filter_map(|one| one.row.probation_months).max(),
        department: department.map_or(NO_WORD, |row| row.department),
    };
    (case, merged.into_iter().map(|one| one.count).collect())
}

/// One count from the rows of its extracts; several where only their statutes tell them apart.
fn merge(rows: &[Row], words: &Words) -> Vec<Merged> {
    if rows[0].count != i64::MAX {
        return vec![merge_one(rows, words)];
    }
    let mut rows = rows.to_vec();
    rows.sort_unstable_by_key(|row| (row.statute, *row));
    rows.chunk_by(|a, b| a.statute == b.statute).map(|rows| merge_one(rows, words)).collect()
}

fn merge_one(rows: &[Row], words: &Words) -> Merged {
    let mut it = rows[0];
    for row in &rows[1..] {
        let is_guilty = words.text(row.disposition).is_some_and(|code| code.starts_with('G'));
        if row.disposition != NO_WORD {
            it.disposition = row.disposition;
            if !is_guilty {
                it.convicted = None;
            }
        }
        if row.disposed != NO_DAY {
            it.disposed = row.disposed;
        }
        // A severity that nothing says more of than that there is a conviction fills only.
        it.convicted = match (row.convicted, it.convicted) {
            (Some(Severity::Unknown) | None, earlier @ Some(_)) => earlier,
            (later, _) => later,
        };
        it.sentence_days = row.sentence_days.or(it.sentence_days);
        it.probation_months = row.probation_months.or(it.probation_months);
        // As filed is what was filed first.
        if it.statute == NO_WORD {
            it.statute = row.statute;
        }
        if it.severity_filed == Severity::Unknown {
            it.severity_filed = row.severity_filed;
        }
    }
    let count = Count {
        case: 0,
        number: it.count,
        statute: it.statute,
        severity_filed: it.severity_filed,
        convicted: it.convicted,
        disposed: it.disposed,
    };
    Merged { count, disposition: it.disposition, row: it }
}
