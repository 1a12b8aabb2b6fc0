//! Takes a Parquet file, gives its rows with values as text, refuses nested columns and codecs that are
//! not built in.
//!
//! Row groups are read one after the other and of each a page of each column at a time. The library's
//! own buffers are freed, not overwritten.

use std::io::{BufReader, Read as _, SeekFrom};

use bytes::Bytes;
use chrono::NaiveDate;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit};
use parquet::data_type::Decimal;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use zeroize::Zeroize as _;

use super::cells::CellText;
use super::error::ExportError;
use super::file_error::FileError;
use super::guard::guard;
use super::rows::{Record, RowSource};
use super::unpack::ParquetBytes;
use crate::files::InputFile;

/// Days from the first of January of the year 1 to 1970.
const EPOCH_DAYS: i32 = 719_163;

/// The rows of a Parquet file.
pub(super) struct ParquetRows {
    rows: RowIter<'static>,
    names: Vec<String>,
    /// Columns of nanoseconds, which the library gives as bare numbers.
    nanos: Vec<bool>,
    cells: CellText,
    ends: Vec<usize>,
    dates: Vec<bool>,
    rows_read: u64,
    rows_total: u64,
    bytes: u64,
    invalid: bool,
}

fn damaged(_: ParquetError) -> ExportError {
    FileError::Damaged { what: ParquetRows::WHAT }.into()
}

impl ParquetRows {
    pub(super) const WHAT: &str = "Parquet file";

    pub(super) fn open(bytes: ParquetBytes) -> Result<Self, ExportError> {
        match bytes {
            ParquetBytes::File(file) => {
                let bytes = file.len_bytes().unwrap_or(0);
                let reader = SerializedFileReader::new(Chunks(file)).map_err(damaged)?;
                Self::of(Box::new(reader), bytes)
            }
            ParquetBytes::Held(held) => {
                let len = held.as_ref().len() as u64;
                let reader = SerializedFileReader::new(Bytes::from_owner(held)).map_err(damaged)?;
                Self::of(Box::new(reader), len)
            }
        }
    }

    fn of(reader: Box<dyn FileReader>, bytes: u64) -> Result<Self, ExportError> {
        let metadata = reader.metadata();
        let schema = metadata.file_metadata().schema_descr_ptr();
        let (mut names, mut nanos) = (Vec::new(), Vec::new());
        for field in schema.root_schema().get_fields() {
            let info = field.get_basic_info();
            let repeated = info.has_repetition() && info.repetition() == Repetition::REPEATED;
            if !field.is_primitive() || repeated {
                return Err(FileError::NestedColumn { name: field.name().to_owned() }.into());
            }
            names.push(field.name().to_owned());
            nanos.push(matches!(
                info.logical_type_ref(),
                Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS
            ));
        }
        for group in metadata.row_groups() {
            for column in group.columns() {
                match column.compression() {
                    Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) => {}
                    other => {
                        let name = format!("{other:?}").to_lowercase();
                        let method = name.split('(').next().unwrap_or_default().to_owned();
                        return Err(FileError::Method { what: ParquetRows::WHAT, method }.into());
                    }
                }
            }
        }
        let rows_total = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        Ok(Self {
            rows: RowIter::from_file_into(reader),
            names,
            nanos,
            cells: CellText::default(),
            ends: Vec::new(),
            dates: Vec::new(),
            rows_read: 0,
            rows_total,
            bytes,
            invalid: false,
        })
    }

    /// Appends a value, and says whether it is a date.
    fn push(&mut self, field: Field, nanos: bool) -> bool {
        let cells = &mut self.cells;
        match field {
            Field::Null => {}
            Field::Bool(value) => cells.bool(value),
            Field::Long(value) if nanos => {
                let below = u32::try_from(value.rem_euclid(1_000_000_000)).unwrap_or(0);
                return cells.epoch(value.div_euclid(1_000_000_000), below);
            }
            Field::Byte(value) => cells.show(value),
            Field::Short(value) => cells.show(value),
            Field::Int(value) => cells.show(value),
            Field::Long(value) => cells.show(value),
            Field::UByte(value) => cells.show(value),
            Field::UShort(value) => cells.show(value),
            Field::UInt(value) => cells.show(value),
            Field::ULong(value) => cells.show(value),
            Field::Float16(value) => cells.float(f64::from(f32::from(value))),
            // By its own digits: 0.1 is not 0.10000000149.
            Field::Float(value) => cells.float(value.to_string().parse().unwrap_or(f64::NAN)),
            Field::Double(value) => cells.float(value),
            Field::Decimal(value) => self.invalid |= !push_decimal(cells, &value),
            Field::Str(mut value) => {
                cells.text(&value);
                value.zeroize();
            }
            Field::Bytes(value) => match std::str::from_utf8(value.data()) {
                Ok(text) => cells.text(text),
                Err(_) => self.invalid = true,
            },
            Field::Date(days) => {
                let days = days.checked_add(EPOCH_DAYS);
                let date = days.and_then(NaiveDate::from_num_days_from_ce_opt);
                return date.map(|date| cells.date(date)).is_some();
            }
            Field::TimeMillis(value) => cells.time_of_day(i64::from(value) / 1_000),
            Field::TimeMicros(value) => cells.time_of_day(value / 1_000_000),
            Field::TimestampMillis(value) => {
                let below = u32::try_from(value.rem_euclid(1_000)).unwrap_or(0);
                return cells.epoch(value.div_euclid(1_000), below * 1_000_000);
            }
            Field::TimestampMicros(value) => {
                let below = u32::try_from(value.rem_euclid(1_000_000)).unwrap_or(0);
                return cells.epoch(value.div_euclid(1_000_000), below * 1_000);
            }
            Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => {
                unreachable!("nested columns are refused before")
            }
        }
        false
    }
}

/// False if it has more digits than a number of ours.
fn push_decimal(cells: &mut CellText, value: &Decimal) -> bool {
    let data = value.data();
    let Ok(scale) = u32::try_from(value.scale()) else { return false };
    if data.len() > 16 {
        return false;
    }
    let negative = data.first().is_some_and(|byte| *byte >= 0x80);
    let mut bytes = [if negative { 0xFF } else { 0 }; 16];
    bytes[16 - data.len()..].copy_from_slice(data);
    cells.decimal(i128::from_be_bytes(bytes), scale);
    true
}

/// A file of which any part is read.
struct Chunks(Box<dyn InputFile>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.len_bytes().unwrap_or(0)
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<Box<dyn InputFile>>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let mut file = self.0.again()?;
        file.seek(SeekFrom::Start(start))?;
        Ok(BufReader::new(file))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let cut_off = || ParquetError::EOF("a chunk is cut off".into());
        // The length stands in the file; nothing of it is believed before it is known to be there.
        if start.checked_add(length as u64).is_none_or(|end| end > self.len()) {
            return Err(cut_off());
        }
        let mut file = self.0.again()?;
        file.seek(SeekFrom::Start(start))?;
        let mut buffer = Vec::with_capacity(length);
        if file.take(length as u64).read_to_end(&mut buffer)? != length {
            return Err(cut_off());
        }
        Ok(buffer.into())
    }
}

impl RowSource for ParquetRows {
    fn next(&mut self) -> Result<Option<Record>, ExportError> {
        self.cells.clear();
        self.ends.clear();
        self.dates.clear();
        self.invalid = false;
        let next = guard(Self::WHAT, || self.rows.next().transpose().map_err(damaged))?;
        let Some(row) = next else {
            // What the file says it has must have come.
            return if self.rows_read == self.rows_total {
                Ok(None)
            } else {
                Err(FileError::Damaged { what: ParquetRows::WHAT }.into())
            };
        };
        self.rows_read += 1;
        for (index, (_, field)) in row.into_columns().into_iter().enumerate() {
            let is_date = self.push(field, self.nanos[index]);
            self.ends.push(self.cells.as_bytes().len());
            self.dates.push(is_date);
        }
        if self.invalid {
            // A row with a value that is no text: rejected like one of bytes that are none.
            self.cells.clear();
            self.ends.clear();
            self.dates.clear();
        }
        let (bytes, fields) = (self.cells.as_bytes().len(), self.ends.len());
        Ok(Some(Record { line: self.rows_read + 1, more_fields: false, bytes, fields }))
    }

    fn parts(&self, record: &Record) -> (&[u8], &[usize]) {
        if self.invalid {
            return (&[0xFF], &[1]);
        }
        (&self.cells.as_bytes()[..record.bytes], &self.ends[..record.fields])
    }

    fn dates(&self) -> &[bool] {
        &self.dates
    }

    fn names(&self) -> Option<Vec<String>> {
        Some(self.names.clone())
    }

    fn expect_columns(&mut self, _: usize) {}

    /// As if all rows were of the same length.
    fn bytes_read(&self) -> u64 {
        let share = u128::from(self.bytes) * u128::from(self.rows_read);
        let share = share / u128::from(self.rows_total.max(1));
        u64::try_from(share).unwrap_or(self.bytes)
    }
}
