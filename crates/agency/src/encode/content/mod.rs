//! Takes the content columns of a row, gives typed cells for the release desk, and the rows of
//! further tables that stand in it.

mod cells;
mod groups;

use tallystick_encoder::mapping::{BoundMapping, ContentColumn, ContentKind};
use tallystick_encoder::normalise::{NormalisedRecord, RawFields};
use tallystick_encoder::number::Pseudonyms;
use tallystick_wire::ColumnLabel;
use tallystick_wire::content::{Cell, Code, ColumnType, ContentSchema, Part};

use super::report::{Places, RowPlace};
use cells::{Outcome, Shared, days};
use groups::GroupReader;
pub(crate) use groups::{GROUP_ENTRIES_MAX, TooManyEntries};

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
    /// Name of the column in the release; of a further table with its name, `charge.statute`.
    pub column: String,
    /// Usable cells.
    pub present: u64,
    /// Empty cells.
    pub missing: u64,
    /// Cells that hold something that the column's type, list or table of codes does not read.
    pub invalid: u64,
    /// The first rows with such cells, at most twenty.
    pub invalid_places: Vec<RowPlace>,
}

/// Rows of a further table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GroupCounts {
    /// Name of the table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// Rows of the export whose split cells have different numbers of entries.
    pub uneven: u64,
    /// The first of them, at most twenty.
    pub uneven_places: Vec<RowPlace>,
}

/// Counts the cells of one column.
#[derive(Debug)]
struct Counter {
    counts: ContentCounts,
}

impl Counter {
    fn new(column: String) -> Self {
        let invalid_places = Vec::new();
        Self {
            counts: ContentCounts { column, present: 0, missing: 0, invalid: 0, invalid_places },
        }
    }

    fn count(&mut self, outcome: Outcome, place: RowPlace) {
        let counts = &mut self.counts;
        match outcome {
            Outcome::Present => counts.present += 1,
            Outcome::Missing => counts.missing += 1,
            Outcome::Unreadable => {
                counts.invalid += 1;
                Places::list(&mut counts.invalid_places, place);
            }
        }
    }
}

/// Reads the content columns of one export.
#[derive(Debug)]
pub(crate) struct ContentColumns {
    columns: Vec<ContentColumn<usize>>,
    groups: Vec<GroupReader>,
    shared: Shared,
    event_date: Option<usize>,
    has_age_band: bool,
    schema: ContentSchema,
    further: Vec<ContentSchema>,
    counts: Vec<Counter>,
    parts: Vec<Vec<Part>>,
}

impl ContentColumns {
    /// `None` if the mapping has no content. The age band is added where the export has a date of
    /// birth.
    pub(crate) fn new(bound: &BoundMapping, pseudonyms: Pseudonyms) -> Option<Self> {
        let content = bound.content()?;
        let with_age = bound.fields().dob.is_some();
        let event_date = content
            .event_date
            .as_ref()
            .and_then(|name| content.columns.iter().position(|column| column.name == *name));
        let mut columns = column_types(&content.columns);
        let mapped = content.columns.iter().any(|column| column.name == AGE_BAND);
        let has_age_band = with_age && event_date.is_some() && !mapped;
        if has_age_band {
            columns.push((label(AGE_BAND), ColumnType::Code));
        }
        let counts =
            columns.iter().map(|(label, _)| Counter::new(label.as_str().to_owned())).collect();
        let schema = ContentSchema {
            table: label(&content.table),
            event_date: event_date.map(|column| u16::try_from(column).expect("columns are few")),
            columns,
        };
        let further = content.groups.iter().map(|group| ContentSchema {
            table: label(&group.table),
            event_date: None,
            columns: group.repetitions.first().map_or_else(Vec::new, |r| column_types(&r.columns)),
        });
        Some(Self {
            columns: content.columns.clone(),
            groups: content.groups.iter().map(GroupReader::new).collect(),
            shared: Shared::new(bound.mapping(), pseudonyms),
            event_date,
            has_age_band,
            schema,
            further: further.collect(),
            counts,
            parts: vec![Vec::new(); content.groups.len()],
        })
    }

    pub(crate) fn schema(&self) -> &ContentSchema {
        &self.schema
    }

    /// Tables besides the main one.
    pub(crate) fn further(&self) -> &[ContentSchema] {
        &self.further
    }

    /// Counts of all columns, those of further tables behind.
    pub(crate) fn counts(&self) -> Vec<ContentCounts> {
        let main = self.counts.iter().map(|counter| &counter.counts);
        main.chain(self.groups.iter().flat_map(GroupReader::counts)).cloned().collect()
    }

    /// Whether an age band was added behind the mapped columns.
    pub(crate) fn has_age_band(&self) -> bool {
        self.has_age_band
    }

    /// Counts of the further tables.
    pub(crate) fn group_counts(&self) -> Vec<GroupCounts> {
        let counts = |(group, schema): (&GroupReader, &ContentSchema)| GroupCounts {
            table: schema.table.as_str().to_owned(),
            rows: group.rows,
            uneven: group.uneven.count,
            uneven_places: group.uneven.places.clone(),
        };
        self.groups.iter().zip(&self.further).map(counts).collect()
    }

    /// Refills `cells` from a row.
    pub(crate) fn read(
        &mut self,
        row: &impl RawFields,
        record: &NormalisedRecord,
        place: RowPlace,
        cells: &mut Vec<Option<Cell>>,
    ) {
        let counts = &mut self.counts;
        self.shared.read(&self.columns, row, &[], cells, &mut |column, outcome| {
            counts[column].count(outcome, place);
        });
        if self.has_age_band {
            let band = self.age_band(record, cells);
            let outcome = if band.is_some() { Outcome::Present } else { Outcome::Missing };
            self.counts.last_mut().expect("the age band has counts").count(outcome, place);
            cells.push(band);
        }
    }

    /// The rows of further tables in a row whose cells were read.
    pub(crate) fn parts(
        &mut self,
        row: &impl RawFields,
        place: RowPlace,
        cells: &[Option<Cell>],
    ) -> Result<&[Vec<Part>], TooManyEntries> {
        for (group, parts) in self.groups.iter_mut().zip(&mut self.parts) {
            group.read(&self.shared, row, cells, place, parts)?;
        }
        Ok(&self.parts)
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

fn label(name: &str) -> ColumnLabel {
    ColumnLabel::parse(name).expect("mappings have checked names")
}

fn column_types(columns: &[ContentColumn<usize>]) -> Vec<(ColumnLabel, ColumnType)> {
    columns.iter().map(|column| (label(&column.name), column_type(&column.kind))).collect()
}

fn column_type(kind: &ContentKind) -> ColumnType {
    match kind {
        ContentKind::Date(_) => ColumnType::Date,
        ContentKind::Code | ContentKind::Number(_) => ColumnType::Code,
        ContentKind::Integer => ColumnType::Integer,
        ContentKind::Flag => ColumnType::Flag,
    }
}
