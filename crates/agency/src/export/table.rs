//! Takes what is in a file, gives it as one table: names of columns, then rows, refuses a file of another
//! format than the mapping says.

use tallystick_encoder::mapping::{Format, HeaderRow};

use super::delimiter::Head;
use super::error::{ExportError, Mismatch};
use super::file_error::FileError;
use super::fixed::FixedRows;
#[cfg(any(feature = "parquet", feature = "workbook"))]
use super::guard::guard;
use super::header::header_of;
#[cfg(feature = "parquet")]
use super::parquet::ParquetRows;
use super::records::Records;
use super::row::{RawRow, RowCode};
use super::rows::RowSource;
use super::source::{Source, Transcoder};
use super::unpack::Inside;
#[cfg(feature = "workbook")]
use super::workbook::{self, Opened};
use super::{Encoding, ReadLimits, ReadSpec};

/// How a file turned out to be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Style {
    pub(super) format: Format,
    pub(super) delimiter: u8,
    pub(super) encoding: Encoding,
    pub(super) sheet: Option<String>,
}

/// One file, opened.
pub(super) struct Table {
    pub(super) rows: Box<dyn RowSource>,
    pub(super) header: Vec<String>,
    pub(super) header_line: u64,
    /// The first row, where it is data.
    pub(super) waiting: Option<RawRow>,
    pub(super) style: Style,
}

impl Table {
    /// # Panics
    /// Of an archive; its members are tables, it is none.
    pub(super) fn open(
        inside: Inside,
        spec: &ReadSpec,
        limits: &ReadLimits,
    ) -> Result<Self, ExportError> {
        match inside {
            Inside::Text(source) => Self::text(source, spec, limits),
            #[cfg(feature = "workbook")]
            Inside::Workbook { kind, book, bytes } => {
                check_format(spec, Format::Workbook)?;
                let open = || workbook::open(kind, book, bytes, spec, limits);
                let Opened { rows, sheet } = guard(workbook::WHAT, open)?;
                Self::new(Box::new(rows), style(Format::Workbook, Some(sheet)), spec, limits)
            }
            #[cfg(feature = "parquet")]
            Inside::Parquet(bytes) => {
                check_format(spec, Format::Parquet)?;
                let rows = guard(ParquetRows::WHAT, || ParquetRows::open(bytes))?;
                Self::new(Box::new(rows), style(Format::Parquet, None), spec, limits)
            }
            #[cfg(not(feature = "workbook"))]
            Inside::Workbook { .. } => Err(FileError::NotBuiltIn { what: "workbook" }.into()),
            #[cfg(not(feature = "parquet"))]
            Inside::Parquet(_) => Err(FileError::NotBuiltIn { what: "Parquet file" }.into()),
            Inside::Archive(_) => unreachable!("archives are taken apart before"),
        }
    }

    pub(super) fn text(
        source: Source,
        spec: &ReadSpec,
        limits: &ReadLimits,
    ) -> Result<Self, ExportError> {
        let transcoder = |source| Transcoder::new(source, spec.encoding);
        if let Some(layout) = &spec.layout {
            check_format(spec, Format::Fixed)?;
            let transcoder = transcoder(source)?;
            let encoding = transcoder.encoding();
            let rows = FixedRows::new(transcoder, layout.clone(), limits.line_bytes_max);
            let style = Style { encoding, ..style(Format::Fixed, None) };
            return Self::new(Box::new(rows), style, spec, limits);
        }
        if spec.format == Some(Format::Fixed) {
            return Err(FileError::LayoutMissing.into());
        }
        check_format(spec, Format::Text)?;
        let transcoder = transcoder(source)?;
        let encoding = transcoder.encoding();
        let head = Head::read(transcoder, limits.line_bytes_max)?;
        let delimiter = head.delimiter(spec.delimiter)?;
        let columns_max = usize::try_from(limits.columns_max).unwrap_or(usize::MAX);
        let records = Records::new(head, delimiter, limits.line_bytes_max, columns_max);
        let style = Style { delimiter, encoding, ..style(Format::Text, None) };
        Self::new(Box::new(records), style, spec, limits)
    }

    /// Reads the header.
    fn new(
        mut rows: Box<dyn RowSource>,
        style: Style,
        spec: &ReadSpec,
        limits: &ReadLimits,
    ) -> Result<Self, ExportError> {
        let (first, rule) = match rows.names() {
            None => (read_first(&mut *rows, style.encoding, limits.columns_max)?, spec.header),
            Some(names) => (row_of(&names)?, names_rule(spec.header)),
        };
        if first.len() > usize::try_from(limits.columns_max).unwrap_or(usize::MAX) {
            let (line, max) = (first.line(), limits.columns_max);
            return Err(ExportError::TooManyColumns { line, max });
        }
        let header = header_of(&first, rule)?;
        rows.expect_columns(header.len());
        let header_line = first.line();
        let waiting = (rule == HeaderRow::None).then_some(first);
        Ok(Self { rows, header, header_line, waiting, style })
    }
}

/// Names that the format itself gives are names whatever the mapping says of the first row.
fn names_rule(rule: HeaderRow) -> HeaderRow {
    if rule == HeaderRow::None { HeaderRow::Names } else { rule }
}

fn style(format: Format, sheet: Option<String>) -> Style {
    Style { format, delimiter: b',', encoding: Encoding::Utf8, sheet }
}

fn check_format(spec: &ReadSpec, found: Format) -> Result<(), ExportError> {
    match spec.format {
        Some(given) if given != found => Err(FileError::FormatWrong { given, found }.into()),
        _ => Ok(()),
    }
}

fn row_of(names: &[String]) -> Result<RawRow, ExportError> {
    let line = 1;
    let mut row = RawRow::new();
    let (mut text, mut ends) = (Vec::new(), Vec::new());
    for name in names {
        text.extend_from_slice(name.as_bytes());
        ends.push(text.len());
    }
    row.load(line, &text, &ends).map_err(|_| ExportError::EmptyHeader { line })?;
    Ok(row)
}

fn read_first(
    rows: &mut dyn RowSource,
    encoding: Encoding,
    columns_max: u32,
) -> Result<RawRow, ExportError> {
    let record = rows.next()?.ok_or(ExportError::Empty)?;
    if record.more_fields {
        return Err(ExportError::TooManyColumns { line: record.line, max: columns_max });
    }
    let mut row = RawRow::new();
    let (text, ends) = rows.parts(&record);
    row.load(record.line, text, ends).map_err(|code| ExportError::EncodingMismatch {
        read_as: encoding,
        found: if code == RowCode::Nul { Mismatch::Nul } else { Mismatch::Invalid },
    })?;
    row.mark_dates(rows.dates());
    Ok(row)
}
