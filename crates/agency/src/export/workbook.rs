//! Takes a workbook, gives the rows of one sheet with cells as text, refuses encrypted ones, sheets that
//! are not there and sheets of more cells than the limit.
//!
//! A sheet is held in memory as text, 24 bytes a cell beside it, and overwritten when dropped. The
//! library that reads it holds the workbook's shared texts, for XLS and ODS all its sheets, and frees
//! them without overwriting.

use calamine::{
    Data, DataRef, DataType, ExcelDateTime, Ods, Reader as _, SheetType, SheetVisible, Xls,
    XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
};
use zeroize::Zeroizing;

use super::cells::CellText;
use super::error::ExportError;
use super::file_error::FileError;
use super::rows::{Record, RowSource};
use super::unpack::{Book, BookKind};
use super::{HeaderRow, ReadLimits, ReadSpec, ods};

pub(super) const WHAT: &str = "workbook";
const TEXT_BYTES: usize = 64 << 10;

/// A sheet, and its name.
pub(super) struct Opened {
    pub(super) rows: Grid,
    pub(super) sheet: String,
}

/// Opens a workbook and takes all cells of one sheet.
pub(super) fn open(
    kind: BookKind,
    book: Box<dyn Book>,
    bytes: u64,
    spec: &ReadSpec,
    limits: &ReadLimits,
) -> Result<Opened, ExportError> {
    let mut sheets = Sheets::open(kind, book, limits)?;
    let names = sheets.names();
    let unknown =
        |name: &str| FileError::SheetUnknown { name: name.to_owned(), sheets: names.clone() };
    let grid = |sheets: &mut Sheets, name: &str| {
        let mut grid = Grid::new(limits.cells_max, bytes);
        sheets.read(name, &mut grid)?;
        Ok::<_, ExportError>(grid)
    };
    let (sheet, mut rows) = if let Some(name) = &spec.sheet {
        let name = names.iter().find(|sheet| *sheet == name).ok_or_else(|| unknown(name))?;
        (name.clone(), grid(&mut sheets, name)?)
    } else {
        let mut found: Option<(String, Grid)> = None;
        let mut filled = Vec::new();
        for name in &names {
            // Others are read for no more than to know whether they have a cell.
            let sheet = grid(&mut sheets, name)?;
            if !sheet.cells.is_empty() {
                filled.push(name.clone());
                found.get_or_insert_with(|| (name.clone(), sheet));
            }
        }
        if filled.len() > 1 {
            return Err(FileError::SheetUnsettled { sheets: filled }.into());
        }
        found.ok_or(ExportError::Empty)?
    };
    rows.settle(spec.header);
    Ok(Opened { rows, sheet })
}

/// The workbook, by its kind.
enum Sheets {
    Xlsx(Xlsx<Box<dyn Book>>),
    Xlsb(Xlsb<Box<dyn Book>>),
    Xls(Xls<Box<dyn Book>>),
    Ods(Ods<Box<dyn Book>>),
}

pub(super) fn damaged() -> ExportError {
    FileError::Damaged { what: WHAT }.into()
}

pub(super) fn encrypted() -> ExportError {
    FileError::Encrypted { what: WHAT }.into()
}

fn rewind(book: &mut dyn Book) -> Result<(), ExportError> {
    book.rewind().map_err(|_| damaged())
}

impl Sheets {
    fn open(
        kind: BookKind,
        mut book: Box<dyn Book>,
        limits: &ReadLimits,
    ) -> Result<Self, ExportError> {
        match kind {
            BookKind::Xlsx => Xlsx::new(book).map(Self::Xlsx).map_err(|_| damaged()),
            BookKind::Xlsb => Xlsb::new(book).map(Self::Xlsb).map_err(|_| damaged()),
            BookKind::Ods => {
                ods::check(&mut *book, limits)?;
                rewind(&mut *book)?;
                Ods::new(book).map(Self::Ods).map_err(|_| damaged())
            }
            BookKind::Xls => {
                // An encrypted XLSX or XLSB is packed like an XLS.
                if matches!(Xlsx::new(&mut book), Err(XlsxError::Password)) {
                    return Err(encrypted());
                }
                rewind(&mut *book)?;
                Xls::new(book).map(Self::Xls).map_err(|error| match error {
                    XlsError::Password => encrypted(),
                    _ => damaged(),
                })
            }
        }
    }

    /// Names of the sheets of cells that are shown, in order.
    fn names(&self) -> Vec<String> {
        let sheets = match self {
            Self::Xlsx(book) => book.sheets_metadata(),
            Self::Xlsb(book) => book.sheets_metadata(),
            Self::Xls(book) => book.sheets_metadata(),
            Self::Ods(book) => book.sheets_metadata(),
        };
        let shown = sheets.iter().filter(|sheet| {
            sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
        });
        shown.map(|sheet| sheet.name.clone()).collect()
    }

    fn read(&mut self, name: &str, grid: &mut Grid) -> Result<(), ExportError> {
        match self {
            Self::Xlsx(book) => {
                let mut cells =
                    book.worksheet_cells_reader(name).map_err(|_: XlsxError| damaged())?;
                while let Some(cell) = cells.next_cell().map_err(|_| damaged())? {
                    grid.push_ref(cell.get_position(), cell.get_value())?;
                }
            }
            Self::Xlsb(book) => {
                let mut cells =
                    book.worksheet_cells_reader(name).map_err(|_: XlsbError| damaged())?;
                while let Some(cell) = cells.next_cell().map_err(|_| damaged())? {
                    grid.push_ref(cell.get_position(), cell.get_value())?;
                }
            }
            Self::Xls(book) => {
                grid.push_range(&book.worksheet_range(name).map_err(|_| damaged())?)?;
            }
            Self::Ods(book) => {
                grid.push_range(&book.worksheet_range(name).map_err(|_| damaged())?)?;
            }
        }
        Ok(())
    }
}

/// A cell that is not empty, or holds an error.
#[derive(Clone, Copy)]
struct GridCell {
    start: usize,
    len: u32,
    row: u32,
    column: u32,
    is_date: bool,
}

/// All cells of a sheet.
pub(super) struct Grid {
    /// The text of all cells; used up to `text_len`.
    text: Zeroizing<Vec<u8>>,
    text_len: usize,
    cells: Vec<GridCell>,
    cells_max: u64,
    /// One cell at a time is written here.
    scratch: CellText,
    next: usize,
    columns: usize,
    row_text: Zeroizing<Vec<u8>>,
    ends: Vec<usize>,
    dates: Vec<bool>,
    error_cells: u64,
    bytes: u64,
}

impl Grid {
    fn new(cells_max: u64, bytes: u64) -> Self {
        Self {
            text: Zeroizing::new(vec![0; TEXT_BYTES]),
            text_len: 0,
            cells: Vec::new(),
            cells_max,
            scratch: CellText::default(),
            next: 0,
            columns: 0,
            row_text: Zeroizing::new(Vec::new()),
            ends: Vec::new(),
            dates: Vec::new(),
            error_cells: 0,
            bytes,
        }
    }

    fn push_range(&mut self, range: &calamine::Range<Data>) -> Result<(), ExportError> {
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let at = |first: u32, offset| first + u32::try_from(offset).unwrap_or(u32::MAX - first);
            self.push((at(first_row, row), at(first_column, column)), value, value)?;
        }
        Ok(())
    }

    fn push_ref(&mut self, at: (u32, u32), value: &DataRef<'_>) -> Result<(), ExportError> {
        match value {
            DataRef::SharedString(text) => {
                self.scratch.clear();
                self.scratch.text(text);
                self.keep(at, false)
            }
            value => self.push(at, value, value),
        }
    }

    /// Cells come from the library in two types of the same meaning; `iso` is the same cell.
    fn push(
        &mut self,
        at: (u32, u32),
        value: &impl DataType,
        iso: &impl IsoText,
    ) -> Result<(), ExportError> {
        let cell = &mut self.scratch;
        cell.clear();
        let mut is_date = false;
        if value.is_empty() {
            return Ok(());
        } else if value.is_error() {
            // Kept, so that its row is there; empty, because an error is no value.
            self.error_cells += 1;
            return self.store(at, false);
        } else if let Some(text) = value.get_string() {
            cell.text(text);
        } else if let Some(number) = value.get_int() {
            cell.show(number);
        } else if let Some(number) = value.get_float() {
            cell.float(number);
        } else if let Some(value) = value.get_bool() {
            cell.bool(value);
        } else if let Some(moment) = value.get_datetime() {
            is_date = push_moment(cell, moment);
        } else if let Some(text) = iso.iso_text() {
            is_date = cell.iso(text);
        }
        self.keep(at, is_date)
    }

    /// A cell of no text is as none.
    fn keep(&mut self, at: (u32, u32), is_date: bool) -> Result<(), ExportError> {
        if self.scratch.as_bytes().is_empty() { Ok(()) } else { self.store(at, is_date) }
    }

    fn store(&mut self, (row, column): (u32, u32), is_date: bool) -> Result<(), ExportError> {
        if self.cells.len() as u64 >= self.cells_max {
            return Err(ExportError::TooLarge { limit: "cells_max", max: self.cells_max });
        }
        let bytes = self.scratch.as_bytes();
        let (start, end) = (self.text_len, self.text_len + bytes.len());
        if end > self.text.len() {
            let mut larger = Zeroizing::new(vec![0; end.next_power_of_two()]);
            larger[..start].copy_from_slice(&self.text[..start]);
            self.text = larger;
        }
        self.text[start..end].copy_from_slice(bytes);
        self.text_len = end;
        let len = u32::try_from(bytes.len()).map_err(|_| damaged())?;
        self.cells.push(GridCell { start, len, row, column, is_date });
        Ok(())
    }

    /// Puts the cells in order, and finds how many columns the first row has; where it is data, how
    /// many any row has.
    fn settle(&mut self, header: HeaderRow) {
        self.cells.sort_by_key(|cell| (cell.row, cell.column));
        self.cells.dedup_by_key(|cell| (cell.row, cell.column));
        let first = self.cells.first().map_or(0, |cell| cell.row);
        let named = |cell: &&GridCell| header == HeaderRow::None || cell.row == first;
        let last = self.cells.iter().filter(named).map(|cell| cell.column).max();
        self.columns = last.map_or(0, |column| usize::try_from(column).unwrap_or(0) + 1);
    }
}

/// The text of a cell that is a moment or a duration written as ISO 8601.
trait IsoText {
    fn iso_text(&self) -> Option<&str>;
}

impl IsoText for Data {
    fn iso_text(&self) -> Option<&str> {
        match self {
            Self::DateTimeIso(text) | Self::DurationIso(text) => Some(text),
            _ => None,
        }
    }
}

impl IsoText for DataRef<'_> {
    fn iso_text(&self) -> Option<&str> {
        match self {
            Self::DateTimeIso(text) | Self::DurationIso(text) => Some(text),
            _ => None,
        }
    }
}

/// Says whether it is a date; a time of day and a duration are none.
fn push_moment(cell: &mut CellText, moment: ExcelDateTime) -> bool {
    let days = moment.as_f64();
    if moment.is_duration() || (0.0..1.0).contains(&days) {
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        cell.time_of_day((days * 86_400.0).round() as i64);
        return false;
    }
    let Some(moment) = moment.as_datetime() else {
        cell.float(days);
        return false;
    };
    cell.moment(moment);
    true
}

impl RowSource for Grid {
    fn next(&mut self) -> Result<Option<Record>, ExportError> {
        let Some(first) = self.cells.get(self.next) else { return Ok(None) };
        let row = first.row;
        let count = self.cells[self.next..].iter().take_while(|cell| cell.row == row).count();
        let cells = &self.cells[self.next..self.next + count];
        self.next += count;
        let wanted: usize = cells.iter().map(|cell| cell.len as usize).sum();
        if self.row_text.len() < wanted {
            self.row_text = Zeroizing::new(vec![0; wanted.next_power_of_two()]);
        }
        self.ends.clear();
        self.dates.clear();
        let (mut bytes, mut more_fields) = (0, false);
        for cell in cells {
            let column = cell.column as usize;
            if column >= self.columns {
                more_fields = true;
                break;
            }
            self.ends.resize(column, bytes);
            self.dates.resize(column, false);
            let end = bytes + cell.len as usize;
            let text = &self.text[cell.start..cell.start + cell.len as usize];
            self.row_text[bytes..end].copy_from_slice(text);
            bytes = end;
            self.ends.push(bytes);
            self.dates.push(cell.is_date);
        }
        self.ends.resize(self.columns, bytes);
        self.dates.resize(self.columns, false);
        let fields = self.ends.len();
        Ok(Some(Record { line: u64::from(row) + 1, more_fields, bytes, fields }))
    }

    fn parts(&self, record: &Record) -> (&[u8], &[usize]) {
        (&self.row_text[..record.bytes], &self.ends[..record.fields])
    }

    fn dates(&self) -> &[bool] {
        &self.dates
    }

    fn expect_columns(&mut self, columns: usize) {
        self.columns = columns;
    }

    fn error_cells(&self) -> u64 {
        self.error_cells
    }

    /// As if all cells were of the same length.
    fn bytes_read(&self) -> u64 {
        let share = u128::from(self.bytes) * self.next as u128;
        u64::try_from(share / (self.cells.len().max(1) as u128)).unwrap_or(self.bytes)
    }
}
