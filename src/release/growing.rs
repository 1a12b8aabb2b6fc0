//! Takes cells row by row, gives compact columns, refuses what a release does not hold.

use tallystick_wire::SourceLabel;
use tallystick_wire::content::{Cell, ColumnType, ContentSchema};

use super::load::passed;
use super::people::AGE_BAND;
use super::{ReleaseError, ReleaseLimits};
use tallystick_dataset::column::{
    DAY_MISSING, FLAG_MISSING, INTEGER_MISSING, TEXT_MISSING, Values, row_count,
};
use tallystick_dataset::dictionary::Dictionary;

/// 0001-01-01 to 9999-12-31: years have four digits, and differences of days fit.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

/// A column while it grows.
enum GrowingColumn {
    Day(Vec<i32>),
    Integer(Vec<i64>),
    Flag(Vec<u8>),
    Code(Vec<u32>, Dictionary),
}

/// A table while it grows.
pub(super) struct Growing {
    schema: ContentSchema,
    source_label: SourceLabel,
    limits: ReleaseLimits,
    columns: Vec<GrowingColumn>,
}

impl Growing {
    pub(super) fn new(
        schema: &ContentSchema,
        source_label: SourceLabel,
        limits: &ReleaseLimits,
    ) -> Result<Self, ReleaseError> {
        let (schema, limits) = (schema.clone(), limits.clone());
        if schema.columns.len() > limits.columns_max {
            let limit = row_count(limits.columns_max);
            return Err(passed(source_label, "columns", "columns_max", limit));
        }
        let columns = schema.columns.iter().map(|(_, column_type)| match column_type {
            ColumnType::Date => GrowingColumn::Day(Vec::new()),
            ColumnType::Integer => GrowingColumn::Integer(Vec::new()),
            ColumnType::Flag => GrowingColumn::Flag(Vec::new()),
            ColumnType::Code => GrowingColumn::Code(Vec::new(), Dictionary::new()),
        });
        let columns = columns.collect();
        Ok(Self { schema, source_label, limits, columns })
    }

    pub(super) fn schema(&self) -> &ContentSchema {
        &self.schema
    }

    /// Adds a row; `row` is its number in the content section, for errors.
    pub(super) fn push(&mut self, cells: &[Option<Cell>], row: u64) -> Result<(), ReleaseError> {
        for (place, cell) in cells.iter().enumerate() {
            self.push_cell(place, cell.as_ref(), row)?;
        }
        Ok(())
    }

    fn push_cell(
        &mut self,
        place: usize,
        cell: Option<&Cell>,
        row: u64,
    ) -> Result<(), ReleaseError> {
        let out_of_range = |what| ReleaseError::CellOutOfRange {
            source_label: self.source_label,
            table: self.schema.table,
            column: self.schema.columns[place].0,
            row,
            what,
        };
        match (&mut self.columns[place], cell) {
            (GrowingColumn::Day(days), None) => days.push(DAY_MISSING),
            (GrowingColumn::Day(days), Some(Cell::Date(day))) => {
                let allowed = self.limits.date_day_min..=self.limits.date_day_max;
                if !allowed.contains(day) || !DAYS.contains(day) {
                    return Err(out_of_range("date outside date_day_min to date_day_max"));
                }
                days.push(*day);
            }
            (GrowingColumn::Integer(numbers), None) => numbers.push(INTEGER_MISSING),
            (GrowingColumn::Integer(numbers), Some(Cell::Integer(number))) => {
                if *number == INTEGER_MISSING {
                    return Err(out_of_range("number too large"));
                }
                numbers.push(*number);
            }
            (GrowingColumn::Flag(flags), None) => flags.push(FLAG_MISSING),
            (GrowingColumn::Flag(flags), Some(Cell::Flag(flag))) => flags.push((*flag).into()),
            (GrowingColumn::Code(codes, _), None) => codes.push(TEXT_MISSING),
            (GrowingColumn::Code(codes, dictionary), Some(Cell::Code(code))) => {
                let (limit, name) = match self.schema.columns[place].0.as_str() {
                    AGE_BAND => (self.limits.age_bands_max, "age_bands_max"),
                    _ => (self.limits.code_distinct_max, "code_distinct_max"),
                };
                let number = dictionary.number(code.as_str()).filter(|number| *number < limit);
                codes.push(number.ok_or_else(|| {
                    passed(self.source_label, "distinct codes in a column", name, limit.into())
                })?);
            }
            _ => return Err(out_of_range("not of the column's type")),
        }
        Ok(())
    }

    pub(super) fn finish(self) -> (ContentSchema, Vec<Values>) {
        let columns = self.columns.into_iter().map(|column| match column {
            GrowingColumn::Day(days) => Values::Day(days),
            GrowingColumn::Integer(numbers) => Values::Integer(numbers),
            GrowingColumn::Flag(flags) => Values::Flag(flags),
            GrowingColumn::Code(mut codes, dictionary) => {
                let (texts, places) = dictionary.into_sorted();
                for code in codes.iter_mut().filter(|code| **code != TEXT_MISSING) {
                    *code = places[*code as usize];
                }
                Values::Text(codes, texts)
            }
        });
        (self.schema, columns.collect())
    }
}
