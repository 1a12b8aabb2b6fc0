//! Tables back from a bundle: cells from Parquet, words from `datapackage.json`.

use std::collections::BTreeMap;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::error::BundleError;
use super::fault::FaultKind;
use super::open::Bundle;
use crate::archive::read::Stored;
use crate::column::{
    Column, DAY_MISSING, DisclosureClass, FLAG_MISSING, INTEGER_MISSING, PERMILLE_MISSING,
    TEXT_MISSING, Table, ValueLabel, Values,
};
use crate::describe::Kind;
use crate::dictionary::Dictionary;
use crate::documents::datapackage::{Field, Resource};
use crate::missing::Missing;
use crate::parquet_file::kinds_name;

/// Cells taken over at once.
const BATCH_ROWS: usize = 8_192;
type Reader = SerializedFileReader<Stored>;

/// A file that does not hold what it should.
pub(super) struct Unfit;

impl From<ParquetError> for Unfit {
    fn from(_: ParquetError) -> Self {
        Self
    }
}

impl Bundle {
    /// Reads a table with its types, words and kinds of missing. Trusts the bundle: verify it before.
    ///
    /// Memory: the table, and of one column at a time as many numbers as it has rows.
    ///
    /// # Errors
    /// No such table; a table that is not as the bundle's documents say; a disk that fails.
    pub fn read_table(&self, name: &str) -> Result<Table, BundleError> {
        self.read_columns(name, &|_| true)
    }

    /// The same of the columns that are wanted, by their names, in the table's order; the others take no time and no memory.
    /// A name that no column has is not asked for.
    ///
    /// # Errors
    /// As [`Bundle::read_table`]; what is in the other columns is not looked at.
    pub fn read_columns(
        &self,
        name: &str,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Table, BundleError> {
        let resource = self.resource(name).ok_or(BundleError::NoSuchTable)?;
        let path = &resource.parquet.path;
        let fault = || BundleError::from(FaultKind::Table.at(path));
        let entry = self.archive.entry(path).ok_or_else(fault)?;
        let stored = self.archive.stored(entry);
        read(resource, stored, wanted).map_err(|Unfit| fault())
    }
}

fn read(
    resource: &Resource,
    stored: Stored,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Table, Unfit> {
    let reader = SerializedFileReader::new(stored)?;
    let rows = usize::try_from(resource.rows).map_err(|_| Unfit)?;
    if u64::try_from(reader.metadata().file_metadata().num_rows()).ok() != Some(resource.rows) {
        return Err(Unfit);
    }
    let places = places(&reader);
    // The file has the columns of the documents and no others, also where few are read.
    let fields = &resource.schema.fields;
    let are_there = fields.iter().all(|field| places.contains_key(&field.name));
    let kinds = fields.iter().filter(|field| places.contains_key(&kinds_name(&field.name)));
    if !are_there || places.len() != fields.len() + kinds.count() {
        return Err(Unfit);
    }
    let fields = fields.iter().filter(|field| wanted(&field.name));
    let columns: Result<Vec<Column>, Unfit> =
        fields.map(|field| column(&reader, &places, field, rows)).collect();
    let columns = columns?;
    Ok(Table {
        name: resource.name.clone(),
        label: resource.title.clone(),
        key: resource.schema.primary_key.clone(),
        rows,
        columns,
    })
}

/// Where each column of the file is.
fn places(reader: &Reader) -> BTreeMap<String, usize> {
    let schema = reader.metadata().file_metadata().schema_descr();
    (0..).zip(schema.columns()).map(|(place, column)| (column.name().to_owned(), place)).collect()
}

fn column(
    reader: &Reader,
    places: &BTreeMap<String, usize>,
    field: &Field,
    rows: usize,
) -> Result<Column, Unfit> {
    let place = *places.get(&field.name).ok_or(Unfit)?;
    let kind = Kind::parse(&field.kind).ok_or(Unfit)?;
    let mut values = values(reader, place, kind, rows)?;
    if let Some(place) = places.get(&kinds_name(&field.name)) {
        set_kinds(&mut values, reader, *place)?;
    }
    let labels = field
        .value_labels
        .iter()
        .map(|label| ValueLabel { value: label.value.clone(), label: label.label.clone() });
    Ok(Column {
        name: field.name.clone(),
        values,
        label: field.title.clone(),
        derivation: field.description.clone(),
        source: field.source.clone(),
        class: class(&field.disclosure_class).ok_or(Unfit)?,
        codes: labels.collect(),
    })
}

fn class(text: &str) -> Option<DisclosureClass> {
    use DisclosureClass::{Identifier, Other, Quasi, Sensitive};
    [Identifier, Quasi, Sensitive, Other].into_iter().find(|class| class.as_str() == text)
}

fn values(reader: &Reader, place: usize, kind: Kind, rows: usize) -> Result<Values, Unfit> {
    Ok(match kind {
        Kind::Days => Values::Day(cells::<Int32Type, _>(reader, place, rows, |cell| {
            Ok(cell.unwrap_or(DAY_MISSING))
        })?),
        Kind::Integer => Values::Integer(cells::<Int64Type, _>(reader, place, rows, |cell| {
            Ok(cell.unwrap_or(INTEGER_MISSING))
        })?),
        Kind::Flag => Values::Flag(cells::<BoolType, _>(reader, place, rows, |cell| {
            Ok(cell.map_or(FLAG_MISSING, u8::from))
        })?),
        Kind::Decimal => Values::Permille(cells::<Int32Type, _>(reader, place, rows, |cell| {
            cell.map_or(Ok(PERMILLE_MISSING), u16::try_from).map_err(|_| Unfit)
        })?),
        Kind::Text => texts(reader, place, rows)?,
    })
}

fn texts(reader: &Reader, place: usize, rows: usize) -> Result<Values, Unfit> {
    let mut dictionary = Dictionary::new();
    let mut numbers = cells::<ByteArrayType, _>(reader, place, rows, |cell| match cell {
        None => Ok(TEXT_MISSING),
        Some(bytes) => {
            let text = std::str::from_utf8(bytes.data()).map_err(|_| Unfit)?;
            dictionary.number(text).ok_or(Unfit)
        }
    })?;
    let (texts, places) = dictionary.into_sorted();
    for number in &mut numbers {
        *number = places.get(*number as usize).copied().unwrap_or(TEXT_MISSING);
    }
    Ok(Values::Text(numbers, texts))
}

/// Every reason is known, and stands where a cell is missing.
fn set_kinds(values: &mut Values, reader: &Reader, place: usize) -> Result<(), Unfit> {
    let (rows, mut row) = (values.len(), 0);
    cells::<ByteArrayType, _>(reader, place, rows, |kind: Option<ByteArray>| {
        if let Some(kind) = kind {
            let known = Missing::ALL.into_iter().find(|k| k.as_str().as_bytes() == kind.data());
            let is_reason = |kind: &Missing| *kind != Missing::Unspecified;
            let known = known.filter(is_reason).filter(|_| values.is_missing(row)).ok_or(Unfit)?;
            values.set_missing(row, known);
        }
        row += 1;
        Ok(())
    })?;
    Ok(())
}

/// What becomes of a column's cells, `None` where null.
fn cells<T: DataType, C>(
    reader: &Reader,
    place: usize,
    rows: usize,
    mut cell: impl FnMut(Option<T::T>) -> Result<C, Unfit>,
) -> Result<Vec<C>, Unfit> {
    let mut cells = Vec::with_capacity(rows);
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        let column = group.get_column_reader(place)?;
        if !is_of::<T>(&column) {
            return Err(Unfit);
        }
        take_cells(&mut get_typed_column_reader::<T>(column), rows, &mut cells, &mut cell)?;
    }
    if cells.len() == rows { Ok(cells) } else { Err(Unfit) }
}

fn take_cells<T: DataType, C>(
    column: &mut ColumnReaderImpl<T>,
    rows: usize,
    cells: &mut Vec<C>,
    cell: &mut impl FnMut(Option<T::T>) -> Result<C, Unfit>,
) -> Result<(), Unfit> {
    let (mut levels, mut present) = (Vec::new(), Vec::new());
    loop {
        levels.clear();
        present.clear();
        let (records, _, _) =
            column.read_records(BATCH_ROWS, Some(&mut levels), None, &mut present)?;
        if records == 0 {
            return Ok(());
        }
        if cells.len() + records > rows {
            return Err(Unfit);
        }
        let mut present = present.drain(..);
        for level in &levels {
            let value = if *level > 0 { Some(present.next().ok_or(Unfit)?) } else { None };
            cells.push(cell(value)?);
        }
    }
}

/// Whether a column of the file is of a type: the library stops the program where it is not.
fn is_of<T: DataType>(column: &ColumnReader) -> bool {
    use parquet::basic::Type;
    let physical = match column {
        ColumnReader::BoolColumnReader(_) => Type::BOOLEAN,
        ColumnReader::Int32ColumnReader(_) => Type::INT32,
        ColumnReader::Int64ColumnReader(_) => Type::INT64,
        ColumnReader::ByteArrayColumnReader(_) => Type::BYTE_ARRAY,
        _ => return false,
    };
    physical == T::get_physical_type()
}
