//! Takes the content columns of a row, gives typed cells for the release desk.

use tallystick_encoder::mapping::{BoundContent, CivilDate, ContentKind, typed_date};
use tallystick_encoder::normalise::{NormalisedRecord, RawFields};
use tallystick_wire::ColumnLabel;
use tallystick_wire::content::{Cell, Code, ColumnType, ContentSchema};

/// Name of the column that is made from birth date and event date.
const AGE_BAND: &str = "age_band";

/// Upper ends (inclusive) and names of the age bands, in whole years at the event.
const AGE_BANDS: [(i32, &str); 7] = [
    (17, "0-17"),
    (24, "18-24"),
    (34, "25-34"),
    (44, "35-44"),
    (54, "45-54"),
    (64, "55-64"),
    (i32::MAX, "65+"),
];

/// How many cells of a column were usable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContentCounts {
    /// Name of the column in the release.
    pub column: String,
    /// Usable cells.
    pub present: u64,
    /// Empty cells.
    pub missing: u64,
    /// Cells that hold something that the column's type does not read.
    pub invalid: u64,
}

/// Reads the content columns of one export.
#[derive(Debug)]
pub(crate) struct ContentColumns {
    columns: Vec<(usize, ContentKind)>,
    event_date: Option<usize>,
    has_age_band: bool,
    schema: ContentSchema,
    missing: Vec<String>,
    pub(crate) counts: Vec<ContentCounts>,
}

impl ContentColumns {
    /// `missing` are further values that mean missing; `with_age` adds the age band.
    pub(crate) fn new(content: &BoundContent, missing: &[String], with_age: bool) -> Self {
        let label = |name: &str| ColumnLabel::parse(name).expect("mappings have checked names");
        let event_date = content
            .event_date
            .as_ref()
            .and_then(|name| content.columns.iter().position(|column| column.name == *name));
        let mut columns: Vec<(ColumnLabel, ColumnType)> = content
            .columns
            .iter()
            .map(|column| (label(&column.name), column_type(&column.kind)))
            .collect();
        let mapped = content.columns.iter().any(|column| column.name == AGE_BAND);
        let has_age_band = with_age && event_date.is_some() && !mapped;
        if has_age_band {
            columns.push((label(AGE_BAND), ColumnType::Code));
        }
        let counts = columns
            .iter()
            .map(|(label, _)| ContentCounts {
                column: label.as_str().to_owned(),
                present: 0,
                missing: 0,
                invalid: 0,
            })
            .collect();
        let schema = ContentSchema {
            table: label(&content.table),
            event_date: event_date.map(|column| u16::try_from(column).expect("columns are few")),
            columns,
        };
        let columns =
            content.columns.iter().map(|column| (column.column, column.kind.clone())).collect();
        Self { columns, event_date, has_age_band, schema, missing: missing.to_vec(), counts }
    }

    pub(crate) fn schema(&self) -> &ContentSchema {
        &self.schema
    }

    /// Source columns in the order of the schema; the age band has none.
    pub(crate) fn sources(&self) -> impl Iterator<Item = usize> + '_ {
        self.columns.iter().map(|(column, _)| *column)
    }

    /// Refills `cells` from a row.
    pub(crate) fn read(
        &mut self,
        row: &impl RawFields,
        record: &NormalisedRecord,
        cells: &mut Vec<Option<Cell>>,
    ) {
        cells.clear();
        for ((column, kind), counts) in self.columns.iter().zip(&mut self.counts) {
            let text = row.expose(*column).trim();
            let is_missing = text.is_empty()
                || self.missing.iter().any(|value| value.eq_ignore_ascii_case(text));
            let cell = match kind {
                _ if is_missing => None,
                ContentKind::Date(_) if row.is_date(*column) => {
                    typed_date(text).and_then(days).map(Cell::Date)
                }
                kind => parse(text, kind),
            };
            match (is_missing, cell.is_some()) {
                (true, _) => counts.missing += 1,
                (false, true) => counts.present += 1,
                (false, false) => counts.invalid += 1,
            }
            cells.push(cell);
        }
        if self.has_age_band {
            let band = self.age_band(record, cells);
            let counts = self.counts.last_mut().expect("the age band has counts");
            *(if band.is_some() { &mut counts.present } else { &mut counts.missing }) += 1;
            cells.push(band);
        }
    }

    fn age_band(&self, record: &NormalisedRecord, cells: &[Option<Cell>]) -> Option<Cell> {
        let Some(Some(Cell::Date(event))) = self.event_date.map(|column| cells[column]) else {
            return None;
        };
        let birth = days(record.dob()?)?;
        if event < birth {
            return None;
        }
        // 365.2425 days a year; the band may be off by one day at a birthday.
        let years = i32::try_from(i64::from(event - birth) * 10_000 / 3_652_425).ok()?;
        let (_, name) = AGE_BANDS.iter().find(|(last, _)| years <= *last)?;
        Code::parse(name).map(Cell::Code)
    }
}

fn column_type(kind: &ContentKind) -> ColumnType {
    match kind {
        ContentKind::Date(_) => ColumnType::Date,
        ContentKind::Code => ColumnType::Code,
        ContentKind::Integer => ColumnType::Integer,
        ContentKind::Flag => ColumnType::Flag,
    }
}

fn parse(text: &str, kind: &ContentKind) -> Option<Cell> {
    match kind {
        ContentKind::Date(formats) => formats.parse(text).and_then(days).map(Cell::Date),
        ContentKind::Code => Code::parse(text).map(Cell::Code),
        ContentKind::Integer => text.replace(',', "").parse().ok().map(Cell::Integer),
        ContentKind::Flag => match text.to_ascii_uppercase().as_str() {
            "Y" | "YES" | "T" | "TRUE" | "1" | "X" => Some(Cell::Flag(true)),
            "N" | "NO" | "F" | "FALSE" | "0" => Some(Cell::Flag(false)),
            _ => None,
        },
    }
}

/// Days since 1970-01-01.
fn days(date: CivilDate) -> Option<i32> {
    let day = chrono::NaiveDate::from_ymd_opt(
        i32::from(date.year()),
        u32::from(date.month()),
        u32::from(date.day()),
    )?;
    let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1)?;
    i32::try_from((day - epoch).num_days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_by_their_type() {
        assert_eq!(parse("1,204", &ContentKind::Integer), Some(Cell::Integer(1204)));
        assert_eq!(parse("no", &ContentKind::Flag), Some(Cell::Flag(false)));
        assert_eq!(parse("maybe", &ContentKind::Flag), None);
        assert!(parse("11350(a) HS", &ContentKind::Code).is_some());
        let date = days(CivilDate::new(1970, 1, 31).unwrap());
        assert_eq!(date, Some(30));
    }
}
